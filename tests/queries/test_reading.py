"""What can be asked: definitions, files, forms, variables, statistics, the timeline."""

import json

import pytest

from laneway.domain.errors import NotFound
from tests.commands.drawings import one_job, one_user_task
from tests.support.drawing import Drawing, duration, extension
from tests.support.world import ANNA, World

FORM = {"id": "review", "components": [{"type": "textfield", "key": "note", "validate": {"required": True}}]}


def test_files_are_given_back_as_they_came(stored: World) -> None:
    # Given a deployment; when its diagram and files are asked for; then their bytes are those that were sent.
    xml = one_job().xml()
    deployed = stored.engine.deploy([("process.bpmn", xml), ("policy.md", "# Regeln für ä".encode())])
    assert stored.engine.definition_xml(deployed.processes[0].key) == xml
    files = {resource.name: resource.content for resource in stored.engine.resources(deployed.key)}
    assert files["policy.md"].decode() == "# Regeln für ä"
    assert stored.engine.resource(deployed.resources[0].key).name == "process.bpmn"


def test_what_is_not_there_or_of_another_tenant_is_not_found(world: World) -> None:
    # Given a definition; when it is asked for by another tenant, or one that is none; then the answers are alike.
    deployed = world.deploy(one_job())
    key = deployed.processes[0].key
    for ask in (
        lambda: world.engine.process_definition(key, tenant_ids=("other",)),
        lambda: world.engine.definition_xml(10**24),
        lambda: world.engine.resources(1),
        lambda: world.engine.resource(-1),
        lambda: world.engine.history(1),
        lambda: world.engine.user_task_form(1),
        lambda: world.engine.get("process-instances", 1),
        lambda: world.engine.element_statistics(1),
    ):
        with pytest.raises(NotFound):
            ask()


def test_a_start_form_is_found_and_kept_to_by_people(stored: World) -> None:
    # Given a process with a start form
    drawing = Drawing()
    process = drawing.process()
    start = process.node("startEvent", "start", extension('<zeebe:formDefinition formId="review"/>'))
    process.chain(start, process.node("endEvent", "end"))
    deployed = stored.deploy(drawing, ("review.form", json.dumps(FORM).encode()))
    # When it is asked for, and a person starts the process without what it requires
    form = stored.engine.start_form(deployed.processes[0].key)
    assert form is not None
    assert form.form_id == "review"
    with pytest.raises(Exception, match="note"):
        stored.engine.start_instance(process_id="process", actor=ANNA)
    # Then only a filled-in form starts it
    assert stored.engine.start_instance(process_id="process", variables={"note": "x"}, actor=ANNA).completed


def test_a_process_without_a_start_form_has_none(world: World) -> None:
    # Given a process without one; when its start form is asked for; then there is none.
    deployed = world.deploy(one_job())
    assert world.engine.start_form(deployed.processes[0].key) is None


def test_a_person_sees_the_variables_of_the_task(world: World) -> None:
    # Given a task; when its variables are asked for; then all that it sees are given.
    world.deploy(one_user_task())
    world.start(variables={"a": 1})
    (row,) = world.rows("user-tasks")
    assert world.engine.user_task_variables(row["userTaskKey"]) == {"a": 1}


def test_statistics_count_by_element(stored: World) -> None:
    # Given an instance that failed at its task; when its elements are counted; then the incident shows.
    stored.deploy(one_job())
    key = stored.start()
    stored.engine.fail_job(stored.one_job("work").job.key, retries=0)
    counts = {row["elementId"]: row for row in stored.engine.element_statistics(key)}
    assert (counts["start"]["completed"], counts["task"]["incidents"], counts["task"]["active"]) == (1, 1, 0)


def test_taken_flows_are_those_of_the_instance(world: World) -> None:
    # Given an instance that waits; when its flows are asked for; then those it took are named.
    drawing = one_job()
    world.deploy(drawing)
    flows = [flow[0] for flow in drawing.processes[0][1].flows]
    assert world.engine.taken_flows(world.start()) == flows[:1]


def test_the_timeline_tells_who_did_what(stored: World) -> None:
    # Given an instance on which a person, a worker and time worked
    drawing = Drawing()
    process = drawing.process()
    process.chain(
        process.node("startEvent", "start"),
        process.node("userTask", "Decide", extension("<zeebe:userTask/>")),
        process.node("intermediateCatchEvent", "Wait", duration("PT1H")),
        process.node("endEvent", "end"),
    )
    stored.deploy(drawing)
    key = stored.start()
    (row,) = stored.rows("user-tasks")
    stored.engine.assign_user_task(row["userTaskKey"], "anna", actor=ANNA)
    stored.engine.complete_user_task(row["userTaskKey"], {"ok": True}, actor=ANNA)
    stored.pass_time(hours=2)
    stored.settle()
    # When its timeline is read
    timeline = stored.engine.history(key)
    # Then commands and what they brought about stand in order, readable
    assert [(entry.actor, entry.data["command"]) for entry in timeline if entry.kind == "command"] == [
        ("system:laneway", "StartInstance"),
        ("user:anna", "AssignUserTask"),
        ("user:anna", "CompleteUserTask"),
        ("system:laneway", "TriggerTimer"),
    ]
    texts = [entry.text for entry in timeline]
    assert "«Decide» waits for a person" in texts
    assert any("gave ok" in text for text in texts)
    assert timeline[-1].kind == "ProcessInstanceCompleted"
    assert [entry.sequence for entry in timeline] == sorted(entry.sequence for entry in timeline)


def test_refused_commands_stand_in_the_timeline(world: World) -> None:
    # Given a command that was refused; when the timeline is read; then it says what and why.
    world.deploy(one_job())
    key = world.start()
    held = world.one_job("work")
    world.engine.fail_job(held.job.key, retries=1, retry_back_off_ms=60_000)
    with pytest.raises(Exception, match="FAILED"):
        world.engine.complete_job(held.job.key)
    assert "job_not_completable" in world.engine.history(key)[-1].text


def test_no_book_keeping_is_shown(world: World) -> None:
    # Given a multi-instance task; when the timeline and its variables are read; then nothing of the engine's own is there.
    drawing = Drawing()
    process = drawing.process()
    loop = (
        "<multiInstanceLoopCharacteristics><extensionElements>"
        '<zeebe:loopCharacteristics inputCollection="=items" inputElement="item"/></extensionElements>'
        "</multiInstanceLoopCharacteristics>"
    )
    process.chain(
        process.node("startEvent"),
        process.node("serviceTask", "task", extension('<zeebe:taskDefinition type="work"/>') + loop),
        process.node("endEvent"),
    )
    world.deploy(drawing)
    key = world.start(variables={"items": [1, 2]})
    assert sorted(each.variables["item"] for each in world.activate("work")) == [1, 2]
    assert not any("\x01" in str(entry) for entry in world.engine.history(key))


def test_the_clock_is_the_store_s(world: World) -> None:
    # Given a virtual clock; when the time is asked for; then it is the clock's.
    assert world.engine.now() == world.clock.now
