"""`db upgrade`, `db check`, `db backup`, `db restore`: what an operator does with the database itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from laneway.cli.failures import FOUND_WRONG, expected_failures
from laneway.cli.options import AsJson, Database, settings_for
from laneway.cli.output import print_json

if TYPE_CHECKING:
    from laneway.settings import Settings

Force = Annotated[bool, typer.Option("--force", help="Replace what is there.")]


def upgrade(
    database: Database = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
) -> None:
    """Bring the database to the schema of this version, in one transaction.

    `laneway serve` and `laneway work` do the same at their start; this does it when you say so, and tells each step.
    """
    with expected_failures():
        from laneway.bootstrap import maintenance

        keeper = maintenance(settings_for(database))
        plan = keeper.plan()
        if plan["atWork"]:
            typer.echo(
                f"{_processes(len(plan['atWork']))} at work on it; those of an older version will not be ready after it"
            )
        if not plan["steps"]:
            typer.echo(f"revision {plan['found']}: nothing to do")
            return
        if dry_run:
            for revision, what in plan["steps"]:
                typer.echo(f"would run {revision}: {what}")
            return
        number = 0

        def told(revision: str, what: str) -> None:
            nonlocal number
            number += 1
            typer.echo(f"[{number}/{len(plan['steps'])}] {revision}: {what}")

        keeper.upgrade(told)
        typer.echo(f"done: revision {plan['expected']}")


def check(database: Database = None, as_json: AsJson = False) -> None:
    """Check that the database is sound: its pages, its schema, rows that point nowhere, the audit trail.

    Exit code 1 if something is wrong. It only reads, and may run beside a server.
    """
    with expected_failures():
        from laneway.bootstrap import maintenance

        found = []
        for one in maintenance(settings_for(database)).check():
            found.append(one)
            if not as_json:
                typer.echo(f"{'ok   ' if one.sound else 'WRONG'}  {one.check}: {one.problem or one.detail}")
        if as_json:
            print_json([{"check": one.check, "sound": one.sound, "detail": one.problem or one.detail} for one in found])
        if not all(one.sound for one in found):
            raise typer.Exit(FOUND_WRONG)


def backup(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")],
    database: Database = None,
    force: Force = False,
) -> None:
    """Write a consistent copy of the database to a file, while servers work on it.

    The copy is checked before it gets its name. PostgreSQL: by `pg_dump`, which has to be installed.
    """
    with expected_failures():
        from laneway.bootstrap import maintenance

        settings = settings_for(database)
        size = maintenance(settings).backup(target, force=force, progress=_progress("copied"))
        typer.echo(f"{target}: {size:,} bytes, {_checked(settings)}")


def restore(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="What `laneway db backup` wrote.")],
    database: Database = None,
    force: Force = False,
) -> None:
    """Put a backup in the place of the database. Nothing may be at work on it.

    The backup is checked before, the result after. What an older version wrote is upgraded when it is next opened.
    """
    with expected_failures():
        from laneway.bootstrap import maintenance

        settings = settings_for(database)
        keeper = maintenance(settings)
        kept = keeper.restore(source, force=force, progress=_progress("restored"))
        wrong = [one for one in keeper.check() if not one.sound]
        typer.echo(f"restored from {source}")
        if kept is not None:
            typer.echo(f"what was there before is kept as {kept}")
        for one in wrong:
            typer.echo(f"WRONG  {one.check}: {one.problem}")
        if [one for one in wrong if one.check != "schema version"]:
            raise typer.Exit(FOUND_WRONG)


def _progress(done: str) -> Callable[[int, int], None]:
    """Tells every tenth part on the error stream."""
    last = -1

    def tell(part: int, whole: int) -> None:
        nonlocal last
        tenth = part * 10 // max(whole, 1)
        if tenth > last:
            last = tenth
            typer.echo(f"{done} {tenth * 10} %", err=True)

    return tell


def _processes(count: int) -> str:
    return "1 process is" if count == 1 else f"{count} processes are"


def _checked(settings: Settings) -> str:
    return "checked" if settings.database_url.startswith("sqlite") else "its table of contents checked"
