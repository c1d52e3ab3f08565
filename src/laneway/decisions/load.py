"""A DMN file to a ``DecisionModel``: read, check references, compile."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from laneway.decisions import boxed
from laneway.decisions.dmn_reader import read
from laneway.decisions.logic import LogicCompiler
from laneway.decisions.model import Decision, DecisionModel, Knowledge
from laneway.domain.problem import Problem, Severity

__all__ = ["load_decisions"]


def load_decisions(source: Any, name: str = "decisions.dmn") -> DecisionModel:
    """Load the decisions of a file.

    Parameters
    ----------
    source
        The file's bytes, or an lxml tree or root element that an XML gate has made of them.
    name
        What the file is called.

    Returns
    -------
    The model; its ``problems`` tell element, line, column and remedy of everything that is wrong.

    Raises
    ------
    Refused
        For what is no DMN file at all.
    """
    return _Loader(read(source, name), name).load()


class _Loader:
    def __init__(self, definitions: boxed.Definitions, file: str) -> None:
        self.definitions = definitions
        self.file = file
        self.problems: list[Problem] = []
        self.decisions = {one.id: one for one in definitions.decisions}
        self.knowledge = {one.id: one for one in definitions.knowledge}
        self.inputs = {one.id: one for one in definitions.inputs}
        names = [one.name for one in definitions.inputs] + [one.name for one in definitions.knowledge]
        for one in definitions.decisions:
            names += [one.name, one.variable]
        self.names = frozenset(filter(None, names))

    def problem(
        self, rule: str, message: str, fix: str, element_id: str | None, element_name: str | None, line: int
    ) -> None:
        self.problems.append(
            Problem(Severity.ERROR, rule, message, fix, self.file, element_id, element_name, line or None)
        )

    def load(self) -> DecisionModel:
        for identity, line in self.definitions.duplicates:
            self.problem(
                "duplicate-id", f"the id {identity} occurs twice", "give each element its own id", identity, None, line
            )
        if not self.decisions:
            self.problem(
                "no-decision", "the file holds no decision", "draw a decision and give it logic", None, None, 1
            )
        self.check_references()
        self.check_cycles({one.id: one.requirements.decisions for one in self.decisions.values()}, "decision")
        self.check_cycles({one.id: one.requirements.knowledge for one in self.knowledge.values()}, "knowledge model")
        knowledge = {one.id: self.compile_knowledge(one) for one in self.definitions.knowledge}
        decisions = tuple(self.compile_decision(one) for one in self.decisions.values())
        definitions = self.definitions
        return DecisionModel(
            definitions.id or self.file, definitions.name or definitions.id or self.file, self.file, decisions,
            tuple(self.problems), {one.id: one for one in decisions}, knowledge,
        )  # fmt: skip

    def check_references(self) -> None:
        elements: list[boxed.DecisionElement | boxed.KnowledgeElement] = [
            *self.decisions.values(),
            *self.knowledge.values(),
        ]
        for one in elements:
            needs = one.requirements
            references: tuple[tuple[str, tuple[str, ...], Container[str]], ...] = (
                ("decision", needs.decisions, self.decisions),
                ("input data", needs.inputs, self.inputs),
                ("knowledge model", needs.knowledge, self.knowledge),
            )
            for kind, wanted, there in references:
                for identity in wanted:
                    if identity not in there:
                        self.problem(
                            "dangling-requirement", f"it requires the {kind} {identity}, which isn't in the file",
                            "draw the requirement anew, or remove it", one.id, one.name, one.line,
                        )  # fmt: skip
            for href in needs.foreign:
                self.problem(
                    "import-unsupported", f"it requires {href} of another file", "copy what it needs into this file",
                    one.id, one.name, one.line,
                )  # fmt: skip

    def check_cycles(self, edges: Mapping[str, tuple[str, ...]], kind: str) -> None:
        """Walk without recursion; grey elements are on the path walked, black ones are done."""
        grey, black = 1, 2
        colours: dict[str, int] = {}
        for start in edges:
            path = [(start, iter(edges[start]))] if start not in colours else []
            colours.setdefault(start, grey)
            while path:
                current, rest = path[-1]
                following = next(rest, None)
                if following is None:
                    colours[current] = black
                    path.pop()
                elif colours.get(following) == grey:
                    self.problem(
                        "requirement-cycle", f"the {kind} {current} requires {following}, which requires it in turn",
                        "remove one of the requirements", current, None, 0,
                    )  # fmt: skip
                elif following in edges and following not in colours:
                    colours[following] = grey
                    path.append((following, iter(edges[following])))

    def compiler(self, element: str, name: str) -> LogicCompiler:
        given = self.definitions
        return LogicCompiler(
            self.file, element, name, self.names, given.language, suggested_values=given.suggested_values
        )

    def compile_knowledge(self, one: boxed.KnowledgeElement) -> Knowledge:
        compiler = self.compiler(one.id, one.name)
        function = compiler.function(one.function, compiler.names)
        self.problems.extend(compiler.problems)
        return Knowledge(one.name, function, one.requirements.knowledge)

    def compile_decision(self, one: boxed.DecisionElement) -> Decision:
        compiler = self.compiler(one.id, one.name)
        logic = None if one.logic is None else compiler.compile(one.logic)
        if one.logic is None:
            compiler.problem(
                Severity.WARNING, "decision-without-logic", "the decision has no logic; its value is taken from the variables",
                "give it a decision table or a literal expression", boxed.Boxed(one.id, one.line),
            )  # fmt: skip
        self.problems.extend(compiler.problems)
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
        )
