"""The operator's commands over one database; the terminal's ``laneway db …`` calls them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, select

from laneway.domain.errors import Conflict, InvalidInput
from laneway.store import migrate
from laneway.store.database import Database
from laneway.store.maintenance import files, servers
from laneway.store.maintenance.checks import Finding, checks
from laneway.store.maintenance.files import Progress
from laneway.store.tables import node


def silent(_: int, __: int) -> None:
    """No progress is shown."""


class Maintenance:
    """Opens the database for each command anew, without leasing a node, and migrates nothing but in ``upgrade``."""

    def __init__(self, url: str) -> None:
        self._url = url

    def plan(self) -> dict[str, Any]:
        """``found`` and ``expected`` revision, ``steps``: (revision, what it does) still to come, ``atWork``: nodes that
        have a lease. Changes nothing."""
        found, empty = None, True
        if not self._is_missing():
            with self._open() as database, database.reading() as connection:
                found = migrate.revision(connection)
                empty = not inspect(connection).get_table_names()
        steps = [(migrate.HEAD, "Create the tables")] if empty else migrate.steps(found)
        return {"found": found, "expected": migrate.HEAD, "steps": steps, "atWork": [] if empty else self.at_work()}

    def upgrade(self, told: Callable[[str, str], None]) -> None:
        """Run the migrations in one transaction; ``told`` hears of each before it runs. Conflict ``database_newer``."""
        with self._open(create=True) as database:
            migrate.migrate(database, told)

    def check(self) -> Iterator[Finding]:
        with self._open() as database, database.reading() as connection:
            yield from checks(database, connection)

    def at_work(self) -> list[int]:
        """Ids of nodes whose lease has not run out: processes that work on this database, or died within the last minute."""
        with self._open() as database, database.reading() as connection:
            if not inspect(connection).has_table(node.name):
                return []
            now = database.now(connection)
            return [row.id for row in connection.execute(select(node.c.id).where(node.c.leased_until > now))]

    def backup(self, target: Path, *, force: bool, progress: Progress = silent) -> int:
        """Write a consistent copy to ``target`` while others work; gives its bytes. What is there is replaced once the copy is
        whole and sound.

        Raises
        ------
        Conflict
            ``backup_exists`` without ``force``.
        InvalidInput
            ``backup_in_memory``, ``backup_unsound``, ``tool_missing``, ``backup_failed``
        """
        if target.exists() and not force:
            raise Conflict("backup_exists", f"{target} is there already; choose another name, or --force")
        made = target.with_name(target.name + ".partial")
        files.remove(made)
        try:
            with self._open() as database:
                if database.is_sqlite:
                    files.copy(_file(database), made, progress, live=True)
                    _require_sound(made)
                    files.without_log(made)
                else:
                    servers.dump(database.url, made, progress)
                    servers.require_dump(made)
            files.put_in_place(made, target)
        except BaseException:
            files.remove(made)
            raise
        return target.stat().st_size

    def restore(self, source: Path, *, force: bool, progress: Progress = silent) -> Path | None:
        """Put what ``backup`` wrote in the place of the database; gives where the file that was there is kept (SQLite).

        Raises
        ------
        Conflict
            ``database_exists`` without ``force``; ``database_in_use`` if a process works on it, always.
        InvalidInput
            ``backup_unusable``, ``backup_unsound``, ``tool_missing``, ``restore_failed``
        """
        probe = Database(self._url)
        probe.close()
        if probe.is_sqlite:
            return self._restore_file(_file(probe), source, force, progress)
        servers.require_dump(source)
        with self._open() as database, database.reading() as connection:
            there = bool(inspect(connection).get_table_names())
        self._require_replaceable(there, force)
        servers.restore(database.url, source, progress, replacing=there)
        return None

    def _restore_file(self, target: Path, source: Path, force: bool, progress: Progress) -> Path | None:
        files.require_database(source)
        there = target.exists() and target.stat().st_size > 0
        self._require_replaceable(there, force)
        made = target.with_name(target.name + ".restoring")
        files.remove(made)
        try:
            files.copy(source.resolve(), made, progress, live=False)
            _require_sound(made)
            kept = files.set_aside(target, f".replaced-{datetime.now(UTC):%Y%m%dT%H%M%S%f}") if there else None
            files.put_in_place(made, target)
        except BaseException:
            files.remove(made)
            raise
        return kept

    def _require_replaceable(self, there: bool, force: bool) -> None:
        if not there:
            return
        if not force:
            raise Conflict("database_exists", f"{_shown(self._url)} holds something already; --force replaces it")
        try:
            nodes = self.at_work()
        except InvalidInput:
            return  # it cannot be opened: nobody works on it, and restoring is what mends it
        if nodes:
            raise Conflict(
                "database_in_use",
                f"{len(nodes)} processes work on {_shown(self._url)}; stop them first (the lease of one that was killed ends "
                "within a minute)",
            )

    def _is_missing(self) -> bool:
        """A file that is not there: looking into it would make it."""
        database = Database(self._url)
        return database.is_sqlite and not database.in_memory and not _file(database).exists()

    @contextmanager
    def _open(self, *, create: bool = False) -> Iterator[Database]:
        database = Database(self._url)
        try:
            if not create and self._is_missing():
                raise InvalidInput("database_unusable", f"{_shown(self._url)}: there is no such file")
            database.probe()
            yield database
        finally:
            database.close()


def _file(database: Database) -> Path:
    if database.in_memory:
        raise InvalidInput("backup_in_memory", "a database in memory ends with its process; it has no backup")
    return Path(str(database.url.database)).resolve()


def _shown(url: str) -> str:
    return Database(url).url.render_as_string(hide_password=True)


def _require_sound(made: Path) -> None:
    """Pages, schema and rows of a file; one of an older version is sound too, and upgraded when it is opened."""
    database = Database(f"sqlite:///{made}")
    try:
        with database.reading() as connection:
            wrong = [one for one in checks(database, connection) if not one.sound]
            older = (migrate.revision(connection) or migrate.HEAD + "?") < migrate.HEAD
    finally:
        database.close()
    wrong = [one for one in wrong if not (older and one.check == "schema version")]
    if wrong:
        said = "; ".join(f"{one.check}: {one.problem}" for one in wrong)
        raise InvalidInput("backup_unsound", f"the copy is not sound, and nothing was replaced: {said}")
