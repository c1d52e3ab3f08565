"""Names that occur behind a dot: of components, entries, columns, and of what is imported.

FEEL reads words beside each other as one name; names that hold signs, keywords or numbers as well have to be known to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import lru_cache

from laneway.decisions import boxed
from laneway.expressions.names import KEYWORDS

__all__ = ["element_names", "member_names", "occurring", "property_names"]

_WORD = re.compile(r"\w+")
_SIGNS = re.compile(r"\s*[-+*/.']+\s*")


def element_names(definitions: boxed.Definitions) -> Iterator[str]:
    """List the names of decisions, input data, knowledge models and services, and of their variables."""
    for decision in definitions.decisions:
        yield from (decision.name, decision.variable)
    for service in definitions.services:
        yield from (service.name, service.variable)
    for given in definitions.inputs:
        yield from (given.name, given.label)
    for knowledge in definitions.knowledge:
        yield knowledge.name


@lru_cache(maxsize=10_000)
def _words(name: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(name))


def occurring(names: frozenset[str], text: str) -> frozenset[str]:
    """Leave out the names that can't stand in a text, since a parser pays for each that it knows."""
    words = frozenset(_WORD.findall(text))
    return frozenset(name for name in names if words.issuperset(_words(name)))


def member_names(definitions: boxed.Definitions) -> Iterator[str]:
    """List the names that a value can have behind a dot or in a filter, where they are read as one whatever else is in scope."""
    for name in {*element_names(definitions), *_members(definitions)}:
        if not name.isidentifier():
            yield name


def _members(definitions: boxed.Definitions) -> Iterator[str]:
    """List components, entries, columns and outputs."""
    for item in definitions.items:
        yield from _components(item)
    for element in definitions.decisions:
        yield from _within(element.logic)
    for knowledge in definitions.knowledge:
        yield from _within(knowledge.function)


def property_names(definitions: boxed.Definitions, *, own: bool, names: frozenset[str]) -> Iterator[str]:
    """List the names that FEEL wouldn't read as one without knowing them.

    One that reads as an operation on ``names`` is left out: it would hide that.
    """
    found = {item.name for item in definitions.items}
    found.update(_members(definitions))
    if not own:
        found.update(element_names(definitions))
    for name in sorted(found):
        parts = _SIGNS.split(name)
        if len(parts) > 1:
            if not all(part in names for part in parts if part and not part[0].isdigit()):
                yield name
        elif not KEYWORDS.isdisjoint(words := name.split()) or any(word[0].isdigit() for word in words):
            yield name


def _components(item: boxed.ItemDefinition) -> Iterator[str]:
    for component in item.components or ():
        yield component.name
        yield from _components(component)


def _within(value: object) -> Iterator[str]:
    """Walk boxed expressions for entries, columns and outputs."""
    pending = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, tuple):
            pending.extend(current)
        elif is_dataclass(current) and not isinstance(current, boxed.LiteralExpression):
            if isinstance(current, boxed.Relation):
                yield from current.columns
            elif isinstance(current, (boxed.Entry, boxed.TableOutput)) and current.name:
                yield current.name
            pending.extend(getattr(current, part.name) for part in fields(current))
