"""What happened, for good: history, decisions, the audit trail; and the book-keeping of nodes and repeated requests."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, PrimaryKeyConstraint, Table, Text, UniqueConstraint, text

from laneway.store.tables.base import index_where, key, metadata, of_instance, tenant
from laneway.store.types import Digest, Instant, Json, Key, Name

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
    # The key of the command for its first record: looked up when the outcome of its COMMIT is not known.
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
    # What happened in the command; NULL where it moved nothing. With a route: the values that are not the route's.
    # Without: packed events. See laneway.store.packing and laneway.store.routes.
    Column("events", LargeBinary),
    Column("route_key", Key),
    Column("hash", Digest, nullable=False),
    # Of records that have another key than their command: those of before revision 0009.
    Column("command_key", Key),
    # Says what is "" or NULL above: see laneway.store.phrases.
    Column("phrase_key", Key),
    UniqueConstraint("root_key", "tenant_id", "sequence"),
)
# What is of a root is found by the root; these are for the rest.
index_where(
    "ix_audit_log_process_instance_key",
    audit_log.c.process_instance_key,
    audit_log.c.key,
    where=text("process_instance_key <> root_key"),
)
index_where("ix_audit_log_entity_key", audit_log.c.entity_key, where=text("entity_key <> root_key"))
index_where("ix_audit_log_route_key", audit_log.c.route_key, where=text("route_key IS NOT NULL"))
Index(None, audit_log.c.at)

audit_head = Table(
    "audit_head",
    metadata,
    Column("tenant_id", Name, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("hash", Digest, nullable=False),
    PrimaryKeyConstraint("tenant_id"),
)

phrase = Table(
    "phrase",
    metadata,
    # What many records say alike, kept once. The key is the beginning of the content's SHA-256; see laneway.store.phrases.
    key(),
    tenant(),
    Column("operation", Name, nullable=False),
    Column("entity_type", Name, nullable=False),
    Column("actor_kind", Name, nullable=False),
    Column("actor_id", Name, nullable=False),
    Column("result", Name, nullable=False),
    Column("process_definition_key", Key),
    Column("process_id", Name),
    Column("element_id", Name),
    Column("details", Json, nullable=False),
)

route = Table(
    "route",
    metadata,
    # What a command did, but for the keys and values that each command has of its own: kept once for all that did the same.
    # The key is the beginning of the content's SHA-256; see laneway.store.routes.
    key(),
    tenant(),
    Column("content", LargeBinary, nullable=False),
)

route_element = Table(
    "route_element",
    metadata,
    # An element instance that began and ended in each command of the route. It has the key of the record and ``place``.
    Column("route_key", Key, nullable=False),
    Column("place", Integer, nullable=False),
    tenant(),
    Column("process_definition_key", Key, nullable=False),
    Column("process_id", Name, nullable=False),
    # As place; -1 for the root instance, NULL where there is no parent.
    Column("parent_place", Integer),
    Column("element_id", Name, nullable=False),
    Column("element_name", Name),
    Column("type", Name, nullable=False),
    Column("state", Name, nullable=False),
    PrimaryKeyConstraint("route_key", "place"),
)
Index(None, route_element.c.process_definition_key, route_element.c.element_id)
Index(None, route_element.c.element_id)

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
