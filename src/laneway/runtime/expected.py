"""Values that must be of a kind: a failure says what came instead, and what the expression warned of on the way.

FEEL gives null where a function fails, with a warning (DMN 1.5, 10.3.4); warnings are only gathered once something has
failed, by evaluating again, so that what goes well pays nothing for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from laneway.domain.model import Value
from laneway.domain.state import ElementInstance
from laneway.domain.types import IncidentType
from laneway.runtime.failure import ElementFailure
from laneway.runtime.scope import evaluate, names_seen, view
from laneway.runtime.values import shown

if TYPE_CHECKING:
    from laneway.runtime.run import Run

MOST_WARNINGS = 5


def a_text(
    run: Run,
    element: ElementInstance,
    source: Value | None,
    what: str,
    *,
    type: IncidentType = IncidentType.EXTRACT_VALUE_ERROR,
) -> str:
    """The text that ``source`` gives, one of at least one character.

    Raises
    ------
    ElementFailure
        It gives anything else.
    """
    value = evaluate(run, element, source, what, type=type)
    if isinstance(value, str) and value:
        return value
    raise unfit(run, element, source, f"the {what} must be a text, it is {shown(value)}", type=type)


def unfit(
    run: Run,
    element: ElementInstance,
    source: Value | tuple[str, ...] | int | None,
    message: str,
    *,
    type: IncidentType = IncidentType.EXTRACT_VALUE_ERROR,
) -> ElementFailure:
    """The failure that says ``message``, and what ``source`` warned of where it is an expression."""
    return ElementFailure(type, message + reasons(run, element, source))


def reasons(run: Run, element: ElementInstance, source: Value | tuple[str, ...] | int | None) -> str:
    """What an expression warns of, as the end of a message; "" where there is nothing to say."""
    if source is None or isinstance(source, (str, int, tuple)):
        return ""
    scope = view(run, element)
    warnings: list[str] = []
    try:
        source.evaluate(scope, run.now, warnings, seed=run.randomness)
    except Exception:  # it was evaluated before without one; whatever it is now, the message stands without it
        return ""
    if not warnings:
        return ""
    said = " ".join(warnings[:MOST_WARNINGS])
    return f" ({source.text}). {said} Variables seen: {names_seen(scope)}"
