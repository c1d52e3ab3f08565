"""The constructs that SpiffWorkflow 3.2.0 runs silently wrong: for each, a diagram and what is right.

``test_differential`` shows what its own runtime does with some of them.
"""

from collections import Counter

import pytest

from laneway.domain.errors import InvalidInput, NotFound
from laneway.domain.stimulus import CompleteWork, StartInstance, ThrowError, TriggerWait
from laneway.domain.transition import TimerOpened, UserTaskOpened
from tests.support.drawing import Drawing, cycle, duration, extension, job, mapping, refers
from tests.support.play import Player


def script(name: str, expression: str) -> str:
    return extension(f'<zeebe:script expression="{expression}" resultVariable="{name}"/>')


def test_a_scope_whose_last_child_ends_while_a_token_is_on_its_way_goes_on():
    """The sub-process ends in the same step as the other branch: its token must not be lost with the scope."""
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("parallelGateway", "split")
    _, inner = process.sub("sub")
    inner.chain(inner.node("startEvent", "s"), inner.node("endEvent", "e"))
    process.node("userTask", "after")
    process.chain("start", "split", "sub", "after")
    before = "split"
    for index in range(4):
        before = [process.node("task", f"t{index}"), process.flow(before, f"t{index}")][0]
    process.flow(before, process.node("endEvent", "end"))
    player = Player(drawing.xml()).start()
    assert player.waiting() == ["after"]
    assert player.complete("after").ended


def test_branches_do_not_share_the_inside_of_values():
    """Each branch changes its own part of one nested value; both changes are there after the join, and no other."""
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("parallelGateway", "split")
    process.node("parallelGateway", "join")
    process.node("userTask", "after")
    process.flow("start", "split")
    for name in ("a", "b"):
        process.node("userTask", name, extension(mapping({"mine": "=order"}, {f"order.{name}.done": "=true"})))
        process.chain("split", name, "join")
    process.flow("join", "after")
    given = {"order": {"a": {"n": 1}, "b": {"n": 2}}}
    player = Player(drawing.xml()).start(given)
    player.complete("b", {"mine": {"a": "changed"}}).complete("a")
    assert player.variables()["order"] == {"a": {"n": 1, "done": True}, "b": {"n": 2, "done": True}}
    assert given == {"order": {"a": {"n": 1}, "b": {"n": 2}}}


def test_rounds_side_by_side_keep_their_own_items_and_results():
    """The result that a round's work gives is the round's own until it is collected."""
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    loop = extension(
        '<zeebe:loopCharacteristics inputCollection="=[{&quot;n&quot;: 1}, {&quot;n&quot;: 2}]" inputElement="item" '
        'outputCollection="results" outputElement="=result.value"/>'
    )
    _, inner = process.sub("each", f"<multiInstanceLoopCharacteristics>{loop}</multiInstanceLoopCharacteristics>")
    inner.node("startEvent", "s")
    inner.node("userTask", "work")
    inner.node("userTask", "check")
    inner.chain("s", "work", "check")
    process.node("userTask", "after")
    process.chain("start", "each", "after")
    player = Player(drawing.xml()).start({"result": "outer"})
    player.complete("work", {"result": {"value": "first"}}).complete("work", {"result": {"value": "second"}})
    player.complete("check").complete("check")
    assert player.waiting() == ["after"]
    assert player.variables() == {"result": "outer", "results": ["first", "second"]}


def test_the_locals_of_rounds_do_not_leak():
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    loop = extension('<zeebe:loopCharacteristics inputCollection="=[7, 8]" inputElement="item"/>')
    process.node(
        "userTask",
        "work",
        f'<multiInstanceLoopCharacteristics isSequential="true">{loop}</multiInstanceLoopCharacteristics>',
    )
    process.node("userTask", "after")
    process.chain("start", "work", "after")
    player = Player(drawing.xml()).start()
    player.complete("work", {"item": "changed", "loopCounter": 99}).complete("work", {"new": 1})
    assert player.waiting() == ["after"]
    assert player.variables() == {"new": 1}


def test_the_number_of_active_instances_counts_those_not_begun_yet():
    """Rounds that complete at once: the first must already know of all the others."""
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    loop = extension(
        '<zeebe:loopCharacteristics inputCollection="=[1, 2, 3, 4]" inputElement="item" outputCollection="results" '
        'outputElement="=item"/>'
    )
    process.node(
        "task",
        "work",
        f"<multiInstanceLoopCharacteristics>{loop}<completionCondition>=numberOfActiveInstances &lt;= 2"
        "</completionCondition></multiInstanceLoopCharacteristics>",
    )
    process.node("userTask", "after")
    process.chain("start", "work", "after")
    player = Player(drawing.xml()).start()
    assert player.variables()["results"] == [1, 2, None, None]
    assert player.waiting() == ["after"]


