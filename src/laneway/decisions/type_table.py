"""Type references of one file to types: item definitions in any order, those of imports, those built in (DMN 1.5, 7.3.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from laneway.decisions import boxed
from laneway.decisions.item_types import ANY, ItemType, built_in, definition_of, written
from laneway.expressions.run import Run, Scope
from laneway.expressions.types import Definition

__all__ = ["TypeTable"]

Tests = Callable[[boxed.ItemDefinition, boxed.LiteralExpression], Callable[[Scope, Run], object] | None]
"""Compiles allowed values or a constraint of an item definition."""
Fault = Callable[[str, str, str, boxed.ItemDefinition], None]
"""Takes rule, message and fix."""


class TypeTable:
    """The types that a file's type references can mean.

    Parameters
    ----------
    imported
        Tables of imported files, by the name of the import.
    namespaces
        The same, by namespace.
    """

    def __init__(
        self,
        items: tuple[boxed.ItemDefinition, ...],
        imported: Mapping[str, tuple[TypeTable, ...]],
        namespaces: Mapping[str, TypeTable],
        tests: Tests,
        fault: Fault,
    ) -> None:
        self._imported = imported
        self._namespaces = namespaces
        self._tests = tests
        self.fault = fault
        self._types: dict[str, ItemType] = {}
        self._definitions: dict[str, Definition | None] = {}
        for item in items:
            if item.name in self._types:
                fault("item-definition-duplicate", f"two item definitions are named {item.name}", "rename one", item)
            self._types.setdefault(item.name, ItemType(item.name))
        for item in items:
            self._fill(self._types[item.name], item)
        for item in items:
            self._check_circle(item)

    def find(self, reference: str) -> ItemType | None:
        """Find a type: ``tPerson``, ``prefix.tPerson``, ``{namespace}tPerson``, ``number``; None if it is unknown."""
        if reference.startswith("{"):
            namespace, _, name = reference[1:].partition("}")
            table = self._namespaces.get(namespace)
            return table.find(name) if table is not None else None
        found = self._types.get(reference)
        if found is not None:
            return found
        for prefix, tables in self._imported.items():
            if prefix and reference.startswith(prefix + "."):
                for table in tables:
                    found = table.find(reference[len(prefix) + 1 :])
                    if found is not None:
                        return found
        for table in self._imported.get("", ()):
            found = table._types.get(reference)
            if found is not None:
                return found
        return written(reference, self.find) if "<" in reference else built_in(reference)

    def definition(self, name: str) -> Definition | None:
        """Find an item definition for FEEL, which knows its own types itself."""
        if name not in self._definitions:
            found = self.find(name)
            own = found is None or found is built_in(name)
            self._definitions[name] = None if found is None or own else definition_of(found)
        return self._definitions[name]

    def names(self) -> Iterator[str]:
        """List the names of all item definitions, imported ones with their prefixes."""
        yield from self._types
        for prefix, tables in self._imported.items():
            for table in tables:
                for name in table._types:
                    yield f"{prefix}.{name}" if prefix else name

    def _fill(self, kind: ItemType, item: boxed.ItemDefinition) -> None:
        """Say what a type is: one of its own, or a list of these."""
        constraint = self._test(item, item.constraint)
        allowed = self._test(item, item.allowed)
        if not item.collection:
            self._describe(kind, item)
            kind.tests, kind.allowed = (*allowed, *constraint), item.allowed
            return
        element = ItemType(f"element of {item.name}")
        self._describe(element, item)
        element.tests, element.allowed = allowed, item.allowed
        kind.kind, kind.base, kind.tests = "list", element, constraint

    def _test(
        self, item: boxed.ItemDefinition, text: boxed.LiteralExpression | None
    ) -> tuple[Callable[[Scope, Run], object], ...]:
        if text is None or text.text.strip() in ("", "-"):
            return ()
        test = self._tests(item, text)
        return (test,) if test is not None else ()

    def _describe(self, kind: ItemType, item: boxed.ItemDefinition) -> None:
        if item.parameters is not None:
            kind.kind = "function"
            kind.parameters = tuple(self._named(typed, item) for _, typed in item.parameters)
            kind.result = self._named(item.typed, item)
        elif item.components is not None:
            kind.kind = "context"
            for component in item.components:
                kind.members[component.name] = member = ItemType(f"{item.name}.{component.name}")
                self._fill(member, component)
        else:
            kind.kind, kind.base = "same", self._named(item.typed, item)

    def _named(self, reference: str | None, item: boxed.ItemDefinition) -> ItemType:
        if reference is None:
            return ANY
        found = self.find(reference)
        if found is None:
            self.fault(
                "type-unknown", f"the type {reference} of {item.name} is unknown",
                "name a type of FEEL or an item definition; it counts as Any until then", item,
            )  # fmt: skip
        return found or ANY

    def _check_circle(self, item: boxed.ItemDefinition) -> None:
        """A type may hold itself in a component, but not be itself or a list of itself."""
        start = self._types[item.name]
        seen: list[ItemType] = []
        current: ItemType | None = start
        while current is not None and current.kind in ("same", "list") and current not in seen:
            seen.append(current)
            current = current.base
        if seen and current is start:
            circle = " → ".join([one.name for one in seen if not one.name.startswith("element of")] + [start.name])
            self.fault(
                "item-definition-cycle", f"the item definition {item.name} is defined by itself: {circle}",
                "give one of them another typeRef", item,
            )  # fmt: skip
        if current in seen:
            start.kind, start.base = "any", None
