"""FEEL gives null where a function fails; the incident that follows from it says why."""

import pytest

from tests.support.drawing import Drawing, duration, extension, job, mapping, refers
from tests.support.play import Player


def player(
    kind: str, inner: str = "", drawing: Drawing | None = None, condition: str | None = None, **attributes: str
) -> Player:
    """A process of a start, one element of the kind and an end."""
    drawing = drawing or Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node(kind, "step", inner, **attributes)
    process.node("endEvent", "end")
    process.flow("start", "step")
    process.flow("step", "end", condition)
    return Player(drawing.xml())


CALLED = '<zeebe:calledElement processId="=upper case(kind)"/>'
DECIDED = '<zeebe:calledDecision decisionId="=upper case(kind)" resultVariable="r"/>'
LOOP = '<multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=split(kind, &quot;,&quot;)"/></extensionElements></multiInstanceLoopCharacteristics>'
COUNTED = "<multiInstanceLoopCharacteristics><loopCardinality>=string length(kind)</loopCardinality></multiInstanceLoopCharacteristics>"
ASSIGNED = '<zeebe:userTask/><zeebe:assignmentDefinition candidateGroups="=[string length(kind)]"/>'


@pytest.mark.parametrize(
    ("kind", "inner", "name"),
    [
        ("serviceTask", extension(job("=upper case(kind)")), "job type"),
        ("serviceTask", extension('<zeebe:taskDefinition type="t" retries="=string length(kind)"/>'), "retries"),
        ("callActivity", extension(CALLED), "called process id"),
        ("businessRuleTask", extension(DECIDED), "decision id"),
        ("userTask", extension(ASSIGNED), "candidate groups"),
        ("userTask", LOOP, "collection"),
        ("userTask", COUNTED, "cardinality"),
        ("intermediateCatchEvent", duration("=duration(kind)"), "timer of step"),
    ],
)
def test_an_incident_over_a_null_says_which_function_failed_and_on_what(kind: str, inner: str, name: str) -> None:
    # given an element whose expression calls a function on a number, where it takes a text
    drawn = player(kind, inner)
    # when it is reached
    (message,) = drawn.start({"kind": 7, "amount": 1}).incidents()
    # then the incident names the function, what it got, and what there was to read
    assert name in message
    assert "doesn't take (number" in message
    assert "Variables seen: amount, kind" in message


def test_an_incident_over_a_missing_variable_names_it() -> None:
    (message,) = player("serviceTask", extension(job("=upper case(kind)"))).start({"sort": "a"}).incidents()

    assert "There is no variable kind." in message
    assert "Variables seen: sort" in message


def test_the_names_of_events_say_why_they_are_null() -> None:
    # given a message that is caught by a key that is no text
    drawing = Drawing()
    drawing.message("m", "news", '=substring before(order, "-")')
    caught = player("intermediateCatchEvent", refers("message", "m"), drawing)
    # when
    (message,) = caught.start({"order": 5}).incidents()
    # then
    assert "substring before doesn't take (number, string)" in message


def test_a_condition_that_is_null_says_why() -> None:
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("exclusiveGateway", "gate")
    process.node("endEvent", "end")
    process.node("endEvent", "other")
    process.flow("start", "gate")
    process.flow("gate", "end", "=string length(word) > 3")
    process.flow("gate", "other", "=false")

    (message,) = Player(drawing.xml()).start({"word": 5}).incidents()

    assert "string length doesn't take (number)" in message


def test_a_mapping_may_be_null_without_an_incident() -> None:
    # given an input mapping whose function fails; null is a value like any other (DMN 1.5, 10.3.4)
    drawn = player("userTask", extension(mapping({"short": "=string length(word)"})))

    assert drawn.start({"word": 5}).incidents() == []


def test_what_is_right_says_nothing() -> None:
    (message,) = player("serviceTask", extension(job("=amount"))).start({"amount": 5}).incidents()

    assert message.endswith("the job type must be a text, it is 5")
