"""The key of the command on its audit records; which instance a message with a correlation key started."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

STARTED = """
INSERT INTO message_start (tenant_id, process_id, correlation_key, root_key)
SELECT taken.tenant_id, taken.process_id, taken.correlation_key, max(taken.root_key)
FROM message_correlation AS taken
JOIN process_instance AS instance ON instance.key = taken.root_key AND instance.state = 'ACTIVE'
JOIN start_trigger AS trigger_of_process ON trigger_of_process.tenant_id = taken.tenant_id
    AND trigger_of_process.process_id = taken.process_id AND trigger_of_process.element_id = taken.element_id
WHERE taken.element_instance_key = taken.root_key AND taken.correlation_key <> ''
GROUP BY taken.tenant_id, taken.process_id, taken.correlation_key
"""


def upgrade() -> None:
    op.add_column("audit_log", sa.Column("command_key", KEY, nullable=True))
    known = sa.text("command_key IS NOT NULL")
    op.create_index(
        op.f("ix_audit_log_command_key"), "audit_log", ["command_key"], sqlite_where=known, postgresql_where=known
    )
    op.create_table(
        "message_start",
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("process_id", NAME, nullable=False),
        sa.Column("correlation_key", NAME, nullable=False),
        sa.Column("root_key", KEY, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "process_id", "correlation_key", name=op.f("pk_message_start")),
    )
    op.create_index(op.f("ix_message_start_root_key"), "message_start", ["root_key"])
    op.execute(STARTED)


def downgrade() -> None:
    op.drop_table("message_start")
    op.drop_index(op.f("ix_audit_log_command_key"), table_name="audit_log")
    op.drop_column("audit_log", "command_key")
