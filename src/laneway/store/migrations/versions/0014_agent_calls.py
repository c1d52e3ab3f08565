"""What agents were given and gave, to try new contracts on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "agent_call",
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
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("input", sa.Text(), nullable=False),
        sa.Column("output", sa.Text(), nullable=False),
        sa.Column("confidence", NAME),
        sa.Column("model", NAME),
        sa.Column("seconds", NAME),
        sa.Column("cost", NAME),
        sa.Column("currency", NAME),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_agent_call")),
    )
    op.create_index(op.f("ix_agent_call_tenant_id_agent_key"), "agent_call", ["tenant_id", "agent", "key"])
    op.create_index(op.f("ix_agent_call_root_key"), "agent_call", ["root_key"])


def downgrade() -> None:
    op.drop_table("agent_call")
