"""Runs the DMN Technology Compatibility Kit where a copy of it lies; the project holds none.

python -m tests.decisions.tck [FOLDER]        all tests in and below it; default: CONFORMANCE_DIR, else ../shared/conformance
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
from laneway.expressions import feel, to_json_value
from laneway.expressions.temporal import own

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
TOLERANCE = Decimal("1e-8")


@dataclass(frozen=True)
class Outcome:
    group: str
    """The compliance level."""
    folder: str
    case: str
    passed: bool
    reason: str = ""


def folder() -> Path:
    return Path(os.environ.get("CONFORMANCE_DIR", "../shared/conformance")) / "dmn-tck"


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _children(element: Any, *names: str) -> list[Any]:
    return [child for child in element if isinstance(child.tag, str) and _local(child) in names]


def _nil(element: Any) -> bool:
    return element.get(XSI + "nil") in ("true", "1")


def _value(element: Any) -> object:
    """Read a value node: a simple value, a list of items, or components; nothing at all is null."""
    if _nil(element):
        return None
    components = _children(element, "component")
    if components:
        return {child.get("name"): _value(child) for child in components}
    for found in _children(element, "list"):
        return None if _nil(found) else [_value(child) for child in _children(found, "item")]
    for value in _children(element, "value"):
        return None if _nil(value) else _simple(value.get(XSI + "type"), "".join(value.itertext()))
    return None


NUMBERS = ("decimal", "double", "integer", "float", "int", "long", "short", "nonNegativeInteger", "positiveInteger")
FUNCTIONS = {
    "date": "date", "time": "time", "dateTime": "date and time", "duration": "duration", "dayTimeDuration": "duration",
    "yearMonthDuration": "duration",
}  # fmt: skip


@dataclass(frozen=True)
class Untyped:
    """A text whose kind isn't said: it agrees with whatever is written so."""

    text: str


def _simple(kind: str | None, text: str) -> object:
    if kind is None:
        return Untyped(text)
    kind = kind.rpartition(":")[2]
    if kind in NUMBERS:
        return Decimal(text.strip())
    if kind == "boolean":
        return text.strip() in ("true", "1")
    if kind in FUNCTIONS:
        found = feel.evaluate(f"{FUNCTIONS[kind]}(text)", {"text": text.strip()})
        return Untyped(text.strip()) if found is None else found
    return text


def _plain(value: object) -> object:
    """Give a value as an input: a text whose kind isn't said is a text."""
    if isinstance(value, Untyped):
        return value.text
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return {name: _plain(item) for name, item in value.items()} if isinstance(value, dict) else value


def agree(found: object, expected: object) -> bool:
    """Compare; numbers to the eighth digit, as floating-point implementations need it."""
    if isinstance(expected, Untyped):
        if isinstance(found, (int, Decimal)) and not isinstance(found, bool):
            number = feel.evaluate("number(text)", {"text": expected.text.strip()})
            return isinstance(number, (int, Decimal)) and agree(found, Decimal(number))
        written = found if isinstance(found, str) else feel.evaluate("string(value)", {"value": found})
        return str(written) == expected.text
    if isinstance(found, (int, Decimal)) and isinstance(expected, Decimal) and not isinstance(found, bool):
        return abs(Decimal(found) - expected) <= TOLERANCE * max(Decimal(1), abs(expected))
    if isinstance(found, list) and isinstance(expected, list):
        return len(found) == len(expected) and all(agree(a, b) for a, b in zip(found, expected, strict=True))
    if isinstance(found, dict) and isinstance(expected, dict):
        return found.keys() == expected.keys() and all(agree(value, expected[key]) for key, value in found.items())
    if type(found) is not type(expected):
        return False
    return own(found) == own(expected) or to_json_value(found) == to_json_value(expected)


def run(root: Path) -> list[Outcome]:
    from lxml import etree

    outcomes: list[Outcome] = []
    for tests in sorted(root.rglob("*.xml")):
        document = etree.parse(str(tests), etree.XMLParser(resolve_entities=False, no_network=True)).getroot()
        if _local(document) == "testCases":
            outcomes += _run_file(tests, document)
    return outcomes


def _run_file(tests: Path, document: Any) -> list[Outcome]:
    name = next((child.text or "" for child in _children(document, "modelName")), "").strip()
    files = {path.name: path.read_bytes() for path in sorted(tests.parent.glob("*.dmn"))}
    model: DecisionModel | str
    try:
        model = load_decisions(files[name], name, files)
    except (LanewayError, KeyError) as error:
        model = f"{name} can't be loaded: {error}"
    outcomes: list[Outcome] = []
    for case in _children(document, "testCase"):
        given: dict[str, object] = {}
        for node in _children(case, "inputNode"):
            value = _plain(_value(node))
            given.setdefault(node.get("name"), value)
            if node.get("namespace"):
                given[f"{node.get('namespace')}#{node.get('name')}"] = value
        for node in _children(case, "resultNode"):
            label = f"{tests.stem} {case.get('id')} {node.get('name')}"
            reason = model if isinstance(model, str) else _reason(model, case, node, given)
            outcomes.append(Outcome(tests.parent.parent.name, tests.parent.name, label, not reason, reason))
    return outcomes


def _reason(model: DecisionModel, case: Any, node: Any, given: dict[str, object]) -> str:
    """Say why a result is not the expected one; nothing where it is. An evaluation that fails gives null."""
    expected = next((_value(child) for child in _children(node, "expected")), None)
    failure = ""
    try:
        found = _evaluate(model, case, node.get("name"), given)
    except LanewayError as error:
        found, failure = None, f": {error.message}"
    except Exception as error:  # a defect of ours counts as what it is and doesn't end the run
        return f"{type(error).__name__}: {error}"
    if node.get("errorResult") == "true":
        return "" if found is None else f"{found!r} instead of an error"
    return "" if agree(found, expected) else f"{found!r} instead of {expected!r}{failure}"


def _evaluate(model: DecisionModel, case: Any, name: str, given: dict[str, object]) -> object:
    invocable, kind = case.get("invocableName"), case.get("type") or "decision"
    if kind == "decision" or not invocable:
        return model.evaluate(name, given).value
    among = model.services if kind == "decisionService" else model.knowledge
    identity = next((one.id for one in among if invocable in (one.name, one.id)), invocable)
    value = model.evaluate(identity, given).value
    outputs = [one for one in model.services if one.id == identity and len(one.outputs) > 1]
    return value[name] if outputs and isinstance(value, dict) and name in value else value


def report(root: Path) -> None:
    """Print what failed and why, then passed of total per folder with failures and per compliance level."""
    outcomes = run(root)
    for group in sorted({outcome.group for outcome in outcomes}):
        mine = [outcome for outcome in outcomes if outcome.group == group]
        for name in sorted({outcome.folder for outcome in mine if not outcome.passed}):
            there = [outcome for outcome in mine if outcome.folder == name]
            print(f"  {name}: {sum(outcome.passed for outcome in there)} of {len(there)}")
            for outcome in there:
                if not outcome.passed:
                    print(f"    {outcome.case}: {outcome.reason}")
        print(f"DMN TCK {group}: {sum(outcome.passed for outcome in mine)} of {len(mine)} results")
    if not outcomes:
        print(f"DMN TCK: not run, nothing found in {root}")


def main() -> None:
    report(Path(sys.argv[1]) if len(sys.argv) > 1 else folder())


if __name__ == "__main__":
    main()
