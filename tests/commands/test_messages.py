"""Messages: to who waits, to what they start, kept for who is still to come. Source: Camunda 8, "Message correlation"."""

import threading
from datetime import timedelta

import pytest

from laneway.bootstrap import build
from laneway.domain.errors import Conflict, InvalidInput, NotFound
from laneway.domain.work import Message
from laneway.settings import Settings
from tests.commands.drawings import catch_message, start_by
from tests.commands.test_concurrency import at_once
from tests.support.drawing import Drawing, extension, job, mapping, refers
from tests.support.world import World


def started_by_message(id: str = "process") -> Drawing:
    drawing = start_by(refers("message", "Message_1"), id)
    drawing.message("Message_1", "order placed")
    return drawing


def test_a_message_reaches_the_instance_that_waits_with_its_key(stored: World) -> None:
    # Given two instances that wait with different keys
    stored.deploy(catch_message())
    one, two = stored.start(variables={"order": 1}), stored.start(variables={"order": 2})
    # When a message for one of them is published
    stored.engine.publish_message("answer", "2", variables={"said": "yes"})
    # Then only that one goes on
    assert (stored.state(one), stored.state(two)) == ("ACTIVE", "COMPLETED")
    assert stored.variables(two) == {"order": 2, "said": "yes"}


def test_a_message_published_before_its_subscription_waits_for_it(stored: World) -> None:
    # Given a message with a time to live that nobody waits for yet
    stored.deploy(catch_message())
    stored.engine.publish_message("answer", "1", variables={"said": "early"}, time_to_live_ms=60_000)
    # When an instance begins to wait for it
    key = stored.start(variables={"order": 1})
    # Then it goes on at once
    assert stored.state(key) == "COMPLETED"
    assert stored.variables(key)["said"] == "early"


def test_a_message_past_its_time_to_live_is_gone(stored: World) -> None:
    # Given a message whose time is over, swept away or not yet; when an instance waits for it; then it goes on waiting.
    stored.deploy(catch_message())
    stored.engine.publish_message("answer", "1", time_to_live_ms=1000)
    stored.pass_time(seconds=2)
    before_sweep = stored.start(variables={"order": 1})
    stored.settle()
    after_sweep = stored.start(variables={"order": 1})
    assert (stored.state(before_sweep), stored.state(after_sweep)) == ("ACTIVE", "ACTIVE")


def test_a_message_without_time_to_live_is_not_kept(world: World) -> None:
    # Given a message for nobody; when an instance begins to wait for it; then it does not get it.
    world.deploy(catch_message())
    world.engine.publish_message("answer", "1")
    assert world.state(world.start(variables={"order": 1})) == "ACTIVE"


def test_buffered_messages_are_taken_in_the_order_of_their_publication(stored: World) -> None:
    # Given two kept messages; when two instances wait for them; then each gets one, in order.
    stored.deploy(catch_message())
    for number in (1, 2):
        stored.engine.publish_message("answer", "1", variables={"number": number}, time_to_live_ms=60_000)
    first = stored.start(variables={"order": 1})
    second = stored.start(variables={"order": 1})
    assert [stored.variables(key)["number"] for key in (first, second)] == [1, 2]


def test_a_message_goes_to_a_process_once(stored: World) -> None:
    # Given two instances of one process and one of another that wait with the same key
    stored.deploy(catch_message())
    stored.deploy(catch_message(id="other"))
    first, second = stored.start(variables={"order": 1}), stored.start(variables={"order": 1})
    other = stored.start("other", {"order": 1})
    # When a message is published
    stored.engine.publish_message("answer", "1")
    # Then one instance of each process gets it: the one that waited first
    assert [stored.state(key) for key in (first, second, other)] == ["COMPLETED", "ACTIVE", "COMPLETED"]


def test_a_message_id_is_taken_while_its_message_is_kept(stored: World) -> None:
    # Given a kept message with an id
    stored.engine.publish_message("answer", "1", message_id="A", time_to_live_ms=1000)
    # When it is published again, and once more when the first is gone
    with pytest.raises(Conflict) as refused:
        stored.engine.publish_message("answer", "1", message_id="A", time_to_live_ms=1000)
    stored.pass_time(seconds=2)
    stored.engine.publish_message("answer", "1", message_id="A", time_to_live_ms=1000)
    # Then only the one in between is refused
    assert refused.value.code == "already_exists"


def test_a_message_starts_a_process(stored: World) -> None:
    # Given a process with a message start event; when the message comes; then an instance runs with its variables.
    stored.deploy(started_by_message())
    stored.engine.publish_message("order placed", variables={"order": 5})
    assert stored.one_job("work").variables == {"order": 5}


