"""What a database that fails means to who gave the command: the one place that reads SQLSTATEs and SQLite's error names.

Sources: PostgreSQL 18, Appendix A (error codes); SQLite, "Result and Extended Result Codes".
"""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, TimeoutError as NoConnectionInTime

from laneway.domain.errors import LanewayError, Overloaded, StaleState

BUSY_TIMEOUT_SECONDS = 30
"""For which a connection to SQLite waits while another process writes."""

_RETRY = frozenset({"40001", "40P01", "55P03"})
"""Serialization failure, deadlock detected, lock not available in time."""

_NOT_THERE = frozenset({None, "25P03", "25P04", "53300", "57P01", "57P02", "57P03", "57P05"})
"""None from a server that does not answer; else it ended a transaction that was silent for too long, has no place for
another connection, is shut down, crashed, or cannot be connected to now."""

_FULL = frozenset({"53100", "SQLITE_FULL"})
_FAILING = ("58", "XX001", "XX002", "SQLITE_IOERR", "SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_CANTOPEN")


class expected_failures:
    """Turn what two commands at once do to each other, and what befalls the database, into what the caller expects.

    A class, since each command passes here: a generator costs five times as much where nothing is raised.
    """

    __slots__ = ()

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, NoConnectionInTime):
            raise Overloaded("database_busy", "all connections to the database are in use; try again") from error
        if isinstance(error, DBAPIError):
            expected = _expected(error)
            if expected is not None:
                raise expected from error


def _expected(error: DBAPIError) -> LanewayError | None:
    code = code_of(error)
    if isinstance(error, IntegrityError):
        if code in ("23505", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_ROWID"):
            return StaleState("written_meanwhile", "another command wrote the same row first; it is tried again")
        return None
    if code in _RETRY:
        return StaleState("deadlock", "two commands stood in each other's way; this one is tried again")
    if code in _FULL:
        return Overloaded(
            "database_full",
            "the disk of the database is full, and nothing of the command was stored; free space there, then send it again",
        )
    if code is not None and code.startswith(_FAILING):
        said = " ".join(str(error.orig).split())
        return Overloaded(
            "database_failing",
            f"the database cannot read or write its files ({said}; {code}); look after its disk, then see whether the "
            "command was carried out, or send it again with the same Idempotency-Key",
        )
    if (code is not None and code.startswith("SQLITE_BUSY")) or "database is locked" in str(error.orig):
        return Overloaded("database_busy", f"another process kept the database locked for {BUSY_TIMEOUT_SECONDS} s")
    if error.connection_invalidated or (isinstance(error, OperationalError) and code in _NOT_THERE):
        return Overloaded(
            "database_lost",
            "the connection to the database was lost before the command was committed; send it again",
        )
    return None


def code_of(error: DBAPIError) -> str | None:
    """SQLSTATE, or the name of SQLite's extended result code; none where the driver alone had to say something."""
    named: str | None = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None)
    return named
