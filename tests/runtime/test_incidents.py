"""Incidents at every stage of an element's life: what they hold, and what resolving them repeats (and what not)."""

import pytest

from laneway.domain.stimulus import CancelInstance, RaiseIncident, ResolveIncident, SetVariables
from laneway.domain.transition import IncidentOpened
from tests.support.drawing import Drawing, cycle, duration, extension, job, mapping, refers
from tests.support.play import Player


def out_of_retries(player: Player, name: str) -> Player:
    work = player.work(name)
    return player._step(RaiseIncident(work.element_instance_key, work.key, "JOB_NO_RETRIES", "no retries left"))


def test_resolving_an_outgoing_condition_does_not_apply_the_outputs_again():
    # given an activity whose output counts and whose only flow does not hold
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("userTask", "work", extension(mapping(outputs={"n": "=n + 1"})))
    process.node("userTask", "after")
    process.flow("start", "work")
    process.flow("work", "after", "=go")
    player = Player(drawing.xml()).start({"n": 0, "go": False}).complete("work")
    # when it is resolved in vain, and then for good
    player.resolve()
    player.resolve({"go": True})
    # then the output was applied once
    assert player.waiting() == ["after"]
    assert player.variables()["n"] == 1


def test_resolving_a_late_failure_does_not_apply_the_inputs_to_themselves():
    # given an input that shadows the variable that it reads, and a boundary timer that cannot be read
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("userTask", "work", extension(mapping({"n": "=n + 1"}, {"seen": "=n"})))
    process.node("boundaryEvent", "late", duration("=delay"), attachedToRef="work")
    process.node("userTask", "after")
    process.chain("start", "work", "after")
    player = Player(drawing.xml()).start({"n": 0, "delay": "never"})
    player.restart_each_step = True
    # when
    player.resolve().resolve({"delay": "PT1H"}).complete("work")
    # then
    assert player.variables()["seen"] == 1


def test_an_input_is_read_anew_when_its_incident_is_resolved():
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("userTask", "work", extension(mapping({"delay": "=wanted"})))
    process.node("boundaryEvent", "late", duration("=delay"), attachedToRef="work")
    process.chain("start", "work")
    player = Player(drawing.xml()).start({"wanted": "never"})
    assert "timer of late" in player.incidents()[0]
    assert player.resolve({"wanted": "PT1H"}).waiting() == ["work"]


def test_an_event_listened_to_that_cannot_be_opened_can_be_resolved_more_than_once():
    # given a process whose event sub-process waits for a message with a key that is not known yet
    drawing = Drawing()
    drawing.message("m", "news", "=order")
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("userTask", "work")
    process.flow("start", "work")
    _, handler = process.sub("handler", triggeredByEvent="true")
    handler.node("startEvent", "caught", refers("message", "m"))
    handler.node("userTask", "react")
    handler.flow("caught", "react")
    player = Player(drawing.xml())
    player.restart_each_step = True
    player.start()
    # when it is resolved without the key, twice
    player.resolve().resolve()
    # then the incident is there again, and with the key everything starts
    assert len(player.incidents()) == 1
    player.resolve({"order": "A"})
    assert player.waiting() == ["work"]
    assert player.message("news", "A").waiting() == ["react"]


def test_a_sub_process_held_at_its_end_does_not_start_its_event_sub_processes_any_more():
    # given a sub-process that is over but for its output mapping
    drawing = Drawing()
    drawing.signal("s", "stop")
    process = drawing.process()
    process.node("startEvent", "start")
    _, inner = process.sub(
        "sub", extension(mapping(outputs={"r": "=if ok then 1 else count(for i in 1..9000000 return i)"}))
    )
    inner.node("startEvent", "s1")
    inner.node("userTask", "work")
    inner.flow("s1", "work")
    _, handler = inner.sub("handler", triggeredByEvent="true")
    handler.node("startEvent", "caught", refers("signal", "s"), isInterrupting="false")
    handler.node("userTask", "react")
    handler.flow("caught", "react")
    process.node("userTask", "gate")
    process.flow("sub", "gate", "=ok")
    process.flow("start", "sub")
    player = Player(drawing.xml()).start({"ok": False}).complete("work")
    assert len(player.incidents()) == 1
    # then nothing of its inside can be triggered
    assert [type(item).__name__ for item in player.open.values()] == ["IncidentOpened"]
    assert player.resolve({"ok": True}).waiting() == ["gate"]


def test_an_event_sub_process_that_fails_to_begin_keeps_what_triggered_it():
    drawing = Drawing()
    drawing.message("m", "news", '="k"')
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("userTask", "work")
    process.flow("start", "work")
    _, handler = process.sub(
        "handler",
        extension(mapping({"x": "=if factor = null then count(for i in 1..9000000 return i) else n * factor"})),
        triggeredByEvent="true",
    )
    handler.node("startEvent", "caught", refers("message", "m"))
    handler.node("userTask", "react", extension(mapping(outputs={"seen": "=x", "said": "=text"})))
    handler.flow("caught", "react")
    player = Player(drawing.xml())
    player.restart_each_step = True
    player.start().message("news", "k", {"n": 2, "text": "hello"})
    if player.incidents():
        player.resolve({"factor": 3})
    player.complete("react")
    assert (player.variables()["seen"], player.variables()["said"]) == (6, "hello")


