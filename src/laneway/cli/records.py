"""`records`: a system of records on loopback, for trying processes that read and change one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from laneway.cli.failures import expected_failures


def records(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="YAML file with the collections and their records.", show_default=False),
    ],
    port: Annotated[int, typer.Option("--port", help="Port on 127.0.0.1; 0 takes a free one.")] = 28417,
    keep: Annotated[
        Path | None,
        typer.Option(
            "--keep", metavar="DB", help="SQLite file to keep them in. Default: in memory.", show_default=False
        ),
    ] = None,
) -> None:
    """Serve a system of records on loopback until it is stopped: what cases have outside, for trying a process by hand.

    Contracts reach it if the server that runs the agents lets them: LANEWAY_EGRESS_ALLOW=127.0.0.1:28417.
    """
    with expected_failures():
        from laneway.cases.records import Records, RecordsServer

        server = RecordsServer(Records(file.read_bytes(), str(file), str(keep or ":memory:")), port)
        typer.echo(f"{file} on http://{server.host}")
        try:
            server.serve()
        except KeyboardInterrupt:
            pass
        finally:
            server.records.close()
