"""Messages: who waits for them, those that wait themselves, those on their way between instances."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, bindparam, delete, func, literal_column, or_, select

from laneway.domain.definition import StartTrigger
from laneway.domain.errors import StaleState
from laneway.domain.types import CONVERSATION, ProcessInstanceState
from laneway.domain.work import Message, MessageSubscription
from laneway.ports import OutboxEntry
from laneway.store.prepared import Statement, insert_into
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
from laneway.store.upsert import insert_or, replacing, unless_there

fields_of_subscription = attrgetter(*MessageSubscription.__dataclass_fields__)
_TRIGGER_FIELDS = tuple(StartTrigger.__dataclass_fields__)
_START_OF_KEY = replacing(message_start, ("tenant_id", "process_id", "correlation_key"), ("root_key",))
_START_OF_ROOT = Statement(select(message_start).where(message_start.c.root_key == bindparam("root")), ("root",))
_MESSAGE_FIELDS = tuple(Message.__dataclass_fields__)
_OUTBOX_FIELDS = tuple(OutboxEntry.__dataclass_fields__)
_HELD = ("message",)
"""The table of messages that wait themselves."""
MEETING = 1
_START = 2
"""Seeds of the hash under which advisory locks of messages are kept, apart from each other and from those of others."""


def _hash(name: str) -> ColumnElement[int]:
    return hashed(bindparam(name, type_=Text()))


def hashed(text: ColumnElement[str]) -> ColumnElement[int]:
    """What an advisory lock of ``text`` is kept under, among those of a seed."""
    return func.hashtextextended(text, bindparam("seed", type_=BigInteger()))


_LOCK = Statement(select(func.pg_advisory_xact_lock(_hash("own")).label("held")), ("own", "seed"))
_LOCK_BOTH = Statement(
    # Values are computed from left to right: the shared one first, as everybody takes them.
    select(
        func.pg_advisory_xact_lock_shared(_hash("shared")).label("shared"),
        func.pg_advisory_xact_lock(_hash("own")).label("held"),
    ),
    ("shared", "own", "seed"),
)
_TRY = Statement(select(func.pg_try_advisory_xact_lock(_hash("own")).label("held")), ("own", "seed"))
_TRY_BOTH = Statement(
    select(
        func.pg_try_advisory_xact_lock_shared(_hash("shared")).label("shared"),
        func.pg_try_advisory_xact_lock(_hash("own")).label("held"),
    ),
    ("shared", "own", "seed"),
)
_WAITING = (
    select(message_subscription)
    .where(
        message_subscription.c.state == literal_column("'CREATED'"),  # said in words: else no partial index is used
        message_subscription.c.tenant_id == bindparam("tenant"),
        message_subscription.c.name == bindparam("message"),
    )
    .order_by(message_subscription.c.key)
)
MEETING_A_KEY = Statement(
    _WAITING.where(
        or_(
            message_subscription.c.correlation_key == bindparam("correlation"),
            message_subscription.c.correlation_key == "",
        )
    ),
    ("tenant", "message", "correlation"),
)
_MEETING_WITHOUT = Statement(
    _WAITING.where(
        or_(
            message_subscription.c.correlation_key == "",
            message_subscription.c.correlation_key.startswith(CONVERSATION),
        )
    ),
    ("tenant", "message", "correlation"),
)
_OF_NAME = (
    select(message_table)
    .where(
        message_table.c.tenant_id == bindparam("tenant"),
        message_table.c.name == bindparam("message"),
        message_table.c.expires_at > bindparam("now"),
    )
    .order_by(message_table.c.key)
)
_BUFFERED = Statement(_OF_NAME, ("tenant", "message", "now"))
_BUFFERED_OF_KEY = Statement(
    _OF_NAME.where(message_table.c.correlation_key == bindparam("correlation")),
    ("tenant", "message", "now", "correlation"),
)
_BUFFERED_OF_CONVERSATION = Statement(
    _OF_NAME.where(
        or_(message_table.c.correlation_key == bindparam("correlation"), message_table.c.correlation_key == "")
    ),
    ("tenant", "message", "now", "correlation"),
)
_ADD_MESSAGE = insert_into(message_table)
_CORRELATED = Statement(
    select(message_correlation.c.message_key).where(
        message_correlation.c.message_key == bindparam("of"), message_correlation.c.process_id == bindparam("process")
    ),
    ("of", "process"),
)
_ADD_CORRELATION = Statement(unless_there(message_correlation), message_correlation.columns.keys())
_NOT_TOLD = dict.fromkeys(message_correlation.columns.keys())

Asked = tuple[Statement, dict[str, Any]]


def meeting(tenant_id: str, name: str, correlation_key: str) -> Hashable:
    """Under what subscriptions are put that wait for such a message; those of a conversation may get messages without a key."""
    return "meeting", tenant_id, name, "" if correlation_key.startswith(CONVERSATION) else correlation_key


def locked_as(*place: str) -> str:
    return "\x1f".join(place)


class MessagesUnit(BaseUnit):
    def message_subscriptions(self, name: str, correlation_key: str, tenant_id: str) -> Sequence[MessageSubscription]:
        places = [meeting(tenant_id, name, key) for key in dict.fromkeys((correlation_key, ""))]
        wanted = {"tenant": tenant_id, "message": name, "correlation": correlation_key}
        statement = MEETING_A_KEY if correlation_key else _MEETING_WITHOUT
        rows = self._foreseen_meeting(places) if correlation_key else None
        if rows is None:
            [rows] = self._met(name, correlation_key, tenant_id, (statement, wanted), keys=places)
        if rows and self._buffer is not None and self._buffer.touched([row.key for row in rows]):
            # One of them has got its message in this transaction.
            self._buffer.settle()
            rows = self._found(statement, wanted)
        return [MessageSubscription(*fields_of_subscription(row)) for row in rows]

    def _foreseen_meeting(self, places: Sequence[Hashable]) -> Sequence[Any] | None:
        """Who waits there, if that was read ahead and nothing has come or gone since: see ``Foresight``."""
        if self._buffer is None:
            return None
        rows, of_all = (self._buffer.foreseen(MEETING_A_KEY, place) for place in places)
        if rows is None or of_all is None:
            return None
        changed = any(self._buffer.foreseen(MEETING_A_KEY, row.key) is None for row in rows)
        return None if changed else rows

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

    def _met(
        self,
        name: str,
        correlation_key: str,
        tenant_id: str,
        *asked: Asked,
        keys: Sequence[Hashable] = (),
        tables: Sequence[str] = (),
    ) -> list[Sequence[Any]]:
        """What is ``asked`` of a meeting, once nobody else is at it until the end of the transaction: who publishes and who begins to wait must
        not look past each other. ``keys`` and ``tables`` as for ``_found``.

        A transaction that holds what other commands have written does not wait: it is no one's turn who finds the meeting taken, and its
        command runs again by itself.
        """
        if not self._locks_rows:
            return [self._found(statement, values, keys=keys, tables=tables) for statement, values in asked]
        buffer = self._writes()
        if (keys and buffer.touched(keys)) or (tables and buffer.holds(tables)):
            buffer.settle()
        driver = buffer.driver
        tries = buffer.shared
        questions = [self._lock_of(name, correlation_key, tenant_id, tries), *asked]
        shapes = [(statement.shape(driver.dialect), values) for statement, values in questions]
        held, *answers = driver.find_all([(shape, shape.given(values)) for shape, values in shapes])
        if tries and not all(held[0]):
            raise StaleState("meeting_held", f"another command is at messages «{name}» with this correlation key")
        return [list(map(shape.found, rows)) for (shape, _), rows in zip(shapes[1:], answers, strict=True)]

    def _lock_of(self, name: str, correlation_key: str, tenant_id: str, tries: bool) -> Asked:
        """Those with a key share what those without have for themselves, since either may meet the other."""
        all_of_name = locked_as(tenant_id, name, "")
        if correlation_key:
            both = {"shared": all_of_name, "own": locked_as(tenant_id, name, correlation_key), "seed": MEETING}
            return _TRY_BOTH if tries else _LOCK_BOTH, both
        return _TRY if tries else _LOCK, {"own": all_of_name, "seed": MEETING}

    def _lock(self, seed: int, *place: str) -> None:
        if self._locks_rows:
            self._settle()
            self._found(_LOCK, {"own": locked_as(*place), "seed": seed})

    def buffer_message(self, message: Message) -> bool:
        row = {field: getattr(message, field) for field in _MESSAGE_FIELDS}
        if message.message_id is None:
            # Nothing that it could be the same as.
            self._met(message.name, message.correlation_key, message.tenant_id)
            self._put(_ADD_MESSAGE, row)
            return True
        self._settle()
        self._met(message.name, message.correlation_key, message.tenant_id)
        same = (
            (message_table.c.tenant_id == message.tenant_id)
            & (message_table.c.name == message.name)
            & (message_table.c.correlation_key == message.correlation_key)
            & (message_table.c.message_id == message.message_id)
        )
        # An id is taken for as long as its message lives, even if no one has swept it away yet.
        self._connection.execute(delete(message_table).where(same, message_table.c.expires_at <= self.now))
        statement = insert_or(self._connection, message_table).values(**row).on_conflict_do_nothing()
        return self._connection.scalar(statement.returning(message_table.c.key)) is not None

    def buffered_messages(self, name: str, correlation_key: str, tenant_id: str) -> Sequence[Message]:
        wanted = {"tenant": tenant_id, "message": name, "now": self.now}
        statement = _BUFFERED
        if correlation_key:
            conversation = correlation_key.startswith(CONVERSATION)
            statement = _BUFFERED_OF_CONVERSATION if conversation else _BUFFERED_OF_KEY
            wanted["correlation"] = correlation_key
        [rows] = self._met(name, correlation_key, tenant_id, (statement, wanted), tables=_HELD)
        return [Message(**{field: getattr(row, field) for field in _MESSAGE_FIELDS}) for row in rows]

    def delete_message(self, key: int) -> None:
        self._connection.execute(delete(message_table).where(message_table.c.key == key))

    def message_correlated(self, message_key: int, process_id: str) -> bool:
        wanted = {"of": message_key, "process": process_id}
        return bool(self._found(_CORRELATED, wanted, ("correlated", message_key)))

    def record_correlation(
        self, message_key: int, process_id: str, subscription: MessageSubscription | None = None
    ) -> None:
        row: dict[str, Any] = {**_NOT_TOLD, "message_key": message_key, "process_id": process_id}
        row["correlated_at"] = self.now
        if subscription is None:
            row["tenant_id"] = self._tenant_of(message_key)
        else:
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
        self._put(_ADD_CORRELATION, row, key=("correlated", message_key))

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