def test_only_the_latest_version_is_started(world: World) -> None:
    # Given two versions; when the message comes; then one instance of the second starts.
    world.deploy(started_by_message())
    second = started_by_message()
    second.processes[0][1].node("task", "note")
    world.deploy(second)
    world.engine.publish_message("order placed")
    assert [each.job.process_version for each in world.activate("work")] == [2]


def test_with_a_correlation_key_one_instance_is_active_at_a_time(stored: World) -> None:
    # Given an instance started by a message with a key
    stored.deploy(started_by_message())
    stored.engine.publish_message("order placed", "A", variables={"n": 1}, time_to_live_ms=60_000)
    # When another message of the same key comes, and one of another key
    stored.engine.publish_message("order placed", "A", variables={"n": 2}, time_to_live_ms=60_000)
    stored.engine.publish_message("order placed", "B", variables={"n": 3}, time_to_live_ms=60_000)
    running = stored.activate("work")
    # Then the second waits until the first instance has ended
    assert [each.variables["n"] for each in running] == [1, 3]
    stored.engine.complete_job(running[0].job.key)
    assert [each.variables["n"] for each in stored.activate("work")] == [2]


def two_message_starts() -> Drawing:
    drawing = Drawing()
    drawing.message("Message_1", "order placed")
    drawing.message("Message_2", "order phoned")
    process = drawing.process()
    work = process.node("serviceTask", "work", extension(job("work")))
    process.chain(process.node("startEvent", "placed", refers("message", "Message_1")), work)
    process.chain(process.node("startEvent", "phoned", refers("message", "Message_2")), work)
    process.chain(work, process.node("endEvent", "end"))
    return drawing


def test_a_correlation_key_is_one_across_the_names_of_messages(stored: World) -> None:
    # Given an instance that a message with a key started
    stored.deploy(two_message_starts())
    stored.engine.publish_message("order placed", "A", variables={"n": 1})
    # When another message of the process comes with the same key
    stored.engine.publish_message("order phoned", "A", variables={"n": 2}, time_to_live_ms=60_000)
    running = stored.activate("work")
    assert [each.variables["n"] for each in running] == [1]
    # Then it starts one when the first has ended, however that came about
    stored.engine.cancel_instance(running[0].job.process_instance_key)
    assert [each.variables["n"] for each in stored.activate("work")] == [2]


@pytest.mark.parametrize("names", [["order placed"] * 2, ["order placed", "order phoned"]])
def test_messages_of_one_key_that_come_at_once_start_one_instance(stored: World, names: list[str]) -> None:
    # Given two nodes on one database
    stored.deploy(two_message_starts())
    url = stored.laneway.settings.database_url
    with build(Settings(database_url=url), clock=stored.clock) as other:
        for number in range(4):
            # When messages with the same correlation key are published on both at the same moment
            publish = [
                lambda engine=engine, name=name, key=str(number): engine.publish_message(
                    name, key, time_to_live_ms=60_000
                )
                for engine, name in zip((stored.engine, other.engine), names, strict=True)
            ]
            assert at_once(*publish) == []
    # Then each key has started one instance
    assert len(stored.rows("process-instances", state="ACTIVE")) == 4
    # And the messages that were second start theirs when those have ended
    for each in stored.activate("work"):
        stored.engine.complete_job(each.job.key)
    assert len(stored.rows("process-instances", state="ACTIVE")) == 4
    assert len(stored.rows("process-instances")) == 8


def test_without_a_correlation_key_every_message_starts_an_instance(world: World) -> None:
    # Given a message start event; when two messages without a key come; then two instances run.
    world.deploy(started_by_message())
    world.engine.publish_message("order placed")
    world.engine.publish_message("order placed")
    assert len(world.activate("work")) == 2


def test_a_non_interrupting_boundary_event_takes_every_message(stored: World) -> None:
    # Given a task with a non-interrupting message boundary event
    drawing = Drawing()
    drawing.message("Message_1", "ping", "=order")
    process = drawing.process()
    process.chain(
        process.node("startEvent"),
        process.node("serviceTask", "task", extension(job("work"))),
        process.node("endEvent"),
    )
    process.node(
        "boundaryEvent", "pinged", refers("message", "Message_1"), attachedToRef="task", cancelActivity="false"
    )
    process.chain("pinged", process.node("endEvent", "noted"))
    stored.deploy(drawing)
    # When messages come before and after it waits
    stored.engine.publish_message("ping", "1", time_to_live_ms=60_000)
    key = stored.start(variables={"order": 1})
    stored.engine.publish_message("ping", "1")
    # Then each is taken, and the task goes on
    noted = stored.rows("element-instances", processInstanceKey=key, elementId="noted")
    assert (len(noted), stored.active(key)) == (2, ["task"])


