"""What there is: instances, tasks, incidents, one instance's history, the audit trail, the version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from laneway.cli.failures import FOUND_WRONG, expected_failures
from laneway.cli.options import AsJson, Database, Limit, key_of, opened
from laneway.cli.output import Column, print_json, print_rows

if TYPE_CHECKING:
    from laneway.ports import Filter


def instances(
    database: Database = None,
    process: Annotated[str | None, typer.Option("--process", metavar="ID", help="Only of this process.")] = None,
    state: Annotated[
        str | None, typer.Option("--state", help="ACTIVE, COMPLETED or TERMINATED. Default: all.", show_default=False)
    ] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List process instances, newest first."""
    columns: list[Column] = [
        ("key", "processInstanceKey"),
        ("process", "processDefinitionId"),
        ("version", "processDefinitionVersion"),
        ("state", lambda row: f"{row['state']}, incident" if row["hasIncident"] else row["state"]),
        ("started", "startDate"),
        ("ended", "endDate"),
        ("business id", "businessId"),
    ]
    filters = {"processDefinitionId": process, "state": state.upper() if state else None}
    _list("process-instances", filters, "processInstanceKey", columns, database, limit, as_json, "no instances")


def tasks(
    database: Database = None,
    assignee: Annotated[str | None, typer.Option("--assignee", metavar="NAME", help="Only this person's.")] = None,
    group: Annotated[str | None, typer.Option("--group", metavar="NAME", help="Only for this group.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also completed and cancelled ones.")] = False,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List the user tasks that wait for a person, newest first."""
    columns: list[Column] = [
        ("key", "userTaskKey"),
        ("task", lambda row: row["name"] or row["elementId"]),
        ("process", "processDefinitionId"),
        ("state", "state"),
        ("assignee", "assignee"),
        ("groups", "candidateGroups"),
        ("priority", "priority"),
        ("due", "dueDate"),
    ]
    filters = {"assignee": assignee, "candidateGroup": group, "state": None if everything else "CREATED"}
    _list("user-tasks", filters, "userTaskKey", columns, database, limit, as_json, "no tasks wait for a person")


def incidents(
    database: Database = None,
    everything: Annotated[bool, typer.Option("--all", help="Also resolved ones.")] = False,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List incidents that hold an instance, newest first."""
    columns: list[Column] = [
        ("key", "incidentKey"),
        ("instance key", "processInstanceKey"),
        ("process", "processDefinitionId"),
        ("element", "elementId"),
        ("type", "errorType"),
        ("since", "creationTime"),
        ("what", "errorMessage"),
    ]
    filters = {"state": None if everything else "ACTIVE"}
    _list("incidents", filters, "incidentKey", columns, database, limit, as_json, "no incidents")


def history(
    key: Annotated[str, typer.Argument(metavar="KEY", help="Key of a process instance.")],
    database: Database = None,
    detail: Annotated[bool, typer.Option("--all", help="Every single event, also flows and variables.")] = False,
    as_json: AsJson = False,
) -> None:
    """Tell what happened in an instance: who or what did what, when, on which data."""
    with expected_failures(), opened(database) as engine:
        from laneway.cli.timeline import entry_as_json, print_timeline
        from laneway.ports import Filter, SearchQuery

        instance = engine.get("process-instances", key_of(key))
        entries = engine.history(key_of(key))
        if as_json:
            print_json([entry_as_json(entry) for entry in entries])
            return
        filters = tuple(Filter(field, "eq", key_of(key)) for field in ("processInstanceKey", "scopeKey"))
        rows = engine.search(SearchQuery("variables", filters, limit=10_000)).items
        print_timeline(entries, instance, {row["name"]: row["value"] for row in rows}, detail=detail)


def verify_audit(database: Database = None, as_json: AsJson = False) -> None:
    """Check that no record of the audit trail was changed, removed or put in.

    Exit code 1 if one was; the first bad record is named.
    """
    with expected_failures(), opened(database) as engine:
        found = engine.verify_audit()
    if as_json:
        print_json(dict(found))
    elif found["first_bad"] is None:
        typer.echo(f"{found['checked']} records checked, the chain holds")
    else:
        facts = ", ".join(f"{name} {value}" for name, value in found["first_bad"].items())
        typer.echo(f"the audit trail was changed: first bad record: {facts}")
    if found["first_bad"] is not None:
        raise typer.Exit(FOUND_WRONG)


def version(as_json: AsJson = False) -> None:
    """Print the version of Laneway and of Python."""
    import platform

    from laneway import __version__

    if as_json:
        print_json({"laneway": __version__, "python": platform.python_version()})
    else:
        typer.echo(f"laneway {__version__} (Python {platform.python_version()})")


def _list(
    resource: str,
    equals: Mapping[str, Any],
    key: str,
    columns: list[Column],
    database: str | None,
    limit: int,
    as_json: bool,
    empty: str,
) -> None:
    with expected_failures(), opened(database) as engine:
        from laneway.ports import Filter, SearchQuery

        filters: tuple[Filter, ...] = tuple(
            Filter(field, "eq", value) for field, value in equals.items() if value is not None
        )
        page = engine.search(SearchQuery(resource, filters, sort=((key, "DESC"),), limit=limit))
        print_rows(page.items, columns, as_json=as_json, empty=empty)
        if not as_json and page.total > len(page.items):
            typer.echo(f"… {page.total - len(page.items)} more; --limit shows them")
