"""A Laneway of several processes on one database, and what can be done to them."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import os
import random
import signal
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from laneway.store.database import parse_url
from tests.faults.disk import Disk
from tests.faults.nursery import Nursery

READY_SECONDS = 60.0
ACTIVITY = """
SELECT pid, state, wait_event_type, wait_event, pg_blocking_pids(pid), now() - xact_start, left(query, 200)
FROM pg_stat_activity WHERE datname = current_database()
"""


class Node:
    """One process under a port of its own. It is born again on the same port, so that clients find it."""

    def __init__(
        self, name: str, nursery: Nursery, folder: Path, database: str, *, workers: bool, disk: Disk | None = None
    ) -> None:
        self.name = name
        self.port = free_port()
        self.log = folder / f"{name}.log"
        self.births = 0
        self.skew = 0.0
        self.disk = disk
        self._nursery = nursery
        self._argv = ["serve", "--port", str(self.port), "--database", database]
        if not workers:
            self._argv.append("--no-workers")
        self._environment = {"LANEWAY_DEPLOY_SHIPPED": "false", "LANEWAY_POLL_INTERVAL": "0.2"}
        self.pid = 0

    def start(self) -> None:
        self.births += 1
        disk = self.disk and self.disk.file
        self.pid = self._nursery.give_birth(self._argv, self._environment, self.log, self.skew, disk)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        deadline = time.monotonic() + 10
        while self.alive() and time.monotonic() < deadline:
            time.sleep(0.002)

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def say_where(self) -> None:
        """Let it write to its log what each of its threads is doing."""
        self._signal(signal.SIGUSR1)

    def alive(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def ready(self) -> bool:
        client = Client(self, timeout=5.0)
        try:
            return client.call("GET", "/health/ready")[0] == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            client.close()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)


class Client:
    """One connection of one thread to one node."""

    def __init__(self, node: Node, timeout: float = 15.0) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=timeout)

    def call(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """Status and JSON of the answer. OSError or HTTPException: whether the request was carried out is not known."""
        try:
            given = {"Content-Type": "application/json", **(headers or {})}
            self._connection.request(method, path, None if body is None else json.dumps(body), given)
            answer = self._connection.getresponse()
            content = answer.read()
        except BaseException:
            self._connection.close()
            raise
        return answer.status, json.loads(content) if content and answer.status != 500 else None

    def close(self) -> None:
        self._connection.close()


class Site:
    """Two nodes: ``api`` that only answers, ``worker`` that answers and does what timers, scripts and the outbox ask for.

    ``disks``: whether the disk of each can be told to fail. ``alone``: whether there is only the worker.
    """

    def __init__(self, folder: Path, database: str, *, disks: bool = False, alone: bool = False) -> None:
        self.folder = folder
        self.database = database
        self.nursery = Nursery(folder / "nursery.log")
        disk_of = {name: Disk(folder / f"{name}.disk") if disks else None for name in ("api", "worker")}
        self.worker = Node("worker", self.nursery, folder, database, workers=True, disk=disk_of["worker"])
        self.api = self.worker
        if not alone:
            self.api = Node("api", self.nursery, folder, database, workers=False, disk=disk_of["api"])
        self.nodes = (self.worker,) if alone else (self.api, self.worker)
        self._turns = itertools.count()

    def __enter__(self) -> Site:
        for node in self.nodes:
            node.start()
            self.wait_ready(node)
        return self

    def __exit__(self, *_: object) -> None:
        for node in self.nodes:
            node.go_on()
            node.kill()
            if node.disk is not None:
                node.disk.close()
        self.nursery.close()

    def wait_ready(self, *nodes: Node) -> None:
        deadline = time.monotonic() + READY_SECONDS
        for node in nodes or self.nodes:
            while not node.ready():
                if not node.alive():
                    node.start()  # it could not begin, as while the database is away
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{node.name} is not ready; its log ends with:\n{node.log.read_text()[-3000:]}")
                time.sleep(0.02)

    def say_where(self) -> None:
        """Let the nodes, and PostgreSQL, write to the logs what they are doing."""
        for node in self.nodes:
            node.say_where()
        if self.database.startswith("postgresql"):
            engine = create_engine(parse_url(self.database))
            with engine.connect() as connection, (self.folder / "activity.log").open("a") as log:
                log.writelines(f"{row}\n" for row in connection.execute(text(ACTIVITY)))
            engine.dispose()

    def any_node(self, chance: random.Random) -> Node:
        return chance.choice(self.nodes)


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port
