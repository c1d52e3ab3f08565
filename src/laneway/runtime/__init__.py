"""Running diagrams: ``ProcessModel`` + state + stimulus → ``Transition``. Pure: no I/O, no clock, no randomness."""

from laneway.runtime.advance import advance, advance_in_place, clone
from laneway.runtime.limits import DEFAULT_LIMITS, Limits

__all__ = ["DEFAULT_LIMITS", "Limits", "advance", "advance_in_place", "clone"]
