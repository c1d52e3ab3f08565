"""User tasks: claimed, given, completed with what the form asks for."""

import json
from typing import Any

import pytest

from laneway.domain.errors import Conflict, InvalidInput, NotFound
from tests.commands.drawings import one_user_task
from tests.support.drawing import Drawing
from tests.support.world import ANNA, BEN, World

FORM = {
    "id": "review",
    "type": "default",
    "components": [
        {"type": "text", "text": "Please decide"},
        {"type": "textfield", "key": "note", "label": "Note", "validate": {"required": True, "minLength": 3}},
        {"type": "select", "key": "decision", "values": [{"value": "approve"}, {"value": "reject"}]},
    ],
}


def with_form(form: dict[str, Any] = FORM) -> tuple[Drawing, tuple[str, bytes]]:
    drawing = one_user_task(f'<zeebe:formDefinition formId="{form["id"]}"/>')
    return drawing, (f"{form['id']}.form", json.dumps(form).encode())


def one_task(world: World) -> int:
    (row,) = world.rows("user-tasks", state="CREATED")
    return int(row["userTaskKey"])


def test_a_claimed_task_is_not_claimed_by_another(stored: World) -> None:
    # Given a task that anna claimed
    stored.deploy(one_user_task())
    stored.start()
    key = one_task(stored)
    stored.engine.assign_user_task(key, "anna", allow_override=False, actor=ANNA)
    # When ben claims it, and completes it
    with pytest.raises(Conflict) as claimed:
        stored.engine.assign_user_task(key, "ben", allow_override=False, actor=BEN)
    with pytest.raises(Conflict):
        stored.engine.complete_user_task(key, actor=BEN)
    # Then both are refused, until it is given to him
    assert claimed.value.code == "user_task_already_assigned"
    stored.engine.assign_user_task(key, "ben", actor=ANNA)
    stored.engine.complete_user_task(key, actor=BEN)
    assert stored.commands(userTaskKey=key) == [
        "AssignUserTask",
        "AssignUserTask",
        "CompleteUserTask",
        "AssignUserTask",
        "CompleteUserTask",
    ]


def test_an_unassigned_task_goes_back_to_its_candidates(stored: World) -> None:
    # Given a claimed task; when it is unassigned; then another may claim it.
    stored.deploy(one_user_task('<zeebe:assignmentDefinition candidateGroups="sales, support"/>'))
    stored.start()
    key = one_task(stored)
    stored.engine.assign_user_task(key, "anna", actor=ANNA)
    stored.engine.unassign_user_task(key, actor=ANNA)
    row = stored.engine.get("user-tasks", key)
    assert (row["assignee"], row["candidateGroups"]) == (None, ["sales", "support"])
    stored.engine.assign_user_task(key, "ben", allow_override=False, actor=BEN)


def test_completing_gives_the_variables_once(stored: World) -> None:
    # Given a task; when it is completed twice; then the first counts, the second is a conflict.
    stored.deploy(one_user_task())
    key = stored.start()
    task = one_task(stored)
    stored.engine.complete_user_task(task, {"ok": True})
    with pytest.raises(Conflict) as refused:
        stored.engine.complete_user_task(task, {"ok": False})
    assert refused.value.code == "user_task_not_active"
    assert (stored.state(key), stored.variables(key)) == ("COMPLETED", {"ok": True})


def test_every_field_at_fault_is_named(stored: World) -> None:
    # Given a task with a form
    drawing, form = with_form()
    stored.deploy(drawing, form)
    key = stored.start()
    task = one_task(stored)
    # When it is completed with what the form does not take
    with pytest.raises(InvalidInput) as refused:
        stored.engine.complete_user_task(task, {"decision": "maybe"})
    # Then all faults are said, and the task stays
    assert refused.value.code == "form_invalid"
    assert [field["field"] for field in refused.value.details["fields"]] == ["note", "decision"]
    stored.engine.complete_user_task(task, {"note": "fine", "decision": "approve", "extra": 1})
    assert stored.state(key) == "COMPLETED"


