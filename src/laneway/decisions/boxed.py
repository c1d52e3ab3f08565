"""What a DMN file says, read and not yet understood: boxed expressions as plain frozen data (DMN 1.5, chapters 7, 8 and 10.2)."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "Boxed",
    "Conditional",
    "ContextBox",
    "DecisionElement",
    "Definitions",
    "Function",
    "InputElement",
    "Invocation",
    "KnowledgeElement",
    "ListBox",
    "LiteralExpression",
    "Relation",
    "Requirements",
    "Rule",
    "Table",
    "TableInput",
    "TableOutput",
    "Unknown",
]


@dataclass(frozen=True, slots=True)
class Boxed:
    id: str | None
    line: int


@dataclass(frozen=True, slots=True)
class LiteralExpression(Boxed):
    """A text in an expression language; also one cell of a table."""

    text: str
    language: str | None


@dataclass(frozen=True, slots=True)
class TableInput(Boxed):
    label: str
    expression: LiteralExpression | None
    type: str | None
    values: LiteralExpression | None
    """Allowed values."""


@dataclass(frozen=True, slots=True)
class TableOutput(Boxed):
    name: str | None
    label: str | None
    values: LiteralExpression | None
    """Allowed values, by priority."""
    default: LiteralExpression | None
    type: str | None


@dataclass(frozen=True, slots=True)
class Rule(Boxed):
    inputs: tuple[LiteralExpression, ...]
    outputs: tuple[LiteralExpression, ...]


@dataclass(frozen=True, slots=True)
class Table(Boxed):
    hit_policy: str
    aggregation: str | None
    inputs: tuple[TableInput, ...]
    outputs: tuple[TableOutput, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class ContextBox(Boxed):
    entries: tuple[tuple[str | None, Boxed], ...]
    """An entry without a name is the result."""


@dataclass(frozen=True, slots=True)
class Invocation(Boxed):
    function: Boxed
    bindings: tuple[tuple[str, Boxed], ...]


@dataclass(frozen=True, slots=True)
class Function(Boxed):
    parameters: tuple[str, ...]
    body: Boxed | None
    kind: str


@dataclass(frozen=True, slots=True)
class ListBox(Boxed):
    items: tuple[Boxed, ...]


@dataclass(frozen=True, slots=True)
class Relation(Boxed):
    columns: tuple[str, ...]
    rows: tuple[tuple[Boxed, ...], ...]


@dataclass(frozen=True, slots=True)
class Conditional(Boxed):
    condition: Boxed
    consequence: Boxed
    otherwise: Boxed


@dataclass(frozen=True, slots=True)
class Unknown(Boxed):
    """A kind of expression that Laneway doesn't evaluate."""

    tag: str


@dataclass(frozen=True, slots=True)
class Requirements:
    """Ids of what an element needs, in the order of the file."""

    decisions: tuple[str, ...]
    inputs: tuple[str, ...]
    knowledge: tuple[str, ...]
    foreign: tuple[str, ...]
    """References into other files."""


@dataclass(frozen=True, slots=True)
class DecisionElement:
    id: str
    name: str
    variable: str
    line: int
    logic: Boxed | None
    requirements: Requirements


@dataclass(frozen=True, slots=True)
class KnowledgeElement:
    id: str
    name: str
    line: int
    function: Function
    requirements: Requirements


@dataclass(frozen=True, slots=True)
class InputElement:
    id: str
    name: str
    type: str | None


@dataclass(frozen=True, slots=True)
class Definitions:
    id: str
    name: str
    language: str | None
    decisions: tuple[DecisionElement, ...]
    knowledge: tuple[KnowledgeElement, ...]
    inputs: tuple[InputElement, ...]
    suggested_values: bool
    """Written for an engine to which the allowed values of columns are a help in drawing alone."""
    duplicates: tuple[tuple[str, int], ...]
    """Ids that more than one decision, input or knowledge model has, with the line of the second."""