def test_the_completed_work_of_a_boundary_event_leaves_the_incident_of_its_host():
    # given a walkthrough in which a person says whether the boundary event has happened
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("serviceTask", "host", extension(job("work")))
    process.node("boundaryEvent", "boundary", refers("message"), attachedToRef="host", cancelActivity="false")
    process.node("userTask", "handler")
    process.node("userTask", "after")
    process.chain("start", "host", "after")
    process.flow("boundary", "handler")
    player = Player(drawing.xml().replace(b'isExecutable="true"', b'isExecutable="false"')).start()
    out_of_retries(player, "host")
    # when
    player.complete("boundary")
    # then the job still has its incident
    assert player.waiting() == ["host", "handler"]
    assert len(player.incidents()) == 1


def test_completing_the_work_that_an_incident_held_resolves_it():
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("serviceTask", "host", extension(job("work")))
    process.chain("start", "host")
    player = out_of_retries(Player(drawing.xml()).start(), "host")
    assert player.complete("host").ended
    assert player.open == {}


def test_a_round_that_fails_at_its_end_is_counted_once():
    inner = extension(
        '<zeebe:loopCharacteristics inputCollection="=[1, 2]" inputElement="item" outputCollection="results" '
        'outputElement="=item * factor"/>' + mapping(outputs={"total": "=total + item"})
    )
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    characteristics = inner.split("<zeebe:ioMapping>")
    process.node(
        "userTask",
        "work",
        "<extensionElements><zeebe:ioMapping>"
        + characteristics[1]
        + "<multiInstanceLoopCharacteristics><completionCondition>=stop</completionCondition>"
        + characteristics[0]
        + "</extensionElements></multiInstanceLoopCharacteristics>",
    )
    process.node("userTask", "after")
    process.chain("start", "work", "after")
    player = Player(drawing.xml())
    player.restart_each_step = True
    player.start({"total": 0, "factor": 2}).complete("work")
    assert "completion condition" in player.incidents()[0]
    player.resolve()
    player.resolve({"stop": False}).complete("work")
    assert player.variables()["total"] == 3
    assert player.variables()["results"] == [2, 4]
    assert player.waiting() == ["after"]


def test_an_incident_of_a_collection_is_resolved_more_than_once():
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    loop = extension('<zeebe:loopCharacteristics inputCollection="=items" inputElement="item"/>')
    process.node("userTask", "work", f"<multiInstanceLoopCharacteristics>{loop}</multiInstanceLoopCharacteristics>")
    process.node("boundaryEvent", "late", duration("PT1H"), attachedToRef="work")
    process.chain("start", "work")
    player = Player(drawing.xml()).start({"items": 1}).resolve({"items": None}).resolve({"items": "x"})
    assert len(player.incidents()) == 1
    assert player.resolve({"items": [1, 2]}).waiting() == ["work", "work"]
    assert sum(type(item).__name__ == "TimerOpened" for item in player.open.values()) == 1


def test_the_condition_of_a_standard_loop_is_tried_again():
    loop = '<standardLoopCharacteristics testBefore="false"><loopCondition>=more</loopCondition></standardLoopCharacteristics>'
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("userTask", "work", loop)
    process.node("userTask", "after")
    process.chain("start", "work", "after")
    player = Player(drawing.xml())
    player.restart_each_step = True
    player.start().complete("work").resolve().resolve({"more": True})
    assert player.waiting() == ["work"]
    assert player.complete("work", {"more": False}).waiting() == ["after"]


def test_a_link_whose_outputs_fail_is_followed_once():
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node(
        "intermediateThrowEvent",
        "out",
        extension(mapping(outputs={"r": "=if ok then 1 else count(for i in 1..9000000 return i)"}))
        + '<linkEventDefinition name="A"/>',
    )
    process.node("intermediateCatchEvent", "in", '<linkEventDefinition name="A"/>')
    process.node("userTask", "after")
    process.flow("start", "out")
    process.flow("in", "after")
    player = Player(drawing.xml()).start({"ok": False})
    while player.incidents():
        assert player.waiting() == []
        player.resolve({"ok": True})
    assert player.waiting() == ["after"]


def test_a_choice_made_by_a_person_is_kept_while_an_incident_holds_the_gateway():
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node(
        "exclusiveGateway",
        "which",
        extension(mapping(outputs={"r": "=if ok then 1 else count(for i in 1..9000000 return i)"})),
    )
    process.node("userTask", "left")
    process.node("userTask", "right")
    process.flow("start", "which")
    left = process.flow("which", "left")
    process.flow("which", "right")
    player = Player(drawing.xml().replace(b'isExecutable="true"', b'isExecutable="false"'))
    player.restart_each_step = True
    player.start({"ok": False}).complete("which", {"choice": left})
    while player.incidents():
        player.resolve({"ok": True})
    assert player.waiting() == ["left"]


