"""Problems, gathered while a file is read. Capped, so that a hostile file cannot make the report larger than itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from laneway.diagrams.rules import RULES
from laneway.domain.problem import Problem, Severity

MAX_PROBLEMS = 1_000


@dataclass(frozen=True, slots=True)
class Where:
    """The element that a finding is about."""

    id: str | None = None
    name: str | None = None
    line: int | None = None


NOWHERE = Where()


@dataclass(slots=True)
class Findings:
    file: str
    problems: list[Problem] = field(default_factory=list)
    left_out: int = 0
    has_errors: bool = False
    faulty: set[str] = field(default_factory=set)
    """Ids of elements with an error."""

    def error(self, rule: str, message: str, fix: str = "", where: Where = NOWHERE, column: int | None = None) -> None:
        self._add(Severity.ERROR, rule, message, fix, where, column)

    def warning(
        self, rule: str, message: str, fix: str = "", where: Where = NOWHERE, column: int | None = None
    ) -> None:
        self._add(Severity.WARNING, rule, message, fix, where, column)

    def info(self, rule: str, message: str, fix: str = "", where: Where = NOWHERE) -> None:
        self._add(Severity.INFO, rule, message, fix, where, None)

    def _add(self, severity: Severity, rule: str, message: str, fix: str, where: Where, column: int | None) -> None:
        assert rule in RULES, rule
        if len(self.problems) >= MAX_PROBLEMS and (severity is not Severity.ERROR or self.has_errors):
            self.left_out += 1
            return
        if severity is Severity.ERROR:
            self.has_errors = True
            if where.id is not None:
                self.faulty.add(where.id)
        self.problems.append(
            Problem(severity, rule, message, fix, self.file, where.id, where.name or None, where.line, column)
        )

    def has_errors_at(self, element_id: str) -> bool:
        return element_id in self.faulty

    def sorted(self) -> tuple[Problem, ...]:
        """Errors first, then by line."""
        order = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
        if self.left_out:
            self.problems.append(
                Problem(Severity.INFO, "more_problems", f"{self.left_out} more findings are left out", "", self.file)
            )
        return tuple(
            sorted(self.problems, key=lambda problem: (order[problem.severity], problem.line or 0, problem.rule))
        )
