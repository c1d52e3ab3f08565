"""Approvals from the terminal: list, show, approve, reject, edit; and what came of a call that nobody knows the outcome of."""

from __future__ import annotations

from typing import Annotated

import typer

from laneway.cli.failures import expected_failures, fail
from laneway.cli.options import AsJson, Database, Limit, key_of, opened
from laneway.cli.output import Column, print_rows, visible
from laneway.cli.work import By, person_named

Key = Annotated[str, typer.Argument(metavar="KEY", help="Key of an approval, see `laneway approvals list`.")]


def list_approvals(
    database: Database = None,
    everything: Annotated[bool, typer.Option("--all", help="Also those that were decided.")] = False,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List what agents are about to do and may not do by themselves, newest first: exactly the arguments, and the hash that approves them."""
    from laneway.commands.approvals import arguments_hash

    columns: list[Column] = [
        ("key", "approvalKey"),
        ("agent", "agent"),
        ("tool", lambda row: visible(row["tool"])),
        ("does", lambda row: visible(row["description"])),
        ("arguments", "arguments"),
        ("hash", lambda row: arguments_hash(row["arguments"])),
        ("state", "state"),
        ("until", "expirationTime"),
    ]
    with expected_failures(), opened(database) as engine:
        from laneway.ports import Filter, SearchQuery

        waiting = () if everything else (Filter("state", "eq", "PENDING"),)
        asked = SearchQuery("approvals", waiting, sort=(("approvalKey", "DESC"),), limit=limit)
        print_rows(engine.search(asked).items, columns, as_json=as_json, empty="nothing waits for an approval")


def show_approval(key: Key, database: Database = None) -> None:
    """Show exactly what is going to be done, why you are asked, and who cannot approve it."""
    with expected_failures(), opened(database) as engine:
        from laneway.commands.approvals import arguments_hash

        row = engine.get("approvals", key_of(key))
        typer.echo(f"{row['agent']} wants to call {visible(row['tool'])}: {visible(row['description'])}")
        typer.echo(f"  arguments  {row['arguments']}")
        if row["proposed"] != row["arguments"]:
            typer.echo(f"  proposed   {row['proposed']}")
        typer.echo(f"  because    {visible('; '.join(row['because']))}")
        typer.echo(f"  made by    {visible(', '.join(row['makers']))}")
        typer.echo(f"  state      {row['state']}, until {row['expirationTime'].isoformat()}")
        typer.echo(f"  hash       {arguments_hash(row['arguments'])}")


def approve(
    key: Key,
    seen: Annotated[
        str,
        typer.Option("--hash", metavar="HASH", help="Of the arguments that you saw, from `laneway approvals show`."),
    ],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it stays on record.")] = "",
    by: By = None,
    database: Database = None,
) -> None:
    """Let exactly what you saw run, once."""
    with expected_failures(), opened(database) as engine:
        engine.approve(key_of(key), seen, reason=reason, actor=person_named(by))
        typer.echo(f"approved {key}; `laneway serve` carries on with what follows")


def reject(
    key: Key,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; the agent is told, too.")],
    by: By = None,
    database: Database = None,
) -> None:
    """It never runs; the agent is told why."""
    with expected_failures(), opened(database) as engine:
        engine.reject_approval(key_of(key), reason, actor=person_named(by))
        typer.echo(f"rejected {key}")


def edit(
    key: Key,
    arguments: Annotated[str, typer.Argument(metavar="JSON", help="The arguments in the place of the agent's.")],
    by: By = None,
    database: Database = None,
) -> None:
    """Put other arguments in the place of the agent's; another person approves them."""
    with expected_failures(), opened(database) as engine:
        from laneway.json_gate import loads

        given = loads(arguments.encode())
        if not isinstance(given, dict):
            raise fail("the arguments are a JSON object")
        engine.edit_approval(key_of(key), given, actor=person_named(by))
        typer.echo(f"edited {key}; another person approves it")


def outcome(
    key: Annotated[str, typer.Argument(metavar="KEY", help="Key of a tool call, as its incident names it.")],
    was: Annotated[str, typer.Argument(metavar="OUTCOME", help="done or not_done.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="How you know; it stays on record.")],
    by: By = None,
    database: Database = None,
) -> None:
    """Say what came of a call that was sent and never answered; then resolve its incident."""
    with expected_failures(), opened(database) as engine:
        if was == "done":
            engine.tell_outcome(key_of(key), "done", reason, actor=person_named(by))
        elif was == "not_done":
            engine.tell_outcome(key_of(key), "not_done", reason, actor=person_named(by))
        else:
            raise fail("the outcome is done or not_done")
        typer.echo(f"told; resolve the incident of call {key} and its job goes on")
