"""The dial of autonomy: its settings, its pairs, and the level of an agent's job."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "autonomy_setting",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("process_id", NAME, nullable=False),
        sa.Column("element_id", NAME, nullable=False),
        sa.Column("level", NAME, nullable=False),
        sa.Column("before", NAME, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", NAME, nullable=False),
        sa.Column("requested_by", NAME, nullable=False),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_by", NAME),
        sa.Column("confirmed_at", sa.BigInteger()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_autonomy_setting")),
    )
    op.create_index(
        "ix_autonomy_setting_active",
        "autonomy_setting",
        ["tenant_id", "process_id", "element_id"],
        unique=True,
        sqlite_where=sa.text("state = 'ACTIVE'"),
        postgresql_where=sa.text("state = 'ACTIVE'"),
    )
    op.create_index(
        op.f("ix_autonomy_setting_tenant_id_process_id_key"), "autonomy_setting", ["tenant_id", "process_id", "key"]
    )
    op.create_table(
        "autonomy_pair",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("root_key", KEY, nullable=False),
        sa.Column("process_instance_key", KEY, nullable=False),
        sa.Column("process_definition_key", KEY, nullable=False),
        sa.Column("process_id", NAME, nullable=False),
        sa.Column("element_instance_key", KEY, nullable=False),
        sa.Column("element_id", NAME, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("agent", NAME, nullable=False),
        sa.Column("contract", NAME, nullable=False),
        sa.Column("level", NAME, nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.BigInteger()),
        sa.Column("output", sa.Text()),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.Column("failure", sa.Text()),
        sa.Column("confidence", NAME),
        sa.Column("model", NAME),
        sa.Column("agent_seconds", NAME),
        sa.Column("cost", NAME),
        sa.Column("currency", NAME),
        sa.Column("decided_at", sa.BigInteger()),
        sa.Column("decided_by", NAME),
        sa.Column("verdict", NAME),
        sa.Column("decision", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("person_seconds", NAME),
        sa.Column("agreed", sa.Boolean()),
        sa.Column("fields", sa.Text()),
        sa.Column("distance", NAME),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_autonomy_pair")),
        sa.UniqueConstraint("element_instance_key", name=op.f("uq_autonomy_pair_element_instance_key")),
    )
    complete = sa.text("agreed IS NOT NULL")
    op.create_index(
        "ix_autonomy_pair_complete",
        "autonomy_pair",
        ["tenant_id", "process_id", "element_id", "key"],
        sqlite_where=complete,
        postgresql_where=complete,
    )
    op.create_index(op.f("ix_autonomy_pair_root_key"), "autonomy_pair", ["root_key"])
    op.add_column("job", sa.Column("autonomy", NAME))


def downgrade() -> None:
    op.drop_column("job", "autonomy")
    op.drop_table("autonomy_pair")
    op.drop_table("autonomy_setting")
