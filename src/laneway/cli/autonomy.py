"""The dial of autonomy from the terminal: report, set, confirm, list."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from laneway.cli.failures import expected_failures
from laneway.cli.options import AsJson, Database, Limit, key_of, opened, opened_whole
from laneway.cli.output import Column, print_json, print_rows
from laneway.cli.work import By, person_named

MOST_FILES = 500
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
        for row in found["missing"]:
            typer.echo(
                f"{row['elementId']}: in {row['missing']} the person was done before {row['agent']} had answered"
            )
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


def replay(
    contract: Annotated[
        Path,
        typer.Option(
            "--contract", metavar="FILE", help="The agents file to try; prompts beside it come before those deployed."
        ),
    ],
    agent: Annotated[
        str | None,
        typer.Option(
            "--agent",
            metavar="NAME",
            help="Whose past inputs are given to it again. Default: the only one in the file.",
        ),
    ] = None,
    definition: Annotated[
        str | None, typer.Option("--definition", metavar="PROCESS", help="Only what it answered in this process.")
    ] = None,
    version: Annotated[
        int | None, typer.Option("--version", min=1, metavar="N", help="Only in this version of it.")
    ] = None,
    element: Annotated[str | None, typer.Option("--element", metavar="ID", help="Only at this element.")] = None,
    since: Annotated[
        datetime | None, typer.Option("--since", metavar="DATE", help="Only what it answered from then on, in UTC.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--until", metavar="DATE", help="Only what it answered before then, in UTC.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many of the latest.")] = 100,
    allow_host: Annotated[
        list[str] | None,
        typer.Option("--allow-host", metavar="HOST", help="Past inputs may go there, too. May be given several times."),
    ] = None,
    allow_secret: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-secret", metavar="NAME", help="The contract may have this secret. May be given several times."
        ),
    ] = None,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Try another prompt, model or contract on what an agent was given before, and tell what differs. Nothing outside is touched."""
    with expected_failures(), opened_whole(database) as laneway:
        content = contract.read_bytes()
        found = laneway.engine.replay(
            laneway.agents,
            agent,
            content,
            name=contract.name,
            files=_beside(contract),
            process_id=definition,
            version=version,
            element_id=element,
            since=None if since is None else since.replace(tzinfo=UTC),
            until=None if until is None else until.replace(tzinfo=UTC),
            limit=limit,
            allow_hosts=(*laneway.settings.replay_hosts, *(allow_host or ())),
            allow_secrets=(*laneway.settings.replay_secrets, *(allow_secret or ())),
            told=_bar,
        )
        if as_json:
            print_json(found)
            return
        columns: list[Column] = [
            ("instance key", "processInstanceKey"),
            ("element", lambda row: row["elementId"] + (f" (call {row['turn']})" if row["turn"] else "")),
            ("differs", lambda row: row["failure"] or ", ".join(row["differs"])),
            ("tools", lambda row: ", ".join(f"{each['tool']}: {each['what']}" for each in row["tools"])),
            ("before", lambda row: _some(row["before"], row["differs"])),
            ("now", lambda row: _some(row["now"], row["differs"])),
            ("person", lambda row: _some(row["person"], row["differs"])),
        ]
        print_rows(found["differences"], columns, as_json=False, empty="it says the same as before")
        same, people, cost = found["same"], found["withPeople"], found["cost"]
        typer.echo(
            f"{found['calls']} calls, {found['failed']} failed; the same as before in {_share(same['share'])} "
            f"({_share(same['low'])} to {_share(same['high'])}); as people decided in {_share(people['share'])} of {people['pairs']}; "
            f"cost {cost['before']} before, {cost['now']} now {cost['currency'] or ''}".rstrip()
        )
        if found["skipped"]:
            typer.echo(
                f"{found['skipped']} were turns of a conversation whose history is gone, and are not given again"
            )
        if found["stopped"]:
            typer.echo(f"{found['notAsked']} were not asked: {found['stopped']}")


def _beside(contract: Path) -> dict[str, bytes]:
    """Texts in the folder of the agents file and below it, by their path from there."""
    folder = contract.parent
    found = [each for each in folder.rglob("*") if each.suffix in (".md", ".txt") and each.is_file()]
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in found[:MOST_FILES]}


def _bar(done: int, of: int) -> None:
    """On the error stream, so that what is printed can be read by a program."""
    wide = 30
    filled = wide * done // max(of, 1)
    end = "\n" if done == of else ""
    typer.echo(f"\r[{'#' * filled}{'.' * (wide - filled)}] {done}/{of}{end}", err=True, nl=False)


def _some(answer: Mapping[str, Any] | None, names: list[str]) -> str:
    if answer is None:
        return ""
    return ", ".join(f"{name}: {answer.get(name)!s:.60}" for name in names)


def _agreement(row: Mapping[str, Any]) -> str:
    found = row["agreement"]
    return f"{_share(found['share'])} ({_share(found['low'])} to {_share(found['high'])})"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:,.1f} s"
