"""`run` and `test`: play a process in the terminal, play every case of every process."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from laneway.cli.failures import FOUND_WRONG, expected_failures, fail
from laneway.cli.options import AsJson, Variables, variables_of
from laneway.cli.output import console, print_json

if TYPE_CHECKING:
    from laneway.cases import Case, CaseResult, Coverage, ProcessFolder
    from laneway.cases.session import Session


def run(
    process: Annotated[
        str, typer.Argument(metavar="PROCESS", help="A process folder, a diagram, or the id of a process that ships.")
    ],
    case: Annotated[
        str | None,
        typer.Option("--case", metavar="FILE", help="Play this case: a file, or the name of one in the folder."),
    ] = None,
    ask: Annotated[
        bool, typer.Option("--ask", help="Ask you for user tasks, although the case has the answers.")
    ] = False,
    var: Variables = None,
    detail: Annotated[bool, typer.Option("--all", help="Tell every single event.")] = False,
) -> None:
    """Play a process in the terminal, in memory, with its real agents.

    User tasks are asked of you, or answered by the case; time passes when nothing else is left to do. With a case, what
    happened is held against what it expects: exit code 1 if it differs.
    """
    with expected_failures():
        from laneway.cases import find_folder

        folder = find_folder(process)
        if case is None:
            _play_freely(folder, variables_of(var), detail)
            return
        chosen = _case_of(folder, case)
        faults = _play_case(folder, chosen, ask=ask, detail=detail)
        if faults:
            for fault in faults:
                typer.echo(f"✗ {fault}")
            raise typer.Exit(FOUND_WRONG)
        typer.echo("✓ as expected")


def play_all(
    folders: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="DIR…", help="Process folders, or folders of them. Default: what ships.", show_default=False
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Play every case of every process, compare with its expected history, and say what no case covers.

    Exit code 1 if a case fails or a folder has none.
    """
    with expected_failures():
        from laneway.cases import coverage_of, find_folders, load_case, run_case
        from laneway.cases.folder import shipped_root

        chosen = folders or [str(root) for root in (shipped_root(),) if root]
        results: list[CaseResult] = []
        without: list[str] = []
        for folder in [found for text in chosen for found in find_folders(text)]:
            paths = folder.cases()
            files = folder.files()
            if not paths:
                without.append(folder.name)
            for path in paths:
                loaded = load_case(path)
                if not as_json:
                    _working(f"{folder.name}: {loaded.name}")
                results.append(run_case(loaded, files))
        coverages = coverage_of(results)
        if as_json:
            print_json(_as_json(results, coverages, without))
        else:
            _working("")
            _print_results(results, coverages, without)
        if without or not results or any(not result.passed for result in results):
            raise typer.Exit(FOUND_WRONG)


def _case_of(folder: ProcessFolder, text: str) -> Case:
    from laneway.cases import load_case

    path = Path(text)
    if path.is_file():
        return load_case(path)
    found = {known.name.partition(".")[0]: known for known in folder.cases()}
    if text not in found:
        raise fail(f"there is no case {text!r}; {folder.name} has: {', '.join(found) or 'none'}")
    return load_case(found[text])


def _play_case(folder: ProcessFolder, case: Case, *, ask: bool, detail: bool) -> Sequence[str]:
    from laneway.cases import Services, Session
    from laneway.cases.compare import differences
    from laneway.cases.runner import play
    from laneway.cli.timeline import Teller

    teller = Teller(detail=detail)
    console().print(f"{case.process}: {case.title}", style="bold")
    with (
        Services(case.services) as services,
        Session(folder.files(), begins=case.begins, answers=case.agents, progress=teller, services=services) as session,
    ):
        session.start(case.process, case.start)
        for step in case.steps:
            if ask and step.kind == "complete":
                teller.flush()
                _ask_for(session, session.open_task(step.target), step.by)
            else:
                play(step, session)
        if ask:
            _carry_on(session, teller)
        teller.flush()
        _print_end(session)
        return [] if ask else list(differences(case.expect, session.outcome(case.process)))


def _play_freely(folder: ProcessFolder, variables: dict[str, Any], detail: bool) -> None:
    from laneway.cases import Session
    from laneway.cases.case import Start
    from laneway.cli.forms import ask_form
    from laneway.cli.timeline import Teller

    teller = Teller(detail=detail)
    with Session(folder.files(), begins=datetime.now(UTC), progress=teller) as session:
        if not session.deployment.processes:
            raise fail(f"{folder.path} has no process")
        definition = session.deployment.processes[0]
        console().print(f"{definition.name or definition.process_id}", style="bold")
        form = session.engine.start_form(definition.key)
        if form is not None and not variables and sys.stdin.isatty():
            variables = ask_form(form.schema, {})
        session.start(definition.process_id, Start(by=getpass.getuser(), variables=variables))
        _carry_on(session, teller)
        teller.flush()
        _print_end(session)


