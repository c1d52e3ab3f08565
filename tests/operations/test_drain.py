"""SIGTERM: not ready at once, nothing new, what is at work may end, leases are given back, exit code 0 within the settings."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from laneway.bootstrap import build
from laneway.ports import SearchQuery
from laneway.settings import Settings
from tests.support.letters import GOOD, letters
from tests.support.processes import Process, status, until

pytestmark = pytest.mark.slow


def prepare(url: str, delay: float) -> int:
    """One instance that waits for an agent which takes ``delay`` seconds; its key."""
    with build(Settings(database_url=url)) as laneway:
        laneway.engine.deploy(letters({**GOOD, "delay": delay}, timeout="PT5M"))
        return laneway.engine.start_instance(process_id="process", variables={"letter": "x"}).key


def job(url: str) -> dict[str, Any]:
    with build(Settings(database_url=url)) as laneway:
        (row,) = laneway.engine.search(SearchQuery("jobs")).items
        return row


def test_told_to_stop_it_is_not_ready_at_once_and_answers_until_the_delay_is_over(
    database_url: str, tmp_path: Path
) -> None:
    # Given a server, with a worker that waits for jobs for a minute
    arguments = ("serve", "--port", "0")
    with Process(tmp_path, *arguments, database=database_url, shutdown_delay=3) as server:
        address = server.address
        polled: list[httpx.Response] = []
        body = {"type": "none", "timeout": 1000, "maxJobsToActivate": 1, "requestTimeout": 60_000}

        def poll() -> None:
            polled.append(httpx.post(f"{address}/v2/jobs/activation", json=body, timeout=60))

        polling = threading.Thread(target=poll)
        polling.start()
        time.sleep(0.5)
        # When it is told to stop
        server.signal(signal.SIGTERM)
        told = time.monotonic()
        until(lambda: status(address, "/health/ready") == 503, "not ready any more", within=2)
        # Then the worker gets its answer now, others are still served, and the process ends well after the delay
        polling.join(2)
        assert [(one.status_code, one.json()) for one in polled] == [(200, {"jobs": []})]
        assert status(address, "/v2/topology") == 200
        assert server.ended(within=20) == 0, server.told()
        assert time.monotonic() - told >= 2.5


def test_a_job_at_work_may_end(database_url: str, tmp_path: Path) -> None:
    # Given a server whose agent is at work for three seconds
    prepare(database_url, delay=3)
    with Process(tmp_path, "serve", "--port", "0", database=database_url, shutdown_timeout=30) as server:
        until(lambda: job(database_url)["deadline"] is not None, "the agent began")
        # When it is told to stop; then the job is done before it ends.
        server.signal(signal.SIGTERM)
        assert server.ended(within=25) == 0, server.told()
    assert job(database_url)["state"] == "COMPLETED"


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("work",)])
def test_a_job_that_takes_too_long_is_given_back(database_url: str, tmp_path: Path, command: tuple[str, ...]) -> None:
    # Given a process whose agent is at work for a minute
    prepare(database_url, delay=60)
    with Process(tmp_path, *command, database=database_url, shutdown_timeout=0.5) as process:
        until(lambda: job(database_url)["deadline"] is not None, "the agent began")
        # When it is told to stop; then it ends soon and well, and another may take the job at once.
        process.signal(signal.SIGTERM)
        assert process.ended(within=15) == 0, process.told()
    row = job(database_url)
    assert (row["state"], row["deadline"], row["retries"]) == ("CREATED", None, 3)


def test_a_second_signal_shortens_the_end(tmp_path: Path) -> None:
    # Given a server that would go on for ten minutes after it was told to stop
    with Process(tmp_path, "serve", "--port", "0", shutdown_delay=600) as server:
        address = server.address
        server.signal(signal.SIGTERM)
        until(lambda: status(address, "/health/ready") == 503, "not ready any more", within=5)
        # When it is told once more; then it ends now.
        server.signal(signal.SIGTERM)
        assert server.ended(within=20) == 0, server.told()
