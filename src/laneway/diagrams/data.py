"""Data associations, compiled into mappings of the element that they stand at (BPMN 2.0, 10.4.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from laneway.diagrams.context import Context
from laneway.diagrams.findings import Where
from laneway.diagrams.record import DataAssociation, Reading
from laneway.domain.model import Evaluable, InputOutput, StoreItem, Value
from laneway.domain.types import SCOPES, ElementType


@dataclass(frozen=True, slots=True)
class Variable:
    """The value of one variable, whatever characters its name has."""

    text: str
    language: str = "FEEL"

    @property
    def names(self) -> frozenset[str]:
        return frozenset({self.text})

    def evaluate(
        self,
        scope: Mapping[str, Any],
        now: datetime | None = None,
        warnings: list[str] | None = None,
        *,
        seed: Any = None,
    ) -> Any:
        return scope.get(self.text)

    def evaluate_boolean(self, scope: Mapping[str, Any], now: datetime | None = None, *, seed: Any = None) -> bool:
        return bool(scope.get(self.text))


@dataclass(frozen=True, slots=True)
class Aliased:
    """An expression that calls variables by the ids of the data elements that they are."""

    expression: Evaluable
    aliases: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        return self.expression.text

    @property
    def language(self) -> str:
        return self.expression.language

    @property
    def names(self) -> frozenset[str]:
        return self.expression.names

    def evaluate(
        self,
        scope: Mapping[str, Any],
        now: datetime | None = None,
        warnings: list[str] | None = None,
        *,
        seed: Any = None,
    ) -> Any:
        return self.expression.evaluate(self._seen(scope), now, warnings, seed=seed)

    def evaluate_boolean(self, scope: Mapping[str, Any], now: datetime | None = None, *, seed: Any = None) -> bool:
        return self.expression.evaluate_boolean(self._seen(scope), now, seed=seed)

    def _seen(self, scope: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**scope, **{alias: scope[name] for alias, name in self.aliases if name in scope}}


def compile_associations(
    found: Iterable[DataAssociation], where: Where, context: Context, what: str
) -> tuple[InputOutput, ...]:
    """What cannot be run is an error in a strict process; in a walkthrough it is kept as documentation."""
    compiled = []
    for each in found:
        at = Where(where.id, where.name, each.line or where.line)
        if each.problem is not None:
            message, fix = each.problem
            if context.strict:
                context.findings.error("data_association", message, fix, at)
            else:
                context.findings.warning("kept_as_documentation", f"{message}; it is kept as documentation", fix, at)
            continue
        value = _value(each, at, context, what)
        if value is not None:
            compiled.append(InputOutput(value, each.target, each.needs, each.local, _item(each, at, context)))
    return tuple(compiled)


def _item(association: DataAssociation, at: Where, context: Context) -> StoreItem | None:
    if association.store is None:
        return None
    key = context.texts.value(association.store_key, at, "key of the data store's item")
    return StoreItem(association.store, key or association.target, association.store_aliases)


def _value(association: DataAssociation, at: Where, context: Context, what: str) -> Value | None:
    if isinstance(association.source, str):
        return Variable(association.source)
    text = association.source
    if text.language == "literal":
        return text.text
    expression = context.texts.expression(text, at, what, lenient=not context.strict)
    if expression is None:
        return None
    aliases = tuple((alias, name) for alias, name in association.aliases if alias in expression.names)
    return Aliased(expression, aliases) if aliases else expression


def declared_of(kind: ElementType, reading: Reading) -> tuple[tuple[str, Any], ...]:
    """Properties and data objects with a value; of a sub-process its data outputs too, so that what is inside writes them."""
    declared = dict(reading.declared)
    if kind in SCOPES and kind is not ElementType.PROCESS:
        declared.update((name, None) for name in reading.data_names if name not in declared)
    return tuple(declared.items())
