"""What many audit records say alike is kept once. Older records stay as they are: a table and an empty column, whatever there is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
WRITTEN_OUT = """
UPDATE audit_log SET (operation, entity_type, actor_kind, actor_id, result, process_definition_key, process_id, element_id, details) = (
    SELECT operation, entity_type, actor_kind, actor_id, result, process_definition_key, process_id, element_id, details
    FROM phrase WHERE phrase.key = audit_log.phrase_key
) WHERE phrase_key IS NOT NULL
"""
OF_THE_ROOT = """
UPDATE audit_log SET process_instance_key = root_key
WHERE phrase_key IS NOT NULL AND process_instance_key IS NULL AND root_key <> 0
"""


def upgrade() -> None:
    op.add_column("audit_log", sa.Column("phrase_key", KEY, nullable=True))
    op.create_table(
        "phrase",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("operation", NAME, nullable=False),
        sa.Column("entity_type", NAME, nullable=False),
        sa.Column("actor_kind", NAME, nullable=False),
        sa.Column("actor_id", NAME, nullable=False),
        sa.Column("result", NAME, nullable=False),
        sa.Column("process_definition_key", KEY, nullable=True),
        sa.Column("process_id", NAME, nullable=True),
        sa.Column("element_id", NAME, nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_phrase")),
    )


def downgrade() -> None:
    op.execute(WRITTEN_OUT)
    op.execute(OF_THE_ROOT)
    op.drop_table("phrase")
    op.drop_column("audit_log", "phrase_key")
