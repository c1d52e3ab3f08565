"""What a command did stands in its audit record, told by a route where others did the same; fewer and smaller indexes."""

from __future__ import annotations

import hashlib
from typing import Any

import sqlalchemy as sa
from alembic import op

from laneway.store import packing

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

Indexed = tuple[str, str, list[str], str | None]

BEFORE: tuple[Indexed, ...] = (
    ("ix_audit_log_command_key", "audit_log", ["command_key"], "command_key IS NOT NULL"),
    ("ix_audit_log_process_instance_key_key", "audit_log", ["process_instance_key", "key"], None),
    ("ix_audit_log_entity_key", "audit_log", ["entity_key"], None),
    ("ix_audit_log_at", "audit_log", ["at"], None),
    ("ix_process_instance_root_key", "process_instance", ["root_key"], None),
    ("ix_process_instance_state_key", "process_instance", ["state", "key"], None),
    ("ix_process_instance_ended_at", "process_instance", ["ended_at"], None),
    ("ix_process_instance_process_definition_key_key", "process_instance", ["process_definition_key", "key"], None),
    ("ix_element_instance_process_instance_key_key", "element_instance", ["process_instance_key", "key"], None),
    (
        "ix_element_instance_process_definition_key_element_id_key",
        "element_instance",
        ["process_definition_key", "element_id", "key"],
        None,
    ),
    ("ix_variable_root_key", "variable", ["root_key"], None),
    ("ix_variable_process_instance_key_name", "variable", ["process_instance_key", "name"], None),
    ("ix_user_task_completed_at", "user_task", ["completed_at"], None),
    ("ix_user_task_name", "user_task", ["name"], None),
)
AFTER: tuple[Indexed, ...] = (
    (
        "ix_audit_log_process_instance_key",
        "audit_log",
        ["process_instance_key", "key"],
        "process_instance_key <> root_key",
    ),
    ("ix_audit_log_entity_key", "audit_log", ["entity_key"], "entity_key <> root_key"),
    ("ix_audit_log_route_key", "audit_log", ["route_key"], "route_key IS NOT NULL"),
    ("ix_audit_log_at", "audit_log", ["at"], None),
    ("ix_process_instance_root_key", "process_instance", ["root_key"], "root_key <> key"),
    ("ix_process_instance_active", "process_instance", ["key"], "state = 'ACTIVE'"),
    ("ix_process_instance_terminated", "process_instance", ["key"], "state = 'TERMINATED'"),
    ("ix_process_instance_ended_at", "process_instance", ["ended_at"], "ended_at IS NOT NULL"),
    (
        "ix_element_instance_process_instance_key_key",
        "element_instance",
        ["process_instance_key", "key"],
        "ended_at IS NOT NULL",
    ),
    (
        "ix_element_instance_process_definition_key_element_id_key",
        "element_instance",
        ["process_definition_key", "element_id", "key"],
        "ended_at IS NOT NULL",
    ),
    (
        "ix_variable_process_instance_key_name",
        "variable",
        ["process_instance_key", "name"],
        "process_instance_key <> scope_key",
    ),
    ("ix_user_task_completed_at", "user_task", ["completed_at"], "completed_at IS NOT NULL"),
    ("ix_user_task_name", "user_task", ["name"], "name IS NOT NULL"),
)
HASHES = (("audit_log", "hash"), ("audit_head", "hash"), ("process_instance", "audit_hash"))

_CALL = "UPDATE {table} SET {column} = {function}({column})"

EVENTS_OF_RECORD = """
UPDATE audit_log SET events = (
    SELECT history.events FROM history WHERE history.root_key = audit_log.root_key AND history.sequence = audit_log.after
) WHERE events_digest <> ''
"""
HISTORY_OF_RECORD = """
INSERT INTO history (root_key, sequence, tenant_id, at, actor_kind, actor_id, operation, events)
SELECT root_key, after, tenant_id, at, actor_kind, actor_id, operation, events FROM audit_log WHERE events IS NOT NULL
"""
PREVIOUS = """
UPDATE audit_log SET previous_hash = coalesce((
    SELECT other.hash FROM audit_log AS other WHERE other.root_key = audit_log.root_key
        AND other.tenant_id = audit_log.tenant_id AND other.sequence = audit_log.sequence - 1
), '')
"""


