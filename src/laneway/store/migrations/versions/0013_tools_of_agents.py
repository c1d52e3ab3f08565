"""What agents say and ask for while they work on a job, and who lets them: conversations, calls of tools, approvals."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TABLES = ("agent_turn", "tool_call", "approval")


def upgrade() -> None:
    op.create_table(
        "agent_turn",
        sa.Column("job_key", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("root_key", KEY, nullable=False),
        sa.Column("process_instance_key", KEY, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("origins", sa.Text(), nullable=False),
        sa.Column("usage", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("job_key", "position", name=op.f("pk_agent_turn")),
    )
    op.create_table(
        "tool_call",
        *_of_instance(),
        sa.Column("job_key", KEY, nullable=False),
        sa.Column("agent", NAME, nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("call_id", NAME, nullable=False),
        sa.Column("tool", NAME, nullable=False),
        sa.Column("kind", NAME, nullable=True),
        sa.Column("access", NAME, nullable=True),
        sa.Column("state", NAME, nullable=False),
        sa.Column("arguments", sa.Text(), nullable=False),
        sa.Column("schema_hash", NAME, nullable=True),
        sa.Column("origins", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("approval_key", KEY, nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_tool_call")),
        sa.UniqueConstraint("job_key", "turn", "place", name=op.f("uq_tool_call_job_key_turn_place")),
    )
    _index("tool_call", "process_instance_key", "key")
    op.create_index(
        op.f("ix_tool_call_open"),
        "tool_call",
        ["state", "key"],
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "approval",
        *_of_instance(),
        sa.Column("job_key", KEY, nullable=False),
        sa.Column("tool_call_key", KEY, nullable=False),
        sa.Column("agent", NAME, nullable=False),
        sa.Column("tool", NAME, nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("schema_hash", NAME, nullable=False),
        sa.Column("arguments", sa.Text(), nullable=False),
        sa.Column("proposed", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("makers", sa.Text(), nullable=False),
        sa.Column("candidate_users", sa.Text(), nullable=False),
        sa.Column("candidate_groups", sa.Text(), nullable=False),
        sa.Column("assignee", NAME, nullable=True),
        sa.Column("state", NAME, nullable=False),
        sa.Column("seal", NAME, nullable=True),
        sa.Column("decided_by", NAME, nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_approval")),
    )
    _index("approval", "state", "key")
    _index("approval", "process_instance_key", "key")
    _index("approval", "tool_call_key")


def downgrade() -> None:
    for name in reversed(TABLES):
        op.drop_table(name)


def _of_instance() -> list[sa.Column[Any]]:
    return [
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("root_key", KEY, nullable=False),
        sa.Column("process_instance_key", KEY, nullable=False),
        sa.Column("process_definition_key", KEY, nullable=False),
        sa.Column("process_id", NAME, nullable=False),
        sa.Column("element_instance_key", KEY, nullable=False),
        sa.Column("element_id", NAME, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
    ]


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))
