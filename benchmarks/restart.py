"""From the start of a `laneway serve` process to its first acknowledged command, on a database with many waiting instances.

    python -m benchmarks.restart sqlite:///waiting.db TASK_KEY …

The command is the completion of a user task over HTTP, asked for from the moment the process is begun.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.places import cpu_of, cpu_of_tree
from benchmarks.soak import free_port

PATIENCE = 120.0


@dataclass(frozen=True)
class Start:
    """Seconds, on the wall and of the process's CPU, until a socket listened and until the command was acknowledged."""

    listened: float
    listened_cpu: float
    acknowledged: float
    acknowledged_cpu: float


def restart(url: str, task: int, log: Path, *roles: str) -> Start:
    port = free_port()
    environment = {**os.environ, "LANEWAY_DEPLOY_SHIPPED": "false", "LANEWAY_LOG_LEVEL": "error"}
    program = "from laneway.cli.app import app; app()"
    with log.open("ab") as errors:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-c", program, "serve", "--port", str(port), "--database", url, *roles],
            env=environment,
            stdout=errors,
            stderr=errors,
        )
    try:
        while not _listens(port):
            if process.poll() is not None or time.perf_counter() - began > PATIENCE:
                raise SystemExit(f"the server did not begin; its log ends with:\n{log.read_text()[-2000:]}")
            time.sleep(0.002)
        listened, listened_cpu = time.perf_counter() - began, cpu_of(process.pid)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        body = json.dumps({"variables": {"done": True}})
        connection.request("POST", f"/v2/user-tasks/{task}/completion", body, {"Content-Type": "application/json"})
        status = connection.getresponse().status
        if status != 204:
            raise SystemExit(f"the first command was answered with {status}")
        return Start(listened, listened_cpu, time.perf_counter() - began, cpu_of_tree(process.pid))
    finally:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


if __name__ == "__main__":
    for key in sys.argv[2:]:
        print(restart(sys.argv[1], int(key), Path(os.devnull)))
