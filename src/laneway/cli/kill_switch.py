"""Kill switches from the terminal: set, lift, list."""

from __future__ import annotations

from typing import Annotated

import typer

from laneway.cli.failures import expected_failures
from laneway.cli.options import AsJson, Database, Limit, key_of, opened
from laneway.cli.output import Column, print_rows
from laneway.cli.work import By, person_named

Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it stays on record.")]


def set_switch(
    scope: Annotated[str, typer.Argument(metavar="SCOPE", help="agent, model, tool or definition.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is called; * for all of the scope.")],
    reason: Reason,
    by: By = None,
    database: Database = None,
) -> None:
    """Stop an agent, a model, a tool or the agents of a process, in every process within a second."""
    with expected_failures(), opened(database) as engine:
        switch = engine.set_kill_switch(scope, name, reason, actor=person_named(by))
        typer.echo(f"set kill switch {switch.key}: {switch}")


def lift_switch(
    key: Annotated[str, typer.Argument(metavar="KEY", help="Key of a kill switch, see `laneway kill-switch list`.")],
    reason: Reason,
    by: By = None,
    database: Database = None,
) -> None:
    """Lift a kill switch; what waited goes on."""
    with expected_failures(), opened(database) as engine:
        engine.lift_kill_switch(key_of(key), reason, actor=person_named(by))
        typer.echo(f"lifted kill switch {key}")


def list_switches(
    database: Database = None,
    everything: Annotated[bool, typer.Option("--all", help="Also lifted ones.")] = False,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List the kill switches that stand, newest first."""
    columns: list[Column] = [
        ("key", "killSwitchKey"),
        ("scope", "scope"),
        ("name", "name"),
        ("state", "state"),
        ("set by", "setBy"),
        ("since", "setAt"),
        ("why", "reason"),
    ]
    with expected_failures(), opened(database) as engine:
        from laneway.ports import Filter, SearchQuery

        standing = () if everything else (Filter("state", "eq", "SET"),)
        asked = SearchQuery("kill-switches", standing, sort=(("killSwitchKey", "DESC"),), limit=limit)
        print_rows(engine.search(asked).items, columns, as_json=as_json, empty="no kill switch stands")