@pytest.mark.parametrize("rounds", [334, 2_000])
def test_a_loop_goes_on_beyond_333_rounds(rounds):
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("exclusiveGateway", "again")
    process.node("scriptTask", "count", script("n", "=n + 1"))
    process.node("exclusiveGateway", "enough")
    process.node("endEvent", "end")
    process.chain("start", "again", "count", "enough")
    process.flow("enough", "again", f"=n < {rounds}")
    process.flow("enough", "end", default=True)
    player = Player(drawing.xml()).start({"n": 0})
    assert player.ended
    assert player.variables()["n"] == rounds


def test_no_step_is_taken_after_the_completion_condition_holds():
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    loop = extension('<zeebe:loopCharacteristics inputCollection="=[1, 2, 3]" inputElement="item"/>')
    process.node(
        "scriptTask",
        "count",
        extension('<zeebe:script expression="=n + 1" resultVariable="n"/>')
        + f"<multiInstanceLoopCharacteristics>{loop}<completionCondition>=n = 1</completionCondition>"
        "</multiInstanceLoopCharacteristics>",
    )
    process.chain("start", "count")
    player = Player(drawing.xml()).start({"n": 0})
    assert player.ended
    assert player.variables()["n"] == 1


@pytest.mark.parametrize("caught", [True, False])
def test_an_error_out_of_a_called_process_ends_the_scope_that_fails(caught):
    drawing = Drawing()
    drawing.error("e", "BAD")
    process = drawing.process("caller")
    process.node("startEvent", "start")
    _, inner = process.sub("sub")
    inner.node("startEvent", "s")
    inner.node("parallelGateway", "split")
    inner.node("callActivity", "call", extension('<zeebe:calledElement processId="callee"/>'))
    inner.node("userTask", "beside")
    inner.node("userTask", "later")
    inner.chain("s", "split", "call", "later")
    inner.flow("split", "beside")
    if caught:
        process.node("boundaryEvent", "failed", refers("error", "e"), attachedToRef="sub")
        process.node("userTask", "handler")
        process.flow("failed", "handler")
    process.node("userTask", "after")
    process.chain("start", "sub", "after")
    callee = Drawing()
    callee.error("e", "BAD")
    called = callee.process("callee")
    called.node("startEvent", "cs")
    called.node("userTask", "inside")
    called.node("endEvent", "boom", refers("error", "e"))
    called.chain("cs", "inside", "boom")
    player = Player(drawing.xml(), callee.xml())
    player.restart_each_step = True
    player.start().complete("inside")
    if caught:
        assert player.waiting() == ["handler"]
        assert player.complete("handler").ended
    else:
        assert player.waiting() == ["beside"]
        assert "«BAD» is caught nowhere" in player.incidents()[0]


def test_an_event_gateway_with_two_timers_takes_the_shorter_wherever_it_stands():
    for first, second in (("PT1H", "PT2H"), ("PT2H", "PT1H")):
        drawing = Drawing()
        process = drawing.process()
        process.node("startEvent", "start")
        process.node("eventBasedGateway", "race")
        process.flow("start", "race")
        for name, time in (("a", first), ("b", second)):
            process.node("intermediateCatchEvent", f"timer_{name}", duration(time))
            process.node("userTask", name)
            process.chain("race", f"timer_{name}", name)
        player = Player(drawing.xml()).start()
        player.wait(hours=3)
        assert player.waiting() == (["a"] if first == "PT1H" else ["b"])


@pytest.mark.parametrize("kind", ["error", "escalation"])
def test_an_error_or_escalation_event_sub_process_does_not_start_with_its_scope(kind):
    drawing = Drawing()
    getattr(drawing, kind)("x", "CODE")
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("serviceTask", "work", extension(job("work")))
    process.flow("start", "work")
    _, handler = process.sub("handler", triggeredByEvent="true")
    handler.node("startEvent", "caught", refers(kind, "x"))
    handler.node("userTask", "react")
    handler.flow("caught", "react")
    player = Player(drawing.xml()).start()
    assert player.waiting() == ["work"]
    assert player.throw("work", "CODE", escalation=kind == "escalation").waiting() == ["react"]


