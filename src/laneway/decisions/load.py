"""A DMN file to a ``DecisionModel``: read, with the files it imports; check references; compile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from laneway.decisions import boxed
from laneway.decisions.conversion import converting
from laneway.decisions.dmn_reader import read
from laneway.decisions.functions import result_kinds
from laneway.decisions.item_types import ANY, ItemType
from laneway.decisions.linking import LinkedFile, Workspace
from laneway.decisions.logic import LogicCompiler
from laneway.decisions.model import DecisionModel
from laneway.decisions.names import element_names, member_names, property_names
from laneway.decisions.program import Decision, InputData, Knowledge, Needs, Service
from laneway.decisions.type_table import TypeTable
from laneway.decisions.workspace import Files, Resolver, resolver_of
from laneway.domain.errors import Refused
from laneway.domain.problem import Severity
from laneway.expressions.builtins import BUILTINS
from laneway.expressions.run import Run, Scope

__all__ = ["load_decisions"]


def load_decisions(
    source: Any, name: str = "decisions.dmn", files: Files = None, elsewhere: Resolver | None = None
) -> DecisionModel:
    """Load the decisions of a file.

    Parameters
    ----------
    source
        The file's bytes or text, or an lxml tree or root element that an XML gate has made of them.
    name
        What the file is called.
    files
        What it may import: sources by file name, or a function that takes namespace and locationURI of an import and
        gives name and source, or None.
    elsewhere
        Asked in the same way for what ``files`` don't hold.

    Returns
    -------
    The model; its ``problems`` tell element, line, column and remedy of everything that is wrong in this file.

    Raises
    ------
    Refused
        For what is no DMN file at all, or is nested too deeply (``too_deep``).
    """
    workspace = Workspace(resolver_of(files, elsewhere), _Loader)
    try:
        return workspace.load(_Loader(workspace, read(source, name), name)).model()
    except RecursionError:
        raise Refused("too_deep", f"{name}: its boxes are nested too deeply; put inner ones into decisions") from None


class _Loader(LinkedFile):
    def load(self) -> None:
        self.load_imports()
        for identity, line in self.definitions.duplicates:
            self.problem(
                "duplicate-id", f"the id {identity} occurs twice", "give each element its own id", identity, None, line
            )
        if not (self.decisions or self.knowledge or self.definitions.items):
            shared = Severity.WARNING if self.inputs else Severity.ERROR  # another file may import the inputs
            self.problem(
                "no-decision", "the file holds no decision", "draw a decision and give it logic", None, None, 1,
                severity=shared,
            )  # fmt: skip
        self.names = frozenset(self.names_of_file())
        self.members = frozenset(name for _, one in self.reach() for name in member_names(one.definitions))
        self.types = self.type_table()
        for given in self.inputs.values():
            key, kind = self.key(given.id), self.kind(given.type, given.id, given.name, given.line)
            self.program.inputs[key] = InputData(
                key, given.id, given.name, given.label, kind, self.definitions.namespace
            )
        for knowledge in self.knowledge.values():
            self.program.knowledge[self.key(knowledge.id)] = self.compile_knowledge(knowledge)
        for decision in self.decisions.values():
            self.program.decisions[self.key(decision.id)] = self.compile_decision(decision)
        for service in self.services.values():
            self.program.services[self.key(service.id)] = self.compile_service(service)
        self.check_cycles()

    def model(self) -> DecisionModel:
        definitions, program = self.definitions, self.program
        for path, loader in self.reach():
            for identity in loader.inputs:
                program.paths.setdefault(loader.key(identity), path)
        names = [name for one in program.inputs.values() for name in (one.name, one.label)]
        names += [name for one in program.decisions.values() for name in (one.name, one.variable)]
        program.declared = frozenset(names)
        decisions = tuple(program.decisions[self.key(identity)] for identity in self.decisions)
        return DecisionModel(
            definitions.id or self.file, definitions.name or definitions.id or self.file, self.file, decisions,
            tuple(self.problems), {one.id: one for one in decisions}, program, definitions.namespace,
            tuple(program.services[self.key(identity)] for identity in self.services),
            tuple(program.knowledge[self.key(identity)] for identity in self.knowledge),
            {one.id: one.logic for one in definitions.decisions if isinstance(one.logic, boxed.Table)},
        )  # fmt: skip

    # Names and types

    def names_of_file(self) -> Iterator[str]:
        """List what may stand in an expression: all that the file holds, and the names of imports.

        What an expression doesn't require but is in the file is among them, unless it is named like a built-in function.
        """
        names: list[str] = []
        for loader in (one for path, one in self.reach() if not path):
            names += element_names(loader.definitions)
            names += [name for name, _ in loader.imports]
        for _, loader in self.reach():
            names += property_names(loader.definitions, own=loader is self, names=frozenset(names))
        return (name for name in names if name and name not in BUILTINS)

    def names_for(self, needs: Needs) -> frozenset[str]:
        """Add the names of what an element requires, which hide built-in functions."""
        names: set[str] = set(self.names)
        program = self.program
        for need in (*needs.decisions, *needs.inputs, *needs.knowledge):
            if need.path:
                names.add(need.path[0])
                continue
            identity = need.key.rpartition("#")[2]
            if need.key in program.inputs:
                names |= {program.inputs[need.key].name, program.inputs[need.key].label}
            elif identity in self.decisions:
                names |= {self.decisions[identity].name, self.decisions[identity].variable}
            elif identity in self.knowledge:
                names.add(self.knowledge[identity].name)
            elif identity in self.services:
                names.add(self.services[identity].variable)
        return frozenset(filter(None, names))

    def type_table(self) -> TypeTable:
        imported: dict[str, tuple[TypeTable, ...]] = {}
        for name, loader in self.imports:
            if loader.types is not None:
                imported[name] = (*imported.get(name, ()), loader.types)
        namespaces = {
            loader.definitions.namespace: loader.types for _, loader in self.reach() if loader.types is not None
        }

        def tests(item: boxed.ItemDefinition, text: boxed.LiteralExpression) -> Callable[[Scope, Run], object] | None:
            compiler = LogicCompiler(
                self.file, item.name, item.name, (), self.definitions.language, members=self.members
            )
            expression = compiler.expression(text, frozenset(), unary=True)
            self.note(compiler.problems, None)
            return None if expression is None else expression.within

        def fault(rule: str, message: str, fix: str, item: boxed.ItemDefinition) -> None:
            severity = Severity.WARNING if rule == "type-unknown" else Severity.ERROR
            self.problem(rule, message, fix, None, item.name, item.line, severity=severity)

        return TypeTable(self.definitions.items, imported, namespaces, tests, fault)

    def kind(self, reference: str | None, identity: str, name: str, line: int) -> ItemType:
        compiler = self.compiler(identity, name, self.names)
        found = compiler.kind(reference, boxed.Boxed(identity, line))
        self.note(compiler.problems, identity)
        return found

    # Elements

    def compiler(self, element: str, name: str, names: frozenset[str]) -> LogicCompiler:
        given = self.definitions
        return LogicCompiler(
            self.file, element, name, names, given.language, suggested_values=given.suggested_values, types=self.types,
            members=self.members, converts=given.converts, juel=given.juel,
        )  # fmt: skip

    def compile_knowledge(self, one: boxed.KnowledgeElement) -> Knowledge:
        needs = self.needs(one)
        compiler = self.compiler(one.id, one.name, self.names_for(needs) | {one.name})
        function = compiler.knowledge(one)
        self.note(compiler.problems, one.id)
        return Knowledge(self.key(one.id), one.id, one.name, function, one.function.parameters, needs)

    def compile_decision(self, one: boxed.DecisionElement) -> Decision:
        needs = self.needs(one)
        compiler = self.compiler(one.id, one.name, self.names_for(needs))
        compiler.result_type = one.typed
        logic = None if one.logic is None else compiler.logic(one.logic)
        if one.logic is None:
            compiler.problem(
                Severity.WARNING, "decision-without-logic", "the decision has no logic; its value is taken from the variables",
                "give it a decision table or a literal expression", boxed.Boxed(one.id, one.line),
            )  # fmt: skip
        at = boxed.Boxed(one.id, one.line)
        typed = one.logic.typed if one.logic is not None and not isinstance(one.logic, boxed.Function) else None
        types = [compiler.kind(typed, one.logic or at), compiler.kind(one.typed, at)]
        if isinstance(one.logic, boxed.LiteralExpression) and logic is not None and compiler.converts:
            logic = converting(logic, one.typed, camunda=True)
        self.note(compiler.problems, one.id)
        inputs = tuple(
            (self.inputs[key].name, self.inputs[key].type) for key in one.requirements.inputs if key in self.inputs
        )
        return Decision(
            one.id,
            one.name,
            one.variable,
            one.line,
            logic,
            one.requirements.decisions,
            inputs,
            one.requirements.knowledge,
            self.key(one.id),
            needs,
            () if compiler.suggested_values else tuple(kind for kind in types if kind is not ANY),
            self.types.definition if self.types is not None else None,
            one.version_tag,
        )

    def compile_service(self, one: boxed.ServiceElement) -> Service:
        def keys(references: tuple[str, ...], kind: str) -> tuple[str, ...]:
            return tuple(need.key for need in self.resolved(references, (kind,), one))

        if not one.outputs:
            self.problem(
                "service-without-output", "the decision service has no output decision",
                "draw a decision into its upper part", one.id, one.name, one.line, severity=Severity.WARNING,
            )  # fmt: skip
        compiler = self.compiler(one.id, one.name, self.names)
        types = result_kinds(compiler, (one.typed,), boxed.Boxed(one.id, one.line))
        self.note(compiler.problems, one.id)
        outputs, given = keys(one.outputs, "decision"), keys(one.input_decisions, "decision")
        keys(one.encapsulated, "decision")
        return Service(
            self.key(one.id), one.id, one.variable, one.name, keys(one.inputs, "input data"), given, outputs, types,
            tuple(self.knowledge_within(outputs, given)),
        )  # fmt: skip

    def knowledge_within(self, outputs: tuple[str, ...], given: tuple[str, ...]) -> Iterator[str]:
        """List the knowledge that decisions of a service need."""
        seen, pending = set(given), list(outputs)
        while pending:
            key = pending.pop()
            decision = self.program.decisions.get(key)
            if key in seen or decision is None:
                continue
            seen.add(key)
            yield from (need.key for need in decision.needs.knowledge)
            pending.extend(need.key for need in decision.needs.decisions)
