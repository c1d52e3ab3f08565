"""The files of one loading: which imports which, and which element a reference means (DMN 1.5, 6.3.2 and 6.3.3)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from laneway.decisions import boxed
from laneway.decisions.cycles import circles
from laneway.decisions.program import Need, Needs, Program
from laneway.decisions.type_table import TypeTable
from laneway.decisions.workspace import Found, is_dmn
from laneway.domain.problem import Problem, Severity

__all__ = ["LinkedFile", "Workspace"]

File = TypeVar("File", bound="LinkedFile")


class Workspace:
    """The files of one loading; an imported file is compiled once, however many import it.

    Parameters
    ----------
    find
        Finds and reads what an import means.
    make
        Makes a file of this workspace.
    """

    def __init__(
        self,
        find: Callable[[boxed.Import], Found | None],
        make: Callable[[Workspace, boxed.Definitions, str], LinkedFile],
    ) -> None:
        self.find = find
        self.make = make
        self.program = Program()
        self.loaders: dict[str, LinkedFile] = {}
        self.path: list[LinkedFile] = []

    def load(self, loader: File) -> File:
        self.loaders[loader.file] = loader
        self.path.append(loader)
        loader.load()
        self.path.pop()
        return loader


class LinkedFile(ABC):
    """A file of a workspace: what it holds, the files that it imports, and what its references mean."""

    def __init__(self, workspace: Workspace, definitions: boxed.Definitions, file: str) -> None:
        self.workspace = workspace
        self.program = workspace.program
        self.definitions = definitions
        self.file = file
        self.problems: list[Problem] = []
        self.imports: list[tuple[str, LinkedFile]] = []
        self.decisions = {one.id: one for one in definitions.decisions}
        self.knowledge = {one.id: one for one in definitions.knowledge}
        self.services = {one.id: one for one in definitions.services}
        self.inputs = {one.id: one for one in definitions.inputs}
        self.names: frozenset[str] = frozenset()
        self.members: frozenset[str] = frozenset()
        self.types: TypeTable | None = None

    def key(self, identity: str) -> str:
        return f"{self.file}#{identity}"

    def problem(
        self,
        rule: str,
        message: str,
        fix: str,
        element_id: str | None,
        element_name: str | None,
        line: int,
        *,
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Note what is wrong; an error of an element keeps it from being evaluated."""
        found = Problem(severity, rule, message, fix, self.file, element_id, element_name, line or None)
        self.note([found], element_id)

    def note(self, problems: Iterable[Problem], element_id: str | None) -> None:
        for problem in problems:
            self.problems.append(problem)
            if element_id is not None and problem.severity is Severity.ERROR:
                self.program.faults.setdefault(self.key(element_id), []).append(problem)

    @abstractmethod
    def load(self) -> None:
        """Compile what it holds, after what it imports."""

    # Imports

    def load_imports(self) -> None:
        workspace = self.workspace
        for wanted in self.definitions.imports:
            name = wanted.name or wanted.namespace
            if not is_dmn(wanted.kind):
                self.problem(
                    "import-unsupported", f"it imports {name} of the type {wanted.kind}, which is not read",
                    "declare types as item definitions, and write functions in FEEL", None, wanted.name, wanted.line,
                    severity=Severity.WARNING,
                )  # fmt: skip
                continue
            found = workspace.find(wanted)
            if found is None:
                self.problem(
                    "import-missing", f"it imports {name}"
                    + (f" ({wanted.namespace})" if wanted.name else "")
                    + ", and no DMN file that is at hand has this namespace",
                    "hand in the imported file along with this one, or deploy it before", None, wanted.name, wanted.line,
                )  # fmt: skip
                continue
            file, definitions = found
            loader = workspace.loaders.get(file)
            if loader is not None and loader in workspace.path:
                members = workspace.path[workspace.path.index(loader) :]
                circle = " → ".join([one.file for one in members] + [file])
                for one in members:
                    one.problem(
                        "import-cycle", f"files import each other: {circle}",
                        "move what they share into a file that both import", None, wanted.name, wanted.line,
                    )  # fmt: skip
                continue
            self.imports.append((wanted.name, loader or workspace.load(workspace.make(workspace, definitions, file))))

    def reach(self) -> Iterator[tuple[tuple[str, ...], LinkedFile]]:
        """List this file and all it imports, the near ones first, with the names of the imports that lead there."""
        pending: list[tuple[tuple[str, ...], LinkedFile]] = [((), self)]
        seen: set[str] = set()
        for path, loader in pending:
            if loader.file not in seen:
                seen.add(loader.file)
                yield path, loader
                pending.extend(((*path, name) if name else path, one) for name, one in loader.imports)

    # References

    def needs(self, one: boxed.DecisionElement | boxed.KnowledgeElement) -> Needs:
        required = one.requirements
        return Needs(
            tuple(self.resolved(required.decisions, ("decision",), one)),
            tuple(self.resolved(required.inputs, ("input data",), one)),
            tuple(self.resolved(required.knowledge, ("knowledge model", "decision service"), one)),
        )

    def resolved(
        self,
        references: tuple[str, ...],
        kinds: tuple[str, ...],
        one: boxed.DecisionElement | boxed.KnowledgeElement | boxed.ServiceElement,
    ) -> Iterator[Need]:
        for reference in references:
            need = self.resolve(reference, kinds)
            if need is not None:
                yield need
                continue
            imported = "#" in reference
            self.problem(
                "dangling-requirement",
                f"it requires the {kinds[0]} {reference}, which isn't in "
                + ("a file that this one imports" if imported else "the file"),
                "import the file that holds it" if imported else "draw the requirement anew, or remove it",
                one.id, one.name, one.line,
            )  # fmt: skip

    def resolve(self, reference: str, kinds: tuple[str, ...]) -> Need | None:
        before, _, identity = reference.rpartition("#")
        for path, loader in self.reach():
            mine = loader is self
            if mine if before else not mine:
                continue
            if before and before != loader.definitions.namespace and before.rpartition("/")[2] != loader.file:
                continue
            if any(identity in loader.elements(kind) for kind in kinds):
                return Need(loader.key(identity), path)
        return None

    def elements(self, kind: str) -> Mapping[str, object]:
        match kind:
            case "decision":
                return self.decisions
            case "input data":
                return self.inputs
            case "knowledge model":
                return self.knowledge
        return self.services

    def check_cycles(self) -> None:
        """Requirements have no circles; those of decisions and those of knowledge are separate graphs."""
        program, mine = self.program, self.file + "#"
        decisions = {one.key: tuple(need.key for need in one.needs.decisions) for one in program.decisions.values()}
        for edges, kind in ((decisions, "decision"), (program.knowledge_edges(), "knowledge model")):
            for circle in circles(edges):
                keys = [key for key in circle if key.startswith(mine)]
                if not keys:
                    continue
                names = [self.label(key) for key in (*circle, circle[0])]
                message = f"the {kind} {names[0]} requires {names[1]}, which requires it in turn: {' → '.join(names)}"
                identity = keys[0].removeprefix(mine)
                self.problem(
                    "requirement-cycle", message, "remove one of the requirements", identity, names[0],
                    self.line_of(identity),
                )  # fmt: skip
                for key in circle:
                    program.faults.setdefault(key, []).append(self.problems[-1])

    def line_of(self, identity: str) -> int:
        found = self.decisions.get(identity) or self.knowledge.get(identity)
        return found.line if found is not None else 0

    def label(self, key: str) -> str:
        return key.rpartition("#")[2]