def _carry_on(session: Session, teller: Any) -> None:
    """Ask the person at the keyboard until the instance ends, or until nobody is there to ask."""
    from laneway.domain.errors import InvalidInput

    while session.state() == "ACTIVE" and sys.stdin.isatty():
        teller.flush()
        tasks = session.open_tasks()
        if tasks:
            try:
                _ask_for(session, tasks[0], None)
            except InvalidInput as error:
                typer.echo(f"  {error.message}")
        elif not _from_outside(session):
            return


def _ask_for(session: Session, task: dict[str, Any], by: str | None) -> None:
    from laneway.cli.forms import ask_form

    form = session.form(task)
    groups = ", ".join(task["candidateGroups"]) or "anybody"
    typer.echo(f"\n{task['name'] or task['elementId']} (for {groups})")
    if task.get("question"):
        typer.echo(str(task["question"]))
    choices = task.get("choices") or []
    if choices:
        schema: dict[str, Any] = {
            "properties": {"choice": {"title": "Which way?", "enum": [name for _, name in choices]}}
        }
    else:
        schema = form.schema if form else {}
    answers = ask_form(schema, session.task_variables(task))
    session.complete(task["elementId"], by or getpass.getuser(), answers)


def _from_outside(session: Session) -> bool:
    """Offer what can carry the instance on: a message that it waits for, or time. False if there is nothing, or no wish."""
    from laneway.cli.forms import ask_form, ask_number

    due = session.next_timer()
    messages = session.expected_messages()
    typer.echo(f"\nThe instance {session.whereabouts()}.")
    offers = [f"send message {name} ({element})" for name, _, element in messages]
    if due is not None:
        offers.append(f"let time pass until {due:%Y-%m-%d %H:%M} UTC")
    if not offers:
        typer.echo("Nothing from outside can carry it on here.")
        return False
    for number, offer in enumerate([*offers, "stop"], 1):
        typer.echo(f"    {number}  {offer}")
    chosen = ask_number(len(offers) + 1)
    if chosen <= len(messages):
        name, key, _ = messages[chosen - 1]
        session.send(name, key, ask_form({}, {}))
    elif chosen <= len(offers) and due is not None:
        session.wait(due - session.clock())
    else:
        return False
    return True


def _print_end(session: Session) -> None:
    from laneway.cli.timeline import print_variables

    state = session.state()
    text = state if state != "ACTIVE" else f"ACTIVE: {session.whereabouts()}"
    console().print(text, style="bold green" if state == "COMPLETED" else "bold yellow")
    print_variables(session.variables())


def _working(text: str) -> None:
    """One line that is written over, where a person watches."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


def _print_results(results: Sequence[CaseResult], coverages: Sequence[Coverage], without: Sequence[str]) -> None:
    from rich.table import Table
    from rich.text import Text

    to = console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("", "process", "case", "title", "seconds"):
        table.add_column(heading, justify="right" if heading == "seconds" else "left")
    for result in results:
        mark = Text("✓", "green") if result.passed else Text("✗", "bold red")
        table.add_row(mark, result.case.process, result.case.name, result.case.title, f"{result.seconds:.2f}")
    to.print(table)
    for result in results:
        for fault in result.faults:
            to.print(Text(f"✗ {result.case.process}/{result.case.name}: {fault}", "red"))
    for coverage in coverages:
        to.print(
            f"\n{coverage.process_id}: {coverage.nodes_reached} of {coverage.nodes} flow nodes reached,"
            f" {coverage.flows_taken} of {coverage.flows} sequence flows taken"
        )
        for what, missed in (("flow node", coverage.missed_nodes), ("flow", coverage.missed_flows)):
            for element_id, name in missed:
                to.print(Text(f"  no case covers {what} {element_id}" + (f" «{name}»" if name else ""), "yellow"))
    for name in without:
        to.print(Text(f"✗ {name} has no cases", "red"))
    failed = sum(not result.passed for result in results)
    to.print(f"\n{len(results) - failed} passed, {failed} failed", style="bold red" if failed else "bold green")


def _as_json(results: Sequence[CaseResult], coverages: Sequence[Coverage], without: Sequence[str]) -> dict[str, Any]:
    return {
        "cases": [
            {
                "process": result.case.process,
                "name": result.case.name,
                "title": result.case.title,
                "passed": result.passed,
                "faults": list(result.faults),
                "seconds": round(result.seconds, 3),
            }
            for result in results
        ],
        "coverage": [
            {
                "process": coverage.process_id,
                "flowNodes": coverage.nodes,
                "sequenceFlows": coverage.flows,
                "missedFlowNodes": [element_id for element_id, _ in coverage.missed_nodes],
                "missedSequenceFlows": [element_id for element_id, _ in coverage.missed_flows],
            }
            for coverage in coverages
        ],
        "withoutCases": list(without),
    }
