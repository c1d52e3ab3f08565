"""What one evaluation carries along: its budget, its warnings, the moment it happens at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING

from laneway.expressions.errors import ExpressionEvaluationError
from laneway.expressions.limits import (
    CHARACTERS_PER_STEP,
    MAX_CALL_DEPTH,
    MAX_LIST_LENGTH,
    MAX_STEPS,
    MAX_STRING_LENGTH,
    STEPS_PER_LOOK,
)
from laneway.expressions.randomness import Randomness, randomness_of

if TYPE_CHECKING:
    from laneway.expressions.types import Resolver

__all__ = ["ItemLayer", "Layer", "Run", "Scope", "TimedRun"]

Scope = Mapping[str, object]
"""Only ever read by subscription, so that layers may answer from below."""


class Layer(dict[str, object]):
    """Names bound by the expression itself, above the scope around it."""

    __slots__ = ("below",)

    def __init__(self, below: Scope) -> None:
        self.below = below

    def __missing__(self, name: str) -> object:
        return self.below[name]


class ItemLayer(Layer):
    """The scope inside a filter: ``item``, then what the item holds, then what is around (DMN 1.5, 10.3.2.5)."""

    __slots__ = ("item",)

    def __init__(self, below: Scope, item: object) -> None:
        self.below = below
        self.show(item)

    def show(self, item: object) -> None:
        """Stand for another item."""
        if isinstance(item, Mapping):
            self.item: Mapping[str, object] = item
            self["item"] = item.get("item", item)
        else:
            self.item = {}
            self["item"] = item

    def __missing__(self, name: str) -> object:
        if name in self.item:
            return self.item[name]
        return self.below[name]


class Run:
    """One evaluation.

    ``steps`` counts down; loops subtract by hand because they are hot. ``types`` finds the item definitions that
    types in expressions name.
    """

    __slots__ = ("depth", "input_value", "kept", "now", "randomness", "steps", "types", "warnings")

    kept: dict[object, object]
    """What was made once for the whole run; not there before the first use, which most runs never come to."""
    randomness: Randomness
    """Not there before the first use either, unless a caller has given it."""

    def __init__(
        self, now: datetime | None = None, warnings: list[str] | None = None, input_value: object = None
    ) -> None:
        self.now = now
        self.warnings = warnings
        self.steps = MAX_STEPS
        self.depth = 0
        self.input_value = input_value
        self.types: Resolver | None = None

    def warn(self, message: str) -> None:
        """Note why something became null; the same is noted once and at most a hundred in all."""
        warnings = self.warnings
        if warnings is not None and len(warnings) < 100 and message not in warnings:
            warnings.append(message)

    def charge(self, steps: int) -> None:
        self.steps -= steps
        if self.steps < 0:
            self.exhausted()

    def exhausted(self) -> None:
        """End the evaluation; ``TimedRun`` may find that it needn't end yet."""
        raise ExpressionEvaluationError(
            f"The expression needs more than {MAX_STEPS} steps.",
            code="expression_budget",
            hint="Loop over fewer elements, or do the work in a service task.",
        )

    def keep(self, key: object, cost: int, make: Callable[[], object]) -> object:
        """Make something once per run, and pay for it then; whatever other runs have left, it costs the same."""
        try:
            return self.kept[key]
        except AttributeError:
            self.kept = {}
        except KeyError:
            pass
        self.charge(cost)
        value = self.kept[key] = make()
        return value

    def random_bits(self, count: int) -> int:
        """Draw from the caller's row of random bits, or one of its own that nobody can foresee."""
        try:
            return self.randomness.bits(count)
        except AttributeError:
            self.randomness = randomness_of(None)
        return self.randomness.bits(count)

    def charge_list(self, length: int) -> None:
        """Pay for a list of this length, before it is made."""
        if length > MAX_LIST_LENGTH:
            raise ExpressionEvaluationError(
                f"The expression makes a list of {length if length < 10**12 else 'far too many'} elements; "
                f"{MAX_LIST_LENGTH} is the most.",
                code="expression_budget",
                hint="Narrow the range or filter the list first.",
            )
        self.charge(length)

    def charge_text(self, length: int) -> None:
        """Pay for a string of this length, before it is made."""
        if length > MAX_STRING_LENGTH:
            raise ExpressionEvaluationError(
                f"The expression makes a string of more than {MAX_STRING_LENGTH} characters.",
                code="expression_budget",
                hint="Keep long texts in documents and pass a reference.",
            )
        self.charge(length // CHARACTERS_PER_STEP + 1)

    def enter(self, levels: int) -> None:
        self.depth += levels
        if self.depth > MAX_CALL_DEPTH:
            raise ExpressionEvaluationError(
                f"Functions of the expression call each other more than {MAX_CALL_DEPTH} levels deep.",
                code="expression_budget",
                hint="Use `for … return` with `partial` instead of recursion.",
            )

    def leave(self, levels: int) -> None:
        self.depth -= levels


class TimedRun(Run):
    """One evaluation that may also take so many seconds and no longer.

    Only a caller of the library asks for it: an engine that must do the same thing twice goes by steps alone. The steps are handed out
    a few at a time, and the clock is looked at in between, so that nothing else costs more for it. Without ``seconds`` it is as any other.
    """

    __slots__ = ("_deadline", "_reserve", "_seconds")

    def __init__(
        self,
        seconds: float | None,
        now: datetime | None = None,
        warnings: list[str] | None = None,
        input_value: object = None,
    ) -> None:
        super().__init__(now, warnings, input_value)
        self._reserve = 0
        if seconds is not None:
            self._seconds = seconds
            self._deadline = monotonic() + seconds
            self._reserve, self.steps = self.steps, 0

    def exhausted(self) -> None:
        if self._reserve + self.steps < 0:
            super().exhausted()
        if monotonic() > self._deadline:
            raise ExpressionEvaluationError(
                f"The expression took more than the {self._seconds:g} seconds that it was given.",
                code="expression_budget",
                hint="Loop over fewer elements, or give it more time.",
            )
        taken = min(self._reserve, STEPS_PER_LOOK - self.steps)
        self._reserve -= taken
        self.steps += taken
