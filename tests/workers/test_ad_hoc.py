"""An agent leads an ad-hoc sub-process: its contract's output says what is done next."""

from typing import Any

import yaml

from tests.support.drawing import HEAD, extension, job
from tests.support.world import World

DIAGRAM = (
    f'{HEAD}<process id="process" isExecutable="true"><startEvent id="start"/>'
    f'<adHocSubProcess id="Work">{extension(job("lead"))}'
    f'<serviceTask id="a">{extension(job("do"))}</serviceTask></adHocSubProcess>'
    '<sequenceFlow id="f" sourceRef="start" targetRef="Work"/></process></definitions>'
).encode()


def deploy(world: World, answers: dict[str, Any]) -> None:
    contract = {
        "purpose": "Says what is done next",
        "owner": "head-of-mail",
        "job_types": ["lead"],
        "adapter": "scripted",
        "config": {"answers": answers},
        "input": {"type": "object", "properties": {"done": {"type": "boolean"}}},
        "output": {"type": "object"},
        "authority": "decide",
    }
    agents = yaml.safe_dump({"version": 1, "agents": {"leader": contract}}).encode()
    world.engine.deploy([("process.bpmn", DIAGRAM), ("agents.yaml", agents)])


def test_an_agent_says_what_is_done_and_when_it_is_over(world: World) -> None:
    # Given an agent that wants one thing done, and nothing more after that
    first, last = {"activateElements": ["a"], "plan": "x"}, {"isCompletionConditionFulfilled": True}
    deploy(world, {"Work": [{"output": first, "confidence": 1}, {"output": last, "confidence": 1}]})

    # When its instance runs
    key = world.start(variables={"done": False})
    world.settle()
    task = world.one_job("do")
    assert world.active(key) == ["Work", "Work", "a"]
    world.engine.complete_job(task.job.key)
    world.settle()

    # Then
    assert world.state(key) == "COMPLETED"
    assert world.variables(key) == {"done": False, "plan": "x"}


def test_what_an_agent_wants_and_cannot_be_done_is_an_incident(world: World) -> None:
    deploy(world, {"*": {"output": {"activateElements": ["b"]}, "confidence": 1}})
    key = world.start()
    world.settle()
    (incident,) = world.rows("incidents", processInstanceKey=key, state="ACTIVE")
    assert "no element «b»" in incident["errorMessage"]
