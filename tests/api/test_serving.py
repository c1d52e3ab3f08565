"""`laneway serve` as a process of its own: it says when it listens, and ends in order when told to."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_told_to_stop_ends_well(tmp_path: Path, told: signal.Signals) -> None:
    database = f"sqlite:///{tmp_path / 'laneway.db'}"
    command = [str(Path(sys.executable).with_name("laneway")), "serve", "--port", "0", "--database", database]
    environment = {**os.environ, "LANEWAY_DEPLOY_SHIPPED": "false"}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as server:
        watchdog = threading.Timer(60, server.kill)
        watchdog.start()
        try:
            assert server.stdout is not None
            address = next(found[0] for line in server.stdout if (found := re.search(r"http://127.0.0.1:\d+", line)))
            assert httpx.get(f"{address}/health/ready").json()["status"] == "UP"
            server.send_signal(told)
            server.stdout.read()
            assert server.wait(20) == 0
        finally:
            watchdog.cancel()
