"""`serve`: the API with its workers, the process that ships deployed, and what to try first."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from laneway.cli.failures import USAGE, expected_failures, fail
from laneway.cli.options import Database, Roles, names_of, settings_for
from laneway.cli.starting import leave_alone, swift_start
from laneway.logs import Logger

if TYPE_CHECKING:
    from laneway.domain.definition import Deployment
    from laneway.engine import Engine


def serve(
    host: Annotated[
        str | None, typer.Option("--host", help="Address to listen on. Default: LANEWAY_HOST, else 127.0.0.1.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port", min=0, max=65535, help="Port to listen on, 0 for a free one. Default: LANEWAY_PORT, else 8080."
        ),
    ] = None,
    database: Database = None,
    roles: Roles = None,
    no_workers: Annotated[
        bool, typer.Option("--no-workers", help="Answer requests only: short for --roles api.")
    ] = False,
    deploy: Annotated[
        list[Path] | None,
        typer.Option(
            "--deploy",
            metavar="DIR",
            help="Deploy this process folder at start; may be repeated. Default: the one that ships.",
        ),
    ] = None,
) -> None:
    """Serve the API, with agents and timers at work.

    Migrates the database, deploys, and prints what to open and what to try.
    """
    with expected_failures(), swift_start() as started:
        named = ("api",) if no_workers else names_of(roles) or None
        if named is not None and "api" not in named:
            raise fail("`laneway serve` answers requests: name api among --roles, or use `laneway work`", USAGE)
        given = {"host": host, "port": port, "roles": named}
        settings = settings_for(database, **{name: value for name, value in given.items() if value is not None})
        works = tuple(role for role in settings.roles if role != "api")
        require_free(settings.host, settings.port)
        from laneway.bootstrap import build
        from laneway_api.server import serve as serve_api

        with build(settings) as laneway:
            deployments = _deploy(laneway.engine, deploy, settings.deploy_shipped)

            def ready(listening: int) -> None:
                started()
                if not settings.trusted_proxies:
                    log.warning("names_not_verified", meaning=NOT_VERIFIED)
                typer.echo(welcome(_url(settings.host, listening), settings.database_url, deployments, works))

            # uvicorn has served to the end and passes Ctrl+C on: that is how a server stops, no failure.
            with suppress(KeyboardInterrupt):
                serve_api(laneway, settings.host, settings.port, ready=ready, works=bool(works), complete=leave_alone)


log = Logger("laneway.server")
NOT_VERIFIED = (
    "names given with Basic are taken at their word, from anybody who reaches this port: put a proxy that verifies them before it, and "
    "name it in LANEWAY_TRUSTED_PROXIES"
)


def require_free(host: str, port: int) -> None:
    """Try the port before anything else, so that a second server says so at once and touches no database.

    Raises
    ------
    ConnectionError
        It is taken, or not allowed.
    """
    import socket

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            raise ConnectionError(f"{host}:{port} cannot be listened on: {error.strerror}. Try --port 0") from None


def _url(host: str, port: int) -> str:
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - named, not bound
    name = everywhere.get(host) or (f"[{host}]" if ":" in host else host)
    return f"http://{name}:{port}"


def _deploy(engine: Engine, folders: list[Path] | None, shipped: bool) -> list[Deployment]:
    if not folders and not shipped:
        return []
    from laneway.cases.folder import find_folder, shipped_folder

    if folders:
        chosen = [find_folder(str(folder)) for folder in folders]
    else:
        default = shipped_folder() if shipped else None
        chosen = [default] if default else []
    return [engine.deploy(folder.files()) for folder in chosen]


def welcome(url: str, database: str, deployments: list[Deployment], works: Sequence[str]) -> str:
    """What to open, and three lines to try."""
    json = "-H 'Content-Type: application/json'"
    processes = [definition for deployment in deployments for definition in deployment.processes]
    listed = ", ".join(f"{definition.process_id} version {definition.version}" for definition in processes)
    process = processes[0].process_id if processes else "customer-service"
    enquiry = (
        '{"enquiry": {"id": "E-1", "channel": "email", "from": {"name": "Ada", "email": "ada@example.com"},'
        ' "subject": "Where is my parcel?", "text": "My order AB-123456 has not arrived. Where is it?"}}'
    )
    return "\n".join(
        [
            f"Laneway serves on {url}, database {_without_password(database)}"
            + (f", works on {', '.join(works)}" if works else ", without workers"),
            f"Deployed: {listed or 'nothing'}",
            "",
            f"  {url}/docs      the API, to read and to try",
            f"  {url}/v2/topology      what is running",
            "",
            "Try in a second terminal:",
            "",
            f'  curl -s {url}/v2/process-instances {json} \\\n       -d \'{{"processDefinitionId": "{process}", "variables": {enquiry}}}\'',
            "",
            f'  curl -s {url}/v2/user-tasks/search {json} -d \'{{"filter": {{"state": "CREATED"}}}}\'',
            "",
            f'  curl -s {url}/v2/element-instances/search {json} -d \'{{"filter": {{"state": "ACTIVE"}}}}\'',
            "",
            "Ctrl+C stops it. Everything is kept; start it again and it goes on.",
        ]
    )


def _without_password(url: str) -> str:
    import re

    return re.sub(r"(://[^:/@]+):[^@]*@", r"\1:…@", url)
