"""What is measured is documented, and says what happened."""

from __future__ import annotations

import re
import time
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from laneway.agents.tools.python import _registered, register_tool
from laneway.commands.observing import Observers
from laneway_api.app import App, create_app
from tests.support.drawing import Drawing, duration
from tests.support.letters import GOOD, letters
from tests.support.processes import Process, until
from tests.support.world import ANNA, World
from tests.support.worlds import postgres_template, sqlite_template, stored, world
from tests.workers.test_approvals import approve, waiting
from tests.workers.test_dial import agents, letter

__all__ = ["postgres_template", "sqlite_template", "stored", "world"]
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"


def measured(app: App) -> dict[str, float]:
    """Series with their labels → value."""
    page = TestClient(app).get("/metrics").text
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in page.splitlines() if line[0] != "#"}


def test_every_metric_is_documented_with_its_kind_and_nothing_else(world: World) -> None:
    page = TestClient(create_app(world.laneway)).get("/metrics").text
    told = {
        (name, kind) for name, kind in re.findall(r"^# TYPE (\w+) (\w+)$", page, re.MULTILINE) if "_created" not in name
    }
    assert told == set(re.findall(r"^\| `(\w+)` \| (\w+) \|", PAGE.read_text(), re.MULTILINE))


def test_commands_are_counted_by_what_came_of_them(stored: World) -> None:
    # Given an app; when one command is carried out and one is refused; then both are counted, with their time.
    app = create_app(stored.laneway)
    stored.engine.deploy(letters())
    with pytest.raises(Exception, match="none"):
        stored.start("none")
    stored.start(variables={"letter": "x"})
    found = measured(app)
    assert found['laneway_commands_total{command="StartInstance",outcome="done"}'] == 1
    assert found['laneway_commands_total{command="StartInstance",outcome="refused"}'] == 1
    assert found['laneway_command_seconds_count{command="StartInstance"}'] == 2


def test_open_jobs_and_agent_calls_are_told(stored: World) -> None:
    # Given two instances that wait for an agent
    app = create_app(stored.laneway)
    stored.engine.deploy(letters({**GOOD, "usage": {"inputTokens": 0}}))
    for _ in range(2):
        stored.start(variables={"letter": "x"})
    before = measured(app)
    # When it has answered
    stored.settle()
    # Then its calls are counted, and the jobs were told of while they waited
    assert before['laneway_jobs_open{kind="AGENT",state="CREATED",type="classify"}'] == 2
    calls = {series: value for series, value in measured(app).items() if series.startswith("laneway_agent_calls_total")}
    assert sum(calls.values()) == 2
    assert all('agent="classifier"' in series and 'adapter="scripted"' in series for series in calls)


def test_how_late_timers_are_is_told(stored: World) -> None:
    # Given a timer that was due a minute ago
    drawing = Drawing()
    process = drawing.process()
    process.chain(
        process.node("startEvent"),
        process.node("intermediateCatchEvent", "rest", duration("PT10S")),
        process.node("endEvent", "done"),
    )
    app = create_app(stored.laneway)
    stored.deploy(drawing)
    stored.start()
    stored.pass_time(seconds=70)
    # When it is asked; then the gauge says a minute, and the histogram says so once it has fired.
    found = measured(app)
    assert (found["laneway_timers_due"], found["laneway_timers_late_seconds"]) == (1, 60)
    stored.settle()
    assert measured(app)["laneway_timer_lateness_seconds_sum"] == 60


def test_an_observer_that_fails_disturbs_nobody(world: World) -> None:
    # Given an observer that knows nothing
    world.laneway.observers.add(object())  # type: ignore[arg-type]
    world.engine.deploy(letters())
    # When commands are given; then they are done.
    key = world.start(variables={"letter": "x"})
    world.settle()
    assert world.state(key) == "COMPLETED"


def test_without_observers_nothing_is_told() -> None:
    observers = Observers()
    assert not observers
    observers.command("StartInstance", "done", 0.1)


@pytest.mark.slow
@pytest.mark.postgres
def test_metrics_are_there_when_the_database_is_not(postgres_server: object, tmp_path: Path) -> None:
    # Given a server whose database is taken away
    name = postgres_server.create_database()  # type: ignore[attr-defined]
    url = postgres_server.database_url(name)  # type: ignore[attr-defined]
    with Process(tmp_path, "serve", "--port", "0", "--no-workers", database=url) as server:
        address = server.address
        assert "laneway_database_answers 1.0" in httpx.get(f"{address}/metrics").text
        postgres_server.drop_database(name)  # type: ignore[attr-defined]
        # When metrics are asked for, after what was counted is too old
        time.sleep(5.1)
        # Then they are answered, and say so
        until(lambda: "laneway_database_answers 0.0" in httpx.get(f"{address}/metrics", timeout=40).text, "told")


def test_tools_approvals_and_agreement_are_told(world: World) -> None:
    # Given an agent whose call of a tool waits for a person, and one that a person disagreed with
    register_tool("shop", lambda request: {"ok": True})
    app = create_app(world.laneway)
    _, approval = waiting(world)
    world.pass_time(minutes=2)
    before = measured(app)
    # When it is approved, and done
    approve(world, approval)
    world.settle()
    found = measured(create_app(world.laneway)) | {
        series: value for series, value in measured(app).items() if "_total" in series
    }
    # Then the page tells of it, before and after.
    assert (before["laneway_approvals_waiting"], before["laneway_approvals_age_seconds"]) == (1, 120)
    assert found["laneway_approvals_waiting"] == 0
    assert found['laneway_approvals_decided_total{decision="approved"}'] == 1
    assert found['laneway_agent_tool_calls_total{agent="clerk",outcome="done",tool="post"}'] == 1
    _registered.pop("shop")


def test_agreement_and_stops_are_told(world: World) -> None:
    # Given a pair that disagrees, and an agent that a kill switch stops; then both are told.
    app = create_app(world.laneway)
    world.deploy(letter(), agents("recommend"))
    world.start(variables={"letter": "x"})
    world.settle()
    (task,) = world.rows("user-tasks", state="CREATED")
    world.engine.complete_user_task(task["userTaskKey"], {"kind": "praise"}, actor=ANNA)
    world.laneway.observers.agent_stopped("classifier", "agent")
    found = measured(app)
    place = '{agent="classifier",element="classify",process="process"}'
    assert (found[f"laneway_agent_agreement{place}"], found[f"laneway_agent_pairs{place}"]) == (0, 1)
    assert found['laneway_agent_stops_total{agent="classifier",scope="agent"}'] == 1
