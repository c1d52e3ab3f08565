"""Options that several commands share, and what they open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from laneway.cli.failures import USAGE, fail

if TYPE_CHECKING:
    from laneway.bootstrap import Laneway
    from laneway.engine import Engine
    from laneway.settings import Settings

Database = Annotated[
    str | None,
    typer.Option(
        "--database",
        help="Database URL. Default: LANEWAY_DATABASE_URL, else sqlite:///laneway.db in this folder.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many rows.")]
Variables = Annotated[
    list[str] | None,
    typer.Option("--var", metavar="NAME=VALUE", help="A variable; VALUE is JSON, or else a text. May be repeated."),
]


Roles = Annotated[
    str | None,
    typer.Option(
        "--roles",
        metavar="ROLE,…",
        help="What this process does: api, agents, timers, retention. Default: LANEWAY_ROLES, else all.",
        show_default=False,
    ),
]


def settings_for(database: str | None, **changes: Any) -> Settings:
    """The settings with what the command line says. Exit code 2 if one is wrong."""
    from pydantic import ValidationError

    from laneway.settings import Settings

    given = {**changes, "database_url": database} if database else changes
    try:
        return Settings(**given)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors())
        raise fail(f"a setting is wrong: {wrong}", USAGE) from None


def names_of(text: str | None) -> tuple[str, ...]:
    """``a, b`` → (a, b)."""
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


@contextmanager
def opened(database: str | None) -> Iterator[Engine]:
    """The engine on the database, without workers: what a command starts is carried on by `laneway serve`."""
    with opened_whole(database) as laneway:
        yield laneway.engine


@contextmanager
def opened_whole(database: str | None) -> Iterator[Laneway]:
    from laneway.bootstrap import build

    laneway = build(settings_for(database))
    try:
        yield laneway
    finally:
        laneway.close()


def key_of(text: str) -> int:
    """A key from the command line."""
    if not text.isdigit() or len(text) > 19:
        raise fail(f"{text!r} is no key: keys are numbers of up to 19 digits, as the lists show them", USAGE)
    return int(text)


def variables_of(texts: list[str] | None) -> dict[str, Any]:
    """``a=1`` → {"a": 1}; ``name=Ada`` → {"name": "Ada"}; ``address.city=Bonn`` goes into a context."""
    variables: dict[str, Any] = {}
    for text in texts or ():
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise fail(f"--var {text!r}: write NAME=VALUE, for example --var approved=true", USAGE)
        put(variables, name.strip(), value_of(value))
    return variables


def value_of(text: str) -> Any:
    """JSON if it is JSON, else the text itself."""
    import json
    from decimal import Decimal

    try:
        return json.loads(text, parse_float=Decimal, parse_constant=str)
    except ValueError:
        return text


def put(variables: dict[str, Any], path: str, value: Any) -> None:
    """Set ``path`` (``customer.name``), making contexts on the way."""
    *outer, last = path.split(".")
    place = variables
    for part in outer:
        inner = place.setdefault(part, {})
        if not isinstance(inner, dict):
            raise fail(f"{path}: {part} has a value already and cannot hold another", USAGE)
        place = inner
    place[last] = value
