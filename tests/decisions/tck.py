"""Runs the DMN Technology Compatibility Kit where a copy of it lies; the project holds none.

python -m tests.decisions.tck [FOLDER]        default: CONFORMANCE_DIR, else ../shared/conformance
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from laneway.decisions import DecisionModel, load_decisions
from laneway.domain.errors import LanewayError
from laneway.expressions import feel

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
TOLERANCE = Decimal("1e-8")


@dataclass(frozen=True)
class Outcome:
    group: str
    case: str
    passed: bool
    reason: str = ""


def folder() -> Path:
    return Path(os.environ.get("CONFORMANCE_DIR", "../shared/conformance")) / "dmn-tck"


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _value(element: Any) -> object:
    """Read a value node: a simple value, a list of items, or components."""
    children = [child for child in element if isinstance(child.tag, str)]
    kinds = {_local(child) for child in children}
    if "component" in kinds:
        return {child.get("name"): _value(child) for child in children if _local(child) == "component"}
    if "list" in kinds:
        found = next(child for child in children if _local(child) == "list")
        return None if found.get(XSI + "nil") == "true" else [_value(item) for item in found if _local(item) == "item"]
    value = next((child for child in children if _local(child) == "value"), None)
    if value is None or value.get(XSI + "nil") == "true":
        return None
    kind, text = (value.get(XSI + "type") or "string").rpartition(":")[2], value.text or ""
    if kind in ("decimal", "double", "integer", "float", "int", "long"):
        return Decimal(text)
    if kind == "boolean":
        return text.strip() in ("true", "1")
    functions = {"date": "date", "time": "time", "dateTime": "date and time", "duration": "duration"}
    return feel.evaluate(f"{functions[kind]}(text)", {"text": text}) if kind in functions else text


def agree(found: object, expected: object) -> bool:
    if isinstance(found, (int, Decimal)) and isinstance(expected, Decimal) and not isinstance(found, bool):
        return abs(Decimal(found) - expected) <= TOLERANCE * max(Decimal(1), abs(expected))
    if isinstance(found, list) and isinstance(expected, list):
        return len(found) == len(expected) and all(agree(a, b) for a, b in zip(found, expected, strict=True))
    if isinstance(found, dict) and isinstance(expected, dict):
        return found.keys() == expected.keys() and all(agree(value, expected[key]) for key, value in found.items())
    return type(found) is type(expected) and found == expected


def run(root: Path) -> list[Outcome]:
    from lxml import etree

    outcomes: list[Outcome] = []
    for tests in sorted(root.glob("compliance-level-*/*/*-test-*.xml")):
        document = etree.parse(str(tests), etree.XMLParser(resolve_entities=False, no_network=True)).getroot()
        name = next((child.text for child in document if _local(child) == "modelName"), None) or ""
        model = load_decisions((tests.parent / name.strip()).read_bytes(), name)
        for case in (child for child in document if _local(child) == "testCase"):
            given = {node.get("name"): _value(node) for node in case if _local(node) == "inputNode"}
            for node in (child for child in case if _local(child) == "resultNode"):
                outcomes.append(_outcome(model, tests, case.get("id"), node, given))
    return outcomes


def _outcome(model: DecisionModel, tests: Path, case: str, node: Any, given: dict[str, object]) -> Outcome:
    label = f"{tests.stem} {case} {node.get('name')}"
    expected = next((_value(child) for child in node if _local(child) == "expected"), None)
    try:
        found = model.evaluate(node.get("name"), given).value
    except LanewayError as error:
        return Outcome(tests.parent.parent.name, label, node.get("errorResult") == "true", error.message)
    passed = agree(found, expected)
    return Outcome(tests.parent.parent.name, label, passed, "" if passed else f"{found!r} instead of {expected!r}")


def report(root: Path) -> None:
    """Print what failed and why, then passed of total per compliance level."""
    outcomes = run(root)
    for outcome in outcomes:
        if not outcome.passed:
            print(f"  {outcome.case}: {outcome.reason}")
    for group in sorted({outcome.group for outcome in outcomes}):
        mine = [outcome for outcome in outcomes if outcome.group == group]
        print(f"DMN TCK {group}: {sum(outcome.passed for outcome in mine)} of {len(mine)} results")
    if not outcomes:
        print(f"DMN TCK: not run, nothing found in {root}")


def main() -> None:
    report(Path(sys.argv[1]) if len(sys.argv) > 1 else folder())


if __name__ == "__main__":
    main()
