"""kill -9 in the middle of a turn: nothing is activated twice, nothing that was activated is forgotten."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.agentic.killed import WHERE
from tests.agentic.script import Script, call, calls, registry, says
from tests.support.world import World


@pytest.mark.parametrize("where", WHERE)
def test_a_killed_turn_is_taken_up_where_it_was(where: str, tmp_path: Path) -> None:
    # Given a process that is killed while its agent is asked, or after it replied, or once what it wants is under way
    died = subprocess.run([sys.executable, "-m", "tests.agentic.killed", str(tmp_path), where], check=False)
    assert died.returncode == -9

    # When another one goes on, after the lease is over
    again = [] if where == "committed" else [calls(call("LookUp", "second", number="7"))]
    script = Script(*again, says("It is on its way."))
    world = World(f"sqlite:///{tmp_path}/laneway.db", agents=registry(script))
    world.pass_time(hours=1)
    world.settle()

    # Then the tool is under way once, called by the one reply that was committed
    (job,) = world.activate("look-up")
    assert job.variables["toolCall"]["_meta"]["id"] == ("first" if where == "committed" else "second")
    world.engine.complete_job(job.job.key, {"order": "sent"})
    world.settle()
    (instance,) = world.rows("process-instances")
    assert instance["state"] == "COMPLETED"
    row = world.rows("element-instances", elementId="Helper", type="AD_HOC_SUB_PROCESS")[0]
    with world.laneway.store.read() as uow:
        agent = uow.agent_instance_at(int(row["elementInstanceKey"]))
        assert agent is not None
        said = [item.role for item in uow.agent_history(agent.key)]
    assert said == ["CONFIGURATION", "USER", "ASSISTANT", "TOOL_RESULT", "ASSISTANT"]
    # A call that somebody died in was made, too.
    assert agent.model_calls == (2 if where == "committed" else 3)
    world.close()
