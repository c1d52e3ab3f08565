"""What is wrong with, or worth knowing about, a file that was read: one shape for lint, deployment and the runtime."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding, addressed to the person who drew the diagram.

    ``rule`` is stable and documented in docs/reference/rules.md; ``fix`` says what to do, in the words of a modeller.
    """

    severity: Severity
    rule: str
    message: str
    fix: str = ""
    file: str = ""
    element_id: str | None = None
    element_name: str | None = None
    line: int | None = None
    column: int | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "severity": self.severity.value,
            "rule": self.rule,
            "message": self.message,
            "fix": self.fix,
            "file": self.file,
            "elementId": self.element_id,
            "elementName": self.element_name,
            "line": self.line,
            "column": self.column,
        }

    def __str__(self) -> str:
        where = self.file or "diagram"
        if self.line is not None:
            where += f":{self.line}"
        element = ""
        if self.element_id:
            element = f" {self.element_id}" + (f" «{self.element_name}»" if self.element_name else "")
        fix = f" → {self.fix}" if self.fix else ""
        return f"{where}: {self.severity.value} [{self.rule}]{element}: {self.message}{fix}"
