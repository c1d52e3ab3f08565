"""What people set around agents, and what agents have used of it: kill switches, budgets, registered sources, contracts."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, UniqueConstraint, text

from laneway.store.tables.base import index_where, key, metadata, tenant
from laneway.store.types import Instant, Json, Key, Name

kill_switch = Table(
    "kill_switch",
    metadata,
    key(),
    tenant(),
    Column("scope", Name, nullable=False),
    Column("name", Name, nullable=False),
    Column("reason", Text, nullable=False),
    Column("set_by", Name, nullable=False),
    Column("set_at", Instant, nullable=False),
    Column("lifted_by", Name),
    Column("lifted_at", Instant),
    Column("lift_reason", Text),
    Column("version", Integer, nullable=False),
)
# Read twice a second by each process in which agents are at work: there are few, and mostly none.
index_where("ix_kill_switch_standing", kill_switch.c.key, where=text("lifted_at IS NULL"))

budget = Table(
    "budget",
    metadata,
    key(),
    tenant(),
    Column("span", Name, nullable=False),
    Column("span_key", Name, nullable=False),
    Column("measure", Name, nullable=False),
    # "" of what is no money.
    Column("currency", Name, nullable=False),
    # In millionths: whole numbers are added without loss on both databases.
    Column("spent", Key, nullable=False),
    Column("reserved", Key, nullable=False),
    Column("most", Key),
    Column("version", Integer, nullable=False),
    Column("updated_at", Instant, nullable=False),
    UniqueConstraint("tenant_id", "span", "span_key", "measure", "currency"),
)

budget_reservation = Table(
    "budget_reservation",
    metadata,
    key(),
    tenant(),
    Column("root_key", Key, nullable=False),
    Column("process_instance_key", Key, nullable=False),
    Column("job_key", Key, nullable=False),
    Column("lease_token", Name, nullable=False),
    Column("agent", Name, nullable=False),
    Column("model", Name, nullable=False),
    Column("amounts", Json, nullable=False),
    Column("granted", Boolean, nullable=False),
    Column("reserved_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("settled_at", Instant),
    # NULL of one that was settled without anybody knowing what was used.
    Column("actual", Json),
)
Index(None, budget_reservation.c.job_key)
index_where("ix_budget_reservation_open", budget_reservation.c.expires_at, where=text("settled_at IS NULL"))

data_source = Table(
    "data_source",
    metadata,
    key(),
    tenant(),
    Column("name", Name, nullable=False),
    Column("owner", Name, nullable=False),
    Column("status", Name, nullable=False),
    Column("files", Json, nullable=False),
    Column("valid_from", Name),
    Column("valid_until", Name),
    Column("reviewed", Name),
    Column("max_age", Name),
    Column("made_by", Name, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("approved_by", Name),
    Column("approved_at", Instant),
    Column("version", Integer, nullable=False),
    UniqueConstraint("tenant_id", "name"),
)

agent_contract = Table(
    "agent_contract",
    metadata,
    key(),
    tenant(),
    Column("hash", Name, nullable=False),
    Column("name", Name, nullable=False),
    Column("process_id", Name, nullable=False),
    Column("process_version", Integer, nullable=False),
    Column("process_definition_key", Key, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("owner", Name, nullable=False),
    Column("adapter", Name, nullable=False),
    Column("model", Name, nullable=False),
    Column("authority", Name, nullable=False),
    Column("job_types", Json, nullable=False),
    Column("content", Json, nullable=False),
    Column("deployed_at", Instant, nullable=False),
)
Index(None, agent_contract.c.hash)
Index(None, agent_contract.c.process_definition_key)
