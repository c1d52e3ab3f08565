"""Events that a multi-instance activity throws as its instances complete (BPMN 2.0, table 10.29)."""

import pytest

from laneway.diagrams import load
from tests.support.drawing import Drawing, refers
from tests.support.play import Player

CARDINALITY = "<loopCardinality>3</loopCardinality>"


def loop(behavior: str, sequential: bool = True, inner: str = "", completion: str = "") -> str:
    reference = {"None": ' noneBehaviorEventRef="thrown"', "One": ' oneBehaviorEventRef="thrown"'}.get(behavior, "")
    condition = f"<completionCondition>{completion}</completionCondition>" if completion else ""
    flag = str(sequential).lower()
    return (
        f'<multiInstanceLoopCharacteristics isSequential="{flag}" behavior="{behavior}"{reference}>'
        f"{CARDINALITY}{condition}{inner}</multiInstanceLoopCharacteristics>"
    )


def complex_behavior(condition: str, event: str = "") -> str:
    inside = f"<event>{event}</event>" if event else ""
    return f"<complexBehaviorDefinition><condition>{condition}</condition>{inside}</complexBehaviorDefinition>"


def drawn(characteristics: str, kind: str = "signal", caught: bool = True, interrupting: str = "true") -> bytes:
    """start → work (multi-instance, throws) → after; its boundary event → told"""
    drawing = Drawing()
    {"signal": drawing.signal, "message": drawing.message, "error": drawing.error, "escalation": drawing.escalation}[
        kind
    ]("it", "it")
    drawing.globals.append(refers(kind, "it").replace("Definition ", 'Definition id="thrown" '))
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("userTask", "work", characteristics)
    process.node("userTask", "after")
    process.chain("start", "work", "after")
    if caught:
        process.node("boundaryEvent", "caught", refers(kind, "it"), attachedToRef="work", cancelActivity=interrupting)
        process.node("userTask", "told")
        process.flow("caught", "told")
    return drawing.xml()


@pytest.mark.parametrize("kind", ["signal", "message", "escalation"])
@pytest.mark.parametrize("interrupting", ["true", "false"])
@pytest.mark.parametrize("sequential", [True, False])
def test_none_tells_of_every_instance_and_goes_on_when_all_are_done(kind, interrupting, sequential):
    player = Player(drawn(loop("None", sequential), kind, interrupting=interrupting)).start()
    for told in range(1, 4):
        player.complete("work")
        assert player.waiting().count("told") == told
    assert player.waiting().count("after") == 1
    assert "work" not in player.waiting()
    assert player.sent == []


@pytest.mark.parametrize("sequential", [True, False])
def test_one_tells_of_the_first_instance_alone(sequential):
    player = Player(drawn(loop("One", sequential))).start().complete("work").complete("work").complete("work")
    assert sorted(player.waiting()) == ["after", "told"]


def test_all_tells_of_none():
    player = Player(drawn(loop("All"))).start().complete("work").complete("work").complete("work")
    assert player.waiting() == ["after"]


@pytest.mark.parametrize("sequential", [True, False])
def test_complex_ends_the_activity_where_its_condition_holds_and_tells_of_it(sequential):
    inner = complex_behavior("=numberOfCompletedInstances = 2", refers("signal", "it"))
    player = Player(drawn(loop("Complex", sequential, inner))).start().complete("work")
    assert "told" not in player.waiting()
    player.complete("work")
    assert sorted(player.waiting()) == ["after", "told"]


def test_each_complex_definition_that_holds_throws_its_event():
    inner = (
        complex_behavior("=false", refers("signal", "it"))
        + complex_behavior("=numberOfInstances = 3")
        + complex_behavior("=true", "<eventDefinitionRef>thrown</eventDefinitionRef>")
    )
    player = Player(drawn(loop("Complex", False, inner))).start().complete("work")
    assert sorted(player.waiting()) == ["after", "told"]


