"""The table of contents of the terminal: one line per command."""

from __future__ import annotations

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
app.command("version")(lists.version)

database = typer.Typer(
    help="The database: upgrade, check, back up, restore.", no_args_is_help=True, rich_markup_mode=None
)
database.command("upgrade")(db.upgrade)
database.command("check")(db.check)
database.command("backup")(db.backup)
database.command("restore")(db.restore)
app.add_typer(database, name="db")

switches = typer.Typer(
    help="Stop agents, models, tools or the agents of a process.", no_args_is_help=True, rich_markup_mode=None
)
switches.command("set")(kill_switch.set_switch)
switches.command("lift")(kill_switch.lift_switch)
switches.command("list")(kill_switch.list_switches)
app.add_typer(switches, name="kill-switch")

dial = typer.Typer(
    help="How much agents do by themselves: report, set, confirm.", no_args_is_help=True, rich_markup_mode=None
)
dial.command("report")(autonomy.report)
dial.command("list")(autonomy.list_settings)
dial.command("set")(autonomy.set_level)
dial.command("confirm")(autonomy.confirm)
dial.command("withdraw")(autonomy.withdraw)
app.command("replay")(autonomy.replay)
app.add_typer(dial, name="autonomy")
approving = typer.Typer(
    help="What agents are about to do, and may not do by themselves.", no_args_is_help=True, rich_markup_mode=None
)
approving.command("list")(approvals.list_approvals)
approving.command("show")(approvals.show_approval)
approving.command("approve")(approvals.approve)
approving.command("reject")(approvals.reject)
approving.command("edit")(approvals.edit)
approving.command("outcome")(approvals.outcome)
app.add_typer(approving, name="approvals")

app.command("mcp-tools")(mcp_tools.mcp_tools)

audit = typer.Typer(help="The audit trail.", no_args_is_help=True, rich_markup_mode=None)
audit.command("verify")(lists.verify_audit)
app.add_typer(audit, name="audit")
