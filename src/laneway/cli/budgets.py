"""Budgets from the terminal."""

from __future__ import annotations

from typing import Annotated

import typer

from laneway.cli.failures import expected_failures
from laneway.cli.options import AsJson, Database, Limit, opened
from laneway.cli.output import Column, print_rows


def budgets(
    database: Database = None,
    span: Annotated[
        str | None,
        typer.Option("--span", help="job, instance, day, definition or tenant. Default: all.", show_default=False),
    ] = None,
    measure: Annotated[
        str | None,
        typer.Option("--measure", help="calls, tokens, money or seconds. Default: all.", show_default=False),
    ] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List what agents with limits have used, last used first."""
    columns: list[Column] = [
        ("span", "span"),
        ("of", "spanKey"),
        ("measure", lambda row: f"{row['measure']} {row['currency']}" if row["currency"] else row["measure"]),
        ("spent", "spent"),
        ("reserved", "reserved"),
        ("limit", "most"),
        ("left", "left"),
        ("last used", "lastUpdatedDate"),
    ]
    with expected_failures(), opened(database) as engine:
        from laneway.ports import Filter, SearchQuery
        from laneway.queries.budgets import in_units

        wanted = {"span": span, "measure": measure}
        filters = tuple(Filter(name, "eq", value) for name, value in wanted.items() if value is not None)
        asked = SearchQuery("budgets", filters, sort=(("lastUpdatedDate", "DESC"),), limit=limit)
        rows = [in_units(row) for row in engine.search(asked).items]
        print_rows(rows, columns, as_json=as_json, empty="no agent with limits has been called")
