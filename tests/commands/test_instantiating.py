"""What begins an instance by itself: receive tasks, event-based gateways, multiple and conditional start events."""

from __future__ import annotations

import pytest

from laneway.domain.errors import InvalidInput, NotFound
from tests.support.drawing import Drawing, cycle, refers, when
from tests.support.world import World


def drawn() -> Drawing:
    drawing = Drawing()
    drawing.message("m_order", "order", "=id")
    drawing.message("m_payment", "payment", "=id")
    drawing.signal("s_one", "one")
    drawing.signal("s_two", "two")
    return drawing


def gateway(kind: str) -> Drawing:
    """gateway → order → pack, and gateway → payment → book"""
    drawing = drawn()
    process = drawing.process()
    process.node("eventBasedGateway", "gateway", instantiate="true", eventGatewayType=kind)
    process.node("intermediateCatchEvent", "order", refers("message", "m_order"))
    process.node("receiveTask", "payment", messageRef="m_payment")
    process.node("userTask", "pack")
    process.node("userTask", "book")
    process.chain("gateway", "order", "pack")
    process.chain("gateway", "payment", "book")
    return drawing


def multiple(definitions: str, **attributes: str) -> Drawing:
    drawing = drawn()
    process = drawing.process()
    process.node("startEvent", "begin", definitions, **attributes)
    process.node("userTask", "work")
    process.chain("begin", "work")
    return drawing


def instances(world: World) -> list[int]:
    return [int(row["processInstanceKey"]) for row in world.rows("process-instances", state="ACTIVE")]


def send(world: World, name: str, id: str, **variables: object) -> None:
    world.engine.publish_message(name, id, variables={"id": id, **variables})


def test_a_message_begins_an_instance_at_a_receive_task(world: World) -> None:
    # Given a process that begins with a receive task; when its message comes; then the work behind it is open.
    drawing = drawn()
    process = drawing.process()
    process.node("receiveTask", "receive", messageRef="m_order", instantiate="true")
    process.node("userTask", "work")
    process.chain("receive", "work")
    world.deploy(drawing)

    send(world, "order", "1", amount=7)

    (key,) = instances(world)
    assert world.active(key) == ["work"]
    assert world.variables(key) == {"id": "1", "amount": 7}
    with pytest.raises(InvalidInput, match="starts only by an event"):
        world.start()


def test_the_first_event_behind_an_exclusive_gateway_begins_an_instance(world: World) -> None:
    # Given an instantiating gateway; when either message comes; then one instance begins, and waits for no other.
    world.deploy(gateway("Exclusive"))

    send(world, "payment", "1")
    (first,) = instances(world)
    assert world.active(first) == ["book"]

    send(world, "order", "2")
    assert len(instances(world)) == 2


def test_a_parallel_gateway_waits_for_the_rest_of_the_same_key(world: World) -> None:
    # Given a gateway that needs both; when one comes; then its path goes on, and the instance waits for the other.
    world.deploy(gateway("Parallel"))
    send(world, "order", "1", what="book")
    (first,) = instances(world)
    assert sorted(world.active(first)) == ["gateway", "pack"]

    # When the other comes with another key; then that begins an instance of its own.
    send(world, "payment", "2")
    assert len(instances(world)) == 2

    # When it comes with the key; then the gateway is done.
    send(world, "payment", "1", amount=7)
    assert len(instances(world)) == 2
    assert sorted(world.active(first)) == ["book", "pack"]
    assert world.variables(first) == {"id": "1", "what": "book", "amount": 7}


def test_a_parallel_gateway_keeps_its_instance_alive(world: World) -> None:
    # Given one of two events; when the work behind it is done; then the instance waits for the other event.
    world.deploy(gateway("Parallel"))
    send(world, "order", "1")
    (key,) = instances(world)
    (task,) = world.rows("user-tasks", state="CREATED")
    world.engine.complete_user_task(int(task["userTaskKey"]), {})
    assert world.active(key) == ["gateway"]

    send(world, "payment", "1")
    (task,) = world.rows("user-tasks", state="CREATED")
    world.engine.complete_user_task(int(task["userTaskKey"]), {})
    assert world.state(key) == "COMPLETED"


