"""Which instance a message is for, as BPMN 2.0 says it (8.4.2, Correlation).

A key is bound by the first message that an instance sends or receives with it, and holds from then on; a process may say
instead by data paths what its key is (a correlation subscription). Where the diagram says no key, two pools of one file talk
in a conversation: its id is bound as a key is, and the first message gives it.

Keys are bound in the process instance, or in the round of a loop, so that rounds side by side have conversations of their
own. They are hidden variables, one row each.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from laneway.domain.model import EventDefinition, FlowNode, MessageKey, Value
from laneway.domain.state import ElementInstance, Wait
from laneway.domain.types import CONVERSATION, HIDDEN_PREFIX, ElementType, IncidentType
from laneway.expressions import ExpressionError
from laneway.expressions.randomness import Seed
from laneway.runtime import catching, tasks
from laneway.runtime.expected import unfit
from laneway.runtime.failure import ElementFailure
from laneway.runtime.scope import evaluate, set_local, view
from laneway.runtime.values import to_json

if TYPE_CHECKING:
    from laneway.runtime.run import Run

_KEY = HIDDEN_PREFIX + "key."
_CONVERSATION = HIDDEN_PREFIX + "conversation"
_UNBOUND = "unbound"


def key_to_send(run: Run, element: ElementInstance, own: Value | None, key: MessageKey | None) -> str:
    """The correlation key of a message that ``element`` sends; ``own`` is what a dialect says. Binds the key."""
    if own is not None or key is None:
        return tasks.correlation_text(evaluate(run, element, own, "correlation key"))
    if key.conversation:
        text = _bound(run, element, key) or _latest(run, _holder(run, element))
        if text is None:
            text = f"{CONVERSATION}{_holder(run, element).key}"
    else:
        values = [
            (name, evaluate(run, element, expression, f"correlation property {name}"))
            for name, expression in key.properties
        ]
        text = _text(values) or _bound(run, element, key)
        if text is None:
            return ""
    _bind(run, element, key, text)
    return text


def key_to_wait_for(
    run: Run, element: ElementInstance, event: FlowNode, definition: EventDefinition, wait_key: int
) -> str:
    """What ``element`` waits with for the message of ``event``: "" where nothing is bound yet, so that the first comes."""
    own, key = definition.correlation_key, definition.message_key
    if own is not None:
        value = evaluate(run, element, own, f"correlation key of {event.id}")
        if value is None:
            said = own if isinstance(own, str) else own.text
            message = f"the correlation key of {event.id} ({said}) gives nothing; set the variable that it reads"
            raise unfit(run, element, own, message)
        return tasks.correlation_text(value)
    if key is None:
        return ""
    if key.paths:
        values = [(name, evaluate(run, element, path, f"correlation property {name}")) for name, path in key.paths]
        found = _text(values) or _bound(run, element, key)
        if found is None:
            missing = ", ".join(name for name, value in values if value is None)
            raise ElementFailure(
                IncidentType.EXTRACT_VALUE_ERROR,
                f"{event.id} is correlated by {missing}, whose data path gives nothing; set the variable that it reads",
            )
        return found
    found = _bound(run, element, key)
    if found is None and not key.conversation:
        # Whoever has what the message is correlated by in a variable waits for nothing else.
        found = key_of_payload(key, view(run, element), run.now, run.randomness)
    elif found is None:
        found = next(
            (text for holder in _holders(run, element) if (text := _latest(run, holder)) is not None),
            None,
        )
    if found is None:
        _remember(run, element, wait_key)
        return ""
    return found


def received(
    run: Run,
    element: ElementInstance,
    definition: EventDefinition | None,
    given: str,
    variables: Mapping[str, Any],
    wait: Wait | None,
) -> None:
    """A message has come for ``definition``: it binds the key that is not bound yet. ``wait`` is not opened again for it."""
    key = definition.message_key if definition is not None else None
    if key is None or _bound(run, element, key) is not None:
        return
    if key.conversation:
        # A key from outside is nothing that the other pool knows of.
        text = given if given.startswith(CONVERSATION) else None
    else:
        text = given or key_of_payload(key, variables, run.now, run.randomness)
    if text:
        _bind(run, element, key, text, wait)


def key_of_payload(key: MessageKey, variables: Mapping[str, Any], now: datetime, seed: Seed = None) -> str | None:
    """What the retrieval expressions give. A payload that they cannot be evaluated over has no key."""
    values = []
    try:
        for name, expression in key.properties:
            values.append((name, to_json(expression.evaluate(variables, now, seed=seed))))
        return _text(values)
    except (ExpressionError, ElementFailure):
        return None


def _text(values: list[tuple[str, Any]]) -> str | None:
    """One property is its value; several are a JSON object of texts, sorted by name. None where one is missing."""
    if not values or any(value is None for _, value in values):
        return None
    texts = {name: tasks.correlation_text(value) for name, value in values}
    if len(texts) == 1:
        return next(iter(texts.values()))
    composed = json.dumps(texts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return tasks.findable(composed, "a correlation key")


def _holders(run: Run, element: ElementInstance) -> Iterable[ElementInstance]:
    """The rounds of loops around ``element``, innermost first, then its process instance."""
    elements = run.state.elements
    while True:
        if element.type is ElementType.PROCESS:
            yield element
            return
        if element.role == "round":
            yield element
        element = elements[element.parent]


def _holder(run: Run, element: ElementInstance) -> ElementInstance:
    return next(iter(_holders(run, element)))


def _bound(run: Run, element: ElementInstance, key: MessageKey) -> str | None:
    name = _KEY + key.id
    for holder in _holders(run, element):
        value = run.state.variables.get(holder.key, {}).get(name)
        if value is not None:
            return str(value)
    return None


def _latest(run: Run, holder: ElementInstance) -> str | None:
    """The conversation that ``holder`` takes part in, whoever with: a third pool may answer."""
    value = run.state.variables.get(holder.key, {}).get(_CONVERSATION)
    return None if value is None else str(value)


def _bind(run: Run, element: ElementInstance, key: MessageKey, text: str, skip: Wait | None = None) -> None:
    if _bound(run, element, key) == text:
        return
    holder = _holder(run, element)
    set_local(run, holder, _KEY + key.id, text)
    if key.conversation and _latest(run, holder) is None:
        set_local(run, holder, _CONVERSATION, text)
    _wait_again(run, holder, skip)


def _remember(run: Run, element: ElementInstance, wait_key: int) -> None:
    """What waits without a key waits again with it as soon as it is bound."""
    holder = _holder(run, element)
    waiting = holder.own_data().setdefault(_UNBOUND, [])
    if len(waiting) & (len(waiting) - 1) == 0:  # now and then, so that many which wait together cost no more each
        waiting[:] = [each for each in waiting if _still_waits(run, each)]
    waiting.append([element.key, wait_key])
    run.touch(holder)


def _still_waits(run: Run, place: list[int]) -> bool:
    element = run.state.elements.get(place[0])
    return element is not None and place[1] in element.waits


def _wait_again(run: Run, holder: ElementInstance, skip: Wait | None) -> None:
    waiting = holder.data.pop(_UNBOUND, None) if holder.data else None
    if not waiting:
        return
    run.touch(holder)
    for place in waiting:
        if not _still_waits(run, place) or (skip is not None and place[1] == skip.key):
            continue
        element = run.state.elements[place[0]]
        wait = element.waits[place[1]]
        run.close_wait(element, wait.key, "canceled")
        catching.open_again(run, element, wait)
