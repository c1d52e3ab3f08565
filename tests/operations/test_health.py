"""Whether a process lives and should be sent requests is answered at once, with the reason where it is not."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine, text

from laneway.ports import SchemaState
from laneway.store.database import parse_url
from laneway.workers.loop import Loop
from laneway.workers.wakeup import InProcessWakeup
from laneway_api import health
from laneway_api.health import Health
from laneway_api.waiting import Closing
from tests.support.processes import Process, status, until

GOOD = SchemaState("1", "1")


def test_a_server_that_can_work_is_ready(database_url: str, tmp_path: Path) -> None:
    # Given a server with all roles
    with Process(tmp_path, "serve", "--port", "0", database=database_url) as server:
        address = server.address
        # When it is asked, at once and once it works
        first = httpx.get(f"{address}/health/ready").json()

        def working() -> Any:
            found = httpx.get(f"{address}/health/ready").json()
            return "starting" not in found["workers"].values() and found

        answer = until(working, "its loops run")
    # Then every check is well, and every loop is named from the first moment
    assert first["workers"].keys() == answer["workers"].keys()
    assert {check["name"]: check["status"] for check in answer["checks"]} == dict.fromkeys(
        ("server", "database", "migrations", "workers"), "UP"
    )
    assert {"agents", "timers", "retention"} <= set(answer["workers"])
    assert set(answer["workers"].values()) == {"running"}


def test_a_server_on_a_database_that_another_version_migrated_is_not_ready(database_url: str, tmp_path: Path) -> None:
    # Given a server
    with Process(tmp_path, "serve", "--port", "0", database=database_url) as server:
        address = server.address
        # When a later version migrates its database
        _execute(database_url, "UPDATE alembic_version SET version_num = '9999'")
        answer = httpx.get(f"{address}/health/ready")
        # Then it says so, and lives on
        assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
        assert "revision 9999" in answer.json()["detail"]
        assert answer.headers["retry-after"]
        assert status(address, "/health/live") == 200


@pytest.mark.postgres
def test_a_server_whose_database_is_gone_is_not_ready_and_lives(postgres_server: Any, tmp_path: Path) -> None:
    # Given a server on PostgreSQL
    name = postgres_server.create_database()
    url = postgres_server.database_url(name)
    with Process(tmp_path, "serve", "--port", "0", database=url) as server:
        address = server.address
        assert status(address, "/health/ready") == 200
        # When its database is taken away
        postgres_server.drop_database(name)
        answer = httpx.get(f"{address}/health/ready", timeout=10)
        # Then it is not ready, for that reason, and lives on
        down = {check["name"]: check.get("reason") for check in answer.json()["details"]["checks"]}
        assert answer.status_code == 503
        assert down["database"]
        assert status(address, "/health/live") == 200


def test_a_probe_is_answered_whatever_host_it_names(tmp_path: Path) -> None:
    # Given a server; when it is asked by an address that it was not told of; then probes are answered, and nothing else is.
    with Process(tmp_path, "serve", "--port", "0", "--no-workers") as server:
        address = server.address
        strange = {"Host": "10.1.2.3:8080"}
        assert httpx.get(f"{address}/health/ready", headers=strange).status_code == 200
        assert httpx.get(f"{address}/health/live", headers=strange).status_code == 200
        assert httpx.get(f"{address}/v2/topology", headers=strange).status_code == 400


def test_a_database_that_hangs_does_not_hang_the_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a database that does not answer
    monkeypatch.setattr(health, "PATIENCE", 0.1)
    answering = threading.Event()

    def hang() -> datetime:
        answering.wait(20)
        return datetime.now(UTC)

    asked = Health(hang, lambda: GOOD, dict, Closing())

    async def ask_often() -> list[str]:
        try:
            return [{one.name: one.reason for one in (await asked.checks())[0]}["database"] for _ in range(4)]
        finally:
            answering.set()

    # When it is asked more often than there are threads for it
    began = time.monotonic()
    reasons = asyncio.run(ask_often())
    # Then each answer comes soon
    assert reasons == ["no answer within 0.1 s"] * 4
    assert time.monotonic() - began < 5


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_worker_that_died_is_told_of() -> None:
    # Given a loop whose step ends its thread
    def end() -> bool:
        raise SystemExit

    loop = Loop("timers", end, InProcessWakeup(), (), lambda: 60.0)
    loop.start()
    until(lambda: loop.state == "dead", "the loop ended")
    # When health is asked; then it names the loop.
    asked = Health(lambda: datetime.now(UTC), lambda: GOOD, lambda: {loop.name: loop.state}, Closing())
    checks, _ = asyncio.run(asked.checks())
    assert asked.dead_workers() == ["timers"]
    assert [check.name for check in checks if check.reason] == ["workers"]


def test_a_loop_that_fails_again_and_again_is_failing_and_recovers() -> None:
    # Given a loop whose step fails four times
    failures = iter(range(4))

    def step() -> bool:
        if next(failures, None) is not None:
            raise RuntimeError("not yet")
        return False

    loop = Loop("timers", step, InProcessWakeup(), (), lambda: 60.0)
    loop.start()
    try:
        # When it has failed three times; then it says so, and is well again after.
        until(lambda: loop.state == "failing", "it fails")
        until(lambda: loop.state == "running", "it is well again")
    finally:
        loop.stop(5)
    assert loop.state == "stopped"


def _execute(url: str, statement: str) -> None:
    engine = create_engine(parse_url(url))
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()
