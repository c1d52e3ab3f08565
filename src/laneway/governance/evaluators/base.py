"""What an evaluator is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Subject:
    """What is judged. ``output`` meets ``schema``; ``others``: further answers to the same, as many as the evaluator asked for, None for
    each that was none; ``sources``: what the agent cites."""

    input: Mapping[str, Any]
    output: Mapping[str, Any]
    schema: Mapping[str, Any] = field(default_factory=dict)
    sources: Sequence[Mapping[str, Any]] = ()
    others: Sequence[Mapping[str, Any] | None] = ()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """``confidence`` from 0 to 1; ``facts`` for the record, JSON with no number but whole ones."""

    confidence: Decimal
    facts: Mapping[str, Any] = field(default_factory=dict)


class Evaluator(Protocol):
    """Made once from its config and asked about many answers, from several threads.

    ``answers``: how many the agent is to give to the same input, each a call with its own budget. Mostly one.
    """

    @property
    def answers(self) -> int: ...

    def evaluate(self, subject: Subject) -> Evaluation:
        """An exception is a bug in it, and the answer is not taken."""
        ...


def share(part: int, whole: int) -> Decimal:
    return Decimal(0) if whole == 0 else (Decimal(part) / whole).quantize(Decimal("0.0001")).normalize()


def only(config: Mapping[str, Any], *known: str) -> None:
    """ValueError for keys that are not known."""
    unknown = sorted(set(map(str, config)) - set(known))
    if unknown:
        raise ValueError(f"unknown keys {', '.join(unknown)}; known are {', '.join(known) or 'none'}")


def names(config: Mapping[str, Any], key: str) -> tuple[str, ...] | None:
    """The list of names under ``key``, or None."""
    value = config.get(key)
    if value is None:
        return None
    if not isinstance(value, list) or not value or not all(isinstance(name, str) for name in value):
        raise ValueError(f"`{key}` is a list of names")
    return tuple(value)
