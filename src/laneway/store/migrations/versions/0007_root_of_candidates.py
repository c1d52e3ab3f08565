"""Candidates of user tasks carry the root instance, as all that belongs to an instance does."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OF_TASK = """
UPDATE user_task_candidate
SET root_key = (SELECT user_task.root_key FROM user_task WHERE user_task.key = user_task_candidate.user_task_key)
"""


def upgrade() -> None:
    op.add_column("user_task_candidate", sa.Column("root_key", KEY, nullable=True))
    op.execute(OF_TASK)
    op.execute("DELETE FROM user_task_candidate WHERE root_key IS NULL")
    with op.batch_alter_table("user_task_candidate") as table:
        table.alter_column("root_key", existing_type=KEY, nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("user_task_candidate") as table:
        table.drop_column("root_key")
