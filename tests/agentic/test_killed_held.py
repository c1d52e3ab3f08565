"""kill -9 between an approval and the activation of what was approved: it is activated once, with what was approved."""

from __future__ import annotations

import subprocess
import sys

import pytest

from laneway.commands.approvals import arguments_hash
from tests.agentic.killed_held import WHERE
from tests.agentic.script import HERE, Script, call, calls, contract, registry, says
from tests.agentic.test_held_calls import ADDS, ASKS, heard, pending
from tests.support.world import ANNA, BEN, World


@pytest.mark.parametrize("where", WHERE)
def test_what_was_approved_is_activated_once(where: str, address: str) -> None:
    # Given two calls, one of which waits and is approved, and a worker that is killed on its way to what was approved
    world = World(address, agents=registry(Script(calls(call("LookUp", "find", number="7"), ADDS))))
    diagram = (HERE / "sub_process.bpmn").read_bytes()
    world.engine.deploy([("sub_process.bpmn", diagram), contract(tools=ASKS)])
    given = {"request": "Where is my order?", "customer": "c1"}
    key = world.engine.start_instance(process_id="process", variables=given, actor=ANNA).key
    world.settle()
    approval = pending(world)
    world.engine.approve(approval["approvalKey"], arguments_hash(approval["arguments"]), actor=BEN)
    world.close()
    died = subprocess.run([sys.executable, "-m", "tests.agentic.killed_held", address, where], check=False)
    assert died.returncode == -9

    # When another one goes on, after the lease is over
    script = Script(says("It is on its way."))
    world = World(address, agents=registry(script))
    world.pass_time(hours=1)
    world.settle()

    # Then it runs once, the approval is spent, and the agent hears of both
    (job,) = world.activate("look-up")
    assert job.variables["toolCall"]["number"] == "7"
    assert world.engine.get("approvals", approval["approvalKey"])["state"] == "USED"
    world.engine.complete_job(job.job.key, {"order": "sent"})
    world.settle()
    assert (world.state(key), heard(script)) == ("COMPLETED", ["sent", "3"])
    assert len(world.rows("element-instances", elementId="LookUp")) == 1
    world.close()