def test_the_form_of_a_task_is_given(world: World) -> None:
    # Given tasks with and without a form; when their forms are asked for; then one has its schema, the other none.
    drawing, form = with_form()
    world.deploy(drawing, form)
    world.deploy(one_user_task(id="plain"))
    world.start()
    found = world.engine.user_task_form(one_task(world))
    assert found is not None
    assert found.schema["components"][1]["key"] == "note"
    world.engine.complete_user_task(one_task(world), {"note": "done"})
    world.start("plain")
    assert world.engine.user_task_form(one_task(world)) is None


def test_details_of_a_task_are_changed(stored: World) -> None:
    # Given a task; when who may take it and how urgent it is are changed; then it has the new values.
    stored.deploy(one_user_task())
    stored.start()
    task = one_task(stored)
    due = stored.clock.now
    stored.engine.update_user_task(task, {"candidate_users": ["anna"], "priority": 90, "due_date": due}, actor=ANNA)
    row = stored.engine.get("user-tasks", task)
    assert (row["candidateUsers"], row["priority"], row["dueDate"]) == (["anna"], 90, due)
    stored.engine.update_user_task(task, {"due_date": None})
    assert stored.engine.get("user-tasks", task)["dueDate"] is None


@pytest.mark.parametrize(
    "changes", [{}, {"priority": 101}, {"due_date": "tomorrow"}, {"name": "x"}, {"priority": True}]
)
def test_changes_that_cannot_be_are_refused(world: World, changes: dict[str, Any]) -> None:
    # Given a task; when it is changed in a way that cannot be; then nothing changes.
    world.deploy(one_user_task())
    world.start()
    with pytest.raises(InvalidInput):
        world.engine.update_user_task(one_task(world), changes)


def open_gateway() -> Drawing:
    """A walkthrough: nothing says which way to go."""
    drawing = Drawing()
    process = drawing.process()
    process.chain(process.node("startEvent", "start"), process.node("exclusiveGateway", "which"))
    for name in ("Yes", "No"):
        flow = process.flow("which", process.node("endEvent", f"end_{name}"))
        drawing_flow = next(index for index, each in enumerate(process.flows) if each[0] == flow)
        process.flows[drawing_flow] = (f"flow_{name}", "which", f"end_{name}", None)
    return drawing


@pytest.mark.parametrize("choice", ["flow_No", "No", "no", " NO "])
def test_a_person_chooses_a_flow_by_id_or_name(world: World, choice: str) -> None:
    # Given a gateway that leaves the way open; when a person names one; then the token takes it.
    xml = open_gateway().xml().replace(b'id="flow_No"', b'id="flow_No" name="No"')
    world.engine.deploy(
        [("process.bpmn", xml.replace(b'id="flow_Yes"', b'id="flow_Yes" name="Yes"'))], walkthrough=True
    )
    key = world.start()
    world.engine.complete_user_task(one_task(world), {"choice": choice}, actor=ANNA)
    assert world.state(key) == "COMPLETED"
    assert world.engine.taken_flows(key)[-1] == "flow_No"
    assert "choice" not in world.variables(key)


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({}, "choice_required"),
        ({"choice": "Maybe"}, "choice_unknown"),
        ({"choice": ["flow_No", "flow_Yes"]}, "choice_unknown"),
    ],
)
def test_a_choice_that_is_none_is_refused_with_the_options(world: World, variables: dict[str, Any], code: str) -> None:
    # Given an open gateway; when no way, an unknown one or two are named; then the options are said.
    world.engine.deploy([("process.bpmn", open_gateway().xml())], walkthrough=True)
    world.start()
    with pytest.raises(InvalidInput, match="flow_Yes") as refused:
        world.engine.complete_user_task(one_task(world), variables)
    assert refused.value.code == code


def test_a_task_of_another_tenant_is_not_found(world: World) -> None:
    # Given a task; when someone of another tenant claims it; then it is not found, and its chain says nothing of it.
    world.deploy(one_user_task())
    key = world.start()
    with pytest.raises(NotFound):
        world.engine.assign_user_task(one_task(world), "eve", tenant_ids=("other",))
    assert world.commands(rootProcessInstanceKey=key) == ["StartInstance"]
