"""Decisions over several files, and decision services (DMN 1.5, 6.3.3, 6.3.10 and 10.4)."""

from tests.decisions.drawing import decision, dmn, input_data, literal

from laneway.decisions import load_decisions

RATES = dmn(decision("rate", literal("0.2"))).replace(b'namespace="x"', b'namespace="rates"')
IMPORT = '<import name="tax" namespace="rates" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>'
SERVICE = (
    '<decisionService id="service" name="tax of"><variable name="tax of"/>'
    '<outputDecision href="#tax"/><encapsulatedDecision href="#doubled"/><inputData href="#amount"/></decisionService>'
)


def test_an_imported_decision_is_seen_by_the_prefix_of_the_import() -> None:
    # given a decision that requires one of another file
    own = dmn(IMPORT, decision("tax", literal("100 * tax.rate"), "decision:rates#rate"))
    # when the other file is at hand
    model = load_decisions(own, "own.dmn", {"rates.dmn": RATES})
    # then it is evaluated too
    assert model.problems == ()
    assert model.evaluate("tax", {}).output == 20


def test_an_import_that_is_not_at_hand_is_said() -> None:
    model = load_decisions(dmn(IMPORT, decision("tax", literal("1"))), "own.dmn", {})

    assert [problem.rule for problem in model.errors] == ["import-missing"]


def test_a_decision_service_is_a_function_of_its_inputs() -> None:
    # given a service over two decisions, and a decision that calls it
    model = load_decisions(
        dmn(
            input_data("amount"),
            decision("doubled", literal("amount * 2"), "input:amount"),
            decision("tax", literal("doubled + 1"), "decision:doubled"),
            decision("caller", literal("[tax of(1), tax of(amount: 10)]"), "knowledge:service"),
            SERVICE,
        )
    )
    # when it is called, and asked for by its name; then each gives its output decision
    assert model.evaluate("caller", {}).output == [3, 21]
    assert model.evaluate("tax of", {"amount": 5}).output == 11