def test_what_waits_twice_at_a_join_that_cannot_fire_is_not_lost():
    """Two tokens wait on the same flow: the incident lets both go on, one after the other."""
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("parallelGateway", "split")
    process.node("exclusiveGateway", "merge")
    process.node("exclusiveGateway", "never")
    process.node("parallelGateway", "join")
    process.node("userTask", "other")
    process.node("userTask", "after")
    process.flow("start", "split")
    process.flow("split", "merge")
    process.flow("split", "merge")
    process.flow("split", "never")
    process.flow("merge", "join")
    process.flow("never", "join", "=false")
    process.flow("never", "other", default=True)
    process.flow("join", "after")
    player = Player(drawing.xml())
    player.restart_each_step = True
    player.start().complete("other")
    player.resolve()
    assert player.waiting() == ["after"]
    player.complete("after")
    player.resolve()
    assert player.waiting() == ["after"]
    assert player.complete("after").ended


@pytest.mark.parametrize("moment", ["begin", "job", "complete"])
def test_cancelling_closes_incidents_of_every_stage(moment):
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("serviceTask", "work", extension(job("=type")))
    process.node("boundaryEvent", "often", cycle("R/PT1H"), attachedToRef="work", cancelActivity="false")
    process.node("userTask", "after")
    process.flow("start", "work")
    process.flow("work", "after", "=go")
    player = Player(drawing.xml()).start({} if moment == "begin" else {"type": "t"})
    if moment == "job":
        out_of_retries(player, "work")
    elif moment == "complete":
        player.complete("work")
    assert len(player.incidents()) == 1
    player.cancel()
    assert player.ended
    assert player.open == {}


def test_an_interrupting_boundary_event_ends_a_host_held_by_an_incident():
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("serviceTask", "host", extension(job("work")))
    process.node("boundaryEvent", "late", duration("PT1H"), attachedToRef="host")
    process.node("userTask", "handler")
    process.flow("start", "host")
    process.flow("late", "handler")
    player = out_of_retries(Player(drawing.xml()).start(), "host")
    player.wait(hours=1)
    assert player.incidents() == []
    assert player.waiting() == ["handler"]


def test_resolving_twice_is_refused():
    from laneway.domain.errors import NotFound

    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("serviceTask", "host", extension(job("work")))
    process.chain("start", "host")
    player = out_of_retries(Player(drawing.xml()).start(), "host")
    [incident] = [item for item in player.open.values() if isinstance(item, IncidentOpened)]
    player.resolve()
    with pytest.raises(NotFound, match="not open"):
        player._step(ResolveIncident(incident.key, incident.element_instance_key))


def test_variables_of_what_has_ended_cannot_be_set():
    from laneway.domain.errors import NotFound

    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("userTask", "work")
    process.node("userTask", "after")
    process.chain("start", "work", "after")
    player = Player(drawing.xml()).start()
    gone = player.work("work").element_instance_key
    player.complete("work")
    for stimulus in (SetVariables(gone, {"x": 1}), SetVariables(gone, {"x": 1}, local=True)):
        with pytest.raises(NotFound):
            player._step(stimulus)


def test_only_a_process_instance_can_be_cancelled():
    from laneway.domain.errors import NotFound

    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("userTask", "work")
    process.chain("start", "work")
    player = Player(drawing.xml()).start()
    with pytest.raises(NotFound):
        player._step(CancelInstance(player.work("work").element_instance_key))


def test_an_escalation_whose_catcher_cannot_be_told_is_an_incident():
    drawing = Drawing()
    drawing.escalation("x", "=count(for i in 1..9000000 return i)")
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("serviceTask", "host", extension(job("work")))
    process.node("boundaryEvent", "caught", refers("escalation", "x"), attachedToRef="host", cancelActivity="false")
    process.chain("start", "host")
    player = Player(drawing.xml()).start().throw("host", "LATE", escalation=True)
    assert player.incidents() or player.ended


def test_what_triggered_an_event_sub_process_is_there_when_its_inputs_are_tried_again():
    drawing = Drawing()
    drawing.message("m", "news", '="k"')
    process = drawing.process()
    process.chain(process.node("startEvent", "start"), process.node("userTask", "work"))
    inputs = {"text": "=text", "x": "=if ok = true then 1 else count(for i in 1..9000000 return i)"}
    _, handler = process.sub("handler", extension(mapping(inputs)), triggeredByEvent="true")
    handler.node("startEvent", "caught", refers("message", "m"))
    handler.node("userTask", "react", extension(mapping(outputs={"said": "=text"})))
    handler.flow("caught", "react")
    player = Player(drawing.xml())
    player.restart_each_step = True
    player.start().message("news", "k", {"text": "hello"})
    player.resolve({"ok": True}).complete("react")
    assert player.variables()["said"] == "hello"
