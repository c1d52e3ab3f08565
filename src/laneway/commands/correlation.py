"""Messages and signals on their way to instances: whom they go to, and what they start.

Everything here happens inside the transaction of one command, so that a message is either with all its receivers or
with none. Source of the rules: Camunda 8, "Message correlation": a message goes to each process once; buffered ones in
the order of their publication; a message with a correlation key starts a process only if no instance that was started
with the same key is still active.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from laneway.commands.start_triggers import events_of, member_of
from laneway.domain.definition import StartTrigger
from laneway.domain.errors import NotFound
from laneway.domain.model import EventKind, MessageKey, ProcessModel
from laneway.domain.stimulus import StartInstance, TriggerWait
from laneway.domain.transition import MessageSubscriptionOpened, Transition
from laneway.domain.types import CONVERSATION
from laneway.domain.work import SYSTEM, AuditEntry, Message, MessageSubscription, SignalSubscription
from laneway.runtime.correlation import key_of_payload

if TYPE_CHECKING:
    from laneway.commands.execution import Unit

GONE = frozenset({"wait_not_found", "element_instance_not_found", "process_instance_not_found"})
"""Codes that say: what waited has gone on meanwhile, which is no failure of the message."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where a message or signal went. ``started`` tells a new instance from a waiting one."""

    process_instance_key: int
    process_id: str
    started: bool = False


def correlate(unit: Unit, message: Message, audit: AuditEntry, *, kept: bool) -> list[Receiver]:
    """Give ``message`` to one waiting instance of every process, then to message start events.

    ``kept``: it stays in the buffer, and may have been to some processes before.
    """
    receivers: list[Receiver] = []
    reached: set[str] = set()
    subscriptions = list(unit.uow.message_subscriptions(message.name, message.correlation_key, message.tenant_id))
    text = message.correlation_key
    if not text:
        text = _computed(unit, message)
        if text:
            found = unit.uow.message_subscriptions(message.name, text, message.tenant_id)
            subscriptions += [each for each in found if each.correlation_key == text]
    for subscription in sorted(subscriptions, key=lambda found: (found.correlation_key != text, found.key)):
        process_id = subscription.process_id
        if process_id in reached or (kept and unit.uow.message_correlated(message.key, process_id)):
            continue
        if trigger(unit, subscription, message.variables, audit, text):
            reached.add(process_id)
            receivers.append(Receiver(subscription.process_instance_key, process_id))
            unit.uow.record_correlation(message.key, process_id, subscription)
    starts = unit.uow.start_triggers("message", message.name, message.tenant_id)
    # In the order of their processes, so that two messages do not lock each other's out.
    for start in sorted(starts, key=lambda found: (found.process_id, found.key)):
        if start.process_id not in reached:
            root_key = start_by_message(unit, start, message, audit)
            if root_key is not None:
                receivers.append(Receiver(root_key, start.process_id, started=True))
    return receivers


def _computed(unit: Unit, message: Message) -> str:
    """The key of a message that comes without one, as who waits for it retrieves it (BPMN 2.0, 8.4.2)."""
    definition_key = unit.uow.waits_with_a_key(message.name, message.tenant_id)
    if definition_key is None:
        return ""
    key = _retrieved_keys(unit.definitions.model(definition_key)).get(message.name)
    return "" if key is None else key_of_payload(key, message.variables, unit.now) or ""


@lru_cache(maxsize=256)
def _retrieved_keys(model: ProcessModel) -> dict[str, MessageKey]:
    """Message name → its key, of the messages whose key can be told from their payload."""
    found: dict[str, MessageKey] = {}
    for node in model.nodes:
        event = node.event
        for definition in (event, *event.members) if event is not None else ():
            if (
                definition.message_key is not None
                and definition.message_key.properties
                and isinstance(definition.name, str)
            ):
                found.setdefault(definition.name, definition.message_key)
    return found


def trigger(
    unit: Unit,
    subscription: MessageSubscription | SignalSubscription,
    variables: Mapping[str, Any],
    audit: AuditEntry,
    correlation_key: str = "",
) -> bool:
    """Wake what waits behind ``subscription``; False if it has gone on meanwhile."""
    if isinstance(subscription, MessageSubscription):
        entry = _at(audit, subscription)
    else:
        entry = audit.changed(
            entity_key=subscription.root_key,
            element_instance_key=subscription.element_instance_key,
            element_id=subscription.element_id,
        )
    stimulus = TriggerWait(subscription.element_instance_key, subscription.key, variables, correlation_key)
    try:
        unit.advance(unit.load(subscription.root_key), stimulus, entry)
    except NotFound as gone:
        if gone.code in GONE:
            return False
        raise
    return True


def _at(audit: AuditEntry, subscription: MessageSubscription) -> AuditEntry:
    return audit.changed(
        entity_key=subscription.process_instance_key,
        process_instance_key=subscription.process_instance_key,
        process_definition_key=subscription.process_definition_key,
        process_id=subscription.process_id,
        element_instance_key=subscription.element_instance_key,
        element_id=subscription.element_id,
    )


