"""Tables for people and JSON for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

Column = tuple[str, str | Callable[[Mapping[str, Any]], Any]]
"""Heading, and the field of the row or a function of it."""


KEPT = "\n\t\u00a0\u202f"
"""Breaks and blanks, which move nothing but what follows them."""


def console() -> Console:
    """To standard output. As wide as the terminal, and 120 where there is none."""
    import sys

    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 120, highlight=False, soft_wrap=False)


def print_json(value: Any) -> None:
    """As the API says it: keys are strings of digits, times end in Z."""
    import orjson

    typer.echo(orjson.dumps(jsonable(value), option=orjson.OPT_INDENT_2).decode())


def jsonable(value: Any, name: str = "") -> Any:
    if isinstance(value, Mapping):
        return {str(key): jsonable(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item, name) for item in value]
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, int) and not isinstance(value, bool) and name.lower().endswith("key"):
        return str(value)
    return value


def moment(value: datetime) -> str:
    """``2026-11-22T03:04:05.678Z``."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"


def short_moment(value: datetime | None) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if value else ""


def print_rows(rows: Sequence[Mapping[str, Any]], columns: Iterable[Column], *, as_json: bool, empty: str) -> None:
    """``rows`` as a table of ``columns``, or whole as JSON. ``empty`` is said when there are none."""
    if as_json:
        print_json(list(rows))
        return
    if not rows:
        typer.echo(empty)
        return
    from rich.table import Table

    chosen = list(columns)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, _ in chosen:
        table.add_column(heading, overflow="fold", no_wrap=heading.endswith("key"))
    for row in rows:
        table.add_row(*(_cell(row.get(field) if isinstance(field, str) else field(row)) for _, field in chosen))
    console().print(table)


def visible(text: str, kept: str = "") -> str:
    """What a stranger wrote (a name, a message, what a server calls its tools) must not move the cursor, or look like a line of ours: who
    decides would read what is not so. What is ``kept`` stays as it is."""
    return "".join(each if each.isprintable() or each in kept else ascii(each)[1:-1] for each in text)


def _cell(value: Any) -> str:
    from rich.markup import escape

    if value is None:
        return ""
    if isinstance(value, datetime):
        return short_moment(value)
    if isinstance(value, list | tuple):
        return escape(visible(", ".join(str(item) for item in value), KEPT))
    return escape(visible(str(value), KEPT))
