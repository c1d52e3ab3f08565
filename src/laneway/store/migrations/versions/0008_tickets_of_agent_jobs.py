"""Tickets of agent jobs: procrastinate's tables and the triggers that write them, on PostgreSQL."""

from __future__ import annotations

from alembic import op

from laneway.store import tickets

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tickets.install(op.get_bind())


def downgrade() -> None:
    tickets.remove(op.get_bind())