def test_the_counts_are_variables_of_the_boundary_event():
    data = drawn(loop("None", False)).replace(
        b'cancelActivity="true">',
        b'cancelActivity="true"><extensionElements><zeebe:ioMapping><zeebe:output source="=numberOfCompletedInstances"'
        b' target="seen"/></zeebe:ioMapping></extensionElements>',
    )
    player = Player(data).start().complete("work").complete("work")
    assert player.variables() == {"seen": 2}


@pytest.mark.parametrize("kind", ["signal", "message"])
def test_what_no_boundary_event_catches_goes_outside(kind):
    player = Player(drawn(loop("None"), kind, caught=False)).start().complete("work")
    [sent] = player.sent
    assert sent.name == "it"
    assert sent.variables["numberOfCompletedInstances"] == 1


def test_a_signal_of_another_name_is_not_caught():
    data = drawn(loop("One")).replace(b'<signal id="it"', b'<signal id="other" name="other"/><signal id="it"')
    data = data.replace(b'id="thrown" signalRef="it"', b'id="thrown" signalRef="other"')
    player = Player(data).start().complete("work")
    assert player.waiting() == ["work"]
    assert [sent.name for sent in player.sent] == ["other"]


def test_an_error_ends_the_activity():
    player = Player(drawn(loop("One", False), "error")).start().complete("work")
    assert player.waiting() == ["told"]


def test_an_error_that_nothing_catches_is_an_incident_at_the_instance():
    player = Player(drawn(loop("One", False), "error", caught=False)).start().complete("work")
    assert "caught nowhere" in player.incidents()[0]


def test_an_escalation_is_caught_further_outside():
    drawing = Drawing()
    drawing.escalation("it", "it")
    drawing.globals.append('<escalationEventDefinition id="thrown" escalationRef="it"/>')
    process = drawing.process()
    process.node("startEvent", "start")
    outer, inner = process.sub("outer")
    inner.node("startEvent", "begin")
    inner.node("userTask", "work", loop("One", False))
    inner.chain("begin", "work")
    process.node("boundaryEvent", "caught", refers("escalation", "it"), attachedToRef=outer, cancelActivity="true")
    process.node("userTask", "told")
    process.flow("start", outer)
    process.flow("caught", "told")
    assert Player(drawing.xml()).start().complete("work").waiting() == ["told"]


def test_it_is_the_same_after_a_restart_at_every_step():
    player = Player(drawn(loop("None", False)))
    player.restart_each_step = True
    player.start().complete("work").complete("work").complete("work")
    assert sorted(player.waiting()) == ["after", "told", "told", "told"]


def test_the_signal_from_outside_still_interrupts():
    player = Player(drawn(loop("None", False))).start().complete("work")
    player.signal("it")
    assert player.waiting() == ["told", "told"]


@pytest.mark.parametrize(
    "names",
    [
        "numberOfInstances",
        "numberOfActiveInstances + numberOfCompletedInstances + numberOfTerminatedInstances",
        "nrOfInstances",
        "nrOfActiveInstances + nrOfCompletedInstances + nrOfTerminatedInstances",
    ],
)
def test_the_completion_condition_sees_the_counts(names):
    condition = f"={names} = 3 and numberOfCompletedInstances = 2 and loopCounter &lt;= 3"
    player = Player(drawn(loop("All", False, completion=condition))).start().complete("work")
    assert player.waiting() == ["work", "work"]
    assert player.complete("work").waiting() == ["after"]


def test_a_behaviour_whose_event_is_not_in_the_file_is_refused():
    data = drawn(loop("None")).replace(b'id="thrown"', b'id="elsewhere"')
    assert [each.rule for each in load(data, "x").problems if each.severity == "error"] == ["dangling_reference"]


def test_a_complex_behaviour_without_a_condition_is_refused():
    data = drawn(loop("Complex", inner="<complexBehaviorDefinition/>"))
    assert "loop_undefined" in [each.rule for each in load(data, "x").problems if each.severity == "error"]
