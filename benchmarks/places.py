"""Where databases of the benchmarks lie: SQLite in memory (tmpfs) and on disk, and a throw-away PostgreSQL that flushes."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.postgres import PostgresServer

TMPFS = Path("/dev/shm")
TICKS = os.sysconf("SC_CLK_TCK")


class Place:
    """Gives empty databases, one after another."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder
        self._numbers = itertools.count(1)

    def url(self) -> str:
        return f"sqlite:///{self.folder / f'bench-{next(self._numbers)}.db'}"

    def cpu(self) -> float:
        """CPU seconds that servers of this place have used so far."""
        return 0.0

    def bytes(self, url: str) -> int:
        """What a database takes, its log written back into it."""
        import sqlite3

        file = Path(url.removeprefix("sqlite:///"))
        with sqlite3.connect(file) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            free = connection.execute("PRAGMA freelist_count").fetchone()[0]
            size = connection.execute("PRAGMA page_size").fetchone()[0]
        connection.close()
        return int((pages - free) * size)


class Flushing(PostgresServer):
    """Answers a COMMIT only when it is on disk, as a server is run; the tests' own does not flush."""

    settings = {  # noqa: RUF012 - read only
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "shared_buffers": "256MB",
        "max_wal_size": "4GB",
        "max_connections": "100",
        "autovacuum": "on",
    }

    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid


class Postgres(Place):
    def __init__(self, server: Flushing, folder: Path) -> None:
        super().__init__("PostgreSQL", folder)
        self._server = server

    def url(self) -> str:
        return self._server.database_url(self._server.create_database())

    def cpu(self) -> float:
        return cpu_of_tree(self._server.pid())

    def bytes(self, url: str) -> int:
        import psycopg

        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("CHECKPOINT")
            found = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        assert found is not None
        return int(found[0])


def cpu_of(pid: int, *, ended_children: bool = False) -> float:
    """CPU seconds of a process so far (proc(5)); 0 where there is no such file."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11 : 15 if ended_children else 13])) / TICKS


def cpu_of_tree(pid: int) -> float:
    """Of a process, its children that are there, and those that have ended."""
    return cpu_of(pid, ended_children=True) + sum(cpu_of(child) for child in children_of(pid))


def children_of(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


@contextmanager
def folder(parent: Path | None) -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="laneway-bench-", dir=parent))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def tmpfs() -> Iterator[Place]:
    """SQLite where a flush costs nothing, so that what is left is the engine."""
    with folder(TMPFS if TMPFS.is_dir() else None) as made:
        yield Place("SQLite on tmpfs", made)


@contextmanager
def disk() -> Iterator[Place]:
    """SQLite with ``synchronous=FULL`` in the folder for temporary files (``TMPDIR`` names another)."""
    with folder(None) as made:
        yield Place("SQLite FULL on disk", made)


@contextmanager
def postgres() -> Iterator[Place]:
    server = Flushing()
    try:
        server.start()
        with folder(None) as made:
            yield Postgres(server, made)
    finally:
        server.stop()
