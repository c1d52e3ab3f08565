"""Decision services and business knowledge models as functions, and the graph of requirements (DMN 1.5, 6.3 and 10.4)."""

import pytest
from tests.decisions.drawing import (
    decision,
    dmn,
    input_data,
    invocation,
    item,
    knowledge,
    literal,
    service,
    table,
)

from laneway.decisions import DecisionFailed, load_decisions

GRAPH = (
    input_data("a", kind="number"),
    input_data("b"),
    decision("sum", literal("a + b"), "input:a", "input:b"),
    decision("factor", literal("10"), "input:a"),
    decision("product", literal("sum * factor"), "decision:sum", "decision:factor"),
    decision("difference", literal("a - b"), "input:a", "input:b"),
)
ONE = service("serve", ["product"], encapsulated=["sum"], decisions=["factor"], inputs=["a", "b"])
TWO = service("both", ["product", "difference"], encapsulated=["sum", "factor"], inputs=["a", "b"])


def called(text: str, *more: str, **inputs: object) -> object:
    model = load_decisions(
        dmn(*GRAPH, ONE, TWO, *more, decision("d", literal(text), "knowledge:serve", "knowledge:both"))
    )
    assert not model.errors
    return model.evaluate("d", inputs).output


def test_a_service_is_a_function_of_its_input_data_and_then_its_input_decisions() -> None:
    assert called("serve(1, 2, 100)") == 300


def test_its_arguments_may_be_named() -> None:
    assert called("serve(factor: 7, b: 2, a: 1)") == 21
    assert called("serve(factor: 7, b: 2)") is None
    assert called("serve(1, 2)") is None


def test_its_arguments_are_typed() -> None:
    assert called("serve([1], 2, 100)") == 300
    assert called('serve("x", 2, 100)') is None


def test_several_outputs_are_a_context() -> None:
    assert called("both(5, 2)") == {"product": 70, "difference": 3}
    assert called("both(5, 2).difference") == 3


def test_it_sees_nothing_but_what_it_is_given() -> None:
    # Given a variable and decisions of the names that the service works with.
    assert called("serve(1, null, 100)", a=50, b=50) is None


def test_a_service_is_evaluated_by_its_name() -> None:
    model = load_decisions(dmn(*GRAPH, ONE, TWO))
    result = model.evaluate("serve", {"a": 1, "b": 2, "factor": 3})
    assert result.output == 9
    assert result.details["decisionType"] == "DECISION_SERVICE"
    assert [one["decisionId"] for one in result.details["requiredDecisions"]] == ["sum", "product"]
    assert model.evaluate("both", {"a": 5, "b": 2}).output == {"product": 70, "difference": 3}
    wrong = model.evaluate("serve", {"a": "x", "b": 2, "factor": 3})
    assert (wrong.output, len(wrong.warnings)) == (None, 1)


def test_a_boxed_invocation_calls_a_service() -> None:
    logic = invocation("serve", b=literal("2"), a=literal("1"), factor=literal("4"))
    model = load_decisions(dmn(*GRAPH, ONE, decision("d", logic, "knowledge:serve")))
    assert model.evaluate("d", {}).output == 12


def test_knowledge_models_may_call_services_and_are_called_by_name() -> None:
    model = load_decisions(
        dmn(*GRAPH, ONE, knowledge("twice", ["x"], literal("serve(x, x, 1) * 2"), "knowledge:serve"))
    )
    assert model.evaluate("twice", {"x": 3}).output == 12


def test_the_result_of_a_service_is_typed() -> None:
    typed = service("s", ["sum"], inputs=["a", "b"], kind="string")
    model = load_decisions(dmn(*GRAPH, typed, decision("d", literal("s(1, 2)"), "knowledge:s")))
    result = model.evaluate("d", {})
    assert result.output is None
    assert "service s" in result.warnings[0]


def test_an_encapsulated_table_and_knowledge_of_a_service() -> None:
    model = load_decisions(
        dmn(
            input_data("n"),
            knowledge("half", ["x"], literal("x / 2")),
            decision("size", table(["half(n)"], ["s"], [("> 5", '"big"'), ("-", '"small"')], "FIRST"), "input:n", "knowledge:half"),
            service("s", ["size"], inputs=["n"]),
            decision("d", literal("[s(20), s(2)]"), "knowledge:s"),
        )
    )  # fmt: skip
    assert model.evaluate("d", {}).output == ["big", "small"]


@pytest.mark.parametrize(
    ("elements", "circle"),
    [
        ([decision("a", literal("b"), "decision:b"), decision("b", literal("a"), "decision:a")], "a → b → a"),
        ([decision("a", literal("a"), "decision:a")], "a → a"),
        (
            [
                knowledge("f", ["x"], literal("g(x)"), "knowledge:g"),
                knowledge("g", ["x"], literal("f(x)"), "knowledge:f"),
                decision("a", literal("f(1)"), "knowledge:f"),
            ],
            "f → g → f",
        ),
        ([decision("a", literal("s()"), "knowledge:s"), service("s", ["a"])], "s → s"),
    ],
)
def test_circles_are_errors_that_name_them(elements: list[str], circle: str) -> None:
    model = load_decisions(dmn(*elements, decision("free", literal("1"))))
    assert [one.rule for one in model.errors] == ["requirement-cycle"]
    assert circle in model.errors[0].message
    assert model.evaluate("free", {}).output == 1
    with pytest.raises(DecisionFailed) as caught:
        model.evaluate("a", {})
    assert caught.value.code == "decision_unreadable"