def upgrade() -> None:
    _drop(BEFORE)
    op.add_column("audit_log", sa.Column("events", sa.LargeBinary(), nullable=True))
    op.add_column("audit_log", sa.Column("route_key", KEY, nullable=True))
    op.execute(EVENTS_OF_RECORD)
    op.drop_table("history")
    _into_bytes()
    with op.batch_alter_table("audit_log") as table:
        table.drop_column("previous_hash")
        table.drop_column("events_digest")
    op.create_table(
        "route",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_route")),
    )
    op.create_table(
        "route_element",
        sa.Column("route_key", KEY, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("process_definition_key", KEY, nullable=False),
        sa.Column("process_id", NAME, nullable=False),
        sa.Column("parent_place", sa.Integer(), nullable=True),
        sa.Column("element_id", NAME, nullable=False),
        sa.Column("element_name", NAME, nullable=True),
        sa.Column("type", NAME, nullable=False),
        sa.Column("state", NAME, nullable=False),
        sa.PrimaryKeyConstraint("route_key", "place", name=op.f("pk_route_element")),
    )
    op.create_index(
        op.f("ix_route_element_process_definition_key_element_id"),
        "route_element",
        ["process_definition_key", "element_id"],
    )
    op.create_index(op.f("ix_route_element_element_id"), "route_element", ["element_id"])
    _create(AFTER)


def downgrade() -> None:
    bind = op.get_bind()
    if bind.execute(sa.text("SELECT 1 FROM audit_log WHERE route_key IS NOT NULL LIMIT 1")).first() is not None:
        raise RuntimeError(
            "what commands did is told by routes, which revision 0008 cannot read; restore a backup from before"
        )
    _drop(AFTER)
    op.drop_table("route_element")
    op.drop_table("route")
    op.create_table(
        "history",
        sa.Column("root_key", KEY, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor_kind", NAME, nullable=False),
        sa.Column("actor_id", NAME, nullable=False),
        sa.Column("operation", NAME, nullable=False),
        sa.Column("events", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("root_key", "sequence", name=op.f("pk_history")),
    )
    op.execute(HISTORY_OF_RECORD)
    op.add_column("audit_log", sa.Column("previous_hash", sa.Text(), nullable=False, server_default=""))
    op.add_column("audit_log", sa.Column("events_digest", sa.Text(), nullable=False, server_default=""))
    _into_text()
    op.execute(PREVIOUS)
    for key, events in bind.execute(sa.text("SELECT key, events FROM audit_log WHERE events IS NOT NULL")).all():
        digest = hashlib.sha256(packing.unpack(bytes(events))).hexdigest()
        bind.execute(
            sa.text("UPDATE audit_log SET events_digest = :digest WHERE key = :key"), {"digest": digest, "key": key}
        )
    with op.batch_alter_table("audit_log") as table:
        table.alter_column("previous_hash", existing_type=sa.Text(), server_default=None)
        table.alter_column("events_digest", existing_type=sa.Text(), server_default=None)
        table.drop_column("route_key")
        table.drop_column("events")
    _create(BEFORE)


def _drop(indexes: tuple[Indexed, ...]) -> None:
    for name, table, _, _ in indexes:
        op.drop_index(op.f(name), table_name=table)


def _create(indexes: tuple[Indexed, ...]) -> None:
    for name, table, columns, where in indexes:
        condition: Any = None if where is None else sa.text(where)
        op.create_index(op.f(name), table, columns, sqlite_where=condition, postgresql_where=condition)


def _into_bytes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _sqlite_function("laneway_bytes", bytes.fromhex)
        for table, column in HASHES:
            op.execute(_CALL.format(table=table, column=column, function="laneway_bytes"))
    _retype(sa.Text(), sa.LargeBinary(), "decode({}, 'hex')")


def _into_text() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _sqlite_function("laneway_text", bytes.hex)
        for table, column in HASHES:
            op.execute(_CALL.format(table=table, column=column, function="laneway_text"))
    _retype(sa.LargeBinary(), sa.Text(), "encode({}, 'hex')")


def _retype(old: Any, new: Any, using: str) -> None:
    for table, column in HASHES:
        kind = NAME if table == "process_instance" and isinstance(new, sa.Text) else new
        with op.batch_alter_table(table) as altered:
            altered.alter_column(
                column, existing_type=old, type_=kind, existing_nullable=False, postgresql_using=using.format(column)
            )


def _sqlite_function(name: str, made: Any) -> None:
    connection = op.get_bind().connection.driver_connection
    assert connection is not None
    connection.create_function(name, 1, made, deterministic=True)
