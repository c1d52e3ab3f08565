"""On SQLite, the key of a row stands once in the entries of an index. Takes about ten seconds for each million instances, tasks and jobs."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

INDEXES = (
    ("process_instance", "process_id"),
    ("job", "process_instance_key"),
    ("job", "state"),
    ("job", "type"),
    ("user_task", "state"),
    ("user_task", "process_instance_key"),
    ("user_task", "process_id"),
    ("user_task", "priority"),
)


def upgrade() -> None:
    _change("_key", "", ())


def downgrade() -> None:
    _change("", "_key", ("key",))


def _change(before: str, after: str, behind: tuple[str, ...]) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for table, column in INDEXES:
        op.drop_index(op.f(f"ix_{table}_{column}{before}"), table_name=table)
        op.create_index(op.f(f"ix_{table}_{column}{after}"), table, [column, *behind])
