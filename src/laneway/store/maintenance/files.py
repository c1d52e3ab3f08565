"""Backup and restore of SQLite files: whole or not at all, whenever the power goes."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from laneway.domain.errors import InvalidInput

Progress = Callable[[int, int], None]
"""Called with what is done and with all there is: pages of a file, tables of a server."""

PAGES_AT_ONCE = 1_000


def copy(source: Path, target: Path, progress: Progress, *, live: bool) -> None:
    """One consistent copy of what is committed now, while others read and write the source (SQLite's backup interface).

    ``live``: processes may be at work on the source, which has its log beside it then.
    A read transaction is held all the while: without one the copying would begin again after each write of another process.
    """
    try:
        _copy(source, target, progress, live)
    except sqlite3.DatabaseError as error:
        raise InvalidInput("backup_unusable", f"{source} cannot be copied: {error}") from error


def _copy(source: Path, target: Path, progress: Progress, live: bool) -> None:
    with closing(sqlite3.connect(f"{source.as_uri()}?mode={'rw' if live else 'ro'}", uri=True, timeout=30)) as reading:
        reading.isolation_level = None
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM sqlite_master").fetchone()
        with closing(sqlite3.connect(target)) as writing:
            reading.backup(
                writing, pages=PAGES_AT_ONCE, progress=lambda _, left, total: progress(total - left, total), sleep=0.0
            )
        reading.execute("ROLLBACK")
    sync(target)


def without_log(path: Path) -> None:
    """Make it one file, that opens where nothing may be written."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE").fetchone()
    sync(path)


def put_in_place(made: Path, target: Path) -> None:
    """Under its name, at once or not at all."""
    os.replace(made, target)
    sync(target.parent)


def set_aside(target: Path, suffix: str) -> Path | None:
    """Keep the file, and its log, under another name beside it; the file itself stays until it is replaced.

    What its log holds is written into it first. The log must not stay: SQLite would play it into the file that follows.
    """
    if not target.exists():
        return None
    kept = target.with_name(target.name + suffix)
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(target, timeout=5)) as old:
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    os.link(target, kept)
    log = target.with_name(target.name + "-wal")
    if log.exists():
        os.replace(log, kept.with_name(kept.name + "-wal"))
    target.with_name(target.name + "-shm").unlink(missing_ok=True)
    return kept


def remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def require_database(path: Path) -> None:
    """InvalidInput ``backup_unusable`` if it is no SQLite database."""
    if not path.is_file():
        raise InvalidInput("backup_unusable", f"{path} is no file")
    with path.open("rb") as file:
        if file.read(16) != b"SQLite format 3\0":
            raise InvalidInput("backup_unusable", f"{path} is no SQLite database; was it made by `laneway db backup`?")
