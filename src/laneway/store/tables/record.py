"""What happened, for good: history, decisions, the audit trail; and the book-keeping of nodes and repeated requests."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, PrimaryKeyConstraint, Table, Text, UniqueConstraint, text

from laneway.store.tables.base import index_where, key, metadata, of_instance, tenant
from laneway.store.types import Instant, Json, Key, Name

history = Table(
    "history",
    metadata,
    Column("root_key", Key, nullable=False),
    # The root's fence after the command: order within a root is this number, never a key or a time.
    Column("sequence", Integer, nullable=False),
    tenant(),
    Column("at", Instant, nullable=False),
    Column("actor_kind", Name, nullable=False),
    Column("actor_id", Name, nullable=False),
    Column("operation", Name, nullable=False),
    # Packed events as JSON, compressed (zstandard) where that saves room; see laneway.store.packing.
    Column("events", LargeBinary, nullable=False),
    PrimaryKeyConstraint("root_key", "sequence"),
)

decision_instance = Table(
    "decision_instance",
    metadata,
    key(),
    # 0 and "" where a decision was evaluated outside of any process.
    *of_instance(),
    # The evaluation that it was made in, and its place there, from 1; written out as "evaluation-place" for look-ups.
    Column("evaluation_key", Key),
    Column("sequence", Integer, nullable=False),
    Column("address", Name),
    Column("evaluated_at", Instant, nullable=False),
    Column("state", Name, nullable=False),
    Column("failure", Name),
    Column("decision_id", Name, nullable=False),
    Column("decision_name", Name),
    Column("decision_version", Integer),
    Column("decision_key", Key),
    Column("root_decision_key", Key),
    Column("requirements_key", Key),
    Column("decision_type", Name, nullable=False),
    Column("result", Json, nullable=False),
    Column("details", Json, nullable=False),
)
Index(None, decision_instance.c.process_instance_key, decision_instance.c.key)
Index(None, decision_instance.c.decision_id, decision_instance.c.key)
Index(None, decision_instance.c.evaluation_key, decision_instance.c.sequence)
Index(None, decision_instance.c.address)

audit_log = Table(
    "audit_log",
    metadata,
    key(),
    tenant(),
    # Chained per root; 0 holds, per tenant, the commands that belong to no instance.
    Column("root_key", Key, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("operation", Name, nullable=False),
    Column("entity_type", Name, nullable=False),
    Column("entity_key", Key, nullable=False),
    Column("actor_kind", Name, nullable=False),
    Column("actor_id", Name, nullable=False),
    Column("result", Name, nullable=False),
    Column("process_instance_key", Key),
    Column("process_definition_key", Key),
    Column("process_id", Name),
    Column("element_instance_key", Key),
    Column("element_id", Name),
    Column("before", Integer),
    Column("after", Integer),
    Column("details", Json, nullable=False),
    # SHA-256 of the history row's events; "" where the command had none.
    Column("events_digest", Text, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
    # Of the transaction that wrote it: looked up when the outcome of its COMMIT is not known.
    Column("command_key", Key),
    UniqueConstraint("root_key", "tenant_id", "sequence"),
)
index_where("ix_audit_log_command_key", audit_log.c.command_key, where=text("command_key IS NOT NULL"))
Index(None, audit_log.c.process_instance_key, audit_log.c.key)
Index(None, audit_log.c.entity_key)
Index(None, audit_log.c.at)

audit_head = Table(
    "audit_head",
    metadata,
    Column("tenant_id", Name, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("hash", Text, nullable=False),
    PrimaryKeyConstraint("tenant_id"),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("tenant_id", Name, nullable=False),
    Column("key", Name, nullable=False),
    Column("request_hash", Text, nullable=False),
    Column("reply", Json, nullable=False),
    Column("stored_at", Instant, nullable=False, index=True),
    PrimaryKeyConstraint("tenant_id", "key"),
)

node = Table(
    "node",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    # Not of a tenant: a node serves all of them.
    Column("token", Text, nullable=False),
    Column("leased_until", Instant, nullable=False),
    # No key of this node has a later time than this, in milliseconds of the key's own epoch.
    Column("reserved_until", Key, nullable=False),
)
