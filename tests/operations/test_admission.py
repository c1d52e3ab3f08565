"""More than a process can take is told to come again, at once and in words that clients understand; nothing grows without end."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from laneway.bootstrap import build
from laneway.domain.errors import Overloaded
from laneway.ports import SearchQuery
from laneway.settings import Settings
from laneway_api.admission import Admission
from tests.support.letters import letters
from tests.support.processes import Process

pytestmark = pytest.mark.slow

ROOM = 8
BODY = {"processDefinitionId": "process", "variables": {"letter": "x" * 20_000}}
POLL = {"type": "none", "timeout": 1000, "maxJobsToActivate": 1, "requestTimeout": 30_000}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Process]:
    """With room for eight requests at once, three held ones, and a megabyte of bodies."""
    url = f"sqlite:///{tmp_path / 'laneway.db'}"
    with build(Settings(database_url=url)) as laneway:
        laneway.engine.deploy(letters())
    limits = {"max_requests_at_once": ROOM, "max_requests_held": 3, "max_bytes_at_once": 1_000_000}
    with Process(tmp_path, "serve", "--port", "0", "--no-workers", database=url, **limits) as process:
        yield process


async def flood(address: str, clients: int, each: int) -> tuple[Counter[int], set[str], list[httpx.Response]]:
    """``clients`` at once start ``each`` instances: statuses, keys that were acknowledged, refusals."""
    statuses: Counter[int] = Counter()
    started: set[str] = set()
    refused: list[httpx.Response] = []

    async def one(client: httpx.AsyncClient) -> None:
        for _ in range(each):
            answer = await client.post("/v2/process-instances", json=BODY)
            statuses[answer.status_code] += 1
            if answer.status_code == 200:
                started.add(answer.json()["processInstanceKey"])
            else:
                refused.append(answer)

    async with httpx.AsyncClient(base_url=address, timeout=60, limits=httpx.Limits()) as shared:
        await asyncio.gather(*(one(shared) for _ in range(clients)))
    return statuses, started, refused


def resident(process: Process) -> int:
    """Kilobytes of memory that a process has."""
    status = Path(f"/proc/{process.process.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1])


def test_a_flood_is_turned_away_and_leaves_nothing_behind(server: Process, tmp_path: Path) -> None:
    # Given a server that has been through a flood
    address = server.address
    acknowledged = asyncio.run(flood(address, 40, 4))[1]
    before = resident(server)
    # When another comes
    for _ in range(3):
        statuses, started, refused = asyncio.run(flood(address, 40, 4))
        acknowledged |= started
        # Then some are served and the rest are told to come again, in words that clients understand
        assert set(statuses) == {200, 503}
        assert {one.json()["code"] for one in refused} == {"too_busy"}
        assert {one.json()["title"] for one in refused} == {"RESOURCE_EXHAUSTED"}
        assert {one.headers["retry-after"] for one in refused} == {"1"}
    # Then memory did not grow by it, the server works, and exactly what was acknowledged was done
    assert resident(server) - before < 30_000
    assert httpx.post(f"{address}/v2/process-instances", json=BODY).status_code == 200
    with build(Settings(database_url=f"sqlite:///{tmp_path / 'laneway.db'}")) as laneway:
        rows = laneway.engine.search(SearchQuery("process-instances", limit=10_000)).items
    assert len(rows) == len(acknowledged) + 1
    assert acknowledged < {str(row["processInstanceKey"]) for row in rows}


def test_probes_are_answered_in_a_flood(server: Process) -> None:
    # Given a server in a flood
    address = server.address
    flooding = threading.Thread(target=lambda: asyncio.run(flood(address, 40, 4)))
    flooding.start()
    # When it is probed; then it answers each time.
    answers = []
    while flooding.is_alive():
        answers.append(httpx.get(f"{address}/health/live", timeout=20).status_code)
        answers.append(httpx.get(f"{address}/health/ready", timeout=20).status_code)
    flooding.join()
    assert set(answers) == {200}


def test_who_waits_for_work_keeps_nobody_out_and_is_bounded_too(server: Process) -> None:
    # Given as many waiting workers as the server holds
    address = server.address

    async def polls() -> list[int]:
        async with httpx.AsyncClient(base_url=address, timeout=60, limits=httpx.Limits()) as client:
            waiting = [asyncio.create_task(client.post("/v2/jobs/activation", json=POLL)) for _ in range(3)]
            await asyncio.sleep(1)
            # When one more comes, and others have work to do
            fourth = await client.post("/v2/jobs/activation", json=POLL)
            others = [(await client.post("/v2/process-instances", json=BODY)).status_code for _ in range(20)]
            for task in waiting:
                task.cancel()
            return [fourth.status_code, *others]

    # Then the fourth is told to come again, and the others are served
    assert asyncio.run(polls()) == [503, *[200] * 20]


def test_an_instance_that_was_started_is_never_told_to_be_started_again(server: Process) -> None:
    # Given as many waiting workers as the server holds
    address = server.address

    async def started() -> httpx.Response:
        async with httpx.AsyncClient(base_url=address, timeout=60, limits=httpx.Limits()) as client:
            waiting = [asyncio.create_task(client.post("/v2/jobs/activation", json=POLL)) for _ in range(3)]
            await asyncio.sleep(1)
            answer = await client.post("/v2/process-instances", json={**BODY, "awaitCompletion": True})
            for task in waiting:
                task.cancel()
            return answer

    # When an instance is started and to be waited for; then the answer names it, and says that it goes on.
    answer = asyncio.run(started())
    assert (answer.status_code, answer.json()["code"]) == (504, "completion_timeout")
    assert answer.json()["details"]["processInstanceKey"]


def test_who_sends_slowly_keeps_nobody_out(server: Process) -> None:
    # Given more connections than there is room for, each with a body that never ends
    address = server.address
    parts = urlsplit(address)
    head = (
        f"POST /v2/process-instances HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
    )
    slow = [socket.create_connection((str(parts.hostname), int(parts.port or 0))) for _ in range(ROOM * 2)]
    try:
        for one in slow:
            one.sendall(head.encode())
        time.sleep(0.5)
        # When another sends at once; then it is served.
        assert httpx.post(f"{address}/v2/process-instances", json=BODY, timeout=20).status_code == 200
    finally:
        for one in slow:
            one.close()


def test_bodies_that_fill_the_memory_are_turned_away() -> None:
    # Given room for a thousand bytes
    admission = Admission(requests=10, held=10, content=1_000)
    with admission.entered() as first:
        first.grow(900)
        # When more come; then there is no room, and there is once the first has gone.
        with admission.entered() as second, pytest.raises(Overloaded, match="900 bytes"):
            second.grow(200)
    with admission.entered() as third:
        third.grow(200)
    assert (admission.content, admission.at_work, admission.refused) == (0, 0, 1)
