"""Bring a database to the schema of this version, safely when several processes start at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, insert, inspect, select, text

from laneway.domain.errors import Conflict
from laneway.store import tickets
from laneway.store.database import Database
from laneway.store.tables import metadata

if TYPE_CHECKING:
    from alembic.config import Config

Told = Callable[[str, str], None]

HEAD = "0020"
"""The revision that this code works with; a test holds it against the newest file in ``migrations/versions``."""

_MIGRATION_LOCK = 0x6C616E65_6D696772
_MIGRATIONS = Path(__file__).parent / "migrations"
_version = Table(
    "alembic_version",
    MetaData(),  # Alembic's own, and so none of the tables that this version declares.
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def migrate(database: Database, told: Told | None = None) -> None:
    """Bring it to ``HEAD``: an empty database in one go, an older one by its migrations. Alembic is imported for those alone.

    ``told`` hears of each step before it runs: its revision, and what it does.

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
        if found is not None and not database.is_sqlite:
            # Commands read it first: those that are at work end before, and whoever comes then sees what it is.
            connection.execute(text("LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE"))
        if found is None and not inspect(connection).get_table_names():
            if told is not None:
                told(HEAD, "Create the tables")
            _create(connection)
        elif found != HEAD:
            upgrade(connection, told)


def revision(connection: Connection) -> str | None:
    """The revision of a database; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.scalar(select(_version.c.version_num))


def _create(connection: Connection) -> None:
    metadata.create_all(connection, checkfirst=False)
    _version.create(connection)
    connection.execute(insert(_version).values(version_num=HEAD))
    tickets.install(connection)


def steps(found: str | None) -> list[tuple[str, str]]:
    """The migrations that are still to come after ``found``, first to last: revision, and what it does. Conflict ``database_newer``."""
    from alembic.script import ScriptDirectory
    from alembic.script.revision import RevisionError
    from alembic.util import CommandError

    scripts = ScriptDirectory.from_config(_config())
    try:
        coming = [(one.revision, " ".join(one.doc.split())) for one in scripts.iterate_revisions(HEAD, found or "base")]
    except (CommandError, RevisionError) as error:
        raise _newer(found) from error
    return coming[::-1]


def upgrade(connection: Connection, told: Told | None = None) -> None:
    """Run the migrations that are still to come, all of them on an empty database."""
    from alembic import command
    from alembic.util import CommandError

    config = _config()
    config.attributes["connection"] = connection
    try:
        for step, what in steps(revision(connection)):
            if told is not None:
                told(step, what)
            command.upgrade(config, step)
    except CommandError as error:
        raise _newer(revision(connection)) from error


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _newer(found: str | None) -> Conflict:
    return Conflict(
        "database_newer",
        f"the database is at revision {found}, which this version of Laneway (revision {HEAD}) does not know; "
        "start the version that wrote it, or restore a backup from before",
    )
