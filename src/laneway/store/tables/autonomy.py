"""The dial of autonomy: levels that were set, and what agent and person answered side by side."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, UniqueConstraint, text

from laneway.store.tables.base import index_where, key, metadata, of_instance, tenant
from laneway.store.types import Instant, Json, Key, Name

autonomy_setting = Table(
    "autonomy_setting",
    metadata,
    key(),
    tenant(),
    Column("process_id", Name, nullable=False),
    # "" for all agent tasks of the process.
    Column("element_id", Name, nullable=False),
    Column("level", Name, nullable=False),
    Column("before", Name, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", Name, nullable=False),
    Column("requested_by", Name, nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("confirmed_by", Name),
    Column("confirmed_at", Instant),
    Column("version", Integer, nullable=False),
)
index_where(
    "ix_autonomy_setting_active",
    autonomy_setting.c.tenant_id,
    autonomy_setting.c.process_id,
    autonomy_setting.c.element_id,
    unique=True,
    where=text("state = 'ACTIVE'"),
)
Index(None, autonomy_setting.c.tenant_id, autonomy_setting.c.process_id, autonomy_setting.c.key)

agent_call = Table(
    "agent_call",
    metadata,
    # That of the job.
    key(),
    *of_instance(),
    Column("agent", Name, nullable=False),
    Column("contract", Name, nullable=False),
    Column("at", Instant, nullable=False),
    Column("input", Json, nullable=False),
    Column("output", Json, nullable=False),
    Column("confidence", Name),
    Column("model", Name),
    Column("seconds", Name),
    Column("cost", Name),
    Column("currency", Name),
)
Index(None, agent_call.c.tenant_id, agent_call.c.agent, agent_call.c.key)
Index(None, agent_call.c.root_key)

autonomy_pair = Table(
    "autonomy_pair",
    metadata,
    key(),
    *of_instance(),
    Column("agent", Name, nullable=False),
    Column("contract", Name, nullable=False),
    Column("level", Name, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("answered_at", Instant),
    Column("output", Json),
    Column("failed", Boolean, nullable=False),
    Column("failure", Text),
    Column("confidence", Name),
    Column("model", Name),
    Column("agent_seconds", Name),
    Column("cost", Name),
    Column("currency", Name),
    Column("decided_at", Instant),
    Column("decided_by", Name),
    Column("verdict", Name),
    Column("decision", Json),
    Column("reason", Text),
    Column("person_seconds", Name),
    Column("agreed", Boolean),
    Column("fields", Json),
    Column("distance", Name),
    # 0 of one that is not done in turns.
    Column("turn_key", Key, nullable=False, server_default="0"),
    UniqueConstraint("element_instance_key", "turn_key"),
)
index_where(
    "ix_autonomy_pair_complete",
    autonomy_pair.c.tenant_id,
    autonomy_pair.c.process_id,
    autonomy_pair.c.element_id,
    autonomy_pair.c.key,
    where=text("agreed IS NOT NULL"),
)
Index(None, autonomy_pair.c.root_key)
