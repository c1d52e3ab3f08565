"""Agents of the diagrams, their instances and what was said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "agent_definition",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("process_definition_key", KEY, nullable=False),
        sa.Column("process_id", NAME, nullable=False),
        sa.Column("process_version", sa.Integer(), nullable=False),
        sa.Column("version_tag", NAME, nullable=True),
        sa.Column("element_id", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("agent_type", NAME, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_agent_definition")),
        sa.UniqueConstraint(
            "process_definition_key", "element_id", name=op.f("uq_agent_definition_process_definition_key_element_id")
        ),
    )
    op.create_table(
        "agent_instance",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("root_key", KEY, nullable=False),
        sa.Column("process_instance_key", KEY, nullable=False),
        sa.Column("process_definition_key", KEY, nullable=False),
        sa.Column("process_id", NAME, nullable=False),
        sa.Column("element_instance_key", KEY, nullable=False),
        sa.Column("element_id", NAME, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("process_version", sa.Integer(), nullable=False),
        sa.Column("version_tag", NAME, nullable=True),
        sa.Column("agent", NAME, nullable=False),
        sa.Column("agent_type", NAME, nullable=False),
        sa.Column("status", NAME, nullable=False),
        sa.Column("model", NAME, nullable=False),
        sa.Column("provider", NAME, nullable=False),
        sa.Column("system_prompt", NAME, nullable=False),
        sa.Column("tools", sa.Text(), nullable=False),
        sa.Column("limits", sa.Text(), nullable=False),
        sa.Column("element_instance_keys", sa.Text(), nullable=False),
        sa.Column("input_tokens", KEY, nullable=False),
        sa.Column("output_tokens", KEY, nullable=False),
        sa.Column("model_calls", sa.Integer(), nullable=False),
        sa.Column("tool_calls", sa.Integer(), nullable=False),
        sa.Column("cost", NAME, nullable=True),
        sa.Column("currency", NAME, nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("completed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_agent_instance")),
    )
    op.create_index(op.f("ix_agent_instance_element_instance_key"), "agent_instance", ["element_instance_key"])
    op.create_index(
        op.f("ix_agent_instance_process_instance_key_key"), "agent_instance", ["process_instance_key", "key"]
    )
    op.create_index(
        op.f("ix_agent_instance_process_definition_key_element_id"),
        "agent_instance",
        ["process_definition_key", "element_id"],
    )
    op.create_table(
        "agent_history_item",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("root_key", KEY, nullable=False),
        sa.Column("agent_instance_key", KEY, nullable=False),
        sa.Column("element_instance_key", KEY, nullable=False),
        sa.Column("job_key", KEY, nullable=False),
        sa.Column("lease_token", NAME, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("iteration", sa.Integer(), nullable=False),
        sa.Column("role", NAME, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("tool_calls", sa.Text(), nullable=False),
        sa.Column("metrics", sa.Text(), nullable=True),
        sa.Column("configuration", sa.Text(), nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("status", NAME, nullable=False),
        sa.Column("produced_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_agent_history_item")),
        sa.UniqueConstraint(
            "agent_instance_key", "sequence", name=op.f("uq_agent_history_item_agent_instance_key_sequence")
        ),
    )


def downgrade() -> None:
    op.drop_table("agent_history_item")
    op.drop_table("agent_instance")
    op.drop_table("agent_definition")
