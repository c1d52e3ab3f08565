"""The dial of autonomy from the terminal: report, set, confirm, list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from laneway.cli.failures import expected_failures
from laneway.cli.options import AsJson, Database, Limit, key_of, opened
from laneway.cli.output import Column, print_json, print_rows
from laneway.cli.work import By, person_named

Definition = Annotated[str | None, typer.Option("--definition", metavar="ID", help="Only of this process.")]
Element = Annotated[
    str, typer.Option("--element", metavar="ID", help="One agent task. Default: all that have no setting of their own.")
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it stays on record.")]


def report(definition: Definition = None, as_json: AsJson = False, database: Database = None) -> None:
    """Tell how agents and people agree, what it costs and saves, and which way the dial should be turned."""
    with expected_failures(), opened(database) as engine:
        found = engine.autonomy_report(definition)
        if as_json:
            print_json(found)
            return
        columns: list[Column] = [
            ("process", "processDefinitionId"),
            ("element", "elementId"),
            ("agent", "agent"),
            ("level", "level"),
            ("pairs", "pairs"),
            ("agreement", _agreement),
            ("overrides", lambda row: _share(row["overrideRate"])),
            ("failures", lambda row: _share(row["failureRate"])),
            ("calibration", lambda row: _share((row["calibration"] or {}).get("error"))),
            ("cost", lambda row: f"{row['cost']['mean']} {row['cost']['currency'] or ''}".strip()),
            ("saved", lambda row: _seconds(row["secondsSaved"])),
            ("advice", lambda row: row["recommendation"]["level"]),
        ]
        print_rows(found["tasks"], columns, as_json=False, empty="no agent and person have answered side by side yet")
        for row in found["tasks"]:
            typer.echo(f"{row['elementId']}: {row['recommendation']['because']}")
        for row in found["benefits"]:
            typer.echo(
                f"{row['processDefinitionId']}: {row['pairs']} pairs, accepted {_share(row['acceptanceRate'])}, overridden "
                f"{_share(row['overrideRate'])}, saved {_seconds(row['secondsSavedInAll'])} in all"
            )


def set_level(
    process: Annotated[str, typer.Argument(metavar="PROCESS", help="Id of the process.")],
    level: Annotated[str, typer.Argument(metavar="LEVEL", help="manual, shadow, recommend, approve or auto.")],
    reason: Reason,
    element: Element = "",
    by: By = None,
    database: Database = None,
) -> None:
    """Set the level of agent tasks, for activations from now on. What raises it waits for another person."""
    with expected_failures(), opened(database) as engine:
        setting = engine.set_autonomy(process, level, reason, element_id=element, actor=person_named(by))
        where = setting.element_id or "all agent tasks"
        if setting.state == "PENDING":
            typer.echo(
                f"{where}: {setting.before} → {setting.level} waits for another person: laneway autonomy confirm {setting.key} --by NAME"
            )
        else:
            typer.echo(f"{where}: {setting.before} → {setting.level} from now on (setting {setting.key})")


def confirm(
    key: Annotated[str, typer.Argument(metavar="KEY", help="Key of a setting, see `laneway autonomy list`.")],
    by: By = None,
    database: Database = None,
) -> None:
    """Confirm a level that another person asked for."""
    with expected_failures(), opened(database) as engine:
        setting = engine.confirm_autonomy(key_of(key), actor=person_named(by))
        typer.echo(f"{setting.element_id or 'all agent tasks'}: {setting.before} → {setting.level} from now on")


def withdraw(
    key: Annotated[str, typer.Argument(metavar="KEY", help="Key of a setting, see `laneway autonomy list`.")],
    by: By = None,
    database: Database = None,
) -> None:
    """Drop a level that was asked for and not confirmed."""
    with expected_failures(), opened(database) as engine:
        engine.withdraw_autonomy(key_of(key), actor=person_named(by))
        typer.echo(f"withdrew setting {key}")


def list_settings(
    definition: Definition = None,
    everything: Annotated[bool, typer.Option("--all", help="Also replaced and withdrawn ones.")] = False,
    limit: Limit = 50,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """List the levels that are set, and those that wait for another person, newest first."""
    columns: list[Column] = [
        ("key", "autonomySettingKey"),
        ("process", "processDefinitionId"),
        ("element", lambda row: row["elementId"] or "all"),
        ("level", "level"),
        ("before", "previousLevel"),
        ("state", "state"),
        ("asked for by", "requestedBy"),
        ("confirmed by", "confirmedBy"),
        ("since", "requestedAt"),
        ("why", "reason"),
    ]
    with expected_failures(), opened(database) as engine:
        from laneway.ports import Filter, SearchQuery

        asked = [] if everything else [Filter("state", "in", ["ACTIVE", "PENDING"])]
        if definition:
            asked.append(Filter("processDefinitionId", "eq", definition))
        wanted = SearchQuery("autonomy-settings", tuple(asked), sort=(("autonomySettingKey", "DESC"),), limit=limit)
        print_rows(
            engine.search(wanted).items, columns, as_json=as_json, empty="nothing is set: what contracts say holds"
        )


def _agreement(row: Mapping[str, Any]) -> str:
    found = row["agreement"]
    return f"{_share(found['share'])} ({_share(found['low'])} to {_share(found['high'])})"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:,.1f} s"
