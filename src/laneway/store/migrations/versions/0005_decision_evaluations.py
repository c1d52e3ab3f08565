"""Version tags of decisions; the decisions that an evaluation required, each an instance of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
EVALUATED = """
UPDATE decision_instance
SET evaluation_key = key, sequence = 1, address = CAST(key AS TEXT) || '-1', root_decision_key = decision_key
"""


def upgrade() -> None:
    op.add_column("decision_definition", sa.Column("version_tag", NAME, nullable=True))
    op.create_index("ix_decision_definition_version_tag", "decision_definition", ["decision_id", "version_tag"])
    op.add_column("decision_instance", sa.Column("evaluation_key", KEY, nullable=True))
    op.add_column("decision_instance", sa.Column("address", NAME, nullable=True))
    op.add_column("decision_instance", sa.Column("root_decision_key", KEY, nullable=True))
    op.create_index(
        op.f("ix_decision_instance_evaluation_key_sequence"), "decision_instance", ["evaluation_key", "sequence"]
    )
    op.create_index(op.f("ix_decision_instance_address"), "decision_instance", ["address"])
    op.execute(EVALUATED)


def downgrade() -> None:
    op.drop_index(op.f("ix_decision_instance_address"), table_name="decision_instance")
    op.drop_index(op.f("ix_decision_instance_evaluation_key_sequence"), table_name="decision_instance")
    for column in ("root_decision_key", "address", "evaluation_key"):
        op.drop_column("decision_instance", column)
    op.drop_index("ix_decision_definition_version_tag", table_name="decision_definition")
    op.drop_column("decision_definition", "version_tag")
