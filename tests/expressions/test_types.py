"""FEEL's types: instances, conformance and conversion (DMN 1.5, 10.3.2.9 and table 61)."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from laneway.expressions import feel
from laneway.expressions.errors import ExpressionEvaluationError
from laneway.expressions.nodes import TypeReference
from laneway.expressions.run import Run
from laneway.expressions.temporal import native
from laneway.expressions.types import Definition, coerced, conforms, is_instance, type_text
from laneway.expressions.values import FeelFunction, Range

VALUES = {
    "number": "1.5",
    "string": '"a"',
    "boolean": "true",
    "date": '@"2026-01-31"',
    "time": '@"10:00:00"',
    "date and time": '@"2026-01-31T10:00:00"',
    "days and time duration": '@"P1D"',
    "years and months duration": '@"P1Y"',
    "list<number>": "[1, 2]",
    "context<a: number>": "{a: 1}",
    "range<number>": "[1..2]",
    "function<Any> -> Any": "(function(x) x)",
}


def of(name: str, *arguments: TypeReference) -> TypeReference:
    return TypeReference(0, name, arguments)


def context(**members: TypeReference) -> TypeReference:
    return TypeReference(0, "context", (), tuple(members.items()))


NUMBER, STRING, ANY = of("number"), of("string"), of("Any")
LIST = of("list", NUMBER)


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("of_kind", VALUES)
def test_a_value_of_one_kind_is_an_instance_of_that_kind_alone(kind: str, of_kind: str) -> None:
    assert feel.evaluate(f"{VALUES[of_kind]} instance of {kind}") is (kind == of_kind)


@pytest.mark.parametrize("kind", VALUES)
def test_every_value_but_null_is_an_instance_of_any(kind: str) -> None:
    assert feel.evaluate(f"{VALUES[kind]} instance of Any") is True
    assert feel.evaluate(f"{VALUES[kind]} instance of Null") is False
    assert feel.evaluate(f"null instance of {kind}") is False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("null instance of Null", True),
        ("null instance of Any", False),
        ("[] instance of list<number>", True),
        ("[] instance of list<context<a: string>>", True),
        ("[1, null] instance of list<number>", True),
        ('[1, "a"] instance of list<number>', False),
        ('[1, "a"] instance of list<Any>', True),
        ("[[1], [2]] instance of list<list<number>>", True),
        ("[[1], 2] instance of list<list<number>>", False),
        ("1 instance of list<number>", False),
        ("[1] instance of number", False),
        ("{a: 1, b: 2} instance of context<a: number>", True),
        ("{a: 1} instance of context<a: number, b: number>", False),
        ("{a: null} instance of context<a: number>", True),
        ('{a: "x"} instance of context<a: number>', False),
        ("{a: {b: [1]}} instance of context<a: context<b: list<number>>>", True),
        ('["a".."b"] instance of range<number>', False),
        ('["a".."b"] instance of range<string>', True),
        ("(> 5) instance of range<number>", True),
        ("(function(a: number) a) instance of function<number> -> number", True),
        ("(function(a: number) a) instance of function<string> -> number", False),
        ("(function(a: Any) a) instance of function<string> -> number", False),
        ("(function(a) a) instance of function<string> -> Any", True),
        ("(function(a: Any) 1) instance of function<string> -> number", True),
        ("(function(a: number) a) instance of function<Any> -> number", False),
        ("(function(a: number) a) instance of function<number, number> -> number", False),
        ('@"2026-01-31" instance of date and time', False),
        ('@"2026-01-31T10:00:00" instance of date', False),
    ],
)
def test_instance_of(text: str, expected: bool) -> None:
    assert feel.evaluate(text) is expected


@pytest.mark.parametrize("kind", ["list", "context", "range", "function"])
def test_a_type_without_its_parts_is_none_in_dmn_but_open_in_a_diagram(kind: str) -> None:
    warnings: list[str] = []
    assert feel.evaluate(f"[1] instance of {kind}", warnings=warnings) is None
    assert "is no type" in warnings[0]
    assert feel.compile_expression(f"[1] instance of {kind}").evaluate({}) is (kind == "list")


@pytest.mark.parametrize(
    ("kind", "wanted", "expected"),
    [
        (NUMBER, NUMBER, True),
        (NUMBER, STRING, False),
        (of("date"), of("date and time"), False),
        (of("Null"), LIST, True),
        (LIST, ANY, True),
        (ANY, NUMBER, False),
        (LIST, of("list", ANY), True),
        (of("list", ANY), LIST, False),
        (LIST, of("list", of("list", NUMBER)), False),
        (of("range", NUMBER), of("range", NUMBER), True),
        (of("range", NUMBER), of("range", STRING), False),
        (context(id=NUMBER, name=STRING, age=NUMBER), context(name=STRING, id=NUMBER), True),
        (context(id=NUMBER), context(id=NUMBER, name=STRING), False),
        (of("function", NUMBER, NUMBER), of("function", NUMBER, ANY), True),
        (of("function", NUMBER, ANY), of("function", NUMBER, NUMBER), False),
        (of("function", ANY, NUMBER), of("function", NUMBER, NUMBER), True),
        (of("function", NUMBER, NUMBER), of("function", ANY, NUMBER), False),
        (of("function", NUMBER), of("function", NUMBER, NUMBER), False),
    ],
)
def test_conformance(kind: TypeReference, wanted: TypeReference, expected: bool) -> None:
    assert conforms(kind, wanted) is expected


DEFINITIONS = {
    "Age": Definition(NUMBER, lambda value, run: isinstance(value, int) and value >= 0),
    "Person": Definition(context(name=STRING, age=of("Age"))),
    "People": Definition(of("list", of("Person"))),
    "Tree": Definition(context(children=of("list", of("Tree")))),
    "Loop": Definition(of("Loop")),
}
resolve: Callable[[str], Definition | None] = DEFINITIONS.get


def test_item_definitions_are_found_by_name_and_their_allowed_values_kept() -> None:
    run = Run()
    ann, child = {"name": "Ann", "age": 30}, {"name": "Bob", "age": -1}
    assert is_instance(30, of("Age"), run, resolve) is True
    assert is_instance(-1, of("Age"), run, resolve) is False
    assert is_instance([ann], of("People"), run, resolve) is True
    assert is_instance([ann, child], of("People"), run, resolve) is False
    assert is_instance({"children": [{"children": []}]}, of("Tree"), run, resolve) is True
    assert is_instance({"children": [{}]}, of("Tree"), run, resolve) is False
    assert is_instance(1, of("Unknown"), run, resolve) is None
    assert is_instance(1, of("list", of("Unknown")), run, resolve) is None


def test_a_definition_that_is_itself_ends() -> None:
    assert conforms(of("Loop"), NUMBER, resolve) is False
    with pytest.raises((ExpressionEvaluationError, RecursionError)):
        is_instance(1, of("Loop"), Run(), resolve)


def test_a_type_in_an_expression_may_name_an_item_definition() -> None:
    run = Run()
    run.types = resolve
    expression = feel.compile_expression("(function(p: list<Any>) count(p))(people)", known_names=["people"])
    assert expression.within({"people": 1}, run) == 1


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (1, NUMBER, 1),
        (None, NUMBER, None),
        (None, LIST, None),
        ("1", NUMBER, None),
        (1, LIST, [1]),
        ("1", LIST, None),
        ([1], NUMBER, 1),
        ([1, 2], NUMBER, None),
        ([], NUMBER, None),
        (["a"], NUMBER, None),
        ([1, 2], LIST, [1, 2]),
        ([1], LIST, [1]),
        ([[1]], NUMBER, None),
        ([1], ANY, [1]),
        (date(2026, 1, 31), of("date and time"), datetime(2026, 1, 31, tzinfo=UTC)),
        (datetime(2026, 1, 31, 10), of("date"), None),
        ({"a": 1, "b": 2}, context(a=NUMBER), {"a": 1, "b": 2}),
        ({"b": 2}, context(a=NUMBER), None),
        ({"name": "Ann", "age": 30}, of("People"), [{"name": "Ann", "age": 30}]),
        ([{"name": "Ann", "age": 30}], of("Person"), {"name": "Ann", "age": 30}),
        (30, of("Age"), 30),
        (-30, of("Age"), None),
        (True, NUMBER, None),
        (1, of("Unknown"), 1),
    ],
)
def test_conversion(value: object, kind: TypeReference, expected: object) -> None:
    warnings: list[str] = []
    assert native(coerced(value, kind, Run(warnings=warnings), resolve)) == expected
    assert bool(warnings) is (expected is None and value is not None)


def test_a_failed_conversion_names_both_types() -> None:
    warnings: list[str] = []
    assert coerced(["a", "b"], LIST, Run(warnings=warnings)) is None
    assert warnings == ["list<number> is asked for, not list<string>."]


@pytest.mark.parametrize(
    ("body", "result", "expected"),
    [
        ("a", "number", True),
        ("a", "string", False),
        ("a + 1", "number", True),
        ("a + 1", "string", False),
        ("-a * 2 + 1", "number", True),
        ('"x"', "number", False),
        ('"x" + "y"', "string", True),
        ("a > 1", "boolean", True),
        ("a > 1", "number", False),
        ("null", "number", True),
        ("[a, 1]", "list<number>", True),
        ("[a, 1]", "list<string>", False),
        ('[a, "x"]', "list<number>", False),
        ('[a, "x"]', "list<Any>", True),
        ("[]", "list<number>", True),
        ("if a > 1 then 1 else 2", "number", True),
        ('if a > 1 then "x" else "y"', "number", False),
        ("function(b: string) b", "function<string> -> string", True),
        ("function(b: string) b", "function<string> -> number", False),
        ("string(a)", "number", True),
        ("unknown(a)", "number", True),
    ],
)
def test_the_result_of_a_function_is_known_from_its_text_where_that_is_plain(
    body: str, result: str, expected: bool
) -> None:
    text = f"(function(a: number) {body}) instance of function<number> -> {result}"
    assert feel.evaluate(text) is expected


def test_functions_and_ranges_in_types() -> None:
    run = Run()
    function = FeelFunction("f", ("a",), lambda run, arguments: None, (NUMBER,), STRING)
    assert is_instance(function, of("function", NUMBER, STRING), run) is True
    assert is_instance(function, of("function", NUMBER, NUMBER), run) is False
    assert is_instance(Range(1, None, True, False, end_unbounded=True), of("range", NUMBER), run) is True
    assert type_text(of("function", NUMBER, LIST)) == "function<number> -> list<number>"
    assert type_text(context(a=NUMBER)) == "context<a: number>"