def test_a_signal_end_event_throws_its_signal():
    drawing = Drawing()
    drawing.signal("s", "done")
    process = drawing.process()
    process.chain(process.node("startEvent", "start"), process.node("endEvent", "end", refers("signal", "s")))
    player = Player(drawing.xml()).start()
    assert player.ended
    assert [sent.name for sent in player.sent] == ["done"]


def test_an_interrupting_cycle_ends_its_host_and_fires_once():
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("userTask", "host")
    process.node("boundaryEvent", "often", cycle("R3/PT1M"), attachedToRef="host")
    process.node("userTask", "handler")
    process.flow("start", "host")
    process.flow("often", "handler")
    player = Player(drawing.xml()).start()
    player.wait(hours=1)
    assert player.waiting() == ["handler"]


def test_sequence_flows_without_an_id_are_followed():
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "begin")
    process.node("userTask", "work")
    process.node("userTask", "after")
    process.chain("begin", "work", "after")
    import re

    data = re.sub(rb'<sequenceFlow id="[^"]*"', b"<sequenceFlow", drawing.xml())
    assert Player(data).start().complete("work").complete("after").ended


def test_node_ids_start_and_end_are_ordinary():
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "Start")
    process.node("userTask", "Root")
    process.node("endEvent", "End")
    process.chain("Start", "Root", "End")
    player = Player(drawing.xml()).start().complete("Root")
    assert player.ended
    assert player.completed == ["Start", "Root", "End", "process"]


def test_a_process_without_an_end_event_completes():
    drawing = Drawing()
    process = drawing.process()
    process.chain(process.node("startEvent", "start"), process.node("userTask", "work"))
    assert Player(drawing.xml()).start().complete("work").ended


def test_input_mappings_of_a_task_hide_nothing_from_what_follows():
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("userTask", "work", extension(mapping({"x": "=a"}, {"y": "=x"})))
    process.node("userTask", "after")
    process.chain("start", "work", "after")
    player = Player(drawing.xml()).start({"a": 1, "b": 2}).complete("work")
    assert player.variables() == {"a": 1, "b": 2, "y": 1}


def test_results_side_by_side_keep_the_order_of_the_items():
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    loop = extension(
        '<zeebe:loopCharacteristics inputCollection="=[1, null, 3]" inputElement="item" outputCollection="results" '
        'outputElement="=[item, said]"/>'
    )
    process.node("userTask", "work", f"<multiInstanceLoopCharacteristics>{loop}</multiInstanceLoopCharacteristics>")
    process.node("userTask", "after")
    process.chain("start", "work", "after")
    player = Player(drawing.xml())
    player.restart_each_step = True
    player.start()
    for number, item in enumerate(reversed([it for it in player.open.values() if isinstance(it, UserTaskOpened)])):
        player._step(CompleteWork(item.element_instance_key, item.key, {"said": number}))
    assert player.variables()["results"] == [[1, 2], [None, 1], [3, 0]]


def test_several_boundary_events_of_one_host():
    """Two that do not interrupt and one that does: afterwards nothing of the host is left."""
    drawing = Drawing()
    drawing.signal("s", "look")
    process = drawing.process()
    process.node("startEvent", "start")
    _, inner = process.sub("host")
    inner.chain(inner.node("startEvent", "s1"), inner.node("userTask", "inside"))
    process.flow("start", "host")
    for name, definition, interrupting in (
        ("soon", cycle("R/PT10M"), "false"),
        ("told", refers("signal", "s"), "false"),
        ("late", duration("PT35M"), "true"),
    ):
        process.node("boundaryEvent", name, definition, attachedToRef="host", cancelActivity=interrupting)
        process.node("userTask", f"{name}_handler")
        process.flow(name, f"{name}_handler")
    player = Player(drawing.xml())
    player.restart_each_step = True
    player.start().signal("look")
    player.wait(hours=2)
    assert Counter(player.waiting()) == {"soon_handler": 3, "told_handler": 1, "late_handler": 1}
    assert all(not isinstance(item, TimerOpened) for item in player.open.values())


def test_a_boundary_event_on_a_call_activity_ends_the_called_process():
    drawing = Drawing()
    process = drawing.process("caller")
    process.node("startEvent", "start")
    process.node("callActivity", "call", extension('<zeebe:calledElement processId="callee"/>'))
    process.node("boundaryEvent", "late", duration("PT1H"), attachedToRef="call")
    process.node("userTask", "handler")
    process.flow("start", "call")
    process.flow("late", "handler")
    callee = Drawing()
    called = callee.process("callee")
    called.chain(called.node("startEvent", "cs"), called.node("userTask", "inside"))
    player = Player(drawing.xml(), callee.xml())
    player.restart_each_step = True
    player.start().wait(hours=1)
    assert player.waiting() == ["handler"]
    assert player.complete("handler").ended


