"""Boxed expressions of every kind (DMN 1.5, 10.2)."""

import pytest
from tests.decisions.drawing import (
    context,
    decision,
    dmn,
    function,
    invocation,
    item,
    knowledge,
    literal,
    table,
    typed_decision,
)

from laneway.decisions import load_decisions
from laneway.decisions.model import DecisionResult


def evaluate(logic: str, *elements: str, **inputs: object) -> DecisionResult:
    needs = [f"knowledge:{element.split(chr(34))[1]}" for element in elements if "<businessKnowledge" in element]
    model = load_decisions(dmn(*elements, decision("d", logic, *needs)))
    assert not model.errors
    return model.evaluate("d", inputs)


def output(logic: str, *elements: str, **inputs: object) -> object:
    return evaluate(logic, *elements, **inputs).output


def test_entries_see_earlier_ones_and_outer_ones() -> None:
    inner = context(("c", literal("a + b")), ("a", literal("c * 2")), ("e", literal("a")))
    assert (
        output(context(("a", literal("1")), ("b", literal("2")), ("inner", inner), (None, literal("inner.e + a")))) == 7
    )


def test_an_entry_does_not_see_later_ones() -> None:
    result = evaluate(context(("a", literal("b")), ("b", literal("2"))))
    assert result.output == {"a": None, "b": 2}
    assert result.warnings


def test_an_entry_without_logic_is_null() -> None:
    assert output(context(("a", ""), ("b", literal("1")))) == {"a": None, "b": 1}


def test_a_table_is_an_entry_and_the_body_of_a_function() -> None:
    rules = [("< 10", '"low"'), (">= 10", '"high"')]
    sized = table(["n"], ["size"], rules)
    logic = context(
        ("n", literal("3")),
        ("own", sized),
        ("size of", function({"n": None}, sized)),
        (None, literal("[own, size of(12)]")),
    )
    assert output(logic) == ["low", "high"]


def test_a_function_may_call_itself() -> None:
    body = literal("if n <= 1 then 1 else n * factorial(n - 1)")
    logic = context(("factorial", function({"n": "number"}, body)), (None, literal("factorial(5)")))
    assert output(logic) == 120


def test_a_recursive_knowledge_model() -> None:
    model = knowledge("factorial", ["n"], literal("if n <= 1 then 1 else n * factorial(n - 1)"))
    assert output(literal("factorial(4)"), model.replace('id="factorial"', 'id="factorial"')) == 24


def test_a_function_that_a_function_gives_keeps_what_it_saw() -> None:
    adder = function({"a": None}, function({"b": None}, literal("a + b + base")))
    logic = context(
        ("base", literal("100")), ("adder", adder), ("add two", literal("adder(2)")), (None, literal("add two(3)"))
    )
    assert output(logic) == 105


def test_lists_and_relations_hold_any_logic() -> None:
    listed = f"<list>{literal('1')}{context(('a', literal('x')))}<list>{literal('2')}</list></list>"
    assert output(listed, x=5) == [1, {"a": 5}, [2]]
    relation = (
        '<relation><column name="a"/><column name="b c"/>'
        f"<row>{literal('1')}<list>{literal('x')}</list></row><row>{literal('2')}</row></relation>"
    )
    assert output(relation, x=5) == [{"a": 1, "b c": [5]}, {"a": 2, "b c": None}]


@pytest.mark.parametrize(("x", "expected"), [(5, "big"), (1, "small"), (None, "small"), ("text", "small")])
def test_a_conditional_takes_else_for_all_but_true(x: object, expected: str) -> None:
    logic = f"<conditional><if>{literal('x > 2')}</if><then>{literal(chr(34) + 'big' + chr(34))}</then><else>{literal(chr(34) + 'small' + chr(34))}</else></conditional>"
    assert output(logic, x=x) == expected


def test_a_conditional_without_else_gives_null() -> None:
    assert output(f"<conditional><if>{literal('false')}</if><then>{literal('1')}</then></conditional>") is None


@pytest.mark.parametrize(
    ("source", "match", "expected"),
    [
        ("[1, 2, 3, 4]", "item > 2", [3, 4]),
        ("[{n: 1}, {n: 2}]", "n = 2", [{"n": 2}]),
        ("[{n: 1}, {n: 2}]", "item.n = 1", [{"n": 1}]),
        ("[1, 2]", "false", []),
        ("[1, 2, 3]", "limit < item", [3]),
        ("5", "item = 5", [5]),
        ("[]", "true", []),
        ("[1, 2, null]", "item != null", [1, 2]),
    ],
)
def test_a_filter(source: str, match: str, expected: object) -> None:
    logic = f"<filter><in>{literal(source)}</in><match>{literal(match)}</match></filter>"
    assert output(logic, limit=2) == expected


@pytest.mark.parametrize(
    ("source", "result", "expected"),
    [
        ("[1, 2, 3]", "i * factor", [10, 20, 30]),
        ("[1..3]", "i", [1, 2, 3]),
        ("[1, 2, 3]", "i + count(partial)", [1, 3, 5]),
        ("[]", "i", []),
        ("null", "i", None),
        ("4", "i", [4]),
        ("[null]", "i", [None]),
    ],
)
def test_a_loop(source: str, result: str, expected: object) -> None:
    logic = f'<for iteratorVariable="i"><in>{literal(source)}</in><return>{literal(result)}</return></for>'
    assert output(logic, factor=10) == expected


