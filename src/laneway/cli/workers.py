"""`work`: agents, timers and retention without the API, as many processes as are needed on one database."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from laneway.cli.failures import FOUND_WRONG, USAGE, expected_failures, fail
from laneway.cli.options import Database, Roles, names_of, settings_for
from laneway.cli.starting import swift_start

if TYPE_CHECKING:
    from laneway.bootstrap import Laneway

LOOK_EVERY = 1.0
"""Seconds between two looks whether the workers still work."""


def work(
    roles: Roles = None,
    database: Database = None,
    health_host: Annotated[
        str, typer.Option("--health-host", help="Address for health and metrics, with --health-port.")
    ] = "127.0.0.1",
    health_port: Annotated[
        int | None,
        typer.Option(
            "--health-port",
            min=0,
            max=65535,
            help="Answer /health/live, /health/ready and /metrics on this port, 0 for a free one. Default: not at all.",
        ),
    ] = None,
) -> None:
    """Work on agent jobs, timers and retention, without the API.

    Start as many as you need beside `laneway serve`, on the same database. SIGTERM and Ctrl+C end it in good order.
    """
    with expected_failures(), swift_start() as started:
        named = names_of(roles)
        if "api" in named:
            raise fail("`laneway work` answers no requests: leave api out of --roles, or use `laneway serve`", USAGE)
        settings = settings_for(database, **({"roles": named} if named else {}))
        mine = tuple(role for role in settings.roles if role != "api")
        if not mine:
            raise fail("nothing to do: LANEWAY_ROLES names no role but api; give --roles", USAGE)
        from laneway.bootstrap import build

        settings = settings.model_copy(update={"roles": mine})
        with build(settings, workers=True) as laneway:
            said = f"Laneway works: {', '.join(mine)}"
            if health_port is None:
                started()
                typer.echo(said)
                _until_told(laneway)
                return
            from laneway_api.server import serve_health

            def ready(listening: int) -> None:
                started()
                typer.echo(f"{said}; health on http://{health_host}:{listening}/health/ready")

            serve_health(laneway, health_host, health_port, ready=ready)


def _until_told(laneway: Laneway) -> None:
    """Wait for SIGTERM or SIGINT, then let the work at hand end. A worker that died ends the process: a supervisor starts it again."""
    told = threading.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: told.set())
    while not told.wait(LOOK_EVERY):
        dead = [name for name, state in laneway.workers.states().items() if state == "dead"]
        if dead:
            raise fail(f"no longer at work: {', '.join(dead)}", FOUND_WRONG)
    laneway.workers.stop(laneway.settings.shutdown_timeout)
