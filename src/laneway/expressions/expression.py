"""A compiled expression, whatever language it was written in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from typing import Any, Literal

from laneway.expressions.at_once import AtOnce
from laneway.expressions.errors import ExpressionEvaluationError
from laneway.expressions.randomness import Seed, randomness_of
from laneway.expressions.results import to_result
from laneway.expressions.run import Run, TimedRun
from laneway.expressions.values import type_name

__all__ = ["Expression", "Language"]

_WORDS = re.compile(r"\w+")

Language = Literal["FEEL", "JUEL", "PYTHON"]


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression ready to be evaluated any number of times; it keeps no state.

    Attributes
    ----------
    text
        As it was written, with ``=`` or ``${…}``.
    names
        Variables that it may read.
    constant
        It reads no variable, no clock and nothing random, so it always gives the same.
    """

    text: str
    language: Language
    names: frozenset[str]
    constant: bool
    _closure: Callable[[Mapping[str, object], Run], Any] = field(repr=False, compare=False)
    _optional_names: frozenset[str] = field(default=frozenset(), repr=False, compare=False)
    _at_once: AtOnce | None = field(default=None, repr=False, compare=False)

    @property
    def required_names(self) -> frozenset[str]:
        """``names`` without those that may as well be fields of what is filtered (``items[price > 3]``)."""
        return self.names - self._optional_names

    def evaluate(
        self,
        scope: Mapping[str, object],
        now: datetime | None = None,
        warnings: list[str] | None = None,
        *,
        seconds: float | None = None,
        seed: Seed = None,
    ) -> object:
        """Compute the value: None, bool, int, Decimal, str, list, dict or a temporal value.

        Parameters
        ----------
        scope
            Variables by name: JSON values, numbers as int or Decimal.
        now
            The moment that ``now()`` and ``today()`` give.
        warnings
            Takes one sentence per reason why something came out as null.
        seconds
            How long it may take, beside the number of its steps, which is always limited (see ``limits``).
        seed
            What ``uuid()`` and ``random number()`` come from; the same gives the same. Default: what nobody can foresee.

        Raises
        ------
        ExpressionEvaluationError
            A budget is exceeded, or (JUEL) a variable is missing or a value has the wrong kind.
        """
        if self._at_once is not None and (found := self._at_once(scope)) is not None:
            return found
        run = Run(now, warnings) if seconds is None else TimedRun(seconds, now, warnings)
        if seed is not None:
            run.randomness = randomness_of(seed)
        try:
            value = self._closure(scope, run)
            kind = type(value)
            if kind is bool or kind is str or kind is int or value is None:
                return value
            return to_result(value)
        except ExpressionEvaluationError as error:
            raise error.about(self.text) from error.__cause__
        except RecursionError:
            raise _too_deep(self.text) from None

    def within(self, scope: Mapping[str, object], run: Run) -> object:
        """Evaluate as part of something larger, on its budget, with its clock, warnings and input of unary tests.

        The value is FEEL's own: whole numbers may still be Decimal. See ``results.to_result``.
        """
        return self._closure(scope, run)

    def evaluate_test(
        self,
        value: object,
        scope: Mapping[str, object],
        now: datetime | None = None,
        warnings: list[str] | None = None,
        *,
        seconds: float | None = None,
        seed: Seed = None,
    ) -> bool:
        """Apply unary tests (a cell of a decision table) to an input; the rest is as in ``evaluate``."""
        run = Run(now, warnings, value) if seconds is None else TimedRun(seconds, now, warnings, value)
        if seed is not None:
            run.randomness = randomness_of(seed)
        try:
            return self._closure(scope, run) is True
        except ExpressionEvaluationError as error:
            raise error.about(self.text) from error.__cause__
        except RecursionError:
            raise _too_deep(self.text) from None

    def evaluate_boolean(self, scope: Mapping[str, object], now: datetime | None = None, *, seed: Seed = None) -> bool:
        """Decide a condition; anything but true or false is an error that says why."""
        if self._at_once is not None and (found := self._at_once(scope)).__class__ is bool:
            return found is True
        value = self.evaluate(scope, now, seed=seed)
        if value is True or value is False:
            return value
        warnings: list[str] = []
        self.evaluate(scope, now, warnings, seed=seed)
        missing = [name for name in sorted(self.required_names) if name not in scope]
        shown = (
            type_name(value)
            if value is None or isinstance(value, (list, dict))
            else f"{type_name(value)} {value!s:.60}"
        )
        reason = f"The condition gave {shown} instead of true or false."
        if missing:
            reason += f" Missing: {', '.join(missing)}."
        elif warnings:
            reason += f" {warnings[0]}"
        hint = None
        if missing:
            hint = _missing_hint(missing, [str(name) for name in scope])
        elif value is not None:
            hint = "Compare the value with something, as in x = true or x > 0."
        raise ExpressionEvaluationError(reason, text=self.text, hint=hint)


def _missing_hint(missing: list[str], present: list[str]) -> str:
    """Say what to do about missing variables: a near name, a name that reads as a subtraction, else what there is."""
    for name in present:
        if not name.isidentifier() and set(_WORDS.findall(name)) <= set(missing):
            return f"The variable {name} is written `{name}`, in backticks, for it holds more than letters."
    for name in missing:
        close = get_close_matches(name, present, 1, 0.75)
        if close:
            return f"Did you mean {close[0]}?"
    shown = ", ".join(sorted(present)[:20]) or "no variables"
    return f"Set {', '.join(missing)} before this point; there are: {shown}."


def _too_deep(text: str) -> ExpressionEvaluationError:
    return ExpressionEvaluationError(
        "The values are nested too deeply.", text=text, code="expression_budget", hint="Flatten the data."
    )