def test_correlating_gives_the_instance_or_is_refused(stored: World) -> None:
    # Given an instance that waits; when messages for it and for nobody are correlated; then the answer tells them apart.
    stored.deploy(catch_message())
    key = stored.start(variables={"order": 1})
    assert stored.engine.correlate_message("answer", "1").process_instance_key == key
    with pytest.raises(NotFound) as refused:
        stored.engine.correlate_message("answer", "1")
    assert refused.value.code == "message_not_correlated"


def test_a_message_of_another_tenant_reaches_nobody(world: World) -> None:
    # Given an instance that waits; when another tenant publishes its message; then it goes on waiting.
    world.deploy(catch_message())
    key = world.start(variables={"order": 1})
    world.engine.publish_message("answer", "1", tenant_id="other")
    assert world.state(key) == "ACTIVE"


@pytest.mark.parametrize(("name", "ttl", "code"), [("", 0, "message_name_missing"), ("a", -1, "time_to_live_invalid")])
def test_a_message_that_makes_no_sense_is_refused(world: World, name: str, ttl: int, code: str) -> None:
    # Given nothing; when such a message is published; then the code says what is wrong.
    with pytest.raises(InvalidInput) as refused:
        world.engine.publish_message(name, time_to_live_ms=ttl)
    assert refused.value.code == code


def thrower_and_catcher() -> Drawing:
    drawing = Drawing()
    drawing.message("Message_1", "parcel", "=order")
    sender = drawing.process("sender")
    thrown = extension(mapping({"weight": "=weight"})) + refers("message", "Message_1")
    sender.chain(
        sender.node("startEvent"), sender.node("intermediateThrowEvent", "throw", thrown), sender.node("endEvent")
    )
    receiver = drawing.process("receiver")
    receiver.chain(
        receiver.node("startEvent"),
        receiver.node("intermediateCatchEvent", "catch", refers("message", "Message_1")),
        receiver.node("endEvent"),
    )
    return drawing


@pytest.mark.parametrize("receiver_first", [True, False])
def test_a_thrown_message_reaches_its_receiver_whoever_is_first(stored: World, receiver_first: bool) -> None:
    # Given a process that throws a message and one that waits for it; when they run in either order; then it arrives.
    stored.deploy(thrower_and_catcher())
    given = {"order": 1, "weight": 3}
    if receiver_first:
        receiver = stored.start("receiver", {"order": 1})
        stored.start("sender", given)
    else:
        stored.start("sender", given)
        receiver = stored.start("receiver", {"order": 1})
    assert stored.state(receiver) == "COMPLETED"
    assert stored.variables(receiver)["weight"] == 3
    with stored.laneway.store.begin() as uow:
        assert list(uow.outbox(10)) == []


def test_publishing_and_subscribing_at_the_same_time_lose_nothing(stored: World) -> None:
    # Given messages with a time to live and instances that begin to wait for them
    stored.deploy(catch_message())
    started: list[int] = []
    count = 12

    def publish() -> None:
        for number in range(count):
            stored.engine.publish_message("answer", str(number), time_to_live_ms=600_000)

    def begin() -> None:
        for number in range(count):
            started.append(stored.start(variables={"order": number}))

    # When both happen at once
    threads = [threading.Thread(target=publish), threading.Thread(target=begin)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Then every instance got its message
    assert {stored.state(key) for key in started} == {"COMPLETED"}


def test_a_subscription_that_opens_while_a_message_is_being_published_gets_it(stored: World) -> None:
    # Given a publication that has looked for subscriptions, found none, and is not committed yet
    stored.deploy(catch_message())
    looked, started = threading.Event(), []

    def begin_to_wait() -> None:
        looked.wait(10)
        started.append(stored.start(variables={"order": 1}))

    waiter = threading.Thread(target=begin_to_wait)
    waiter.start()
    with stored.laneway.store.begin() as uow:
        assert list(uow.message_subscriptions("answer", "1", "<default>")) == []
        looked.set()
        # When an instance begins to wait at this moment
        waiter.join(0.3)
        expires_at = uow.now + timedelta(minutes=1)
        uow.buffer_message(Message(uow.ids.next(), "answer", "1", {"said": "yes"}, expires_at))
    waiter.join(10)
    # Then it gets the message
    assert stored.state(started[0]) == "COMPLETED"
