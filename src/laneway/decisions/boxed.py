"""What a DMN file says, read and not yet understood: boxed expressions as plain frozen data (DMN 1.5, chapters 7, 8 and 10.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = [
    "Boxed",
    "Conditional",
    "ContextBox",
    "DecisionElement",
    "Definitions",
    "Entry",
    "FilterBox",
    "ForBox",
    "Function",
    "Import",
    "InputElement",
    "Invocation",
    "ItemDefinition",
    "KnowledgeElement",
    "ListBox",
    "LiteralExpression",
    "QuantifiedBox",
    "Relation",
    "Requirements",
    "Rule",
    "ServiceElement",
    "Table",
    "TableInput",
    "TableOutput",
]


@dataclass(frozen=True, slots=True)
class Boxed:
    """``typed`` is its typeRef: a name, ``prefix.name`` of an import, or ``{namespace}name``."""

    id: str | None
    line: int
    typed: str | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class LiteralExpression(Boxed):
    """A text in an expression language; also one cell of a table."""

    text: str
    language: str | None
    imported: str | None = field(default=None, kw_only=True)
    """What ``importedValues`` names in place of a text."""
    iterated: bool = field(default=False, kw_only=True)
    """A loop goes through it: ``1..5`` may stand without brackets."""


@dataclass(frozen=True, slots=True)
class TableInput(Boxed):
    label: str
    expression: LiteralExpression | None
    type: str | None
    values: LiteralExpression | None
    """Allowed values."""
    variable: str | None = None
    """What the cells of the column may call its value, beside ``?``."""


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
class Entry:
    """An entry of a context; one without a name is the result."""

    name: str | None
    typed: str | None
    value: Boxed


@dataclass(frozen=True, slots=True)
class ContextBox(Boxed):
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Invocation(Boxed):
    function: Boxed
    bindings: tuple[tuple[str, Boxed], ...]


@dataclass(frozen=True, slots=True)
class Function(Boxed):
    parameters: tuple[str, ...]
    body: Boxed | None
    kind: str
    types: tuple[str | None, ...] = ()
    """The typeRef of each parameter."""


@dataclass(frozen=True, slots=True)
class ListBox(Boxed):
    items: tuple[Boxed, ...]


@dataclass(frozen=True, slots=True)
class Relation(Boxed):
    columns: tuple[str, ...]
    rows: tuple[tuple[Boxed, ...], ...]
    types: tuple[str | None, ...] = ()
    """The typeRef of each column."""


@dataclass(frozen=True, slots=True)
class Conditional(Boxed):
    condition: Boxed
    consequence: Boxed
    otherwise: Boxed


@dataclass(frozen=True, slots=True)
class FilterBox(Boxed):
    source: Boxed
    match: Boxed


@dataclass(frozen=True, slots=True)
class ForBox(Boxed):
    variable: str
    source: Boxed
    result: Boxed
    source_type: str | None = None
    """The typeRef of its ``in``."""


@dataclass(frozen=True, slots=True)
class QuantifiedBox(Boxed):
    kind: Literal["some", "every"]
    variable: str
    source: Boxed
    condition: Boxed
    source_type: str | None = None
    """The typeRef of its ``in``."""


@dataclass(frozen=True, slots=True)
class Requirements:
    """What an element needs, in the order of the file: ids, or ``namespace#id`` of another file."""

    decisions: tuple[str, ...]
    inputs: tuple[str, ...]
    knowledge: tuple[str, ...]
    """Knowledge models and decision services."""


@dataclass(frozen=True, slots=True)
class DecisionElement:
    id: str
    name: str
    variable: str
    line: int
    logic: Boxed | None
    requirements: Requirements
    typed: str | None = None
    version_tag: str | None = None


@dataclass(frozen=True, slots=True)
class KnowledgeElement:
    id: str
    name: str
    line: int
    function: Function
    requirements: Requirements
    typed: str | None = None
    """The type of the function or, as before DMN 1.3, of its result."""


@dataclass(frozen=True, slots=True)
class ServiceElement:
    """A decision service: ids of decisions and input data, or ``namespace#id``."""

    id: str
    name: str
    variable: str
    line: int
    outputs: tuple[str, ...]
    encapsulated: tuple[str, ...]
    input_decisions: tuple[str, ...]
    inputs: tuple[str, ...]
    typed: str | None = None


@dataclass(frozen=True, slots=True)
class InputElement:
    id: str
    name: str
    """The name of its variable."""
    type: str | None
    label: str = ""
    """The name of the input data itself."""
    line: int = 0


@dataclass(frozen=True, slots=True)
class ItemDefinition:
    """A type: of another one, of components, or of functions; with what its values must fit."""

    name: str
    line: int
    typed: str | None
    allowed: LiteralExpression | None
    """Unary tests of a value, of each element where it is a collection."""
    constraint: LiteralExpression | None
    """Unary tests of the value as a whole (DMN 1.5)."""
    collection: bool
    components: tuple[ItemDefinition, ...] | None
    parameters: tuple[tuple[str, str | None], ...] | None
    """Of a function item, whose result is ``typed``."""


@dataclass(frozen=True, slots=True)
class Import:
    name: str
    namespace: str
    location: str | None
    kind: str
    """The importType: a namespace of DMN, PMML or XML Schema."""
    line: int


@dataclass(frozen=True, slots=True)
class Definitions:
    id: str
    name: str
    namespace: str
    language: str | None
    decisions: tuple[DecisionElement, ...]
    knowledge: tuple[KnowledgeElement, ...]
    services: tuple[ServiceElement, ...]
    inputs: tuple[InputElement, ...]
    suggested_values: bool
    """Written for an engine to which the allowed values of columns are a help in drawing alone."""
    items: tuple[ItemDefinition, ...]
    imports: tuple[Import, ...]
    duplicates: tuple[tuple[str, int], ...]
    """Ids that more than one decision, input or knowledge model has, with the line of the second."""
    converts: bool = False
    """Written for Camunda 7, which reads texts as the numbers and booleans that a column's type names."""
    juel: bool = False
    """Written when Camunda 7 and Flowable took expressions without a language for JUEL."""
