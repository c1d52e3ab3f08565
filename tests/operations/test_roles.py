"""Each process does what its roles say, and several share the work of one database."""

from __future__ import annotations

import signal
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from laneway.bootstrap import build
from laneway.ports import Filter, SearchQuery
from laneway.settings import Settings
from tests.support.drawing import Drawing, duration, extension, job
from tests.support.letters import GOOD, letters
from tests.support.processes import Process, until

pytestmark = pytest.mark.slow


def agent_then_timer() -> list[tuple[str, bytes]]:
    """``classify`` by an agent, then a wait of a second."""
    drawing = Drawing()
    process = drawing.process()
    process.chain(
        process.node("startEvent"),
        process.node("serviceTask", "classify", extension(job("classify"))),
        process.node("intermediateCatchEvent", "rest", duration("PT1S")),
        process.node("endEvent", "done"),
    )
    return [("process.bpmn", drawing.xml()), letters()[1]]


def deploy(url: str, files: list[tuple[str, bytes]]) -> None:
    with build(Settings(database_url=url)) as laneway:
        laneway.engine.deploy(files)


def start(address: str) -> str:
    body = {"processDefinitionId": "process", "variables": {"letter": "x"}}
    answer = httpx.post(f"{address}/v2/process-instances", json=body, timeout=30)
    return str(answer.json()["processInstanceKey"])


def state(address: str, key: str) -> str:
    return str(httpx.get(f"{address}/v2/process-instances/{key}", timeout=30).json()["state"])


def alive(address: str, key: str) -> list[str]:
    """Ids of the elements that the instance stands at."""
    body = {"filter": {"processInstanceKey": key, "state": "ACTIVE"}}
    return [row["elementId"] for row in httpx.post(f"{address}/v2/element-instances/search", json=body).json()["items"]]


def test_each_role_does_its_own_work_and_no_other(database_url: str, tmp_path: Path) -> None:
    # Given a process that answers, and one that works for agents
    deploy(database_url, agent_then_timer())
    with (
        Process(tmp_path, "serve", "--port", "0", "--roles", "api", database=database_url) as server,
        Process(tmp_path, "work", "--roles", "agents", database=database_url) as agents,
    ):
        address = server.address
        agents.says("works: agents")
        # When an instance is started; then its agent answers, and its timer stands still though it is due.
        key = start(address)
        until(lambda: "rest" in alive(address, key), "the agent answered")
        due = until(lambda: _overdue(database_url), "the timer is due")
        assert (due, state(address, key)) == (1, "ACTIVE")
        # When a process for timers comes; then the instance completes.
        with Process(tmp_path, "work", "--roles", "timers,retention", database=database_url):
            until(lambda: state(address, key) == "COMPLETED", "the timer fired")


def _overdue(url: str) -> int:
    with build(Settings(database_url=url)) as laneway, laneway.store.read() as uow:
        return len(uow.due_timers(10))


def test_two_workers_share_the_jobs_and_do_each_once(database_url: str, tmp_path: Path) -> None:
    # Given two processes that work, and forty jobs that take a moment
    deploy(database_url, letters({**GOOD, "delay": 0.2}))
    with build(Settings(database_url=database_url)) as laneway:
        for _ in range(40):
            laneway.engine.start_instance(process_id="process", variables={"letter": "x"})

        def completed() -> list[dict[str, Any]]:
            query = SearchQuery("process-instances", (Filter("state", "eq", "COMPLETED"),), limit=100)
            return laneway.engine.search(query).items

        options = {"database": database_url, "agent_concurrency": 2}
        with Process(tmp_path, "work", **options) as one, Process(tmp_path, "work", **options) as other:
            until(lambda: len(completed()) == 40, "all are done")
            # When they are told to stop; then both end well.
            for process in (one, other):
                process.signal(signal.SIGTERM)
            assert [process.ended() for process in (one, other)] == [0, 0]
        # Then each job was completed once, in its first attempt
        audits = laneway.engine.search(SearchQuery("audit-logs", limit=1_000)).items
        done = [row for row in audits if row["details"].get("command") == "CompleteJob"]
        assert set(Counter(row["entityKey"] for row in done).values()) == {1}
        assert [row["details"]["attempt"] for row in done] == [1] * 40


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("work", "--roles", "api"), "laneway serve"),
        (("serve", "--roles", "agents"), "laneway work"),
        (("work", "--roles", "cook"), "roles are api, agents, timers, retention"),
    ],
)
def test_roles_that_make_no_sense_are_refused(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    with Process(tmp_path, *arguments) as process:
        assert process.ended() == 2
    assert said in process.told()


def test_a_worker_answers_probes_and_nothing_else(tmp_path: Path) -> None:
    # Given a worker that was given a port
    with Process(tmp_path, "work", "--health-port", "0", "--roles", "timers") as worker:
        address = worker.address
        # When it is asked; then it tells of its health, and has no API.
        assert httpx.get(f"{address}/health/ready").json()["workers"] == {"timers": "running"}
        assert httpx.get(f"{address}/metrics").status_code == 200
        assert httpx.get(f"{address}/v2/topology").status_code == 404
        worker.signal(signal.SIGTERM)
        assert worker.ended() == 0
