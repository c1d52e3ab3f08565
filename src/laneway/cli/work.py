"""What people do from the terminal: complete a task, resolve an incident."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from laneway.cli.failures import expected_failures, fail
from laneway.cli.options import Database, Variables, key_of, opened, variables_of

if TYPE_CHECKING:
    from laneway.domain.work import Actor

By = Annotated[
    str | None, typer.Option("--by", metavar="NAME", help="Who does it. Default: your login name.", show_default=False)
]


def complete(
    key: Annotated[str, typer.Argument(metavar="KEY", help="Key of a user task, see `laneway tasks`.")],
    var: Variables = None,
    by: By = None,
    action: Annotated[
        str | None,
        typer.Option(
            "--action",
            metavar="WORD",
            help="What is decided on an agent's answer: accept, approve, override, reject.",
            show_default=False,
        ),
    ] = None,
    ask: Annotated[bool, typer.Option("--ask", help="Ask for the fields of its form.")] = False,
    database: Database = None,
) -> None:
    """Complete a user task with variables. They are checked against its form."""
    with expected_failures(), opened(database) as engine:
        person = person_named(by)
        variables = variables_of(var)
        task = key_of(key)
        if ask:
            from laneway.cli.forms import ask_form

            form = engine.user_task_form(task)
            variables |= ask_form(form.schema if form else {}, engine.user_task_variables(task) | variables)
        row = engine.get("user-tasks", task)
        name = row["name"] or row["elementId"]
        if row.get("assignee") not in (None, person.id):
            raise fail(f"«{name}» is {row['assignee']}'s; they give it back first, or you work --by {row['assignee']}")
        if row.get("assignee") is None:
            engine.assign_user_task(task, person.id, allow_override=False, actor=person)
        engine.complete_user_task(task, variables, action=action, actor=person)
        typer.echo(f"completed «{name}»; `laneway serve` carries on with what follows")


def resolve(
    key: Annotated[str, typer.Argument(metavar="KEY", help="Key of an incident, see `laneway incidents`.")],
    retries: Annotated[int, typer.Option("--retries", min=1, help="How often its job may be tried again.")] = 1,
    var: Variables = None,
    by: By = None,
    database: Database = None,
) -> None:
    """Resolve an incident: write variables if needed, give its job new tries, and let the instance go on."""
    with expected_failures(), opened(database) as engine:
        person = person_named(by)
        row = engine.get("incidents", key_of(key))
        variables = variables_of(var)
        if variables:
            engine.set_variables(int(row["elementInstanceKey"]), variables, actor=person)
        if row.get("jobKey"):
            engine.update_job(int(row["jobKey"]), retries=retries, actor=person)
        engine.resolve_incident(key_of(key), actor=person)
        typer.echo(f"resolved the incident at {row['elementId']}; `laneway serve` carries on with what follows")


def person_named(by: str | None) -> Actor:
    from laneway.domain.work import Actor

    return Actor("user", by or getpass.getuser())
