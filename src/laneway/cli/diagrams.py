"""`check`, `layout` and `deploy`: what is in the files, how it looks, and putting it to work."""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from laneway.cli.failures import FOUND_WRONG, UNREACHABLE, USAGE, expected_failures, fail
from laneway.cli.options import Database, opened
from laneway.cli.output import print_json

if TYPE_CHECKING:
    from laneway.domain.definition import Deployment
    from laneway.domain.work import Actor

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE…", help="Diagrams and what belongs to them, or folders that hold them.", show_default=False
    ),
]
Walkthrough = Annotated[
    bool | None,
    typer.Option(
        "--walkthrough/--strict",
        help="Let people stand in for what a diagram leaves open, or never. Default: as isExecutable says.",
        show_default=False,
    ),
]


class Format(StrEnum):
    text = "text"
    json = "json"
    sarif = "sarif"


def check(
    files: Files,
    format: Annotated[Format, typer.Option("--format", help="How to print what was found.")] = Format.text,
    walkthrough: Walkthrough = None,
) -> None:
    """Read files as a deployment would and report every problem. Nothing is written.

    Each problem names the element's id, its name on the diagram, the line, the rule and what to do. Exit code 1 if there
    is an error, so that the files cannot be deployed.
    """
    with expected_failures():
        from laneway.diagrams.formats import render

        with opened("sqlite://") as engine:  # reading needs no database of anyone's
            reports = [engine.check(group, walkthrough=walkthrough) for group in read(files)]
        typer.echo(render([problem for report in reports for problem in report.problems], format.value))
        if format is Format.text:
            typer.echo(_summary([process for report in reports for process in report.processes]))
        if not all(report.deployable for report in reports):
            raise typer.Exit(FOUND_WRONG)


def deploy(
    files: Files,
    database: Database = None,
    server: Annotated[
        str | None, typer.Option("--server", metavar="URL", help="Deploy to this server instead of a database.")
    ] = None,
    walkthrough: Walkthrough = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Deploy files together, into the database or to a server.

    What is already deployed unchanged keeps its version.
    """
    with expected_failures():
        if server is not None and walkthrough is not None:
            raise fail("--walkthrough and --strict work with --database only", USAGE)
        if server is not None:
            deployed = [_deploy_to(server, group) for group in read(files)]
        else:
            with opened(database) as engine:
                deployed = [
                    _as_wire(engine.deploy(group, walkthrough=walkthrough, actor=_actor())) for group in read(files)
                ]
        if as_json:
            print_json(deployed)
        else:
            for one in deployed:
                _show(one)


def layout(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A BPMN file.", show_default=False)],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="OUT", help="Where to write it; - prints it. Default: back into FILE."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a layout that the file has already.")] = False,
) -> None:
    """Draw a diagram for a file that has none: shapes, pools, lanes and lines, left to right.

    Everything else in the file stays as it is, byte for byte. The same file always gives the same picture.
    """
    with expected_failures():
        from laneway.diagrams.layout import layout as drawn

        content = drawn(file.read_bytes(), file.name, force=force)
        if output is not None and str(output) == "-":
            typer.get_binary_stream("stdout").write(content)
            return
        target = output or file
        beside = target.with_name(target.name + ".new")
        beside.write_bytes(content)
        os.replace(beside, target)  # never half a file, whatever happens
        typer.echo(f"{target}: {content.count(b'<bpmndi:BPMNShape '):,} shapes")


def read(paths: Sequence[Path]) -> list[list[tuple[str, bytes]]]:
    """(name, bytes) of what is deployed together: each process folder by itself, loose files with each other."""
    from laneway.cases.folder import find_folders

    groups: list[list[tuple[str, bytes]]] = []
    loose: dict[str, bytes] = {}
    for path in paths:
        if path.is_dir():
            groups.extend(folder.files() for folder in find_folders(str(path)))
        else:
            loose[path.name if path.is_absolute() or ".." in path.parts else path.as_posix()] = path.read_bytes()
    return [*groups, list(loose.items())] if loose else groups


def _actor() -> Actor:
    import getpass

    from laneway.domain.work import Actor

    return Actor("user", getpass.getuser())


def _as_wire(deployment: Deployment) -> dict[str, Any]:
    processes = [
        {
            "processDefinitionKey": definition.key,
            "processDefinitionId": definition.process_id,
            "processDefinitionVersion": definition.version,
            "resourceName": definition.resource_name,
        }
        for definition in deployment.processes
    ]
    return {"deploymentKey": deployment.key, "processes": processes, "files": len(deployment.resources)}


def _summary(processes: Sequence[Any]) -> str:
    lines = [
        f"{process['file']}: process {process['processId']}"
        + (f" «{process['name']}»" if process.get("name") else "")
        + f", {process['nodes']} flow nodes, {process['flows']} sequence flows, "
        + ("runs strictly" if process["executable"] else "runs as a walkthrough")
        for process in processes
    ]
    return "\n".join(lines) or "no process was found"


def _show(deployed: dict[str, Any]) -> None:
    typer.echo(f"deployment {deployed['deploymentKey']}, {deployed['files']} files")
    for row in deployed["processes"]:
        typer.echo(
            f"  process {row['processDefinitionId']} version {row['processDefinitionVersion']}"
            f" (key {row['processDefinitionKey']}, {row['resourceName']})"
        )


def _deploy_to(server: str, files: Sequence[tuple[str, bytes]]) -> dict[str, Any]:
    import httpx

    headers = {"Authorization": f"Bearer {token}"} if (token := os.environ.get("LANEWAY_TOKEN")) else {}
    url = server.rstrip("/") + ("" if server.rstrip("/").endswith("/v2") else "/v2") + "/deployments"
    try:
        answer = httpx.post(
            url, files=[("resources", (name, content)) for name, content in files], headers=headers, timeout=60
        )
    except httpx.HTTPError as error:
        raise fail(f"{server} cannot be reached: {error}", UNREACHABLE) from None
    if answer.status_code != 200:
        raise fail(f"{server} answers {answer.status_code}: {_detail(answer)}")
    deployed = answer.json()
    processes = [entry["processDefinition"] for entry in deployed["deployments"] if entry.get("processDefinition")]
    return {"deploymentKey": deployed["deploymentKey"], "processes": processes, "files": len(files)}


def _detail(answer: Any) -> str:
    try:
        problem = answer.json()
    except ValueError:
        return str(answer.text[:500])
    return str(problem.get("detail") or problem.get("title") or problem) if isinstance(problem, dict) else str(problem)
