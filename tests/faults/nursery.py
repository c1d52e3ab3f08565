"""Gives birth to `laneway` processes in milliseconds: everything is imported once, each command line runs in a fork.

    python -m tests.faults.nursery

One JSON object a line comes in, ``{"argv": ["serve", …], "environment": {…}, "log": path, "skew": seconds, "disk": path}``, and one
goes out, ``{"pid": n}``. ``skew``: by how much the child's clock is wrong; ``disk``: what tells its disk to fail, if any.
Children end with the nursery.
A child that is sent SIGUSR1 writes to its log what each of its threads is doing.
"""

from __future__ import annotations

import ctypes
import faulthandler
import json
import os
import signal
import subprocess
import sys
import traceback
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.faults.disk import install

ROOT = Path(__file__).parents[2]
_PR_SET_PDEATHSIG = 1


class Nursery:
    """The other end: starts the program and asks it for children."""

    def __init__(self, log: Path) -> None:
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.nursery"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def give_birth(
        self, argv: list[str], environment: dict[str, str], log: Path, skew: float = 0.0, disk: Path | None = None
    ) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {"argv": argv, "environment": environment, "log": str(log), "skew": skew, "disk": disk and str(disk)}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(json.loads(self._process.stdout.readline())["pid"])

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()


def main() -> None:
    import laneway.cli.serve
    import laneway.store  # noqa: F401
    import laneway_api.server  # noqa: F401

    signal.signal(signal.SIGCHLD, lambda *_: _reap())
    for line in sys.stdin:
        order: dict[str, Any] = json.loads(line)
        child = os.fork()
        if child == 0:
            _live(order)
        print(json.dumps({"pid": child}), flush=True)


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _live(order: dict[str, Any]) -> None:
    status = 1
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(source, target)
        faulthandler.register(signal.SIGUSR1)
        os.environ.update(order["environment"])
        if order["disk"]:
            install(Path(order["disk"]), os.getpid())
        from laneway.cli.app import app

        if order["skew"]:
            import time_machine

            with time_machine.travel(datetime.now(UTC) + timedelta(seconds=order["skew"]), tick=True):
                app(order["argv"], standalone_mode=False)
        else:
            app(order["argv"], standalone_mode=False)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


if __name__ == "__main__":
    main()
