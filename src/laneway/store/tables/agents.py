"""Agents of the diagrams, their instances, and what was said: one row per item, so that nothing grows with the conversation."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, UniqueConstraint

from laneway.store.tables.base import key, metadata, of_instance, tenant
from laneway.store.types import Instant, Json, Key, Name

agent_definition = Table(
    "agent_definition",
    metadata,
    key(),
    tenant(),
    Column("process_definition_key", Key, nullable=False),
    Column("process_id", Name, nullable=False),
    Column("process_version", Integer, nullable=False),
    Column("version_tag", Name),
    Column("element_id", Name, nullable=False),
    Column("name", Name, nullable=False),
    Column("agent_type", Name, nullable=False),
    UniqueConstraint("process_definition_key", "element_id"),
)

agent_instance = Table(
    "agent_instance",
    metadata,
    key(),
    *of_instance(),
    Column("process_version", Integer, nullable=False),
    Column("version_tag", Name),
    Column("agent", Name, nullable=False),
    Column("agent_type", Name, nullable=False),
    Column("status", Name, nullable=False),
    Column("model", Name, nullable=False),
    Column("provider", Name, nullable=False),
    Column("system_prompt", Name, nullable=False),
    Column("tools", Json, nullable=False),
    Column("limits", Json, nullable=False),
    # Of all that it worked on; the last one stands in element_instance_key.
    Column("element_instance_keys", Json, nullable=False),
    Column("input_tokens", Key, nullable=False),
    Column("output_tokens", Key, nullable=False),
    Column("model_calls", Integer, nullable=False),
    Column("tool_calls", Integer, nullable=False),
    Column("cost", Name),
    Column("currency", Name),
    Column("sequence", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("completed_at", Instant),
    Column("other_tokens", Json),
)
Index(None, agent_instance.c.element_instance_key)
Index(None, agent_instance.c.process_instance_key, agent_instance.c.key)
Index(None, agent_instance.c.process_definition_key, agent_instance.c.element_id)

agent_history_item = Table(
    "agent_history_item",
    metadata,
    key(),
    tenant(),
    Column("root_key", Key, nullable=False),
    Column("agent_instance_key", Key, nullable=False),
    Column("element_instance_key", Key, nullable=False),
    Column("job_key", Key, nullable=False),
    Column("lease_token", Name, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("iteration", Integer, nullable=False),
    Column("role", Name, nullable=False),
    Column("content", Json, nullable=False),
    Column("tool_calls", Json, nullable=False),
    Column("metrics", Json),
    Column("configuration", Json),
    Column("details", Json, nullable=False),
    Column("status", Name, nullable=False),
    Column("produced_at", Instant, nullable=False),
    Column("item_id", Name),
    UniqueConstraint("agent_instance_key", "sequence"),
)
