"""What agents said and asked for while they worked on a job, and who let them."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, Table, Text, UniqueConstraint, text

from laneway.store.tables.base import index_where, key, metadata, of_instance, tenant
from laneway.store.types import Instant, Json, Key, Name

agent_turn = Table(
    "agent_turn",
    metadata,
    Column("job_key", Key, nullable=False),
    Column("position", Integer, nullable=False),
    Column("root_key", Key, nullable=False),
    Column("process_instance_key", Key, nullable=False),
    tenant(),
    Column("message", Json, nullable=False),
    Column("origins", Json, nullable=False),
    Column("usage", Json),
    Column("created_at", Instant, nullable=False),
    # Two workers that think that they have the job cannot both go on with it.
    PrimaryKeyConstraint("job_key", "position"),
)

instance_editor = Table(
    "instance_editor",
    metadata,
    Column("root_key", Key, nullable=False),
    Column("person", Name, nullable=False),
    tenant(),
    PrimaryKeyConstraint("root_key", "person"),
)

tool_call = Table(
    "tool_call",
    metadata,
    key(),
    *of_instance(),
    Column("job_key", Key, nullable=False),
    Column("agent", Name, nullable=False),
    Column("turn", Integer, nullable=False),
    Column("place", Integer, nullable=False),
    Column("call_id", Name, nullable=False),
    Column("tool", Name, nullable=False),
    Column("kind", Name),
    Column("access", Name),
    Column("state", Name, nullable=False),
    Column("arguments", Text, nullable=False),
    Column("schema_hash", Name),
    Column("origins", Json, nullable=False),
    Column("because", Json, nullable=False),
    Column("approval_key", Key),
    Column("result", Json),
    Column("message", Text),
    Column("created_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Column("ended_at", Instant),
    Column("version", Integer, nullable=False),
    UniqueConstraint("job_key", "turn", "place"),
)
Index(None, tool_call.c.process_instance_key, tool_call.c.key)
index_where("ix_tool_call_open", tool_call.c.state, tool_call.c.key, where=text("ended_at IS NULL"))

approval = Table(
    "approval",
    metadata,
    key(),
    *of_instance(),
    Column("job_key", Key, nullable=False),
    Column("tool_call_key", Key, nullable=False),
    Column("agent", Name, nullable=False),
    Column("tool", Name, nullable=False),
    Column("description", Text, nullable=False),
    Column("schema_hash", Name, nullable=False),
    Column("arguments", Text, nullable=False),
    Column("proposed", Text, nullable=False),
    Column("because", Json, nullable=False),
    Column("makers", Json, nullable=False),
    Column("candidate_users", Json, nullable=False),
    Column("candidate_groups", Json, nullable=False),
    Column("assignee", Name),
    Column("state", Name, nullable=False),
    Column("seal", Name),
    Column("decided_by", Name),
    Column("decided_at", Instant),
    Column("reason", Text),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("version", Integer, nullable=False),
)
Index(None, approval.c.state, approval.c.key)
Index(None, approval.c.process_instance_key, approval.c.key)
Index(None, approval.c.tool_call_key)
