"""docs/reference/juel.md says what is so: its examples are run, and no method or function is missing from it."""

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from laneway.expressions import ExpressionError, ExpressionSyntaxError, compile
from laneway.expressions.juel_functions import FUNCTIONS, VARIABLE_FUNCTIONS
from laneway.expressions.juel_hints import EXECUTION
from laneway.expressions.juel_methods import METHODS
from laneway.expressions.juel_values import text_in_juel
from laneway.expressions.run import Run

PAGE = (Path(__file__).parents[2] / "docs/reference/juel.md").read_text()
NOW = datetime(2026, 3, 14, 12, 30, tzinfo=UTC)
[_VARIABLES] = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
VARIABLES = json.loads(_VARIABLES, parse_float=Decimal)
_ACCEPTED, _REFUSED = PAGE.split("## What is refused")
_CODE = re.compile(r"`((?:[^`\\]|\\.)*)`")


def rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("| ") and "`" in line]
    return [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


EXAMPLES = [(row[-2].strip("`"), row[-1].strip("`")) for row in rows(_ACCEPTED)]


@pytest.mark.parametrize(("text", "result"), EXAMPLES, ids=[text for text, _ in EXAMPLES])
def test_an_example_gives_what_the_page_says(text: str, result: str) -> None:
    value = compile(text, "juel").evaluate(VARIABLES, NOW)
    value = text_in_juel(value, Run()) if isinstance(value, date) else value
    expected = json.loads(result, parse_float=Decimal)
    assert value == expected
    assert isinstance(value, bool) == isinstance(expected, bool)


@pytest.mark.parametrize("text", [row[0].strip("`") for row in rows(_REFUSED)])
def test_what_is_refused_is_a_deployment_error_with_a_hint(text: str) -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        compile(text)
    assert caught.value.column
    assert caught.value.hint


def test_every_method_and_function_stands_on_the_page() -> None:
    named = set(re.findall(r"\w+", " ".join(_CODE.findall(_ACCEPTED))))
    methods = {name for kind in METHODS.values() for name in kind}
    assert methods - named == set()
    functions = {part for name in FUNCTIONS for part in name.split(":")}
    assert functions | set(VARIABLE_FUNCTIONS) | set(EXECUTION) <= named


def test_every_kind_of_value_has_its_example_of_each_method() -> None:
    """A method that two kinds have is shown for both: the page has as many rows of it."""
    shown = [text for text, _ in EXAMPLES]
    for name in {name for kind in METHODS.values() for name in kind}:
        kinds = [kind for kind in METHODS if name in METHODS[kind]]
        if "date" not in kinds and "any value" not in kinds:
            assert sum(f".{name}(" in text for text in shown) >= len(kinds), name


def test_an_unknown_variable_is_no_deployment_error() -> None:
    with pytest.raises(ExpressionError, match="no variable"):
        compile("${unknown}").evaluate({})
