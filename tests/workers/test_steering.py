"""What an agent may not decide chooses no way at run time, unless a person has looked or somebody allows it."""

from typing import Any

import pytest
import yaml

from laneway.domain.errors import Refused
from tests.support.drawing import Drawing, extension, job
from tests.support.world import ANNA, World
from tests.workers.test_dial import GOOD, agents


def steered(person: bool = False) -> Drawing:
    """classify, perhaps a person, then a gateway that reads what the agent gave."""
    drawing = Drawing()
    process = drawing.process()
    nodes = [process.node("startEvent"), process.node("serviceTask", "classify", extension(job("classify")))]
    if person:
        nodes.append(process.node("userTask", "look"))
    gateway = process.node("exclusiveGateway", "way")
    process.chain(*nodes, gateway)
    process.flow(gateway, process.node("endEvent", "complaints"), '= kind = "complaint"')
    process.flow(gateway, process.node("endEvent", "others"), default=True)
    return drawing


def contract(authority: Any) -> tuple[str, bytes]:
    return agents("auto", GOOD, authority=authority)


def run(world: World, authority: Any, person: bool = False) -> int:
    world.deploy(steered(person), contract(authority))
    key = world.start(variables={"letter": "x"})
    world.settle()
    return key


@pytest.mark.parametrize("authority", ["none", "recommend"])
def test_what_an_agent_may_not_decide_is_held_where_it_would_choose(stored: World, authority: str) -> None:
    # Given an agent that may not decide, and a gateway that reads what it gave; when it is reached
    key = run(stored, authority)
    # Then the instance is held there, and is told where, what and how
    (incident,) = stored.rows("incidents", state="ACTIVE")
    assert incident["elementId"] == "way"
    for word in ("agent_steers", "«kind»", "«classifier»", "classify", "LANEWAY_AGENT_STEERS"):
        assert word in incident["errorMessage"]
    # When a person writes it, and resolves the incident; then it goes on.
    stored.engine.set_variables(key, {"kind": "complaint"}, actor=ANNA)
    stored.engine.resolve_incident(incident["incidentKey"], actor=ANNA)
    assert stored.state(key) == "COMPLETED"


def test_with_the_authority_it_chooses(world: World) -> None:
    # Given a contract that lets the agent decide the field; when the gateway reads it; then it goes on.
    key = run(world, {"default": "recommend", "fields": {"kind": "decide"}})
    assert world.state(key) == "COMPLETED"


def test_once_a_person_has_looked_it_chooses(world: World) -> None:
    # Given a person between the agent and the gateway; when they are done; then it goes on.
    key = run(world, "none", person=True)
    (task,) = world.rows("user-tasks", state="CREATED")
    world.engine.complete_user_task(task["userTaskKey"], {}, actor=ANNA)
    assert world.state(key) == "COMPLETED"


def test_an_answer_that_a_person_approved_chooses(world: World) -> None:
    # Given an agent at approve; when a person has approved what it answered; then that may choose.
    name, content = contract("none")
    said = yaml.safe_load(content)
    said["agents"]["classifier"]["autonomy"] = "approve"
    world.deploy(steered(), (name, yaml.safe_dump(said).encode()))
    key = world.start(variables={"letter": "x"})
    world.settle()
    (task,) = world.rows("user-tasks", state="CREATED")
    world.engine.complete_user_task(task["userTaskKey"], {}, action="approve", actor=ANNA)
    assert world.state(key) == "COMPLETED"


def test_who_completes_the_job_in_its_place_vouches_for_it(world: World) -> None:
    # Given an agent's job; when a person completes it; then what they give may choose.
    world.deploy(steered(), contract("none"))
    key = world.start(variables={"letter": "x"})
    (row,) = world.rows("jobs")
    world.engine.complete_job(row["jobKey"], {"kind": "praise"}, actor=ANNA)
    assert world.state(key) == "COMPLETED"


def test_a_setting_allows_it() -> None:
    # Given a server that lets agents steer; when the gateway is reached; then it goes on.
    world = World(agent_steers="allow")
    try:
        assert world.state(run(world, "none")) == "COMPLETED"
    finally:
        world.close()


def test_a_setting_refuses_such_a_diagram() -> None:
    # Given a server that refuses agents that steer; when such a diagram is deployed; then it says so.
    world = World(agent_steers="refuse")
    try:
        with pytest.raises(Refused) as refused:
            world.deploy(steered(), contract("none"))
        assert "kind" in str(refused.value)
        world.deploy(steered(), contract("decide"))
    finally:
        world.close()


def test_the_deployment_s_record_names_where_agents_steer(world: World) -> None:
    # Given such a diagram; when it is deployed; then the record names the gateway.
    world.deploy(steered(), contract("none"))
    (record,) = [row for row in world.audits() if row["details"]["command"] == "Deploy"]
    assert record["details"]["agentSteers"] == ["way"]


def test_what_another_worker_gives_anew_is_not_the_agent_s(world: World) -> None:
    # Given a worker that gives the field anew after the agent; when the gateway reads it; then it goes on.
    drawing = Drawing()
    process = drawing.process()
    gateway = process.node("exclusiveGateway", "way")
    process.chain(
        process.node("startEvent"),
        process.node("serviceTask", "classify", extension(job("classify"))),
        process.node("serviceTask", "look_up", extension(job("look_up"))),
        gateway,
    )
    process.flow(gateway, process.node("endEvent", "complaints"), '= kind = "complaint"')
    process.flow(gateway, process.node("endEvent", "others"), default=True)
    world.deploy(drawing, contract("none"))
    key = world.start(variables={"letter": "x"})
    world.settle()
    given = world.one_job("look_up")
    world.engine.complete_job(given.job.key, {"kind": "complaint"})
    assert world.state(key) == "COMPLETED"
