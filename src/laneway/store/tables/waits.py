"""What an instance waits for, and what is on its way to one: timers, subscriptions, messages, the outbox."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, PrimaryKeyConstraint, Table, UniqueConstraint, text

from laneway.store.tables.base import index_where, key, metadata, of_instance, tenant
from laneway.store.types import Instant, Json, Key, Name

timer = Table(
    "timer",
    metadata,
    key(),
    tenant(),
    # 0, with the start trigger set, for the timer of a definition's start event.
    Column("root_key", Key, nullable=False),
    Column("process_instance_key", Key, nullable=False),
    Column("element_instance_key", Key, nullable=False),
    Column("element_id", Name, nullable=False),
    Column("definition_key", Key),
    Column("start_trigger_key", Key),
    Column("due", Instant, nullable=False),
    Column("repetitions", Integer, nullable=False),
    Column("cycle", Name),
)
Index(None, timer.c.due, timer.c.key)
index_where("ix_timer_start_trigger_key", timer.c.start_trigger_key, where=text("start_trigger_key IS NOT NULL"))

message_subscription = Table(
    "message_subscription",
    metadata,
    key(),
    *of_instance(),
    Column("name", Name, nullable=False),
    Column("correlation_key", Name, nullable=False),
    Column("interrupting", Boolean, nullable=False),
    # CREATED while it waits; CORRELATED or DELETED afterwards, kept for the record.
    Column("state", Name, nullable=False),
    Column("updated_at", Instant, nullable=False),
)
index_where(
    "ix_message_subscription_open",
    message_subscription.c.tenant_id,
    message_subscription.c.name,
    message_subscription.c.correlation_key,
    where=text("state = 'CREATED'"),
)
Index(None, message_subscription.c.process_instance_key, message_subscription.c.key)

signal_subscription = Table(
    "signal_subscription",
    metadata,
    key(),
    *of_instance(),
    Column("name", Name, nullable=False),
)
Index(None, signal_subscription.c.tenant_id, signal_subscription.c.name)

message = Table(
    "message",
    metadata,
    key(),
    tenant(),
    Column("name", Name, nullable=False),
    Column("correlation_key", Name, nullable=False),
    Column("message_id", Name),
    Column("variables", Json, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    UniqueConstraint("tenant_id", "name", "correlation_key", "message_id"),
)

message_correlation = Table(
    "message_correlation",
    metadata,
    Column("message_key", Key, nullable=False),
    Column("process_id", Name, nullable=False),
    tenant(),
    Column("correlated_at", Instant, nullable=False),
    # Which subscription took it, as far as the command knew: NULL where it only marks that the message was used up.
    Column("subscription_key", Key),
    Column("message_name", Name),
    Column("correlation_key", Name),
    Column("root_key", Key),
    Column("process_instance_key", Key),
    Column("process_definition_key", Key),
    Column("element_instance_key", Key),
    Column("element_id", Name),
    PrimaryKeyConstraint("message_key", "process_id"),
)
Index(None, message_correlation.c.process_instance_key)
Index(None, message_correlation.c.subscription_key)
Index(None, message_correlation.c.message_name, message_correlation.c.correlation_key)

message_start = Table(
    "message_start",
    metadata,
    # The root that a message with this correlation key started, whatever its name: the next may start one when it ends.
    tenant(),
    Column("process_id", Name, nullable=False),
    Column("correlation_key", Name, nullable=False),
    Column("root_key", Key, nullable=False, index=True),
    PrimaryKeyConstraint("tenant_id", "process_id", "correlation_key"),
)

outbox = Table(
    "outbox",
    metadata,
    key(),
    tenant(),
    Column("root_key", Key, nullable=False),
    Column("kind", Name, nullable=False),
    Column("name", Name, nullable=False),
    Column("correlation_key", Name, nullable=False),
    Column("variables", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
)
