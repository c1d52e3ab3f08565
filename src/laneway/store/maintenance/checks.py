"""Is a database sound? Its pages, its schema, rows that point nowhere, and the audit trail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, exists, func, inspect, or_, select, text
from sqlalchemy.exc import DBAPIError

from laneway.store import chain
from laneway.store.database import Database
from laneway.store.migrate import HEAD, revision
from laneway.store.tables import (
    element_instance,
    incident,
    job,
    message_subscription,
    metadata,
    process_definition,
    process_instance,
    signal_subscription,
    timer,
    user_task,
)
from laneway.store.tables.base import indexes_on

MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One check and what came of it. ``problem`` is empty where all is well; ``detail`` says what was looked at."""

    check: str
    detail: str = ""
    problem: str = ""

    @property
    def sound(self) -> bool:
        return not self.problem


def checks(database: Database, connection: Connection) -> Iterator[Finding]:
    """Cheap ones first. Where pages are broken, or the schema is another one than this version's, the rows are not looked at."""
    whole = pages(database, connection)
    yield whole
    if not whole.sound:
        return  # what is read from broken pages may be anything
    version = schema_version(connection)
    yield version
    if not version.sound:
        return
    yield declared(connection)
    for name, broken in _DANGLING:
        yield _dangling(connection, name, broken)
    yield audit(connection)


def pages(database: Database, connection: Connection) -> Finding:
    if not database.is_sqlite:
        return Finding("pages", "PostgreSQL looks after its own; initdb's checksums or amcheck tell more")
    try:
        said = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check(20)"))]
        count = connection.execute(text("PRAGMA page_count")).scalar_one()
    except DBAPIError as error:
        return Finding("pages", problem=str(error.orig))
    return Finding("pages", f"{count} pages", "" if said == ["ok"] else "; ".join(said))


def schema_version(connection: Connection) -> Finding:
    found = revision(connection)
    if found == HEAD:
        return Finding("schema version", f"revision {found}")
    if found is None:
        return Finding("schema version", problem="the database is empty, or none of Laneway's")
    advice = "run `laneway db upgrade`" if found < HEAD else "use the version of Laneway that wrote it"
    return Finding("schema version", problem=f"revision {found}, this version works with {HEAD}: {advice}")


def declared(connection: Connection) -> Finding:
    """Every table, column and index that this version declares is there."""
    seen = inspect(connection)
    there = set(seen.get_table_names())
    missing = sorted(f"table {name}" for name in metadata.tables.keys() - there)
    for name in metadata.tables.keys() & there:
        table = metadata.tables[name]
        columns = {column["name"] for column in seen.get_columns(name)}
        indexes = {index["name"] for index in seen.get_indexes(name)}
        missing += [f"column {name}.{column.name}" for column in table.columns if column.name not in columns]
        missing += [
            f"index {index.name}" for index in indexes_on(connection.dialect.name, table) if index.name not in indexes
        ]
    return Finding("schema", f"{len(metadata.tables)} tables", f"missing: {', '.join(missing)}" if missing else "")


def audit(connection: Connection) -> Finding:
    found = chain.verify(connection)
    bad = found["first_bad"]
    problem = f"{bad['problem']} (root {bad['rootProcessInstanceKey']}, record {bad['sequence']})" if bad else ""
    return Finding("audit trail", f"{found['checked']} records", problem)


def _live_element(key: ColumnElement[Any]) -> ColumnElement[bool]:
    root = process_instance.alias("root")
    live = exists().where(element_instance.c.key == key, element_instance.c.ended_at.is_(None))
    return or_(live, exists().where(root.c.key == key, root.c.slot.is_not(None), root.c.ended_at.is_(None)))


def _active_instance(key: ColumnElement[Any]) -> ColumnElement[bool]:
    other = process_instance.alias("instance")
    return exists().where(other.c.key == key, other.c.state == "ACTIVE")


def _waiting(table: Any, *conditions: ColumnElement[bool]) -> Select[Any]:
    """Keys of rows that wait, although their element has ended or was never there."""
    return select(table.c.key).where(*conditions, ~_live_element(table.c.element_instance_key))


_DANGLING: tuple[tuple[str, Select[Any]], ...] = (
    ("open jobs without a live element", _waiting(job, job.c.ended_at.is_(None))),
    (
        "open user tasks without a live element",
        _waiting(user_task, user_task.c.state.not_in(("COMPLETED", "CANCELED"))),
    ),
    ("timers without a live element", _waiting(timer, timer.c.start_trigger_key.is_(None))),
    (
        "message subscriptions without a live element",
        _waiting(message_subscription, message_subscription.c.state == "CREATED"),
    ),
    ("signal subscriptions without a live element", _waiting(signal_subscription)),
    ("open incidents without a live element", _waiting(incident, incident.c.state == "ACTIVE")),
    (
        "live elements of instances that are not active",
        select(element_instance.c.key).where(
            element_instance.c.ended_at.is_(None), ~_active_instance(element_instance.c.process_instance_key)
        ),
    ),
    (
        "active instances without a live element",
        select(process_instance.c.key).where(
            process_instance.c.state == "ACTIVE",
            process_instance.c.runtime.is_(
                None
            ),  # The row of a root is its element: with something in here, it waits itself.
            ~exists().where(
                element_instance.c.process_instance_key == process_instance.c.key, element_instance.c.ended_at.is_(None)
            ),
        ),
    ),
    (
        "active instances without a definition",
        select(process_instance.c.key).where(
            process_instance.c.state == "ACTIVE",
            ~exists().where(process_definition.c.key == process_instance.c.process_definition_key),
        ),
    ),
    (
        "active called instances without an active root",
        select(process_instance.c.key).where(
            process_instance.c.state == "ACTIVE", ~_active_instance(process_instance.c.root_key)
        ),
    ),
)
"""What must not be there, with the keys of those rows. Only what lives is looked at: what has ended may be packed or gone."""


def _dangling(connection: Connection, name: str, broken: Select[Any]) -> Finding:
    count = connection.execute(select(func.count()).select_from(broken.subquery())).scalar_one()
    if count == 0:
        return Finding(name, "none")
    keys = ", ".join(str(row[0]) for row in connection.execute(broken.limit(MOST_SHOWN)))
    return Finding(name, problem=f"{count}: {keys}{', …' if count > MOST_SHOWN else ''}")
