"""Timers, subscriptions and buffered messages: found while they wait, gone afterwards."""

import threading
from datetime import timedelta

import pytest

from laneway.domain.definition import StartTrigger
from laneway.domain.errors import StaleState
from laneway.domain.transition import MessageSubscriptionOpened, SignalSubscriptionOpened, TimerOpened
from laneway.domain.types import DEFAULT_TENANT, ElementType
from laneway.domain.work import Message, MessageSubscription
from laneway.ports import SearchQuery
from laneway.store import SqlStore
from tests.store.build import NOON, Clock, Step, deploy, start


def test_timers_come_due_in_order(store: SqlStore, clock: Clock) -> None:
    definition = deploy(store)
    with store.begin() as uow:
        step = Step(uow, definition.key)
        element = step.element(4, ElementType.INTERMEDIATE_CATCH_EVENT)
        keys = []
        for minutes in (3, 1, 2):
            keys.append(uow.ids.next())
            due = NOON + timedelta(minutes=minutes)
            step.open(TimerOpened(keys[-1], element.key, step.root, definition.key, "wait", due, -1, "R/PT1M"))
        gone = uow.ids.next()
        step.open(TimerOpened(gone, element.key, step.root, definition.key, "wait", NOON, 0, None))
        step.close("timer", gone, "canceled")
        step.apply()

    with store.begin() as uow:
        assert uow.due_timers(10) == []
        assert uow.next_timer_due() == NOON + timedelta(minutes=1)
    clock.advance(minutes=2)
    with store.begin() as uow:
        due_now = uow.due_timers(10)
        assert [one.key for one in due_now] == [keys[1], keys[2]]
        assert [one.key for one in uow.due_timers(1)] == [keys[1]]
        first = due_now[0]
        assert (first.root_key, first.element_instance_key, first.element_id) == (step.root, element.key, "wait")
        assert (first.repetitions, first.cycle, first.start_trigger_key) == (-1, "R/PT1M", None)
        assert uow.timer(first.key) == first
        uow.update_timer(first.key, NOON + timedelta(minutes=9), 4)
        uow.delete_timer(keys[2])
    with store.begin() as uow:
        assert uow.due_timers(10) == []
        moved = uow.timer(first.key)
        assert moved is not None
        assert (moved.due, moved.repetitions) == (NOON + timedelta(minutes=9), 4)
        assert uow.timer(keys[2]) is None

        step = Step(uow, definition.key, uow.load(step.root))
        step.close("timer", keys[0])
        step.close("timer", first.key, "canceled")
        step.apply()
        assert uow.next_timer_due() is None


def test_message_subscriptions(store: SqlStore) -> None:
    definition = deploy(store)
    with store.begin() as uow:
        step = Step(uow, definition.key)
        element = step.element(4, ElementType.INTERMEDIATE_CATCH_EVENT)
        taken, canceled = uow.ids.next(), uow.ids.next()
        for key in (taken, canceled):
            step.open(
                MessageSubscriptionOpened(key, element.key, step.root, definition.key, "wait", "paid", "o-1", True)
            )
        step.apply()

    with store.read() as uow:
        first, second = uow.message_subscriptions("paid", "o-1", DEFAULT_TENANT)
        assert (first.key, second.key) == (taken, canceled)
        assert (first.root_key, first.process_id, first.element_id) == (step.root, "order", "wait")
        assert uow.message_subscriptions("paid", "o-2", DEFAULT_TENANT) == []
        assert uow.message_subscriptions("paid", "o-1", "other") == []

    with store.begin() as uow:
        step = Step(uow, definition.key, uow.load(step.root))
        step.close("message", taken)
        step.close("message", canceled, "canceled")
        step.apply()
    with store.read() as uow:
        assert uow.message_subscriptions("paid", "o-1", DEFAULT_TENANT) == []
    states = {
        row["messageSubscriptionKey"]: row["messageSubscriptionState"]
        for row in store.search(SearchQuery("message-subscriptions")).items
    }
    assert states == {taken: "CORRELATED", canceled: "DELETED"}


def test_signal_subscriptions(store: SqlStore) -> None:
    definition = deploy(store)
    with store.begin() as uow:
        step = Step(uow, definition.key)
        element = step.element(4, ElementType.INTERMEDIATE_CATCH_EVENT)
        key = uow.ids.next()
        step.open(SignalSubscriptionOpened(key, element.key, step.root, definition.key, "wait", "storm"))
        step.apply()
        (found,) = uow.signal_subscriptions("storm", DEFAULT_TENANT)
        assert (found.key, found.root_key, found.element_instance_key) == (key, step.root, element.key)

        Step(uow, definition.key, step.state).apply()
        following = Step(uow, definition.key, step.state)
        following.close("signal", key)
        following.apply()
        assert uow.signal_subscriptions("storm", DEFAULT_TENANT) == []


