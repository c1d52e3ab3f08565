"""`laneway serve` as a process of its own, on SQLite and on PostgreSQL: what it answers, writes and how large it grows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, MetaData, create_engine, text

from tests.support.drawing import Drawing

PROBLEM_FIELDS = {"type", "title", "status", "detail", "instance"}
MOST_GROWTH = 100_000
"""Kilobytes that one bad input may cost."""
ON_RECORD = {"audit_log", "audit_head", "phrase", "key_lease", "node"}
"""Tables that may change by a command that was refused."""


@dataclass
class Server:
    address: str
    pid: int
    database_url: str
    folder: Path
    client: httpx.Client
    database: Engine
    tables: tuple[str, ...] = field(default=())

    def rows(self) -> dict[str, int]:
        with self.database.connect() as connection:
            counts = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in self.tables)
            return {str(name): int(count) for name, count in connection.execute(text(counts))}

    def memory(self, line: str) -> int:
        """A line of ``/proc/<pid>/status``, in kilobytes."""
        found = re.search(rf"{line}:\s+(\d+) kB", Path(f"/proc/{self.pid}/status").read_text())
        assert found is not None
        return int(found[1])

    @contextmanager
    def bounded(self, most: int = MOST_GROWTH) -> Iterator[None]:
        """The server grows by less than ``most`` kilobytes at any moment of this."""
        # Writing 5 sets the high-water mark back to what is in use now (proc(5)).
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")
        before = self.memory("VmRSS")
        yield
        assert self.memory("VmHWM") - before < most

    @contextmanager
    def unchanged(self, audited: int = 0) -> Iterator[None]:
        """Nothing is written but ``audited`` rejections in the audit log; the server still answers."""
        before = self.rows()
        with self.bounded():
            yield
        after = self.rows()
        changed = {name: after[name] - before[name] for name in after if after[name] != before[name]}
        assert {name: by for name, by in changed.items() if name not in ON_RECORD} == {}
        assert changed.get("audit_log", 0) == audited
        self.answers()

    def answers(self) -> None:
        assert self.client.get("/v2/topology").status_code == 200

    def upload(self, *files: tuple[str, bytes]) -> httpx.Response:
        return self.client.post("/v2/deployments", files=[("resources", file) for file in files])

    def deployed(self, drawing: Drawing, name: str, *files: tuple[str, bytes]) -> None:
        answer = self.upload((f"{name}.bpmn", drawing.xml()), *files)
        assert answer.status_code == 200, answer.text

    def search(self, noun: str, **filters: Any) -> list[dict[str, Any]]:
        answer = self.client.post(f"/v2/{noun}/search", json={"filter": filters})
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    def start(self, process_id: str, **variables: Any) -> str:
        answer = self.client.post(
            "/v2/process-instances", json={"processDefinitionId": process_id, "variables": variables}
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["processInstanceKey"])

    def incident(self, process_instance_key: str) -> dict[str, Any]:
        """The incident that the instance comes to."""
        for _ in range(200):
            # Those of called instances too.
            answer = self.client.post(f"/v2/process-instances/{process_instance_key}/incidents/search", json={})
            if answer.json()["items"]:
                return dict(answer.json()["items"][0])
            time.sleep(0.05)
        raise AssertionError(
            f"no incident: {self.search('process-instances', processInstanceKey=process_instance_key)}"
        )


def refused(answer: httpx.Response, status: int, code: str | None = None) -> dict[str, Any]:
    """The problem of an answer, in the shape of RFC 9457."""
    assert answer.status_code == status, answer.text[:2000]
    assert answer.headers["content-type"] == "application/problem+json"
    found = dict(answer.json())
    assert set(found) >= PROBLEM_FIELDS
    assert found["status"] == status
    assert found["detail"]
    assert code is None or found["code"] == code, found
    return found


@pytest.fixture(scope="package", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("bad_inputs")
    if request.param == "sqlite":
        url = f"sqlite:///{folder / 'laneway.db'}"
    else:
        postgres = request.getfixturevalue("postgres_server")
        url = postgres.database_url(postgres.create_database())
    command = [str(Path(sys.executable).with_name("laneway")), "serve", "--port", "0", "--database", url]
    # Budgets that end sooner than the usual ones, and still let 5,000 rounds of four elements through.
    budgets = {"LANEWAY_MAX_STEPS": "25000", "LANEWAY_MAX_LOOP_ROUNDS": "6000"}
    environment = {**os.environ, "LANEWAY_DEPLOY_SHIPPED": "false", **budgets}
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        watchdog = threading.Timer(600, process.kill)
        watchdog.start()
        try:
            assert process.stdout is not None
            address = next(found[0] for line in process.stdout if (found := re.search(r"http://127.0.0.1:\d+", line)))
            with httpx.Client(base_url=address, timeout=120) as client:
                database = create_engine(url)
                metadata = MetaData()
                metadata.reflect(database)
                tables = tuple(sorted(metadata.tables))
                one = Server(address, process.pid, url, folder, client, database, tables)
                _warm_up(one)
                yield one
                database.dispose()
            log.flush()
            assert process.poll() is None
            assert "request_failed" not in (folder / "log").read_text()
        finally:
            process.terminate()
            process.wait(30)
            watchdog.cancel()


def _warm_up(server: Server) -> None:
    """What is loaded once counts for no input."""
    drawing = Drawing()
    scope = drawing.process("quick")
    scope.chain(scope.node("startEvent"), scope.node("endEvent"))
    server.deployed(drawing, "quick")
    server.start("quick")
    for path in ("/", "/docs", "/openapi.json"):
        assert server.client.get(path).status_code == 200
