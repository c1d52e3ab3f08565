"""Whose words a root holds, and which agents it had, without reading its record. Instances that run keep their record as the only one to tell."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

OF_AGENTS = sa.text("agent IS NOT NULL")


def upgrade() -> None:
    op.add_column("process_instance", sa.Column("origins", sa.SmallInteger(), nullable=True))
    op.create_index(
        "ix_job_root_key_agent",
        "job",
        ["root_key", "agent"],
        sqlite_where=OF_AGENTS,
        postgresql_where=OF_AGENTS,
    )


def downgrade() -> None:
    op.drop_index("ix_job_root_key_agent", table_name="job")
    op.drop_column("process_instance", "origins")
