"""Messages: who waits for them, those that wait themselves, those on their way between instances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, delete, exists, func, or_, select

from laneway.domain.definition import StartTrigger
from laneway.domain.errors import StaleState
from laneway.domain.types import CONVERSATION, ProcessInstanceState
from laneway.domain.work import Message, MessageSubscription
from laneway.ports import OutboxEntry
from laneway.store.prepared import Statement
from laneway.store.tables import (
    idempotency,
    message as message_table,
    message_correlation,
    message_start,
    message_subscription,
    outbox,
    process_instance,
    start_trigger,
)
from laneway.store.units.base import BaseUnit
from laneway.store.upsert import insert_or, replacing

_SUBSCRIPTION_FIELDS = tuple(MessageSubscription.__dataclass_fields__)
_TRIGGER_FIELDS = tuple(StartTrigger.__dataclass_fields__)
_START_OF_KEY = replacing(message_start, ("tenant_id", "process_id", "correlation_key"), ("root_key",))
_START_OF_ROOT = Statement(select(message_start).where(message_start.c.root_key == bindparam("root")), ("root",))
_MESSAGE_FIELDS = tuple(Message.__dataclass_fields__)
_OUTBOX_FIELDS = tuple(OutboxEntry.__dataclass_fields__)
_MEETING = 1
_START = 2
"""Seeds of the hash under which advisory locks of messages are kept, apart from each other and from those of others."""


class MessagesUnit(BaseUnit):
    def message_subscriptions(self, name: str, correlation_key: str, tenant_id: str) -> Sequence[MessageSubscription]:
        self._lock_meeting(name, correlation_key, tenant_id)
        column = message_subscription.c.correlation_key
        meets = (
            column.in_((correlation_key, "")) if correlation_key else or_(column == "", column.startswith(CONVERSATION))
        )
        waiting = select(message_subscription).where(
            message_subscription.c.state == "CREATED",
            message_subscription.c.tenant_id == tenant_id,
            message_subscription.c.name == name,
            meets,
        )
        rows = self._all(waiting.order_by(message_subscription.c.key))
        return [MessageSubscription(**{field: getattr(row, field) for field in _SUBSCRIPTION_FIELDS}) for row in rows]

    def waits_with_a_key(self, name: str, tenant_id: str) -> int | None:
        return self._connection.scalar(
            select(message_subscription.c.process_definition_key)
            .where(
                message_subscription.c.state == "CREATED",
                message_subscription.c.tenant_id == tenant_id,
                message_subscription.c.name == name,
                message_subscription.c.correlation_key > "",
            )
            .limit(1)
        )

    def _lock_meeting(self, name: str, correlation_key: str, tenant_id: str) -> None:
        """Until the end of the transaction: who publishes and who begins to wait must not look past each other. Those with
        a key share what those without have for themselves, since either may meet the other."""
        self._lock(_MEETING, tenant_id, name, "", shared=bool(correlation_key))
        if correlation_key:
            self._lock(_MEETING, tenant_id, name, correlation_key)

    def _lock(self, seed: int, *place: str, shared: bool = False) -> None:
        if self._locks_rows:
            what = func.hashtextextended("\x1f".join(place), seed)
            lock = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
            self._connection.execute(select(lock(what)))

    def buffer_message(self, message: Message) -> bool:
        self._lock_meeting(message.name, message.correlation_key, message.tenant_id)
        if message.message_id is not None:
            same = (
                (message_table.c.tenant_id == message.tenant_id)
                & (message_table.c.name == message.name)
                & (message_table.c.correlation_key == message.correlation_key)
                & (message_table.c.message_id == message.message_id)
            )
            # An id is taken for as long as its message lives, even if no one has swept it away yet.
            self._connection.execute(delete(message_table).where(same, message_table.c.expires_at <= self.now))
        row = {field: getattr(message, field) for field in _MESSAGE_FIELDS}
        statement = insert_or(self._connection, message_table).values(**row).on_conflict_do_nothing()
        return self._connection.scalar(statement.returning(message_table.c.key)) is not None

    def buffered_messages(self, name: str, correlation_key: str, tenant_id: str) -> Sequence[Message]:
        self._lock_meeting(name, correlation_key, tenant_id)
        waiting = select(message_table).where(
            message_table.c.tenant_id == tenant_id,
            message_table.c.name == name,
            message_table.c.expires_at > self.now,
        )
        if correlation_key:
            keys = (correlation_key, "") if correlation_key.startswith(CONVERSATION) else (correlation_key,)
            waiting = waiting.where(message_table.c.correlation_key.in_(keys))
        rows = self._all(waiting.order_by(message_table.c.key))
        return [Message(**{field: getattr(row, field) for field in _MESSAGE_FIELDS}) for row in rows]

    def delete_message(self, key: int) -> None:
        self._connection.execute(delete(message_table).where(message_table.c.key == key))

    def message_correlated(self, message_key: int, process_id: str) -> bool:
        found = (message_correlation.c.message_key == message_key) & (message_correlation.c.process_id == process_id)
        return bool(self._connection.scalar(select(exists().where(found))))

    def record_correlation(
        self, message_key: int, process_id: str, subscription: MessageSubscription | None = None
    ) -> None:
        row: dict[str, Any] = {
            "message_key": message_key,
            "process_id": process_id,
            "tenant_id": self._tenant_of(message_key),
            "correlated_at": self.now,
        }
        if subscription is not None:
            row |= {
                "tenant_id": subscription.tenant_id,
                "subscription_key": subscription.key,
                "message_name": subscription.name,
                "correlation_key": subscription.correlation_key,
                "root_key": subscription.root_key,
                "process_instance_key": subscription.process_instance_key,
                "process_definition_key": subscription.process_definition_key,
                "element_instance_key": subscription.element_instance_key,
                "element_id": subscription.element_id,
            }
        self._connection.execute(
            insert_or(self._connection, message_correlation).values(**row).on_conflict_do_nothing()
        )

    def _tenant_of(self, message_key: int) -> str:
        return (
            self._connection.scalar(select(message_table.c.tenant_id).where(message_table.c.key == message_key)) or ""
        )

    def started_by_message(self, process_id: str, correlation_key: str, tenant_id: str) -> int | None:
        self._lock(_START, tenant_id, process_id, correlation_key)
        return self._connection.scalar(
            select(message_start.c.root_key)
            .join(process_instance, process_instance.c.key == message_start.c.root_key)
            .where(
                message_start.c.tenant_id == tenant_id,
                message_start.c.process_id == process_id,
                message_start.c.correlation_key == correlation_key,
                process_instance.c.state == ProcessInstanceState.ACTIVE.value,
            )
        )

    def record_message_start(self, process_id: str, correlation_key: str, tenant_id: str, root_key: int) -> None:
        row = {"tenant_id": tenant_id, "process_id": process_id, "correlation_key": correlation_key}
        self._connection.execute(_START_OF_KEY[self._dialect], {**row, "root_key": root_key})

    def end_message_start(self, root_key: int) -> str | None:
        row = self._first(_START_OF_ROOT, {"root": root_key})
        if row is None:
            return None
        self._lock(_START, row.tenant_id, row.process_id, row.correlation_key)
        self._connection.execute(delete(message_start).where(message_start.c.root_key == root_key))
        return str(row.correlation_key)

    def messages_to_start(
        self, process_id: str, correlation_key: str, tenant_id: str
    ) -> Sequence[tuple[Message, StartTrigger]]:
        self._lock(_START, tenant_id, process_id, correlation_key)
        waiting = (
            select(
                *(message_table.c[field].label(f"message_{field}") for field in _MESSAGE_FIELDS),
                *(start_trigger.c[field].label(f"trigger_{field}") for field in _TRIGGER_FIELDS),
            )
            .join(
                start_trigger,
                (start_trigger.c.tenant_id == message_table.c.tenant_id)
                & (start_trigger.c.kind == "message")
                & (start_trigger.c.name == message_table.c.name),
            )
            .where(
                start_trigger.c.tenant_id == tenant_id,
                start_trigger.c.process_id == process_id,
                message_table.c.correlation_key == correlation_key,
                message_table.c.expires_at > self.now,
            )
            .order_by(message_table.c.key, start_trigger.c.key)
        )
        return [
            (
                Message(**{field: getattr(row, f"message_{field}") for field in _MESSAGE_FIELDS}),
                StartTrigger(**{field: getattr(row, f"trigger_{field}") for field in _TRIGGER_FIELDS}),
            )
            for row in self._all(waiting)
        ]

    def expire_messages(self, limit: int) -> int:
        expired = (
            select(message_table.c.key)
            .where(message_table.c.expires_at <= self.now)
            .order_by(message_table.c.key)
            .limit(limit)
        )
        keys = [row.key for row in self._all(self._for_update(expired, skip_locked=True))]
        if keys:
            self._connection.execute(delete(message_table).where(message_table.c.key.in_(keys)))
        return len(keys)

    # Outbox
    def outbox(self, limit: int) -> Sequence[OutboxEntry]:
        oldest = select(outbox).order_by(outbox.c.key).limit(limit)
        rows = self._all(self._for_update(oldest, skip_locked=True))
        return [OutboxEntry(**{field: getattr(row, field) for field in _OUTBOX_FIELDS}) for row in rows]

    def delete_outbox(self, key: int) -> None:
        self._connection.execute(delete(outbox).where(outbox.c.key == key))

    # Idempotency
    def stored_reply(self, idempotency_key: str, tenant_id: str) -> tuple[str, Any] | None:
        row = self._one(
            select(idempotency.c.request_hash, idempotency.c.reply).where(
                idempotency.c.tenant_id == tenant_id, idempotency.c.key == idempotency_key
            )
        )
        return None if row is None else (row.request_hash, row.reply)

    def store_reply(self, idempotency_key: str, tenant_id: str, request_hash: str, reply: Any) -> None:
        row = {"tenant_id": tenant_id, "key": idempotency_key, "request_hash": request_hash, "reply": reply}
        statement = insert_or(self._connection, idempotency).values(**row, stored_at=self.now)
        added = statement.on_conflict_do_nothing().returning(idempotency.c.key)
        if self._connection.scalar(added) is None:
            raise StaleState("idempotency_key_used", f"{idempotency_key!r} was used by another request meanwhile")