def test_an_unreadable_text_concerns_those_alone_that_need_it() -> None:
    model = load_decisions(
        dmn(
            decision("bad", literal("1 +")),
            decision("needs bad", literal("bad"), "decision:bad"),
            knowledge("f", ["x"], literal("x +")),
            decision("calls", literal("f(1)"), "knowledge:f"),
            decision("good", literal("2")),
        )
    )
    assert len(model.errors) == 2
    assert model.evaluate("good", {}).output == 2
    for name in ("bad", "needs bad", "calls"):
        with pytest.raises(DecisionFailed) as caught:
            model.evaluate(name, {})
        assert caught.value.code == "decision_unreadable"


def test_a_service_without_output_keeps_nobody_from_the_decisions_beside_it() -> None:
    # given: what modellers draw for a page of a diagram, as in the example of chapter 11 of the standard
    model = load_decisions(dmn(decision("a", literal("1")), service("s", [])))
    # then
    assert [(one.severity.value, one.rule) for one in model.problems] == [("warning", "service-without-output")]
    assert model.evaluate("a", {}).value == 1


def test_names_of_elements_hold_spaces_operators_and_keywords() -> None:
    model = load_decisions(
        dmn(
            input_data("i", "Bad Debt-to-Income (%)".replace("(%)", "ratio")),
            decision("x", literal("Bad Debt-to-Income ratio * 2"), "input:i", name="Pre-check + more"),
            knowledge("rate of return", ["net worth"], literal("net worth / 2")),
            decision("d", literal("rate of return(Pre-check + more)"), "decision:x", "knowledge:rate of return"),
        )
    )
    assert not model.problems
    assert model.evaluate("d", {"Bad Debt-to-Income ratio": 5}).output == 5


def test_what_a_decision_requires_hides_built_in_functions_and_the_rest_does_not() -> None:
    model = load_decisions(
        dmn(
            input_data("count"),
            decision("mine", literal("count"), "input:count"),
            decision("built in", literal("count([1, 2])")),
        )
    )
    assert model.evaluate("mine", {"count": 7}).output == 7
    assert model.evaluate("built in", {}).output == 2


def test_authority_requirements_are_nothing_to_evaluate() -> None:
    authority = '<decision id="d" name="d"><authorityRequirement><requiredAuthority href="#k"/></authorityRequirement>'
    model = load_decisions(dmn('<knowledgeSource id="k" name="k"/>', authority + literal("1") + "</decision>"))
    assert not model.problems
    assert model.evaluate("d", {}).output == 1


def test_a_required_decision_is_made_once() -> None:
    links = [decision("d0", literal("1"))]
    links += [decision(f"d{n}", literal(f"d{n - 1} + d{n - 1}"), f"decision:d{n - 1}") for n in range(1, 40)]
    links += [decision(f"e{n}", literal(f"d{n}"), f"decision:d{n}") for n in range(40)]
    assert load_decisions(dmn(*links)).evaluate("e39", {}).output == 2**39


def test_a_chain_of_services_without_end_in_depth_is_stopped() -> None:
    chain = [knowledge("f0", ["x"], literal("x"))]
    chain += [knowledge(f"f{n}", ["x"], literal(f"f{n - 1}(x)"), f"knowledge:f{n - 1}") for n in range(1, 200)]
    model = load_decisions(dmn(*chain, decision("d", literal("f199(1)"), "knowledge:f199")))
    with pytest.raises(DecisionFailed) as caught:
        model.evaluate("d", {})
    assert caught.value.code == "decision_failed"


def test_types_and_services_meet() -> None:
    types = item("tPair", "number", many=True, constraint="count(?) = 2")
    model = load_decisions(
        dmn(
            types, input_data("pair", kind="tPair"), decision("total", literal("sum(pair)"), "input:pair"),
            service("s", ["total"], inputs=["pair"]), decision("d", literal("[s([1, 2]), s([1])]"), "knowledge:s"),
        )
    )  # fmt: skip
    assert model.evaluate("d", {}).output == [3, None]


def test_the_standard_shows_a_decision_nothing_but_what_it_requires() -> None:
    # Given a decision that draws no arrow from the input it names, and one of the same id as an input.
    model = load_decisions(
        dmn(
            input_data("i", "x"), decision("undrawn", literal("x")), decision("x", literal("1"), name="other"),
            decision("drawn", literal("[x, other]"), "input:i", "decision:x"),
        )
    )  # fmt: skip
    # When it is asked as the standard has it, it sees nothing of these; as an engine, all variables.
    assert model.evaluate("undrawn", {"x": 5}).output is None
    assert model.evaluate("undrawn", {"x": 5}, strict=True).output == 5
    assert model.evaluate("drawn", {"x": 5}).output == [5, 1]
    assert model.evaluate("drawn", {"x": 5}, strict=True).output == [5, 1]


def test_a_text_with_the_marks_of_juel_is_a_text() -> None:
    assert load_decisions(dmn(decision("d", literal('"${x}" + "#{y}"')))).evaluate("d", {}).output == "${x}#{y}"
