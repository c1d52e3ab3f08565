"""What people set around agents: kill switches, budgets with their reservations, registered sources, contracts as deployed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TABLES = ("kill_switch", "budget", "budget_reservation", "data_source", "agent_contract")


def upgrade() -> None:
    op.create_table(
        "kill_switch",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("scope", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by", NAME, nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("lifted_by", NAME, nullable=True),
        sa.Column("lifted_at", sa.BigInteger(), nullable=True),
        sa.Column("lift_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_kill_switch")),
    )
    op.create_index(
        op.f("ix_kill_switch_standing"),
        "kill_switch",
        ["key"],
        sqlite_where=sa.text("lifted_at IS NULL"),
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "budget",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("span", NAME, nullable=False),
        sa.Column("span_key", NAME, nullable=False),
        sa.Column("measure", NAME, nullable=False),
        sa.Column("currency", NAME, nullable=False),
        sa.Column("spent", KEY, nullable=False),
        sa.Column("reserved", KEY, nullable=False),
        sa.Column("most", KEY, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_budget")),
        sa.UniqueConstraint(
            "tenant_id",
            "span",
            "span_key",
            "measure",
            "currency",
            name=op.f("uq_budget_tenant_id_span_span_key_measure_currency"),
        ),
    )
    op.create_table(
        "budget_reservation",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("root_key", KEY, nullable=False),
        sa.Column("process_instance_key", KEY, nullable=False),
        sa.Column("job_key", KEY, nullable=False),
        sa.Column("lease_token", NAME, nullable=False),
        sa.Column("agent", NAME, nullable=False),
        sa.Column("model", NAME, nullable=False),
        sa.Column("amounts", sa.Text(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("reserved_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("actual", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_budget_reservation")),
    )
    op.create_index(op.f("ix_budget_reservation_job_key"), "budget_reservation", ["job_key"])
    op.create_index(
        op.f("ix_budget_reservation_open"),
        "budget_reservation",
        ["expires_at"],
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "data_source",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("owner", NAME, nullable=False),
        sa.Column("status", NAME, nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.Column("valid_from", NAME, nullable=True),
        sa.Column("valid_until", NAME, nullable=True),
        sa.Column("reviewed", NAME, nullable=True),
        sa.Column("max_age", NAME, nullable=True),
        sa.Column("made_by", NAME, nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("approved_by", NAME, nullable=True),
        sa.Column("approved_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_data_source")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_data_source_tenant_id_name")),
    )
    op.create_table(
        "agent_contract",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("hash", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("process_id", NAME, nullable=False),
        sa.Column("process_version", sa.Integer(), nullable=False),
        sa.Column("process_definition_key", KEY, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("owner", NAME, nullable=False),
        sa.Column("adapter", NAME, nullable=False),
        sa.Column("model", NAME, nullable=False),
        sa.Column("authority", NAME, nullable=False),
        sa.Column("job_types", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("deployed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_agent_contract")),
    )
    op.create_index(op.f("ix_agent_contract_hash"), "agent_contract", ["hash"])
    op.create_index(op.f("ix_agent_contract_process_definition_key"), "agent_contract", ["process_definition_key"])


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
