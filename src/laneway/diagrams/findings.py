"""Problems, gathered while a file is read. Capped, so that a hostile file cannot make the report larger than itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from laneway.diagrams.rules import RULES
from laneway.domain.problem import Problem, Severity

MAX_PROBLEMS = 1_000
MAX_INFOS = 800
"""From so many problems on, what is only worth knowing leaves the place to what is wrong."""


@dataclass(frozen=True, slots=True)
class Where:
    """The element that a finding is about."""

    id: str | None = None
    name: str | None = None
    line: int | None = None


NOWHERE = Where()


class TooManyErrors(Exception):
    """Nobody reads on: the file is refused, and the findings so far say why."""


@dataclass(slots=True)
class Findings:
    file: str
    problems: list[Problem] = field(default_factory=list)
    left_out: int = 0
    errors: int = 0
    faulty: set[str] = field(default_factory=set)
    """Ids of elements with an error."""
    stopped: bool = False
    """Whether reading ended at the error after the last that is listed."""

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
        first_error = False
        if severity is Severity.ERROR:
            if self.errors >= MAX_PROBLEMS:
                self.stopped = True
                raise TooManyErrors
            first_error = self.errors == 0
            self.errors += 1
            if where.id is not None:
                self.faulty.add(where.id)
        most = MAX_INFOS if severity is Severity.INFO else MAX_PROBLEMS
        if len(self.problems) >= most and not first_error:
            self.left_out += 1
            return
        self.problems.append(
            Problem(severity, rule, message, fix, self.file, where.id, where.name or None, where.line, column)
        )

    def has_errors_at(self, element_id: str) -> bool:
        return element_id in self.faulty

    def sorted(self) -> tuple[Problem, ...]:
        """Errors first, then by line."""
        order = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
        if self.left_out or self.stopped:
            more = f"{self.left_out} more findings are left out" if self.left_out else ""
            stopped = f"after {MAX_PROBLEMS:,} errors the file is not read on" if self.stopped else ""
            said = "; ".join(filter(None, (more, stopped)))
            self.problems.append(Problem(Severity.INFO, "more_problems", said, "", self.file))
        return tuple(
            sorted(self.problems, key=lambda problem: (order[problem.severity], problem.line or 0, problem.rule))
        )