def start_by_trigger(
    unit: Unit, start: StartTrigger, variables: Mapping[str, Any], audit: AuditEntry, correlation_key: str = ""
) -> int:
    """Begin an instance at a start event that was triggered; gives its key."""
    entry = audit.changed(
        operation="CREATE",
        process_definition_key=start.definition_key,
        process_id=start.process_id,
        element_id=start.element_id,
    )
    member = member_of(unit, start, unit.definitions.model(start.definition_key).node(start.element_id))
    stimulus = StartInstance(start.definition_key, variables, start.element_id, correlation_key, member)
    root_key, _ = unit.start(stimulus, entry)
    return root_key


def start_by_message(unit: Unit, start: StartTrigger, message: Message, audit: AuditEntry) -> int | None:
    """Begin an instance, unless the message did so before or another instance of the same correlation key is active."""
    if unit.uow.message_correlated(message.key, start.process_id):
        return None
    # A conversation is no key of the business: whoever sends twice in it starts two.
    unique = bool(message.correlation_key) and not message.correlation_key.startswith(CONVERSATION)
    if unique and unit.uow.started_by_message(start.process_id, message.correlation_key, message.tenant_id):
        return None
    root_key = start_by_trigger(unit, start, message.variables, audit, message.correlation_key)
    taken = MessageSubscription(
        key=start.key,
        root_key=root_key,
        process_instance_key=root_key,
        process_definition_key=start.definition_key,
        process_id=start.process_id,
        element_instance_key=root_key,
        element_id=start.element_id,
        name=message.name,
        correlation_key=message.correlation_key,
        tenant_id=message.tenant_id,
    )
    unit.uow.record_correlation(message.key, start.process_id, taken)
    if unique:
        unit.uow.record_message_start(start.process_id, message.correlation_key, message.tenant_id, root_key)
    return root_key


def start_next_buffered(unit: Unit, root_key: int, definition_key: int, tenant_id: str) -> None:
    """An instance has ended; if a message with a correlation key started it, the next message of that key may start another."""
    model = unit.definitions.model(definition_key)
    if not model.nodes[0].event_starts or not any(
        _is_message_start(model, slot) for slot in model.nodes[0].event_starts
    ):
        return
    correlation_key = unit.uow.end_message_start(root_key)
    if correlation_key is None:
        return
    for message, start in unit.uow.messages_to_start(model.process_id, correlation_key, tenant_id):
        if start_by_message(unit, start, message, message_audit(message)):
            return


def _is_message_start(model: ProcessModel, slot: int) -> bool:
    return any(event.kind is EventKind.MESSAGE for event in events_of(model.nodes[slot]))


def correlate_buffered(unit: Unit, transition: Transition, tenant_id: str) -> None:
    """Messages that were published before their subscription: in the transaction that opened it, so that none is lost."""
    if not transition.opened:
        return
    opened = [each for each in transition.opened if type(each) is MessageSubscriptionOpened]
    if not opened:
        return
    state = transition.state
    closed = {each.key for each in transition.closed}
    budget = unit.context.limits.messages_per_command
    while opened and budget:
        subscription = _stored(unit, opened.pop(0), state.root_key, tenant_id)
        waiting = unit.uow.buffered_messages(subscription.name, subscription.correlation_key, tenant_id)
        for message in sorted(waiting, key=lambda found: found.key):
            if subscription.key in closed or not budget:
                break
            if message.expires_at <= unit.now or unit.uow.message_correlated(message.key, subscription.process_id):
                continue
            budget -= 1
            unit.uow.record_correlation(message.key, subscription.process_id, subscription)
            stimulus = TriggerWait(
                subscription.element_instance_key, subscription.key, message.variables, message.correlation_key
            )
            followed = unit.advance_once(state, stimulus, _at(message_audit(message), subscription))
            opened.extend(each for each in followed.opened if type(each) is MessageSubscriptionOpened)
            closed.update(each.key for each in followed.closed)


def _stored(unit: Unit, opened: MessageSubscriptionOpened, root_key: int, tenant_id: str) -> MessageSubscription:
    return MessageSubscription(
        key=opened.key,
        root_key=root_key,
        process_instance_key=opened.process_instance_key,
        process_definition_key=opened.definition_key,
        process_id=unit.definitions.model(opened.definition_key).process_id,
        element_instance_key=opened.element_instance_key,
        element_id=opened.element_id,
        name=opened.name,
        correlation_key=opened.correlation_key,
        tenant_id=tenant_id,
    )


def message_audit(message: Message) -> AuditEntry:
    """For a message that the engine itself takes from the buffer."""
    return AuditEntry(
        operation="UPDATE",
        entity_type="PROCESS_INSTANCE",
        entity_key=message.key,
        actor=SYSTEM,
        details={
            "command": "CorrelateMessage",
            "messageName": message.name,
            "message": str(message.key),
            "buffered": True,
        },
        tenant_id=message.tenant_id,
    )
