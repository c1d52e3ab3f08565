"""Who wrote into a running instance past what is drawn, so that they let nothing go alone that its agents make of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "instance_editor",
        sa.Column("root_key", KEY, nullable=False),
        sa.Column("person", NAME, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.PrimaryKeyConstraint("root_key", "person", name=op.f("pk_instance_editor")),
    )


def downgrade() -> None:
    op.drop_table("instance_editor")
