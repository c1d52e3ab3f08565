"""Sub-processes, event sub-processes, call activities and variable scopes."""

import pytest

from laneway.domain.errors import Conflict
from laneway.domain.stimulus import CancelInstance
from laneway.runtime import Limits
from tests.support.drawing import Drawing, duration, extension, job, mapping, refers
from tests.support.play import Player


def with_event_sub_process(definition: str, *, interrupting: bool, nested: bool = False) -> bytes:
    """start → work → end, and an event sub-process with the user task «react»."""
    drawing = Drawing()
    drawing.message("m", "news", '="k"')
    drawing.error("e", "BAD")
    process = drawing.process()
    scope = process
    if nested:
        process.node("startEvent", "outer_start")
        _, scope = process.sub("outer")
        process.node("userTask", "after_outer")
        process.chain("outer_start", "outer", "after_outer")
    scope.node("startEvent", "start")
    scope.node("serviceTask", "work", extension(job("work")))
    scope.node("endEvent", "end")
    scope.chain("start", "work", "end")
    _, handler = scope.sub("handler", triggeredByEvent="true")
    handler.node("startEvent", "caught", definition, isInterrupting=str(interrupting).lower())
    handler.node("userTask", "react")
    handler.chain("caught", "react")
    return drawing.xml()


@pytest.mark.parametrize("nested", [False, True])
def test_an_interrupting_event_sub_process_ends_the_rest_of_its_scope(nested):
    player = Player(with_event_sub_process(refers("message", "m"), interrupting=True, nested=nested)).start()
    assert player.waiting() == ["work"]
    player.message("news", "k")
    assert player.waiting() == ["react"]
    player.complete("react")
    assert player.waiting() == (["after_outer"] if nested else [])


def test_a_non_interrupting_event_sub_process_runs_beside_and_each_time():
    player = Player(with_event_sub_process(refers("message", "m"), interrupting=False)).start()
    player.message("news", "k", {"text": "one"}).message("news", "k")
    assert player.waiting() == ["work", "react", "react"]
    player.complete("work")
    assert not player.ended
    player.complete("react").complete("react")
    assert player.ended


def test_an_event_sub_process_that_is_not_due_does_not_hold_its_scope():
    assert Player(with_event_sub_process(duration("PT1H"), interrupting=True)).start().complete("work").ended


def test_an_event_sub_process_catches_an_error_of_its_scope():
    player = Player(with_event_sub_process(refers("error", "e"), interrupting=True)).start().throw("work", "BAD")
    assert player.waiting() == ["react"]


def test_an_error_in_the_handler_goes_outwards_not_to_the_handler_again():
    drawing = Drawing()
    drawing.error("e", "BAD")
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("serviceTask", "work", extension(job("work")))
    process.flow("start", "work")
    _, handler = process.sub("handler", triggeredByEvent="true")
    handler.node("startEvent", "caught", refers("error", "e"))
    handler.node("serviceTask", "again", extension(job("work")))
    handler.flow("caught", "again")
    player = Player(drawing.xml()).start().throw("work", "BAD").throw("again", "BAD")
    assert "caught nowhere" in player.incidents()[0]


def test_triggering_an_event_sub_process_leaves_the_next_instance_as_it_was():
    data = with_event_sub_process(refers("message", "m"), interrupting=True)
    player = Player(data).start().message("news", "k").complete("react")
    assert player.ended
    player.state = None
    player.start()
    assert player.waiting() == ["work"]
    assert player.complete("work").ended


def test_input_mappings_make_locals_and_output_mappings_choose_what_comes_out():
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node(
        "serviceTask",
        "work",
        extension(job("work") + mapping({"net": "=gross / 2"}, {"result.value": "=answer + net"})),
    )
    process.node("userTask", "after")
    process.chain("start", "work", "after")
    player = Player(drawing.xml()).start({"gross": 10, "result": {"old": True}})
    player.complete("work", {"answer": 1, "noise": 2})
    assert player.variables() == {"gross": 10, "result": {"old": True, "value": 6}}


def test_without_output_mappings_everything_is_merged_and_locals_stay_local():
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("serviceTask", "work", extension(job("work") + mapping({"x": "=1"})))
    process.node("userTask", "after")
    process.chain("start", "work", "after")
    player = Player(drawing.xml()).start({"x": 0}).complete("work", {"x": 5, "y": 6})
    assert player.variables() == {"x": 0, "y": 6}


def test_a_failing_output_mapping_is_an_incident_that_keeps_what_the_work_gave():
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("userTask", "work", extension(mapping(outputs={"r": '=if ok then 1 else duration("x" ) + y'})))
    process.node("exclusiveGateway", "gate")
    process.node("userTask", "after")
    process.chain("start", "work", "gate")
    process.flow("gate", "after", "=r = 1")
    process.flow("gate", "work", default=True)
    player = Player(drawing.xml()).start().complete("work", {"ok": True})
    assert player.waiting() == ["after"]


