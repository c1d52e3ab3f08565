"""Problems as text, as JSON, or as SARIF 2.1.0 (OASIS) for code-review tools."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Literal, get_args

from laneway.diagrams.rules import RULES
from laneway.domain.errors import InvalidInput
from laneway.domain.problem import Problem, Severity

Format = Literal["text", "json", "sarif"]

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(problems: Iterable[Problem], format: str = "text") -> str:
    """
    Parameters
    ----------
    format
        ``text``, ``json`` (``{"problems": [...], "errors": n, "warnings": n, "infos": n}``) or ``sarif``.

    Raises
    ------
    InvalidInput
        ``unknown_format``.
    """
    found = list(problems)
    if format == "text":
        return _text(found)
    if format == "json":
        return json.dumps(
            {"problems": [each.as_dict() for each in found], **_counts(found)}, indent=2, ensure_ascii=False
        )
    if format == "sarif":
        return json.dumps(_sarif(found), indent=2, ensure_ascii=False)
    raise InvalidInput("unknown_format", f"There is no format {format}; write one of {', '.join(get_args(Format))}.")


def _counts(problems: Sequence[Problem]) -> dict[str, int]:
    return {
        "errors": sum(each.severity is Severity.ERROR for each in problems),
        "warnings": sum(each.severity is Severity.WARNING for each in problems),
        "infos": sum(each.severity is Severity.INFO for each in problems),
    }


def _text(problems: Sequence[Problem]) -> str:
    counts = _counts(problems)
    summary = ", ".join(f"{count} {name if count != 1 else name[:-1]}" for name, count in counts.items())
    return "\n".join([*(str(each) for each in problems), summary])


def _sarif(problems: Sequence[Problem]) -> dict[str, Any]:
    rules = sorted({each.rule for each in problems})
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "laneway", "rules": [_rule(rule) for rule in rules]}},
                "columnKind": "unicodeCodePoints",
                "results": [_result(each, rules) for each in problems],
            }
        ],
    }


def _rule(rule: str) -> dict[str, Any]:
    described = RULES.get(rule)
    return {"id": rule, "shortDescription": {"text": described}} if described else {"id": rule}


def _result(problem: Problem, rules: Sequence[str]) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(problem.file)}}
    if problem.line is not None:
        # A column of a problem counts within the expression, not within the file's line, so it stays out of the region.
        physical["region"] = {"startLine": max(1, problem.line)}
    location: dict[str, Any] = {"physicalLocation": physical}
    if problem.element_id:
        logical = {"name": problem.element_name or problem.element_id, "fullyQualifiedName": problem.element_id}
        location["logicalLocations"] = [logical]
    text = f"{problem.message}. {problem.fix}" if problem.fix else problem.message
    return {
        "ruleId": problem.rule,
        "ruleIndex": rules.index(problem.rule),
        "level": _LEVELS[problem.severity],
        "message": {"text": text},
        "locations": [location],
    }


def _uri(name: str) -> str:
    from urllib.parse import quote

    return quote(name, safe="/")