def test_calling_a_process_that_starts_only_by_an_event_is_an_incident():
    drawing = Drawing()
    process = drawing.process("caller")
    process.node("startEvent", "start")
    process.node("callActivity", "call", extension('<zeebe:calledElement processId="callee"/>'))
    process.chain("start", "call")
    callee = Drawing()
    callee.message("m", "order")
    called = callee.process("callee")
    called.chain(called.node("startEvent", "cs", refers("message", "m")), called.node("userTask", "inside"))
    player = Player(drawing.xml(), callee.xml()).start()
    assert "starts only by an event" in player.incidents()[0]


def test_an_instance_starts_only_where_a_start_is_drawn():
    drawing = Drawing()
    process = drawing.process()
    process.chain(process.node("startEvent", "start"), process.node("userTask", "work"))
    with pytest.raises(InvalidInput):
        Player(drawing.xml()).start({}, "work")


def test_a_stimulus_of_the_wrong_kind_finds_nothing():
    """A timer cannot be completed like a job, a job cannot be triggered, a called process is no work."""
    drawing = Drawing()
    process = drawing.process("caller")
    process.node("startEvent", "start")
    process.node("parallelGateway", "split")
    process.node("userTask", "host")
    process.node("boundaryEvent", "late", duration("PT1H"), attachedToRef="host")
    process.node("callActivity", "call", extension('<zeebe:calledElement processId="callee"/>'))
    process.chain("start", "split", "host")
    process.flow("split", "call")
    process.node("userTask", "handler")
    process.flow("late", "handler")
    callee = Drawing()
    called = callee.process("callee")
    called.chain(called.node("startEvent", "cs"), called.node("userTask", "inside"))
    player = Player(drawing.xml(), callee.xml()).start()
    for element in list(player.state.elements.values()):
        for wait in list(element.waits.values()):
            wrong = [TriggerWait(element.key, wait.key)] if wait.kind in ("user_task", "call") else []
            if wait.kind != "user_task":
                wrong += [CompleteWork(element.key, wait.key), ThrowError(element.key, wait.key, "E")]
            for stimulus in wrong:
                with pytest.raises(NotFound):
                    player._step(stimulus)


def test_names_of_the_engine_itself_cannot_be_given():
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    loop = extension('<zeebe:loopCharacteristics inputCollection="=[1, 2]" inputElement="item"/>')
    process.node(
        "userTask",
        "work",
        f'<multiInstanceLoopCharacteristics isSequential="true">{loop}</multiInstanceLoopCharacteristics>',
    )
    process.chain("start", "work")
    player = Player(drawing.xml())
    player._step(StartInstance(1, {"\x01items": 1}))
    player.complete("work", {"\x01items": []}).complete("work")
    assert player.ended
    assert player.variables() == {}


def test_a_value_nested_ever_deeper_becomes_an_incident():
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("exclusiveGateway", "again")
    process.node("scriptTask", "wrap", script("x", "=[x]"))
    process.chain("start", "again", "wrap", "again")
    player = Player(drawing.xml()).start({"x": 1})
    assert "nested deeper" in player.incidents()[0]


@pytest.mark.parametrize("count", ["²", "9" * 5_000, "-1", "1.5", {"a": 1}, [3], True, None])
def test_a_cardinality_that_is_no_number_is_an_incident(count):
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node(
        "userTask",
        "work",
        "<multiInstanceLoopCharacteristics><loopCardinality>=n</loopCardinality></multiInstanceLoopCharacteristics>",
    )
    process.chain("start", "work")
    assert len(Player(drawing.xml()).start({"n": count}).incidents()) == 1


@pytest.mark.parametrize(("key", "text"), [(42, "42"), (10**200 + 7, str(10**200 + 7)), ("A", "A")])
def test_a_correlation_key_is_taken_whole(key, text):
    drawing = Drawing()
    drawing.message("m", "paid", "=order")
    process = drawing.process()
    process.chain(process.node("startEvent", "start"), process.node("receiveTask", "wait", messageRef="m"))
    assert Player(drawing.xml()).start({"order": key}).message("paid", text).ended
