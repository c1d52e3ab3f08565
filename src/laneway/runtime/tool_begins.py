"""A tool of an agent begins: the one place that every way to it leads through, whoever asked for it.

What an agent task with a loop has asked for is handed out with its completion, and kept in the data of the process instance until it begins
(``HANDED``: conversation → id of the call → fingerprint of tool and arguments), so that the loop may take its calls from a variable that
anybody could have written. Whether a call may begin is ``Definitions.tool_begins``'s to say; one that may not is held by an incident at its
activation. What has begun is bound: its ``toolCall`` stays as it is, and its result is of that call, whatever it says itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from laneway.domain.state import ElementInstance
from laneway.domain.types import HIDDEN_PREFIX, IncidentType
from laneway.ports import ToolBegins
from laneway.runtime.scope import KEPT, set_local, view

if TYPE_CHECKING:
    from laneway.runtime.run import Run

STAGE: Final = "tool"
HANDED: Final = "handed"
HAND_OUT: Final = HIDDEN_PREFIX + HANDED
"""In a result of Laneway's own: ``{"conversation", "calls": {id: fingerprint}}``. From outside no such name comes in."""
TOOL_CALL: Final = "toolCall"
ANSWERS: Final = "answers"
_TOOL: Final = "tool"


def hand_out(run: Run, element: ElementInstance, said: Mapping[str, Any]) -> None:
    """The agent task ``element`` has asked for calls, or for none: what it asked for before and has not begun never does."""
    process = run.state.elements[element.process_key]
    before = process.data.get(HANDED, {})
    conversation, calls = said["conversation"], said["calls"]
    if conversation in before or calls:
        _write(run, process, {**before, conversation: dict(calls)})


def enter(run: Run, inner: ElementInstance, slot: int) -> None:
    """Begin the tool at ``slot`` in its activation, or hold it."""
    model = run.model(inner.definition_key)
    container = run.state.elements[inner.parent]
    tool_id = model.nodes[slot].id
    call = view(run, inner).get(TOOL_CALL)
    process = run.state.elements[inner.process_key]
    handed = process.data.get(HANDED, {})
    begins = run.definitions.tool_begins(inner.definition_key, container.slot, tool_id, call, handed)
    if begins is not None:
        if begins.refused is not None:
            inner.own_data()[_TOOL] = tool_id
            run.raise_incident(inner, IncidentType.UNSPECIFIED, begins.refused, stage=STAGE)
            return
        if begins.used is not None:
            conversation, id = begins.used
            left = {one: said for one, said in handed[conversation].items() if one != id}
            _write(run, process, {**handed, conversation: left})
        _bind(run, container, inner, begins, call)
    run.enter(inner, run.plans(inner.definition_key)[slot])


def again(run: Run, inner: ElementInstance) -> None:
    """The incident that held it is resolved."""
    enter(run, inner, run.model(inner.definition_key).slots[inner.data.pop(_TOOL)])


def answering(element: ElementInstance, value: Any) -> Any:
    """``value``, collected of what ended at ``element``, as the result of the call that began there."""
    said = element.data.get(ANSWERS)
    if said is None or not isinstance(value, Mapping):
        return value
    return {**value, "id": said[0], "name": said[1]}


def _bind(run: Run, container: ElementInstance, inner: ElementInstance, begins: ToolBegins, call: Any) -> None:
    own = inner.own_data()
    own[KEPT] = list(begins.kept)
    variables = run.state.variables
    in_round = container.role == "round"
    if call is not None and TOOL_CALL not in variables.get(inner.key, ()) and not in_round:
        set_local(run, inner, TOOL_CALL, call)
    if in_round:
        container.own_data()[KEPT] = [TOOL_CALL]
    if begins.answers is not None:
        own[ANSWERS] = list(begins.answers)
        if in_round:
            container.own_data().setdefault(ANSWERS, list(begins.answers))
    run.touch(inner)
    run.touch(container)


def _write(run: Run, process: ElementInstance, handed: Mapping[str, Mapping[str, str]]) -> None:
    left = {conversation: dict(calls) for conversation, calls in handed.items() if calls}
    if left:
        process.own_data()[HANDED] = left
    else:
        process.data.pop(HANDED, None)
    run.touch(process)
