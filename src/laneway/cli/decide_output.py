"""Decisions on the terminal: their tables as they are drawn, the rules that matched marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from laneway.cli.output import console, jsonable, print_json, print_rows

if TYPE_CHECKING:
    from laneway.decisions import Decision, DecisionModel
    from laneway.decisions.boxed import Table as DrawnTable
    from laneway.decisions.program import Service

MOST_RULES = 40
"""Rules of a table that are shown; of a longer one only those that matched."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One evaluation. ``drawn``: the tables of the file by the ids of their decisions."""

    decision_id: str
    name: str | None
    output: Any
    details: Mapping[str, Any]
    failure: str | None
    drawn: Mapping[str, DrawnTable]


def print_decisions(models: Sequence[DecisionModel], *, as_json: bool) -> None:
    rows = []
    for model in models:
        callable_ones: tuple[Decision | Service, ...] = (*model.decisions, *model.services)
        for one in callable_ones:
            inputs = model.inputs_of(one)
            rows.append(
                {
                    "id": one.id,
                    "name": one.name,
                    "file": model.file,
                    "inputs": [{"name": each.name, "type": each.type} for each in inputs],
                    "shown": ", ".join(f"{each.name}: {each.type}" for each in inputs),
                }
            )
    if as_json:
        print_json([{name: value for name, value in row.items() if name != "shown"} for row in rows])
        return
    columns: list[tuple[str, str]] = [("decision", "id"), ("name", "name"), ("inputs", "shown")]
    if len(models) > 1:
        columns.append(("file", "file"))
    print_rows(rows, columns, as_json=False, empty="there are no decisions")
    for problem in (problem for model in models for problem in model.errors):
        typer.echo(f"{problem}", err=True)


def print_evaluation(one: Shown) -> None:
    """Every decision in the order in which it was made, then warnings."""
    made = [*one.details.get("requiredDecisions", ())]
    if not (one.details.get("skipped") and made):
        made.append(one.details)
    for place, each in enumerate(made, 1):
        _print_decision(place, each, one.drawn.get(each["decisionId"]))
    for warning in one.details.get("warnings", ()):
        typer.echo(f"warning: {warning}")
    if one.failure is not None and not any(each.get("failure") for each in made):
        typer.echo(f"failed: {one.failure}")


def _print_decision(place: int, made: Mapping[str, Any], drawn: DrawnTable | None) -> None:
    name, identity = made.get("decisionName") or made["decisionId"], made["decisionId"]
    policy = f" · {made['hitPolicy']}" if made.get("hitPolicy") else ""
    typer.echo(f"{place}. {name}" + (f" ({identity})" if identity != name else "") + policy)
    for given in made.get("evaluatedInputs", ()):
        typer.echo(f"   {given['inputName']} = {_json(given['inputValue'])}")
    if drawn is not None:
        _print_table(made, drawn)
    if made.get("failure"):
        typer.echo(f"   failed: {made['failure']}")
    else:
        typer.echo(f"   → {_json(made.get('output'))}")


def _print_table(made: Mapping[str, Any], drawn: DrawnTable) -> None:
    from rich.markup import escape
    from rich.table import Table

    matched = {rule["ruleIndex"]: rule for rule in made.get("matchedRules", ())}
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=True)
    table.add_column("")
    for heading in ("rule", *(_heading(column.label) for column in drawn.inputs)):
        table.add_column(heading, overflow="fold")
    for column in drawn.outputs:
        table.add_column(_heading(f"→ {column.name or column.label or ''}".rstrip()), overflow="fold")
    for index, rule in enumerate(drawn.rules, 1):
        if len(drawn.rules) > MOST_RULES and index not in matched:
            continue
        cells = [" ".join(cell.text.split()) or "-" for cell in (*rule.inputs, *rule.outputs)]
        marked = "bold" if index in matched else "dim"
        table.add_row("  ▶" if index in matched else "", str(index), *map(escape, cells), style=marked)
    console().print(table)
    if len(drawn.rules) > MOST_RULES:
        typer.echo(f"   {len(drawn.rules) - len(matched):,} of {len(drawn.rules):,} rules did not match")


def _heading(text: str) -> str:
    from rich.markup import escape

    return escape(" ".join(text.split()))


def _json(value: Any) -> str:
    import orjson

    return orjson.dumps(jsonable(value)).decode()