def test_loops_nest_and_have_names_with_spaces() -> None:
    inner = f'<for iteratorVariable="other one"><in>{literal("[1, 2]")}</in><return>{literal("the one * other one")}</return></for>'
    logic = f'<for iteratorVariable="the one"><in>{literal("[1, 10]")}</in><return>{inner}</return></for>'
    assert output(logic) == [[1, 2], [10, 20]]


def test_functions_made_in_a_loop_keep_their_round() -> None:
    made = f'<for iteratorVariable="i"><in>{literal("[1, 2]")}</in><return>{function({"x": None}, literal("x + i"))}</return></for>'
    assert output(context(("fs", made), (None, literal("[fs[1](10), fs[2](10)]")))) == [11, 12]


@pytest.mark.parametrize(
    ("kind", "source", "condition", "expected"),
    [
        ("some", "[1, 2, 3]", "i > 2", True),
        ("some", "[1, 2, 3]", "i > 3", False),
        ("some", "[]", "true", False),
        ("some", "null", "true", None),
        ("every", "[1, 2, 3]", "i > 0", True),
        ("every", "[1, 2, 3]", "i > 1", False),
        ("every", "[]", "false", True),
        ("every", "null", "false", None),
        ("some", "[1, null]", "i > 3", None),
        ("every", "[5, null]", "i > 3", None),
        ("every", "[1, null]", "i > 3", False),
    ],
)
def test_some_and_every(kind: str, source: str, condition: str, expected: object) -> None:
    logic = (
        f'<{kind} iteratorVariable="i"><in>{literal(source)}</in><satisfies>{literal(condition)}</satisfies></{kind}>'
    )
    assert output(logic) is expected


def test_an_invocation_calls_functions_of_all_kinds() -> None:
    twice = knowledge("twice", ["n"], literal("n * 2"))
    assert output(invocation("twice", n=literal("x")), twice, x=4) == 8
    assert (
        output(context(("f", function({"n": None}, literal("n + 1"))), ("r", invocation("f", n=literal("1")))), x=1)[  # type: ignore[index]
            "r"
        ]
        == 2
    )
    assert output(invocation("max", list=literal("[1, 3, 2]"))) == 3


def test_an_invocation_binds_null_to_what_is_left_out_and_refuses_other_names() -> None:
    model = knowledge("f", ["a", "b"], literal("[a, b]"))
    assert output(invocation("f", b=literal("2")), model) == [None, 2]
    wrong = evaluate(invocation("f", c=literal("2")), model)
    assert wrong.output is None
    assert "parameters a, b" in wrong.warnings[0]


def test_an_invocation_of_what_is_no_function_is_null() -> None:
    assert output(invocation("x", a=literal("1")), x=1) is None


@pytest.mark.parametrize(
    ("logic", "expected"),
    [
        (literal("[5]", typeRef="number"), 5),
        (literal("5", typeRef="tNumbers"), [5]),
        (literal('"a"', typeRef="number"), None),
        (context(("a", literal('"x"'), "number"), ("b", literal("[1]"), "number")), {"a": None, "b": 1}),
        (context(("a", literal("1")), typeRef="tPoint"), None),
        (f'<list typeRef="number">{literal("7")}</list>', 7),
        (f'<relation><column name="a" typeRef="string"/><row>{literal("1")}</row></relation>', [{"a": None}]),
        (f'<filter typeRef="number"><in>{literal("[1, 2]")}</in><match>{literal("item = 2")}</match></filter>', 2),
        (context(("f", function({"a": "number"}, literal("a"))), (None, literal('f("x")'))), None),
        (context(("f", function({"a": "number"}, literal("1"))), (None, literal('f("x")'))), None),
        (context(("f", function({"a": "number"}, literal("a"))), (None, literal("f([3])"))), 3),
        (context(("f", function({"a": None}, literal("a")), "string"), (None, literal("f(3)"))), None),
        (context(("f", function({"a": None}, literal("a"), typeRef="string")), (None, literal('f("s")'))), "s"),
    ],
)
def test_types_are_checked_at_every_level(logic: str, expected: object) -> None:
    types = (
        item("tNumbers", "number", many=True),
        '<itemDefinition name="tPoint"><itemComponent name="x"><typeRef>number</typeRef></itemComponent></itemDefinition>',
    )
    result = evaluate(logic, *types)
    assert result.output == expected
    assert expected is not None or result.warnings


def test_a_loop_without_end_is_stopped() -> None:
    from laneway.decisions import DecisionFailed

    inner = f'<for iteratorVariable="j"><in>{literal("[1..90000]")}</in><return>{literal("i * j")}</return></for>'
    logic = f'<for iteratorVariable="i"><in>{literal("[1..90000]")}</in><return>{inner}</return></for>'
    with pytest.raises(DecisionFailed):
        evaluate(logic)


def test_a_decision_may_be_a_function() -> None:
    model = load_decisions(
        dmn(
            decision("f", function({"n": "number"}, literal("n + 1"))),
            decision("d", literal("f(2)"), "decision:f"),
            typed_decision("t", "number", literal("[f(2)]"), "decision:f"),
        )
    )
    assert model.evaluate("d", {}).output == 3
    assert model.evaluate("t", {}).output == 3


def test_boxes_nested_without_measure_are_refused() -> None:
    from lxml import etree

    from laneway.domain.errors import Refused

    source = dmn(decision("d", "<list>" * 1_500 + literal("1") + "</list>" * 1_500))
    with pytest.raises(Refused) as caught:
        load_decisions(etree.fromstring(source, etree.XMLParser(huge_tree=True)))
    assert caught.value.code == "too_deep"
