"""CompleteUserTask: a person is done; what was entered is held against the form, and the token goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laneway.commands import audit, guards, verdicts
from laneway.commands.drawn_turns import Decided
from laneway.commands.execution import Command, Unit
from laneway.commands.forms import form_of, require_valid
from laneway.domain.errors import Conflict, InvalidInput
from laneway.domain.stimulus import CompleteWork
from laneway.domain.work import Actor, UserTask

CHOICE = "choice"
"""The variable in which a person names the flow to take, where the diagram leaves it open."""


def complete_user_task(
    user_task_key: int,
    variables: Mapping[str, Any],
    *,
    action: str | None,
    actor: Actor,
    tenant_ids: Sequence[str] | None,
) -> Command[None]:
    entry = audit.entry(
        "CompleteUserTask",
        "COMPLETE",
        "USER_TASK",
        user_task_key,
        actor,
        tenant_ids=tenant_ids,
        action=action,
        variables=audit.names(variables),
    )

    def work(unit: Unit) -> None:
        task = guards.open_user_task(unit, user_task_key, tenant_ids)
        if actor.kind == "user" and task.assignee is not None and task.assignee != actor.id:
            raise Conflict(
                "user_task_already_assigned",
                f"User task {task.key} is {task.assignee}'s; take it over before you complete it",
            )
        given = dict(guards.checked_variables(unit, variables))
        if task.choices:
            chosen = chosen_flows(task, given.get(CHOICE))
            given[CHOICE] = chosen if task.choose_many else chosen[0]
            labels = {choice[0]: choice[1] for choice in task.choices}
            unit.concerns(details={"choice": [f"{labels[flow_id]} ({flow_id})" for flow_id in chosen]})
        state = unit.load(task.root_key)
        in_place = verdicts.dialled(state, task)
        form = form_of(unit.uow, task)
        if form is not None and not (in_place is not None and verdicts.enters_nothing(unit, task, given, action)):
            require_valid(form, {name: value for name, value in given.items() if name != CHOICE or not task.choices})
            unit.concerns(details={"formId": form.form_id, "formVersion": form.version})
        unit.concerns(details={"assignee": task.assignee} if task.assignee else {})
        decided = Decided(given)
        if in_place is not None:
            decided = verdicts.decide(unit, state, task, in_place, given, action, actor)
        said = {"action": action, **decided.result}
        unit.advance(state, CompleteWork(task.element_instance_key, task.key, decided.variables, said), unit.entry)

    return Command(entry, work, needs=guards.needs_of_task(user_task_key))


def chosen_flows(task: UserTask, choice: Any) -> list[str]:
    """Ids of the flows that ``choice`` names by id or, with any case, by name."""
    options = ", ".join(f"«{label}» ({flow_id})" for flow_id, label in task.choices)
    facts = {"choices": [list(choice) for choice in task.choices], "chooseMany": task.choose_many}
    many = "one or more of" if task.choose_many else "one of"
    if choice in (None, "", []):
        raise InvalidInput("choice_required", f"Say which way to go on: give «{CHOICE}» as {many} {options}", facts)
    wanted = choice if isinstance(choice, list) else [choice]
    found: list[str] = []
    for one in wanted:
        by_id = [flow_id for flow_id, _ in task.choices if flow_id == one]
        by_name = [
            flow_id
            for flow_id, label in task.choices
            if isinstance(one, str) and label.casefold() == one.strip().casefold()
        ]
        match = by_id or by_name
        if len(match) != 1:
            raise InvalidInput("choice_unknown", f"«{CHOICE}» is {many} {options}; {one!r} is not", facts)
        if match[0] not in found:
            found.extend(match)
    if len(found) > 1 and not task.choose_many:
        raise InvalidInput(
            "choice_unknown", f"Only one way can be taken here: give «{CHOICE}» as one of {options}", facts
        )
    return found
