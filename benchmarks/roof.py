"""The roof: how fast the database alone writes what a command leaves in it, in the same run.

What a command changed is found by comparing all tables before and after it: rows that came, columns that changed, rows that
went. The driver then writes the same again and again under moved keys, into a database of its own, as many commands in
a transaction as there are at once, the rows of each table together. Nothing that writes these rows can be much faster.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.measure import Turn, turn
from laneway.store import open_store

LEFT_OUT = {"node", "alembic_version"}
"""The lease of the process, not of a command; the schema."""
Row = tuple[Any, ...]
Tables = dict[str, dict[Row, Row]]


@dataclass(frozen=True)
class Statement:
    """``moved``: which of the values are keys that the command made, and grow from one repetition to the next."""

    sql: str
    values: Row
    moved: tuple[bool, ...]

    def of(self, shift: int) -> Row:
        return tuple(value + shift if moves else value for value, moves in zip(self.values, self.moved, strict=True))


class Raw:
    """The driver's own connection to a database."""

    def __init__(self, url: str) -> None:
        self.sqlite = url.startswith("sqlite")
        self.connection: Any
        if self.sqlite:
            self.connection = sqlite3.connect(Path(url.removeprefix("sqlite:///")), isolation_level=None)
            self.connection.execute("PRAGMA journal_mode = WAL")
            self.connection.execute("PRAGMA synchronous = FULL")
        else:
            self.connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
        self.mark = "?" if self.sqlite else "%s"
        self.columns: dict[str, list[str]] = {}
        self.identity: dict[str, list[int]] = {}
        for table in self._tables():
            columns, identity = self._columns(table)
            self.columns[table] = columns
            self.identity[table] = [columns.index(name) for name in identity]

    def snapshot(self) -> Tables:
        found: Tables = {}
        for table, columns in self.columns.items():
            listed = ", ".join(f'"{name}"' for name in columns)
            rows = self.connection.execute(f'SELECT {listed} FROM "{table}"').fetchall()
            found[table] = {self._identity(table, row): tuple(row) for row in rows}
        return found

    def insert(self, table: str) -> str:
        columns = ", ".join(f'"{name}"' for name in self.columns[table])
        marks = ", ".join([self.mark] * len(self.columns[table]))
        return f'INSERT INTO "{table}" ({columns}) VALUES ({marks})'

    def many(self, sql: str, rows: Sequence[Row]) -> None:
        if self.sqlite:
            self.connection.executemany(sql, rows)
        else:
            with self.connection.cursor() as cursor:
                cursor.executemany(sql, rows)

    def _identity(self, table: str, row: Row) -> Row:
        return tuple(row[index] for index in self.identity[table])

    def _tables(self) -> list[str]:
        asked = (
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            if self.sqlite
            else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )
        return sorted(name for (name,) in self.connection.execute(asked) if name not in LEFT_OUT)

    def _columns(self, table: str) -> tuple[list[str], list[str]]:
        if self.sqlite:
            found = self.connection.execute(f'PRAGMA table_info("{table}")').fetchall()
            identity = [row[1] for row in sorted(found, key=lambda row: row[5]) if row[5]]
            return [row[1] for row in found], identity or [row[1] for row in found]
        columns = [
            name
            for (name,) in self.connection.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s "
                "ORDER BY ordinal_position",
                [table],
            )
        ]
        identity = [
            name
            for (name,) in self.connection.execute(
                "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid "
                "AND a.attnum = ANY (i.indkey) WHERE i.indrelid = to_regclass(%s) AND i.indisprimary",
                [f'public."{table}"'],
            )
        ]
        return columns, identity or columns

    def close(self) -> None:
        self.connection.close()


WARM_UP = 3
"""Times that a workload is run before it is recorded: a route is stored when it is seen again."""
SPAN_OF_KEYS = 1 << 45
"""More than two hours of keys: nothing is recorded for longer."""


