"""Bring a database to the schema of this version, safely when several processes start at once."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, insert, inspect, select, text

from laneway.domain.errors import Conflict
from laneway.store.database import Database
from laneway.store.tables import metadata

HEAD = "0005"
"""The revision that this code works with; a test holds it against the newest file in ``migrations/versions``."""

_MIGRATION_LOCK = 0x6C616E65_6D696772
_MIGRATIONS = Path(__file__).parent / "migrations"
_version = Table(
    "alembic_version",
    MetaData(),  # Alembic's own, and so none of the tables that this version declares.
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def migrate(database: Database) -> None:
    """Bring it to ``HEAD``: an empty database in one go, an older one by its migrations. Alembic is imported for those alone.

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
        found = revision(connection)
        if found is None and not inspect(connection).get_table_names():
            _create(connection)
        elif found != HEAD:
            upgrade(connection)


def revision(connection: Connection) -> str | None:
    """The revision of a database; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.scalar(select(_version.c.version_num))


def _create(connection: Connection) -> None:
    metadata.create_all(connection, checkfirst=False)
    _version.create(connection)
    connection.execute(insert(_version).values(version_num=HEAD))


def upgrade(connection: Connection) -> None:
    """Run the migrations that are still to come, all of them on an empty database."""
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
