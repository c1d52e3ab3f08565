"""Boxed loops: ranges without brackets, and the type of what is gone through (DMN 1.5, 10.2.2 and 10.3.2.14)."""

from __future__ import annotations

import pytest
from tests.decisions.drawing import decision, dmn, item, literal

from laneway.decisions import load_decisions
from laneway.decisions.model import DecisionResult

TYPES = (item("tNumbers", "number", many=True), item("tSmall", "number", allowed="< 10"))


def made(logic: str) -> DecisionResult:
    model = load_decisions(dmn(*TYPES, decision("d", logic)))
    assert not model.errors
    return model.evaluate("d", {"low": 2, "high": 4})


def loop(source: str, kind: str = "") -> str:
    typed = f' typeRef="{kind}"' if kind else ""
    return f'<for iteratorVariable="i"><in{typed}>{literal(source)}</in><return>{literal("[i, count(partial)]")}</return></for>'


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1..3", [1, 2, 3]), ("3..1", [3, 2, 1]), ("low..high", [2, 3, 4]), ("(low)..(high)", [2, 3, 4]), ("-1..low - 1", [-1, 0, 1]),
        ("2..2", [2]), ("[1..3]", [1, 2, 3]), ("(1..4)", [2, 3]), ("low", [2]),
    ],
)  # fmt: skip
def test_a_range_stands_without_brackets_where_a_loop_goes_through_it(source: str, expected: list[object]) -> None:
    assert made(loop(source)).output == [[value, index] for index, value in enumerate(expected)]


@pytest.mark.parametrize(("kind", "expected"), [("some", True), ("every", False)])
def test_so_it_does_in_quantifiers(kind: str, expected: bool) -> None:
    logic = f'<{kind} iteratorVariable="i"><in>{literal("1..3")}</in><satisfies>{literal("i > 2")}</satisfies></{kind}>'

    assert made(logic).output is expected


def test_elsewhere_it_is_no_expression() -> None:
    model = load_decisions(dmn(decision("d", literal("1..3"))))

    assert [problem.rule for problem in model.errors] == ["expression-syntax"]


@pytest.mark.parametrize(
    ("source", "kind", "expected"),
    [
        ("[1, 2]", "tNumbers", [1, 2]), ("5", "tNumbers", [5]), ('["a"]', "tNumbers", None), ("[1, 2]", "list&lt;number>", [1, 2]),
        ("[1, 2]", "number", [1, 2]), ('[1, "a"]', "number", [1, None]), ("[5, 50]", "tSmall", [5, None]), ("5", "tSmall", [5]),
        ("1..3", "tNumbers", [1, 2, 3]), ("[1..3]", "number", [1, 2, 3]), ("[1, 2]", "Any", [1, 2]), ("null", "number", None),
    ],
)  # fmt: skip
def test_what_a_loop_goes_through_is_of_the_type_of_its_in(
    source: str, kind: str, expected: list[object] | None
) -> None:
    result = made(loop(source, kind))

    wanted = None if expected is None else [[value, index] for index, value in enumerate(expected)]
    assert result.output == wanted
    assert bool(result.warnings) is (source in ('["a"]', '[1, "a"]', "[5, 50]", "null"))


def test_an_unknown_type_of_an_in_is_said() -> None:
    model = load_decisions(dmn(decision("d", loop("1..3", "tNone"))))

    assert [problem.rule for problem in model.problems] == ["type-unknown"]


def test_imported_values_are_said_not_to_be_read_where_a_text_would_stand() -> None:
    values = (
        '<literalExpression id="values"><importedValues namespace="urn:sheet" importType="urn:sheet">'
        "<importedElement>Sheet1!A1</importedElement></importedValues></literalExpression>"
    )
    model = load_decisions(dmn(decision("d", values), decision("other", literal("1"))))

    (problem,) = model.errors
    assert (problem.rule, problem.element_id) == ("imported-values", "values")
    assert "Sheet1!A1" in problem.message
    assert model.evaluate("other", {}).output == 1
