"""Laneway as processes of its own, as an operator starts them."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

LANEWAY = Path(sys.executable).with_name("laneway")
PATIENCE = 60.0


class Process:
    """``laneway …`` in ``folder``; killed at the end, if it has not ended by itself.

    ``environment``: settings beside those of the test's own process.
    """

    def __init__(self, folder: Path, *arguments: object, database: str | None = None, **environment: object) -> None:
        given = {f"LANEWAY_{name.upper()}": str(value) for name, value in environment.items()}
        if database is not None:
            given["LANEWAY_DATABASE_URL"] = database
        inherited = {"PYTHONUNBUFFERED": "1", "LANEWAY_DEPLOY_SHIPPED": "false"}
        self.process = subprocess.Popen(
            [LANEWAY, *(str(argument) for argument in arguments)],
            cwd=folder,
            env={**os.environ, **inherited, **given},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []
        self.errors: list[str] = []
        self._said: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._readers = [
            threading.Thread(target=self._read, args=(self.process.stdout, self.lines, self._said.put), daemon=True),
            threading.Thread(target=self._read, args=(self.process.stderr, self.errors, None), daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def _read(self, stream: Any, into: list[str], tell: Callable[[str | None], None] | None) -> None:
        for line in stream:
            into.append(line)
            if tell is not None:
                tell(line)
        if tell is not None:
            tell(None)

    def says(self, pattern: str) -> re.Match[str]:
        """The first thing that it says from now on that is like ``pattern``."""
        end = time.monotonic() + PATIENCE
        while True:
            line = self._said.get(timeout=max(0.1, end - time.monotonic()))
            if line is None:
                raise AssertionError(f"ended with {self.process.wait(5)} before it said {pattern!r}: {self.told()}")
            found = re.search(pattern, line)
            if found is not None:
                return found

    @property
    def address(self) -> str:
        """``http://127.0.0.1:port``, once it listens."""
        return self.says(r"http://127\.0\.0\.1:\d+")[0]

    def told(self) -> str:
        return "".join([*self.lines, *self.errors])

    def signal(self, which: signal.Signals) -> None:
        self.process.send_signal(which)

    def ended(self, within: float = PATIENCE) -> int:
        """Its exit code."""
        return self.process.wait(within)

    def __enter__(self) -> Process:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for reader in self._readers:
            reader.join(5)
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.process.stdout.close()
        self.process.stderr.close()


def until(look: Callable[[], Any], what: str, within: float = PATIENCE) -> Any:
    """What ``look`` gives, once it is true."""
    end = time.monotonic() + within
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {within:g} s: {what}")
        time.sleep(0.05)


def status(address: str, path: str) -> int:
    """0 where nobody listens."""
    try:
        return httpx.get(f"{address}{path}", timeout=10).status_code
    except httpx.TransportError:
        return 0
