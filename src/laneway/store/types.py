"""Column types that mean the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Integer, LargeBinary, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from laneway.store import json

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Key: TypeEngine[int] = BigInteger().with_variant(Integer(), "sqlite")
"""A key of ours. Named INTEGER on SQLite, where a primary key of that name is the row's own address."""

Name: TypeEngine[str] = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that is searched and sorted: by code point on both, whatever the locale of the database."""


def to_microseconds(moment: datetime) -> int:
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def from_microseconds(count: int) -> datetime:
    return EPOCH + timedelta(microseconds=count)


_latest: list[tuple[datetime, int]] = [(EPOCH, 0)]
"""The moment that was turned last, by identity."""


class Instant(TypeDecorator[datetime]):
    """A moment in UTC as microseconds since 1970: exact, ordered and alike on both databases."""

    impl = BigInteger
    cache_ok = True

    @staticmethod
    def to_driver(value: datetime | None) -> int | None:
        if value is None:
            return None
        # All commands of a transaction have the same now, and most write it several times.
        latest = _latest[0]
        if value is latest[0]:
            return latest[1]
        count = to_microseconds(value)
        _latest[0] = (value, count)
        return count

    @staticmethod
    def from_driver(value: int | None) -> datetime | None:
        return None if value is None else from_microseconds(value)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return self.to_driver(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return self.from_driver(value)


class Json(TypeDecorator[Any]):
    """A JSON value as its text, numbers exact. SQL NULL is no value; JSON null is the text ``null``."""

    impl = Text
    cache_ok = True

    to_driver = staticmethod(json.encode)

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return json.encode(value)

    @staticmethod
    def from_driver(value: str | None) -> Any:
        return None if value is None else json.decode(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Any:
        return self.from_driver(value)


class Digest(TypeDecorator[str]):
    """A hash, in hexadecimal here and as its bytes in the database; "" is none."""

    impl = LargeBinary
    cache_ok = True

    @staticmethod
    def to_driver(value: str | None) -> bytes | None:
        return None if value is None else bytes.fromhex(value)

    @staticmethod
    def from_driver(value: Any | None) -> str | None:
        return None if value is None else bytes(value).hex()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return self.to_driver(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        return self.from_driver(value)


class hexadecimal(FunctionElement[str]):
    """Bytes as text in the database, to be compared with patterns."""

    type = Text()
    inherit_cache = True


@compiles(hexadecimal, "sqlite")
def _hexadecimal_sqlite(element: hexadecimal, compiler: Any, **options: Any) -> str:
    return f"lower(hex({compiler.process(element.clauses, **options)}))"


@compiles(hexadecimal, "postgresql")
def _hexadecimal_postgresql(element: hexadecimal, compiler: Any, **options: Any) -> str:
    return f"encode({compiler.process(element.clauses, **options)}, 'hex')"