def _message(key: int, **changes: object) -> Message:
    values = {
        "name": "paid",
        "correlation_key": "o-1",
        "variables": {"a": 1},
        "expires_at": NOON + timedelta(minutes=1),
    }
    return Message(key=key, **{**values, **changes})  # type: ignore[arg-type]


def test_a_message_waits_until_it_expires(store: SqlStore, clock: Clock) -> None:
    with store.begin() as uow:
        assert uow.buffer_message(_message(1))
        assert uow.buffer_message(_message(2))
        assert uow.buffer_message(_message(3, tenant_id="other"))
        assert uow.buffered_messages("paid", "o-1", DEFAULT_TENANT) == [_message(1), _message(2)]
        uow.delete_message(2)
        assert uow.expire_messages(10) == 0
    clock.advance(minutes=1)
    with store.begin() as uow:
        assert uow.buffered_messages("paid", "o-1", DEFAULT_TENANT) == []
        assert uow.expire_messages(1) == 1
        assert uow.expire_messages(10) == 1


def test_a_message_id_is_taken_once_as_long_as_its_message_lives(store: SqlStore, clock: Clock) -> None:
    with store.begin() as uow:
        assert uow.buffer_message(_message(1, message_id="m"))
        assert not uow.buffer_message(_message(2, message_id="m"))
        assert uow.buffer_message(_message(3, message_id="m", correlation_key="o-2"))
        assert uow.buffer_message(_message(4, message_id="m", tenant_id="other"))
    clock.advance(minutes=1)
    with store.begin() as uow:
        assert uow.buffer_message(_message(5, message_id="m", expires_at=clock.now + timedelta(minutes=1)))


def test_a_message_goes_to_each_process_once(store: SqlStore, clock: Clock) -> None:
    taken = MessageSubscription(7, 70, 71, 72, "order", 73, "wait", "paid", "o-1")
    with store.begin() as uow:
        uow.buffer_message(_message(1))
        uow.record_correlation(1, "order", taken)
        uow.record_correlation(1, "order")
        uow.record_correlation(1, "other")
    with store.read() as uow:
        assert uow.message_correlated(1, "order")
        assert uow.message_correlated(1, "other")
        assert not uow.message_correlated(2, "order")
    (row,) = store.search(SearchQuery("correlated-message-subscriptions")).items
    assert (row["messageKey"], row["subscriptionKey"], row["processInstanceKey"]) == (1, 7, 71)
    assert (row["correlationTime"], row["messageName"], row["correlationKey"]) == (clock.now, "paid", "o-1")


def test_a_message_start_holds_its_key_until_its_instance_has_ended(store: SqlStore) -> None:
    definition = deploy(store)
    root = start(store, definition)
    with store.begin() as uow:
        assert uow.started_by_message("order", "o-1", DEFAULT_TENANT) is None
        uow.record_message_start("order", "o-1", DEFAULT_TENANT, root)
        assert uow.started_by_message("order", "o-1", DEFAULT_TENANT) == root
        assert uow.started_by_message("order", "o-2", DEFAULT_TENANT) is None
        assert uow.started_by_message("other", "o-1", DEFAULT_TENANT) is None
        assert uow.started_by_message("order", "o-1", "other") is None
    with store.begin() as uow:
        state = uow.load(root)
        assert state is not None
        step = Step(uow, definition.key, state)
        step.end(state.elements[root])
        step.apply()
        assert uow.started_by_message("order", "o-1", DEFAULT_TENANT) is None
        assert uow.end_message_start(root) == "o-1"
        assert uow.end_message_start(root) is None


def test_a_message_start_takes_the_place_of_one_that_has_ended(store: SqlStore) -> None:
    definition = deploy(store)
    first, second = start(store, definition), start(store, definition)
    with store.begin() as uow:
        uow.record_message_start("order", "o-1", DEFAULT_TENANT, first)
        uow.record_message_start("order", "o-1", DEFAULT_TENANT, second)
        assert uow.started_by_message("order", "o-1", DEFAULT_TENANT) == second
        assert uow.end_message_start(first) is None


def test_who_asks_for_a_message_start_waits_for_who_asked_before(store: SqlStore) -> None:
    # Given a transaction that has asked, and found none
    root = start(store, deploy(store))
    asked, found = threading.Event(), list[int | None]()

    def ask() -> None:
        asked.wait(10)
        with store.begin() as uow:
            found.append(uow.started_by_message("order", "o-1", DEFAULT_TENANT))

    other = threading.Thread(target=ask)
    other.start()
    with store.begin() as uow:
        assert uow.started_by_message("order", "o-1", DEFAULT_TENANT) is None
        asked.set()
        # When another asks before it is committed
        other.join(0.2)
        uow.record_message_start("order", "o-1", DEFAULT_TENANT, root)
    other.join(10)
    # Then that one sees what the first did
    assert found == [root]


