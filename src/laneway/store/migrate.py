"""Bring a database to the schema of this version, safely when several processes start at once."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, select, table, text
from sqlalchemy.sql import column

from laneway.domain.errors import Conflict
from laneway.store.database import Database

HEAD = "0001"
"""The revision that this code works with; a test holds it against the newest file in ``migrations/versions``."""

_MIGRATION_LOCK = 0x6C616E65_6D696772
_MIGRATIONS = Path(__file__).parent / "migrations"
_version = table("alembic_version", column("version_num"))


def migrate(database: Database) -> None:
    """Upgrade to ``HEAD``; does nothing, and does not even import Alembic, where that is done already.

    Raises
    ------
    Conflict
        ``database_newer`` if a later version of Laneway has changed the database.
    """
    with database.reading() as connection:
        if revision(connection) == HEAD:
            return
    with database.writing() as connection:
        if not database.is_sqlite:
            # SQLite's BEGIN IMMEDIATE keeps others out already.
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
        if revision(connection) != HEAD:
            _upgrade(connection)


def revision(connection: Connection) -> str | None:
    """The revision of a database; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.scalar(select(_version.c.version_num))


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, HEAD)
    except CommandError as error:
        found = revision(connection)
        raise Conflict(
            "database_newer",
            f"the database is at revision {found}, which this version of Laneway (revision {HEAD}) does not know; "
            "start the version that wrote it, or restore a backup from before",
        ) from error
