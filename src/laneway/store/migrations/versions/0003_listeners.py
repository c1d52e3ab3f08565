"""What a job is for, and the event of the listener that it is; earlier jobs were all for their element."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("job", sa.Column("purpose", NAME, nullable=True))
    op.add_column("job", sa.Column("listener_event", NAME, nullable=True))


def downgrade() -> None:
    op.drop_column("job", "listener_event")
    op.drop_column("job", "purpose")
