"""A process listens before it has what its first commands do not need."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from laneway.bootstrap import Laneway, build
from laneway.settings import Settings
from laneway_api import lean
from laneway_api.app import create_app
from laneway_api.routes import jobs, operations, user_tasks

LATER = (
    "fastapi", "pydantic.v1", "SpiffWorkflow", "lxml", "alembic", "httpx", "structlog", "rich", "openpyxl", "pypdf",
    "yaml", "jsonschema_rs", "sqlalchemy.dialects.postgresql", "psycopg", "procrastinate", "pydantic_ai", "mcp", "opentelemetry",
)  # fmt: skip
"""What takes long to import, and what no process needs before it listens."""
SERVES = """
import json, sys, threading
from laneway_api import server

def ready(port):
    print(json.dumps([port, sorted(sys.modules)]), flush=True)

serve = server.serve
server.serve = lambda *given, **named: serve(*given, **{**named, "ready": ready})
from laneway.cli.app import app
app()
"""


@pytest.fixture
def kept(tmp_path: Path) -> str:
    """The address of a database with a process."""
    url = f"sqlite:///{tmp_path / 'laneway.db'}"
    with build(Settings(database_url=url)) as made:
        made.engine.deploy([("echo.bpmn", (Path(__file__).parent / "diagrams" / "echo.bpmn").read_bytes())])
    return url


def test_what_is_not_needed_is_not_there_when_it_listens(kept: str) -> None:
    # Given a database that is there; when a process serves it; then it listens without the documented routes and their like.
    with subprocess.Popen(
        [sys.executable, "-c", SERVES, "serve", "--port", "0", "--database", kept],
        env={**os.environ, "LANEWAY_DEPLOY_SHIPPED": "false"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            port, modules = json.loads(process.stdout.readline())
            assert [name for name in LATER if name in modules] == []
            # And a documented route waits until it is there, a probe does not.
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as api:
                assert api.get("/health/live").json() == {"status": "UP"}
                assert api.post("/v2/process-definitions/search", json={}).json()["page"]["totalItems"] == 1
                assert api.get("/health/ready").json()["status"] == "UP"
        finally:
            process.terminate()
            process.wait(30)


def test_lean_forms_are_as_documented() -> None:
    # Given the documented routes; then each lean form counts under the path of its route, and may answer the same failures.
    routes = {
        (method, route.path): frozenset(status for status in route.responses if isinstance(status, int))
        for router in (user_tasks.routes, jobs.routes, operations.probed)
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    }
    for form in (lean.COMPLETE_USER_TASK, lean.ASSIGN_USER_TASK, lean.COMPLETE_JOB, lean.ACTIVATE_JOBS):
        assert routes["POST", form.path] == form.responses, form
    for form in (lean.LIVENESS, lean.READINESS, lean.METRICS):
        assert ("GET", form.path) in routes, form


def test_who_asks_for_documented_routes_meanwhile_waits(laneway: Laneway) -> None:
    # Given an application that has none of them yet; when many ask at once; then they are built once, and all are answered.
    app = create_app(laneway)
    statuses: list[int] = []
    with TestClient(app, base_url="http://localhost") as client:
        asking = [
            threading.Thread(target=lambda: statuses.append(client.get("/v2/topology").status_code)) for _ in range(4)
        ]
        for one in asking:
            one.start()
        for one in asking:
            one.join(30)
    assert statuses == [200] * 4


def test_it_is_told_when_all_is_there(laneway: Laneway) -> None:
    # Given someone who is to be told once the documented routes are there
    app = create_app(laneway)
    told: list[str] = []
    app.on_built = lambda: told.append("complete")
    client = TestClient(app, base_url="http://localhost")
    # When no documented route was asked for; then nothing is told
    client.get("/health/live")
    assert told == []
    # When several are; then it is told once, before the first answer
    client.get("/v2/topology")
    assert told == ["complete"]
    client.get("/v2/topology")
    assert told == ["complete"]
