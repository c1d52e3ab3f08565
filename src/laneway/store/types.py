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


class Instant(TypeDecorator[datetime]):
    """A moment in UTC as microseconds since 1970: exact, ordered and alike on both databases."""

    impl = BigInteger
    cache_ok = True

    @staticmethod
    def to_driver(value: datetime | None) -> int | None:
        return None if value is None else to_microseconds(value)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return self.to_driver(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_microseconds(value)


class Json(TypeDecorator[Any]):
    """A JSON value as its text, numbers exact. SQL NULL is no value; JSON null is the text ``null``."""

    impl = Text
    cache_ok = True

    to_driver = staticmethod(json.encode)

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return json.encode(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Any:
        return None if value is None else json.decode(value)


class Digest(TypeDecorator[str]):
    """A hash, in hexadecimal here and as its bytes in the database; "" is none."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else bytes.fromhex(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        return None if value is None else bytes(value).hex()


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
