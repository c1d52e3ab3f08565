"""User tasks claimed and completed by many at once: nothing acknowledged is lost, whatever becomes of the server or the client."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from laneway.bootstrap import build
from laneway.ports import SearchQuery
from laneway.settings import Settings
from tests.commands.drawings import one_user_task
from tests.support.processes import Process, until

pytestmark = pytest.mark.slow

CLIENTS = 32


def prepare(url: str, count: int) -> list[int]:
    with build(Settings(database_url=url)) as laneway:
        laneway.engine.deploy([("process.bpmn", one_user_task().xml())])
        for _ in range(count):
            laneway.engine.start_instance(process_id="process")
    return list(states(url))


def states(url: str) -> dict[int, str]:
    with build(Settings(database_url=url)) as laneway:
        rows = laneway.engine.search(SearchQuery("user-tasks", limit=1_000)).items
        assert laneway.engine.verify_audit()["first_bad"] is None
    return {row["userTaskKey"]: row["state"] for row in rows}


def request(address: str, path: str, body: bytes = b"{}") -> bytes:
    host = urlsplit(address).netloc
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def ask(address: str, requests: list[bytes], told: Callable[[int], None]) -> None:
    """One after another over one connection, until it is closed; ``told`` hears each status."""
    parts = urlsplit(address)
    try:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    except OSError:
        return
    try:
        for one in requests:
            writer.write(one)
            head = await reader.readuntil(b"\r\n\r\n")
            told(int(head[9:12]))
            length = [line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            if length:
                await reader.readexactly(int(length[0]))
    except (asyncio.IncompleteReadError, OSError):
        pass  # the server has gone
    finally:
        writer.close()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_server_that_ends_under_load(tmp_path: Path, how: signal.Signals) -> None:
    # Given a server that many clients give completions, one after another
    url = f"sqlite:///{tmp_path / 'laneway.db'}"
    keys = prepare(url, CLIENTS * 5)
    with Process(tmp_path, "serve", "--port", "0", database=url) as server:
        address = server.address
        told: dict[int, list[int]] = {}

        async def crowd() -> None:
            clients = []
            enough = asyncio.Event()

            def hear(number: int, status: int) -> None:
                told.setdefault(number, []).append(status)
                if sum(map(len, told.values())) == CLIENTS:
                    enough.set()

            for number in range(CLIENTS):
                mine = keys[number::CLIENTS]
                requests = [request(address, f"/v2/user-tasks/{key}/completion") for key in mine]
                clients.append(asyncio.create_task(ask(address, requests, partial(hear, number))))
            await enough.wait()
            # When it is ended in the middle of it
            server.signal(how)
            await asyncio.gather(*clients)

        asyncio.run(crowd())
        assert server.ended() == (0 if how is signal.SIGTERM else -how), server.told()
    # Then all that was acknowledged is done; and who ends in order leaves nobody without an answer
    assert {status for statuses in told.values() for status in statuses} == {204}
    acknowledged = {key for number, statuses in told.items() for key in keys[number::CLIENTS][: len(statuses)]}
    completed = {key for key, state in states(url).items() if state == "COMPLETED"}
    assert acknowledged <= completed
    assert len(acknowledged) >= CLIENTS
    if how is signal.SIGTERM:
        assert acknowledged == completed


def test_of_200_claims_exactly_one_wins_and_a_client_that_goes_undoes_nothing(tmp_path: Path) -> None:
    # Given two tasks
    url = f"sqlite:///{tmp_path / 'laneway.db'}"
    contested, left = prepare(url, 2)
    with Process(tmp_path, "serve", "--port", "0", database=url) as server:
        address = server.address
        told: list[int] = []

        async def crowd() -> None:
            claims = [
                request(
                    address,
                    f"/v2/user-tasks/{contested}/assignment",
                    b'{"assignee":"person %d","allowOverride":false}' % number,
                )
                for number in range(200)
            ]
            await asyncio.gather(*(ask(address, [claim], told.append) for claim in claims))

        # When 200 claim the first at once; then one has it.
        asyncio.run(crowd())
        assert sorted(told) == [204, *[409] * 199]
        # When a client completes the second, and goes without waiting for the answer; then it is completed.
        parts = urlsplit(address)
        with socket.create_connection((str(parts.hostname), int(parts.port or 0))) as client:
            client.sendall(request(address, f"/v2/user-tasks/{left}/completion"))
        until(lambda: states(url)[left] == "COMPLETED", "it is completed")
        server.signal(signal.SIGTERM)
        assert server.ended() == 0, server.told()
