"""docs/reference/feel.md: every example gives what it says, and every built-in function stands there."""

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from laneway.expressions import feel, limits, to_json_value
from laneway.expressions.builtins import BUILTINS
from laneway.expressions.values import type_name

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "feel.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```feel( unary)?\n(.*?)^```", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| `([^`]+)` \| (.+) \| `(.+)` → `(.+)` \| (10\.[\d.]+\d|Camunda|Laneway) \|$", re.MULTILINE)
NOW = datetime(2026, 1, 31, 10, 30, tzinfo=UTC)

EXAMPLES = [
    line.rsplit(" → ", 1) for unary, block in BLOCK.findall(PAGE) if not unary for line in block.splitlines() if line
]
CELLS = [line.rsplit(" → ", 1) for unary, block in BLOCK.findall(PAGE) if unary for line in block.splitlines() if line]
ROWS = [(signature, example.replace("\\|", "|"), result) for signature, _, example, result, _ in ROW.findall(PAGE)]


def shown(text: str) -> tuple[str, object]:
    value = feel.evaluate(text, {}, NOW)
    return type_name(value), to_json_value(value)


@pytest.mark.parametrize(("expression", "result"), EXAMPLES)
def test_an_example_gives_what_it_says(expression: str, result: str) -> None:
    assert shown(expression) == shown(result)


@pytest.mark.parametrize(("example", "result"), CELLS)
def test_a_cell_takes_what_it_says(example: str, result: str) -> None:
    value, _, cell = example.partition(" | ")

    assert feel.unary_test(cell, feel.evaluate(value)) is (result == "true")


@pytest.mark.parametrize(("signature", "example", "result"), ROWS)
def test_the_example_of_a_function_gives_what_it_says(signature: str, example: str, result: str) -> None:
    assert signature.partition("(")[0] + "(" in example
    assert shown(example) == shown(result)


def test_every_function_is_on_the_page_and_no_other() -> None:
    assert {signature.partition("(")[0] for signature, _, _ in ROWS} == set(BUILTINS)
    tables = PAGE[PAGE.index("## Built-in functions") :]
    assert len(re.findall(r"^\| `[^`]+\)` \|", tables, re.MULTILINE)) == len(ROWS), "a row that is not read"


@pytest.mark.parametrize("signature", [signature for signature, _, _ in ROWS if "…" not in signature])
def test_the_parameters_have_the_names_that_the_page_gives_them(signature: str) -> None:
    name, _, inner = signature.rstrip(")").partition("(")
    names = tuple(part.strip().rstrip("?") for part in inner.split(",") if part)

    assert BUILTINS[name].bind(len(names), names) is not None


def test_the_limits_are_those_of_the_code() -> None:
    rows = re.findall(r"^\| [^|]+ \| ([\d,]+) \|$", PAGE[PAGE.index("## Limits") :], re.MULTILINE)

    assert [int(row.replace(",", "")) for row in rows] == [
        limits.MAX_TEXT_LENGTH,
        limits.MAX_PARSE_DEPTH,
        limits.MAX_STEPS,
        limits.MAX_LIST_LENGTH,
        limits.MAX_RESULT_ELEMENTS,
        limits.MAX_STRING_LENGTH,
        limits.MAX_PATTERN_LENGTH,
        limits.MAX_CALL_DEPTH,
    ]


def test_the_library_does_what_the_page_shows() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert blocks
    for block in blocks:
        subprocess.run([sys.executable, "-c", block], check=True, timeout=60)
