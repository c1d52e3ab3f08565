"""The table of contents of the terminal: one line per command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import typer

from laneway.cli import (
    approvals,
    autonomy,
    budgets,
    charter,
    db,
    decide,
    diagrams,
    kill_switch,
    lists,
    mcp_tools,
    play,
    records,
    serve,
    work,
    workers,
)

app = typer.Typer(
    name="laneway",
    help="Runs BPMN 2.0 diagrams in which people, AI agents and systems work together, with every step on record.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog="Exit codes: 0 done, 1 found wrong, 2 command line, 3 refused, 4 unreachable.",
)
app.command("serve")(serve.serve)
app.command("work")(workers.work)
app.command("check")(diagrams.check)
app.command("charter")(charter.charter)
app.command("layout")(diagrams.layout)
app.command("deploy")(diagrams.deploy)
app.command("run")(play.run)
app.command("test")(play.play_all)
app.command("records")(records.records)
app.command("instances")(lists.instances)
app.command("history")(lists.history)
app.command("tasks")(lists.tasks)
app.command("complete")(work.complete)
app.command("incidents")(lists.incidents)
app.command("resolve")(work.resolve)
app.command("decide")(decide.decide)
app.command("budgets")(budgets.budgets)
app.command("replay")(autonomy.replay)
app.command("mcp-tools")(mcp_tools.mcp_tools)
app.command("version")(lists.version)


def _group(name: str, help: str, commands: Mapping[str, Callable[..., Any]]) -> None:
    group = typer.Typer(help=help, no_args_is_help=True, rich_markup_mode=None)
    for verb, command in commands.items():
        group.command(verb)(command)
    app.add_typer(group, name=name)


_group(
    "db",
    "The database: upgrade, check, back up, restore.",
    {"upgrade": db.upgrade, "check": db.check, "backup": db.backup, "restore": db.restore},
)
_group(
    "kill-switch",
    "Stop agents, models, tools or the agents of a process.",
    {"set": kill_switch.set_switch, "lift": kill_switch.lift_switch, "list": kill_switch.list_switches},
)
_group(
    "autonomy",
    "How much agents do by themselves: report, set, confirm.",
    {
        "report": autonomy.report,
        "list": autonomy.list_settings,
        "set": autonomy.set_level,
        "confirm": autonomy.confirm,
        "withdraw": autonomy.withdraw,
    },
)
_group(
    "approvals",
    "What agents are about to do, and may not do by themselves.",
    {
        "list": approvals.list_approvals,
        "show": approvals.show_approval,
        "approve": approvals.approve,
        "reject": approvals.reject,
        "edit": approvals.edit,
        "outcome": approvals.outcome,
    },
)
_group("audit", "The audit trail.", {"verify": lists.verify_audit})
