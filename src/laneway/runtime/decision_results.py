"""The result of a decision in the shape that a dialect promises.

Sources: Camunda 7, "DMN engine – decision result" and "Map decision result"; Flowable, "Decision task"; SpiffWorkflow's DMN
engine, which collects a list per output. They think of a
decision table as rows of named entries, where DMN gives a value or a context, or a list of them, by the hit policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_LISTS = frozenset({"COLLECT", "RULE ORDER", "OUTPUT ORDER"})


class WrongShape(ValueError):
    """The result has more rows or entries than the shape has room for."""


def shaped(output: Any, details: Mapping[str, Any], shape: str) -> Any:
    """``output`` as ``shape``.

    Raises
    ------
    WrongShape
        As Camunda 7 does: more than one row, or more than one entry in a row, where one is asked for.
    """
    rows = _rows(output, details)
    if shape == "resultList":
        return rows
    if shape == "collectEntries":
        return [_entry(row, shape) for row in rows]
    if shape == "variables":
        if len(rows) > 1:
            return {str(details.get("decisionId") or "result"): rows}
        return rows[0] if rows else {}
    if shape == "columns":
        if details.get("hitPolicy") not in _LISTS:
            return rows[0] if rows else {}
        names = dict.fromkeys(name for row in rows for name in row)
        return {name: [row.get(name) for row in rows] for name in names}
    if len(rows) > 1:
        raise WrongShape(f"the decision gives {len(rows)} results, and {shape} takes one")
    if not rows:
        return None
    return rows[0] if shape == "singleResult" else _entry(rows[0], shape)


def _entry(row: Mapping[str, Any], shape: str) -> Any:
    if len(row) > 1:
        raise WrongShape(f"a result of the decision has {len(row)} entries, and {shape} takes one")
    return next(iter(row.values()), None)


def _rows(output: Any, details: Mapping[str, Any]) -> list[dict[str, Any]]:
    policy = details.get("hitPolicy")
    if policy is None:
        name = details.get("decisionName") or details.get("decisionId") or "result"
        return [dict(output) if isinstance(output, Mapping) else {str(name): output}]
    if not details.get("matchedRules") and output in (None, [], 0):
        return []  # no rule and no default output, or nothing that they add up to
    names = [str(name) for name in details.get("outputNames") or ["result"]]
    values = output if policy in _LISTS and isinstance(output, list) else [output]
    return [_row(value, names) for value in values]


def _row(value: Any, names: list[str]) -> dict[str, Any]:
    if len(names) > 1 and isinstance(value, Mapping):
        return dict(value)
    return {names[0] if names else "result": value}
