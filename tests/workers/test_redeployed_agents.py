"""A new version lets no agent do more in passing: its level stays with what takes its place, and what else is wider is on record."""

from typing import Any

import pytest

from laneway.domain.work import Actor
from tests.support.drawing import Drawing, extension, job
from tests.support.world import ANNA, BEN, World
from tests.workers.test_dial import agents


def drawn(*ids: str) -> tuple[str, bytes]:
    """Agent tasks of one agent, one after the other."""
    drawing = Drawing()
    process = drawing.process()
    tasks = [process.node("serviceTask", id, extension(job("classify"))) for id in ids]
    process.chain(process.node("startEvent"), *tasks, process.node("endEvent", "done"))
    return "process.bpmn", drawing.xml()


def deploy(world: World, ids: str, level: Any | None, actor: Actor = ANNA, **changes: Any) -> None:
    contracts = [] if level is None else [agents(level, **changes)]
    world.engine.deploy([drawn(*ids.split()), *contracts], actor=actor)


def levels(world: World, element_id: str) -> dict[str, str]:
    rows = world.rows("autonomy-settings", elementId=element_id)
    return {row["state"]: row["level"] for row in rows if row["state"] in ("ACTIVE", "PENDING")}


def told(world: World) -> dict[str, Any]:
    """What the last deployment has on record about the agents of the process."""
    deployed = [row for row in world.audits() if row["details"]["command"] == "Deploy"]
    return dict(deployed[-1]["details"].get("agents of process", {}))


def test_a_task_under_another_id_keeps_the_level_until_somebody_else_confirms(stored: World) -> None:
    # Given an agent task at recommend
    deploy(stored, "classify", "recommend")
    # When its next version calls it something else, and says auto
    deploy(stored, "sort", "auto")
    # Then it stands at recommend, and a person decides
    assert levels(stored, "sort") == {"ACTIVE": "recommend", "PENDING": "auto"}
    key = stored.start(variables={"letter": "x"})
    stored.settle()
    assert stored.state(key) == "ACTIVE"
    # Until somebody else confirms it
    (asked,) = stored.rows("autonomy-settings", state="PENDING")
    stored.engine.confirm_autonomy(asked["autonomySettingKey"], actor=BEN)
    key = stored.start(variables={"letter": "x"})
    stored.settle()
    assert stored.state(key) == "COMPLETED"


@pytest.mark.parametrize("between", [("other", "recommend"), ("classify", None)])
def test_a_task_that_was_left_out_comes_back_at_its_level(world: World, between: tuple[str, str | None]) -> None:
    # Given an agent task at recommend, which a version leaves out, or leaves without a contract; when it comes back at auto
    deploy(world, "classify", "recommend")
    deploy(world, *between)
    deploy(world, "classify", "auto")
    # Then it stands where it stood
    assert levels(world, "classify") == {"ACTIVE": "recommend", "PENDING": "auto"}


def test_an_agent_goes_no_further_at_a_second_task_than_at_its_first(world: World) -> None:
    # Given an agent that recommends; when a version draws another task for it, at auto; then that waits, too.
    deploy(world, "classify", "recommend")
    deploy(world, "classify again", {"level": "recommend", "elements": {"again": "auto"}})
    assert levels(world, "again") == {"ACTIVE": "recommend", "PENDING": "auto"}
    assert levels(world, "classify") == {}


def test_a_task_that_nobody_had_begins_at_its_level_and_is_told_of(world: World) -> None:
    # Given a process without agents' contracts for a while, and an agent at auto; when a task is added; then it is new, and on record.
    deploy(world, "classify", "auto")
    deploy(world, "classify again", "auto")
    assert world.rows("autonomy-settings") == []
    deploy(world, "classify again third", {"level": "auto", "elements": {"third": "shadow"}})
    assert world.rows("autonomy-settings") == []


def test_what_else_a_contract_lets_its_agent_do_is_on_record(stored: World) -> None:
    # Given an agent under a contract with a check, a guardrail and a tool that needs an approval
    tool = {"description": "Posts", "python": "post", "access": "needs_approval", "arguments": {"type": "object"}}
    held = {"confidence": {"threshold": 0.8}, "guardrails": {"before": [{"use": "injection"}]}}
    deploy(stored, "classify", "auto", **held, tools={"post": tool}, systems={})
    # When a version lets it do more
    free = {"authority": "decide", "tools": {"post": {**tool, "access": "write"}}}
    deploy(stored, "classify", "auto", **free)
    # Then the record of the deployment says what, and who did it
    assert told(stored)["widened"]["classifier"] == [
        "authority decide",
        "less confidence",
        "guardrail injection before it gone or changed",
        "all systems that the operator lets out",
        "tool post: write instead of needs_approval",
    ]
    assert stored.audits()[-1]["actorId"] == "anna"


def test_a_contract_that_lets_its_agent_do_less_is_no_matter(world: World) -> None:
    # Given an agent; when a version holds it more closely; then nothing is told.
    deploy(world, "classify", "auto", authority="decide")
    deploy(world, "classify", "auto", authority="recommend", confidence={"threshold": 0.9}, systems={})
    assert told(world) == {}
