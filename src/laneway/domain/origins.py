"""Whose words a value holds, and, of a command that writes variables, whose it brings.

A root instance keeps the origins of all that was ever written in it as one number, so that nobody has to read its record for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, Literal, get_args

from laneway.domain.model import ProcessModel
from laneway.domain.transition import Transition

Origin = Literal["contract", "person", "system", "agent", "message", "document", "tool_result", "unknown"]
"""Whose words a value holds. ``system``: a registered system of record. ``agent``: a model added to it."""
ORIGINS: Final[tuple[Origin, ...]] = get_args(Origin)

Origins = frozenset[Origin]
UNKNOWN: Final[Origins] = frozenset({"unknown"})
ENDORSED: Final[Origins] = frozenset({"person"})
"""Of a value that a person was shown and let stand or wrote anew: the person answers for it, whatever it was made from."""

MESSAGES: Final = frozenset({"PublishMessage", "CorrelateMessage", "DeliverOutbox", "BroadcastSignal"})
_BY_HAND: Final = frozenset({"StartInstance", "CompleteUserTask", "SetVariables"})
_BITS: Final = {origin: 1 << place for place, origin in enumerate(ORIGINS)}


def giver(verb: str, actor_kind: str) -> tuple[str, Origins]:
    """Who gives what a command brings (agent | message | person | start | worker | system), and whose words that is."""
    if actor_kind == "agent":
        return "agent", frozenset({"agent"})
    if verb in MESSAGES:
        return "message", frozenset({"message"})
    person = actor_kind == "user"
    if verb in ("CompleteUserTask", "SetVariables") or (person and verb != "StartInstance"):
        # Whoever sends it: a person is asked there. Nobody in particular is nobody to trust.
        return "person", ENDORSED if person else UNKNOWN
    if verb == "StartInstance":
        return "start", ENDORSED if person else frozenset({"system" if actor_kind == "system" else "unknown"})
    return ("worker" if verb == "CompleteJob" else "system"), frozenset({"system"})


def brought(verb: str, actor_kind: str, *, writes: bool, triggered: bool) -> Origins:
    """A bound for every variable that a command ``writes``. Workers are taken for unknown: they may pass on whatever they read.

    ``triggered``: an event was caught. What came with it, a message most of all, is nobody's whom the command names.
    """
    origins: Origins = frozenset({"message"}) if triggered else frozenset()
    if not writes:
        return origins
    return origins | (giver(verb, actor_kind)[1] if verb in _BY_HAND or verb in MESSAGES else UNKNOWN)


def of_models(models: Iterable[ProcessModel]) -> Origins:
    """What a data store holds was put there by other instances."""
    return UNKNOWN if any(model.reads_data_stores for model in models) else frozenset()


def of_transition(transition: Transition, verb: str, actor_kind: str, *, reads_data_stores: bool) -> int:
    """What a step adds to the origins of its root, as ``number``. ``reads_data_stores``: an instance that does began in it."""
    return _added(verb, actor_kind, bool(transition.variables), transition.triggered, reads_data_stores)


@lru_cache(maxsize=1_000)
def _added(verb: str, actor_kind: str, writes: bool, triggered: bool, reads_data_stores: bool) -> int:
    read = UNKNOWN if reads_data_stores else frozenset()
    return number(brought(verb, actor_kind, writes=writes, triggered=triggered) | read)


def number(origins: Origins) -> int:
    return sum(_BITS[each] for each in origins)


def from_number(kept: int) -> Origins:
    return frozenset(origin for origin, bit in _BITS.items() if kept & bit)
