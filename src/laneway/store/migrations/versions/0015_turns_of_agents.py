"""Pairs of agents that work in turns, ids that agents elsewhere give their history, and what else their models used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("autonomy_pair") as table:
        table.add_column(sa.Column("turn_key", KEY, nullable=False, server_default="0"))
        table.drop_constraint(op.f("uq_autonomy_pair_element_instance_key"), type_="unique")
        table.create_unique_constraint(
            op.f("uq_autonomy_pair_element_instance_key_turn_key"), ["element_instance_key", "turn_key"]
        )
    op.add_column("agent_history_item", sa.Column("item_id", NAME))
    op.add_column("agent_instance", sa.Column("other_tokens", sa.Text()))


def downgrade() -> None:
    op.drop_column("agent_instance", "other_tokens")
    op.drop_column("agent_history_item", "item_id")
    op.execute("DELETE FROM autonomy_pair WHERE turn_key <> 0")
    with op.batch_alter_table("autonomy_pair") as table:
        table.drop_constraint(op.f("uq_autonomy_pair_element_instance_key_turn_key"), type_="unique")
        table.create_unique_constraint(op.f("uq_autonomy_pair_element_instance_key"), ["element_instance_key"])
        table.drop_column("turn_key")
