"""Work that someone has to do: jobs, user tasks, incidents."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, PrimaryKeyConstraint, Table, Text, text

from laneway.store.tables.base import index_by, index_where, key, metadata, of_instance
from laneway.store.types import Instant, Json, Key, Name

job = Table(
    "job",
    metadata,
    key(),
    *of_instance(),
    Column("process_version", Integer, nullable=False),
    Column("type", Name, nullable=False),
    Column("kind", Name, nullable=False),
    Column("state", Name, nullable=False),
    Column("retries", Integer, nullable=False),
    Column("headers", Json, nullable=False),
    Column("agent", Name),
    Column("priority", Integer, nullable=False),
    Column("worker", Name, nullable=False),
    Column("deadline", Instant),
    Column("lease_token", Name),
    Column("retry_at", Instant),
    Column("error_message", Text),
    Column("error_code", Name),
    Column("incident_key", Key),
    # When it may be handed out: at once, after its back-off, after its lease; NULL when it may not.
    Column("available_at", Instant),
    Column("version", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("ended_at", Instant),
    # What it is for; NULL for its element (rows from before there were listeners).
    Column("purpose", Name),
    Column("listener_event", Name),
    # The level at which its agent works; NULL for auto.
    Column("autonomy", Name),
)
index_where("ix_job_available", job.c.kind, job.c.type, job.c.available_at, where=text("available_at IS NOT NULL"))
index_by(job.c.process_instance_key)
# Which agents had to do with a root, each found by one look however many jobs they had.
index_where("ix_job_root_key_agent", job.c.root_key, job.c.agent, where=text("agent IS NOT NULL"))
index_by(job.c.state)
index_by(job.c.type)

user_task = Table(
    "user_task",
    metadata,
    key(),
    *of_instance(),
    Column("process_version", Integer, nullable=False),
    Column("process_name", Name),
    Column("name", Name),
    Column("state", Name, nullable=False),
    Column("assignee", Name),
    Column("candidate_groups", Json, nullable=False),
    Column("candidate_users", Json, nullable=False),
    Column("due_date", Instant),
    Column("follow_up_date", Instant),
    Column("priority", Integer, nullable=False),
    Column("form_id", Name),
    Column("form_key", Key),
    Column("external_form", Name),
    Column("headers", Json, nullable=False),
    Column("choices", Json, nullable=False),
    Column("choose_many", Boolean, nullable=False),
    Column("question", Text),
    Column("version", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("completed_at", Instant),
)
index_by(user_task.c.state)
index_by(user_task.c.process_instance_key)
index_by(user_task.c.process_id)
Index(None, user_task.c.created_at)
index_by(user_task.c.priority)
index_where("ix_user_task_completed_at", user_task.c.completed_at, where=text("completed_at IS NOT NULL"))
index_where("ix_user_task_name", user_task.c.name, where=text("name IS NOT NULL"))
index_where("ix_user_task_assignee", user_task.c.assignee, where=text("assignee IS NOT NULL"))
index_where("ix_user_task_due_date", user_task.c.due_date, where=text("due_date IS NOT NULL"))
index_where("ix_user_task_follow_up_date", user_task.c.follow_up_date, where=text("follow_up_date IS NOT NULL"))

user_task_candidate = Table(
    "user_task_candidate",
    metadata,
    Column("user_task_key", Key, nullable=False),
    Column("root_key", Key, nullable=False),
    Column("kind", Name, nullable=False),
    Column("name", Name, nullable=False),
    Column("tenant_id", Name, nullable=False),
    PrimaryKeyConstraint("user_task_key", "kind", "name"),
)
Index(None, user_task_candidate.c.kind, user_task_candidate.c.name, user_task_candidate.c.user_task_key)

incident = Table(
    "incident",
    metadata,
    key(),
    *of_instance(),
    Column("type", Name, nullable=False),
    Column("message", Name, nullable=False),
    Column("state", Name, nullable=False),
    Column("job_key", Key),
    Column("created_at", Instant, nullable=False, index=True),
    Column("resolved_at", Instant),
)
Index(None, incident.c.state, incident.c.key)
Index(None, incident.c.process_instance_key, incident.c.key)