def test_messages_that_may_start_a_process(store: SqlStore) -> None:
    deploy(
        store,
        triggers=lambda key: [
            StartTrigger(7, key, "order", "by_payment", "message", "paid"),
            StartTrigger(8, key, "order", "by_signal", "signal", "sent"),
            StartTrigger(9, key, "order", "by_order", "message", "ordered"),
        ],
    )
    with store.begin() as uow:
        for message in (
            _message(1, name="ordered"),
            _message(2),
            _message(3, name="sent"),
            _message(4, correlation_key="o-2"),
            _message(5, expires_at=NOON),
            _message(6, tenant_id="other"),
        ):
            assert uow.buffer_message(message)
        found = uow.messages_to_start("order", "o-1", DEFAULT_TENANT)
        assert [(message, trigger.element_id) for message, trigger in found] == [
            (_message(1, name="ordered"), "by_order"),
            (_message(2), "by_payment"),
        ]
        assert uow.messages_to_start("other", "o-1", DEFAULT_TENANT) == []


def test_a_reply_is_stored_once(store: SqlStore) -> None:
    with store.begin() as uow:
        assert uow.stored_reply("k", DEFAULT_TENANT) is None
        uow.store_reply("k", DEFAULT_TENANT, "hash", {"processInstanceKey": "1"})
        uow.store_reply("k", "other", "hash2", None)
    with store.read() as uow:
        assert uow.stored_reply("k", DEFAULT_TENANT) == ("hash", {"processInstanceKey": "1"})
        assert uow.stored_reply("k", "other") == ("hash2", None)
    with pytest.raises(StaleState), store.begin() as uow:
        uow.store_reply("k", DEFAULT_TENANT, "hash3", None)


def test_who_waits_without_a_key_meets_every_message_of_the_name(store: SqlStore) -> None:
    definition = deploy(store)
    with store.begin() as uow:
        step = Step(uow, definition.key)
        element = step.element(4, ElementType.INTERMEDIATE_CATCH_EVENT)
        for correlation_key in ("", "o-1", "conversation:7"):
            opened = (uow.ids.next(), element.key, step.root, definition.key, "wait", "paid", correlation_key, True)
            step.open(MessageSubscriptionOpened(*opened))
        step.apply()

        def met(correlation_key: str) -> set[str]:
            found = uow.message_subscriptions("paid", correlation_key, DEFAULT_TENANT)
            return {each.correlation_key for each in found}

        assert met("o-1") == {"", "o-1"}
        assert met("o-2") == {""}
        assert met("") == {"", "conversation:7"}


def test_a_kept_message_without_a_key_is_for_conversations(store: SqlStore) -> None:
    with store.begin() as uow:
        uow.buffer_message(_message(1, correlation_key=""))
        uow.buffer_message(_message(2, correlation_key="o-1"))

        def kept(correlation_key: str) -> list[int]:
            return [each.key for each in uow.buffered_messages("paid", correlation_key, DEFAULT_TENANT)]

        assert (kept(""), kept("o-1"), kept("conversation:7")) == ([1, 2], [2], [1])


def test_commands_of_a_batch_see_what_those_before_them_did_to_who_waits(store: SqlStore) -> None:
    # given
    definition = deploy(store)
    with store.batch() as batch:
        with batch.unit() as uow:
            step = Step(uow, definition.key)
            element = step.element(4, ElementType.INTERMEDIATE_CATCH_EVENT)
            step.variables(element.key, amount=5)
            key = uow.ids.next()
            step.open(
                MessageSubscriptionOpened(key, element.key, step.root, definition.key, "wait", "paid", "o-1", True)
            )
            step.apply()
        # when
        with batch.unit() as uow:
            met = [each.key for each in uow.message_subscriptions("paid", "o-1", DEFAULT_TENANT)]
            seen = uow.visible_variables(element.key)
            header = uow.header(step.root)
        with batch.unit() as uow:
            taking = Step(uow, definition.key, uow.load(step.root))
            taking.close("message", key)
            taking.apply()
            uow.record_correlation(7, "order")
        with batch.unit() as uow:
            met_later = uow.message_subscriptions("paid", "o-1", DEFAULT_TENANT)
            correlated = [uow.message_correlated(message, "order") for message in (7, 8)]
    # then
    assert met == [key]
    assert seen == {"amount": 5}
    assert header is not None
    assert header.state == "ACTIVE"
    assert met_later == []
    assert correlated == [True, False]