def called(*, inner: str = "", mappings: str = "") -> tuple[bytes, bytes]:
    drawing = Drawing()
    process = drawing.process("caller")
    process.node("startEvent", "start")
    process.node("callActivity", "call", extension(f'<zeebe:calledElement processId="callee"{inner}/>{mappings}'))
    process.node("boundaryEvent", "failed", refers("error"), attachedToRef="call")
    process.node("userTask", "handler")
    process.node("userTask", "after")
    process.chain("start", "call", "after")
    process.flow("failed", "handler")
    callee = Drawing()
    process = callee.process("callee")
    process.node("startEvent", "start")
    process.node("serviceTask", "inside", extension(job("work")))
    process.chain("start", "inside")
    return drawing.xml(), callee.xml()


def test_a_call_activity_shares_variables_both_ways_by_default():
    player = Player(*called()).start({"a": 1}).complete("inside", {"b": 2})
    assert player.waiting() == ["after"]
    assert player.variables() == {"a": 1, "b": 2}


def test_a_call_activity_hands_over_only_what_is_mapped_if_told_so():
    flags = ' propagateAllParentVariables="false" propagateAllChildVariables="false"'
    player = Player(*called(inner=flags, mappings=mapping({"x": "=a"}, {"y": "=b"}))).start({"a": 1})
    child = next(element for element in player.state.elements.values() if element.parent and element.slot == 0)
    assert player.state.variables[child.key] == {"x": 1}
    player.complete("inside", {"b": 2, "c": 3})
    assert player.variables() == {"a": 1, "y": 2}


def handing(passed: str, call: str = "", loop: str = "") -> tuple[bytes, bytes]:
    """A call as Camunda 7 writes it, which takes back everything."""
    camunda = 'xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
    mappings = f'<camunda:in {camunda} {passed}/><camunda:out {camunda} variables="all"/>'
    inputs = f"<camunda:inputOutput {camunda}>{call}</camunda:inputOutput>" if call else ""
    many = f"<multiInstanceLoopCharacteristics {camunda} {loop}/>" if loop else ""
    drawing = Drawing()
    process = drawing.process("caller")
    process.node("startEvent", "start")
    process.node("callActivity", "call", extension(mappings + inputs) + many, calledElement="callee")
    process.node("userTask", "after")
    process.chain("start", "call", "after")
    return drawing.xml(), called()[1]


@pytest.mark.parametrize("target", ["order", "bill"])
def test_what_is_handed_to_a_called_process_comes_back_to_its_caller(target: str):
    player = Player(*handing(f'source="order" target="{target}"')).start({"order": 1})
    player.complete("inside", {target: 2})
    assert player.variables() == {"order": 1, target: 2}


def test_an_input_of_the_call_activity_itself_keeps_what_comes_back_under_its_name():
    own = '<camunda:inputParameter name="order">${5}</camunda:inputParameter>'
    player = Player(*handing('source="order" target="order"', own)).start({"order": 1})
    player.complete("inside", {"order": 2, "more": 3})
    assert player.variables() == {"order": 1, "more": 3}


def test_the_item_of_a_loop_over_called_processes_does_not_come_back():
    loop = 'isSequential="true" camunda:collection="orders" camunda:elementVariable="order"'
    player = Player(*handing('source="order" target="order"', loop=loop)).start({"orders": [1]})
    player.complete("inside", {"order": 2})
    assert player.waiting() == ["after"]
    assert player.variables() == {"orders": [1]}


def test_an_error_leaves_the_called_process_and_is_caught_at_the_call():
    player = Player(*called()).start().throw("inside", "BAD")
    assert player.waiting() == ["handler"]
    assert player.complete("handler").ended


def test_cancelling_the_root_ends_called_processes_too_and_only_the_root_can_be_cancelled():
    player = Player(*called()).start()
    child = next(element for element in player.state.elements.values() if element.parent and element.slot == 0)
    with pytest.raises(Conflict, match="cancel the root"):
        player._step(CancelInstance(child.key))
    player = Player(*called()).start().cancel()
    assert player.ended
    assert player.open == {}


def test_a_process_that_calls_itself_without_end_becomes_an_incident():
    drawing = Drawing()
    process = drawing.process("self")
    process.node("startEvent", "start")
    process.node("callActivity", "call", extension('<zeebe:calledElement processId="self"/>'))
    process.chain("start", "call")
    player = Player(drawing.xml(), limits=Limits(call_depth=5)).start()
    assert "nested 5 deep" in player.incidents()[0]
    assert player.cancel().ended


def test_an_unknown_called_process_is_an_incident():
    data, _ = called()
    assert "no process «callee» is deployed" in Player(data).start().incidents()[0]


def test_a_process_without_start_and_end_events_begins_at_what_nothing_leads_to():
    drawing = Drawing()
    process = drawing.process()
    process.node("userTask", "a")
    process.node("userTask", "b")
    process.node("userTask", "c")
    process.flow("a", "b")
    player = Player(drawing.xml()).start()
    assert player.waiting() == ["a", "c"]
    player.complete("a").complete("b").complete("c")
    assert player.ended