def test_each_trigger_of_a_multiple_start_event_begins_an_instance(world: World) -> None:
    world.deploy(multiple(refers("signal", "s_one") + refers("message", "m_order") + cycle("R1/PT1H")))

    world.engine.broadcast_signal("one")
    send(world, "order", "1")
    world.pass_time(hours=1)
    world.settle()

    assert [world.active(key) for key in instances(world)] == [["work"]] * 3


def test_a_parallel_multiple_start_event_waits_for_the_rest_where_it_began(world: World) -> None:
    world.deploy(multiple(refers("message", "m_order") + refers("message", "m_payment"), parallelMultiple="true"))
    send(world, "order", "1", what="book")
    (first,) = instances(world)
    assert world.active(first) == ["begin"]

    send(world, "payment", "2")
    send(world, "payment", "1", amount=7)

    assert len(instances(world)) == 2
    assert world.active(first) == ["work"]
    assert world.variables(first) == {"id": "1", "what": "book", "amount": 7}


def test_a_signal_that_an_instance_waited_for_begins_no_other(world: World) -> None:
    world.deploy(multiple(refers("signal", "s_one") + refers("signal", "s_two"), parallelMultiple="true"))

    world.engine.broadcast_signal("one")
    world.engine.broadcast_signal("two")
    assert [world.active(key) for key in instances(world)] == [["work"]]

    world.engine.broadcast_signal("two")
    assert sorted(world.active(key) for key in instances(world)) == [["begin"], ["work"]]


def test_a_multiple_start_event_may_be_named_by_a_command(world: World) -> None:
    world.deploy(multiple(refers("signal", "s_one") + refers("signal", "s_two"), parallelMultiple="true"))
    started = world.engine.start_instance(process_id="process", start_element_id="begin")
    assert world.active(started.key) == ["work"]


# Conditional start events


def test_conditions_are_looked_at_by_a_command(stored: World) -> None:
    # Given two processes that start by a condition; when variables make one true; then that one starts with them.
    drawing = drawn()
    for name, condition in (("hot", "=temperature > 30"), ("cold", "=temperature < 5")):
        process = drawing.process(name)
        process.node("startEvent", f"{name}_start", when(condition))
        process.node("userTask", f"{name}_work")
        process.chain(f"{name}_start", f"{name}_work")
    stored.deploy(drawing)

    done = stored.engine.evaluate_conditionals({"temperature": 31})

    ((definition, instance),) = done.started
    assert stored.active(instance) == ["hot_work"]
    assert stored.variables(instance) == {"temperature": 31}
    assert stored.engine.evaluate_conditionals({}).started == ()
    assert stored.engine.evaluate_conditionals({"temperature": 31}, definition_key=definition).started != ()
    with pytest.raises(NotFound):
        stored.engine.evaluate_conditionals({}, definition_key=1)


def test_only_the_latest_version_starts_unless_another_is_named(world: World) -> None:
    old = world.deploy(multiple(when("=x = 1"))).processes[0].key
    new = world.deploy(multiple(when("=x = 1 or x = 2"))).processes[0].key

    assert [definition for definition, _ in world.engine.evaluate_conditionals({"x": 1}).started] == [new]
    assert [key for key, _ in world.engine.evaluate_conditionals({"x": 1}, definition_key=old).started] == [old]


def test_a_condition_that_gives_no_truth_starts_nothing_and_is_named(world: World) -> None:
    world.deploy(multiple(when("=x")))
    assert world.engine.evaluate_conditionals({"x": "yes"}).started == ()
    (entry,) = [row for row in world.audits() if row["details"].get("command") == "EvaluateConditionals"]
    assert entry["details"]["failed"] == ["begin"]


def test_a_condition_may_be_one_of_several_triggers(world: World) -> None:
    world.deploy(multiple(when("=x > 5") + refers("signal", "s_one"), parallelMultiple="true"))
    ((_, key),) = world.engine.evaluate_conditionals({"x": 6}).started
    assert world.active(key) == ["begin"]
    world.engine.broadcast_signal("one")
    assert world.active(key) == ["work"]


def test_a_conditional_start_is_asked_for_once(world: World) -> None:
    world.deploy(multiple(when("=x > 5")))
    first = world.engine.evaluate_conditionals({"x": 6}, idempotency_key="k")
    assert world.engine.evaluate_conditionals({"x": 6}, idempotency_key="k") == first
    assert len(instances(world)) == 1
