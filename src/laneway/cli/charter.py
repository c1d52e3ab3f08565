"""`charter`: the twelve questions that a process must answer, and what is missing."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from laneway.cli.failures import FOUND_WRONG, expected_failures, fail
from laneway.cli.options import Database, opened
from laneway.cli.output import console, print_json

if TYPE_CHECKING:
    from laneway.engine import Engine


class Format(StrEnum):
    markdown = "markdown"
    json = "json"


def charter(
    process: Annotated[
        str,
        typer.Argument(
            metavar="PROCESS",
            help="A folder, a diagram, the id of a deployed process, or of one that ships.",
            show_default=False,
        ),
    ],
    format: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.markdown,
    database: Database = None,
) -> None:
    """Answer the twelve questions of a process in which agents work, from its diagram, contracts and settings, and say what is missing.

    A path is read as a deployment would; an id is looked up in the database, then among what ships. Exit code 1 if an answer is missing.
    """
    import sys

    with expected_failures():
        found = _of_files(process) if Path(process).exists() else _deployed(process, database) or _of_files(process)
        if format is Format.json:
            print_json(found)
        else:
            from laneway.diagrams.charter import as_markdown

            text = "\n".join(as_markdown(each) for each in found)
            if sys.stdout.isatty():
                from rich.markdown import Markdown

                console().print(Markdown(text))
            else:
                typer.echo(text)
        if not all(each["complete"] for each in found):
            raise typer.Exit(FOUND_WRONG)


def _of_files(process: str) -> list[dict[str, Any]]:
    from laneway.cases.folder import find_folder

    with opened("sqlite://") as engine:  # reading needs no database of anyone's
        deployed = engine.deploy(find_folder(process).files())
        if not deployed.processes:
            raise fail(f"{process} holds no process")
        return [_without_key(engine.definition_charter(each.key)) for each in deployed.processes]


def _deployed(process: str, database: str | None) -> list[dict[str, Any]]:
    with opened(database) as engine:
        key = _latest(engine, process)
        return [engine.definition_charter(key)] if key else []


def _latest(engine: Engine, process_id: str) -> int:
    from laneway.ports import Filter, SearchQuery

    wanted = (Filter("processDefinitionId", "eq", process_id),)
    rows = engine.search(SearchQuery("process-definitions", wanted, limit=1_000)).items
    return max((int(row["processDefinitionKey"]) for row in rows), default=0)


def _without_key(charter: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in charter.items() if name != "processDefinitionKey"}
