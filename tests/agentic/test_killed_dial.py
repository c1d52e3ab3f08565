"""kill -9 around a person's decision on an agent's turn: what they decided begins once, or they are asked again."""

import multiprocessing
import os
from pathlib import Path
from typing import Any

import pytest

from laneway.commands import drawn_turns
from tests.agentic.script import HERE, Script, call, calls, contract, registry, says
from tests.support.world import ANNA, World

ASKED = {"request": "Where is my order?", "customer": "c1"}


def decide(world: World) -> None:
    (task,) = world.rows("user-tasks", state="CREATED", elementId="Helper")
    world.engine.complete_user_task(task["userTaskKey"], {}, action="accept", actor=ANNA)


@pytest.mark.parametrize("where", ["proposed", "deciding", "decided"])
def test_a_decision_is_done_once_or_asked_for_again(where: str, tmp_path: Path) -> None:
    # Given a process that is killed once an agent has proposed a call, while it is decided on, or once that is committed
    url = f"sqlite:///{tmp_path / 'killed.db'}"

    def die(*_: Any) -> Any:
        os._exit(9)

    def life() -> None:
        world = World(url, agents=registry(Script(calls(call("LookUp", "first", number="7")))))
        diagram = (HERE / "sub_process.bpmn").read_bytes()
        world.engine.deploy([("sub_process.bpmn", diagram), contract(autonomy="recommend")])
        world.start(variables=ASKED)
        world.settle()
        if where == "deciding":
            drawn_turns.Decided = die  # type: ignore[assignment,misc]
        if where != "proposed":
            decide(world)
        die()

    child = multiprocessing.get_context("fork").Process(target=life)
    child.start()
    child.join()
    assert child.exitcode == 9

    # When it is started again; then the call is begun once, and the conversation goes on from it.
    script = Script(says("It is on its way."))
    world = World(url, agents=registry(script))
    try:
        world.settle()
        assert len(world.rows("jobs", type="look-up")) == (1 if where == "decided" else 0)
        if where != "decided":
            decide(world)
        job = world.one_job("look-up")
        assert job.variables["toolCall"]["_meta"]["id"] == "first"
        world.engine.complete_job(job.job.key, {"order": "sent"})
        world.settle()
        assert script.last[-1] == ("tool", "sent")
        decide(world)
        (row,) = world.rows("process-instances")
        assert row["state"] == "COMPLETED"
        assert len(world.rows("jobs", type="look-up")) == 1
        assert [pair["verdict"] for pair in world.rows("autonomy-pairs")] == ["accepted", "accepted"]
    finally:
        world.close()