class Recording:
    """Watches a database for what commands change in it. ``since``: a key that was given before the first of them."""

    def __init__(self, url: str, since: int) -> None:
        self.since = since
        self.raw = Raw(url)
        self.before = self._last = self.raw.snapshot()
        self.span = 1

    def of(self, command: Callable[[], object]) -> list[Statement]:
        """What ``command`` changes."""
        command()
        now = self.raw.snapshot()
        found: list[Statement] = []
        for table, rows in now.items():
            before = self._last[table]
            found += [self._inserted(table, row) for identity, row in rows.items() if identity not in before]
            found += [
                self._updated(table, before[identity], row)
                for identity, row in rows.items()
                if identity in before and before[identity] != row
            ]
            found += [self._deleted(table, row) for identity, row in before.items() if identity not in rows]
        self._last = now
        keys = [
            value - self.since for one in found for value, moves in zip(one.values, one.moved, strict=True) if moves
        ]
        self.span = max([self.span, *keys])
        return found

    def _statement(self, sql: str, values: Row) -> Statement:
        # Keys of the commands: not those of routes, which are hashes and stay what they are.
        last = self.since + SPAN_OF_KEYS
        return Statement(sql, values, tuple(type(value) is int and self.since <= value < last for value in values))

    def _inserted(self, table: str, row: Row) -> Statement:
        return self._statement(self.raw.insert(table), row)

    def _updated(self, table: str, before: Row, after: Row) -> Statement:
        columns = self.raw.columns[table]
        changed = [index for index, value in enumerate(after) if before[index] != value]
        sets = ", ".join(f'"{columns[index]}" = {self.raw.mark}' for index in changed)
        where = [after[index] for index in self.raw.identity[table]]
        return self._statement(
            f'UPDATE "{table}" SET {sets} WHERE {self._where(table)}', (*(after[index] for index in changed), *where)
        )

    def _deleted(self, table: str, row: Row) -> Statement:
        where = tuple(row[index] for index in self.raw.identity[table])
        return self._statement(f'DELETE FROM "{table}" WHERE {self._where(table)}', where)

    def _where(self, table: str) -> str:
        columns = self.raw.columns[table]
        return " AND ".join(f'"{columns[index]}" = {self.raw.mark}' for index in self.raw.identity[table])


class Roof:
    """Writes what was recorded, into ``url``, which becomes a database like the one that was watched."""

    def __init__(self, recording: Recording, url: str, others: Callable[[], float]) -> None:
        open_store(url).close()
        self._raw = Raw(url)
        for table, rows in recording.before.items():
            self._raw.connection.execute(f'DELETE FROM "{table}"')
            if rows:
                self._raw.many(self._raw.insert(table), list(rows.values()))
        self._step = 1 << recording.span.bit_length()
        self._shift = 0
        self._others = others

    def write(self, steps: Sequence[list[Statement]], count: int, together: int, *, timed: int | None = None) -> Turn:
        """``count`` times what each of ``steps`` changes; only the last of them is timed, or that of number ``timed``."""
        shifts = range(self._shift + self._step, self._shift + self._step * (count + 1), self._step)
        self._shift = shifts[-1]
        found: Turn | None = None
        for number, statements in enumerate(steps):
            prepared = [_grouped(statements, shifts[first : first + together]) for first in range(0, count, together)]

            def write(prepared: list[dict[str, list[Row]]] = prepared) -> int:
                for transaction in prepared:
                    self._transaction(transaction)
                return count

            now = turn(write, self._others)
            if timed is None or timed == number:
                found = now
        assert found is not None
        return found

    def commits(self, count: int) -> Turn:
        """``count`` transactions of one small row: what a flush costs at this moment."""
        self._raw.connection.execute("CREATE TABLE IF NOT EXISTS probe (value INTEGER)")

        def write() -> int:
            for number in range(count):
                self._transaction({f"INSERT INTO probe VALUES ({self._raw.mark})": [(number,)]})
            return count

        return turn(write, self._others)

    def _transaction(self, statements: dict[str, list[Row]]) -> None:
        execute = self._raw.connection.execute
        execute("BEGIN IMMEDIATE" if self._raw.sqlite else "BEGIN")
        for sql, rows in statements.items():
            if len(rows) == 1:
                execute(sql, rows[0])
            else:
                self._raw.many(sql, rows)
        execute("COMMIT")

    def close(self) -> None:
        self._raw.close()


def _grouped(statements: list[Statement], shifts: Sequence[int]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for shift in shifts:
        for statement in statements:
            found[statement.sql].append(statement.of(shift))
    # A row that is the same for all commands, as the head of a chain, is written once in a transaction.
    return {sql: list(dict.fromkeys(rows)) if _hashable(rows) else rows for sql, rows in found.items()}


def _hashable(rows: list[Row]) -> bool:
    return all(not isinstance(value, (bytearray, memoryview)) for row in rows for value in row)
