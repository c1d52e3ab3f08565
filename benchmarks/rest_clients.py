"""Clients that cost next to nothing: prepared bytes over connections that stay open, and only what they need is read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from functools import partial

import orjson

Script = Generator[bytes, tuple[int, bytes], None]
"""What one connection does: it gives requests and is given the status and the body of each answer."""


def post(port: int, path: str, body: object = None) -> bytes:
    content = b"" if body is None else orjson.dumps(body)
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n\r\n".encode()
        + content
    )


@dataclass
class Load:
    """What came of a slice. Times in seconds; ``cpu`` is what the server used."""

    seconds: float = 0.0
    cpu: float = 0.0
    took: list[float] = field(default_factory=list)
    other: list[tuple[int, bytes]] = field(default_factory=list)
    """Answers that were neither 200 nor 204."""

    @property
    def rate(self) -> float:
        return len(self.took) / self.seconds

    @property
    def cost(self) -> float:
        """CPU microseconds of the server for one request."""
        return self.cpu / len(self.took) * 1e6

    def late(self, share: float) -> float:
        """Milliseconds within which that share of them was answered."""
        found = sorted(self.took)
        return found[min(len(found) - 1, int(len(found) * share))] * 1e3


class _Connection(asyncio.Protocol):
    def __init__(self, load: Load, script: Script, over: Callable[[], None]) -> None:
        self._load = load
        self._script = script
        self._over = over
        self._buffer = b""
        self._sent = 0.0
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def begin(self) -> None:
        self._send(next(self._script, None))

    def connection_lost(self, exc: Exception | None) -> None:
        self._over()

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        status = int(self._buffer[9:12])
        length = 0
        if status != 204:
            head = self._buffer[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0])
        if len(self._buffer) < end + 4 + length:
            return
        body = self._buffer[end + 4 : end + 4 + length]
        self._buffer = b""
        self._load.took.append(time.perf_counter() - self._sent)
        if status not in (200, 204):
            self._load.other.append((status, body))
        try:
            following = self._script.send((status, body))
        except StopIteration:
            following = None
        self._send(following)

    def _send(self, request: bytes | None) -> None:
        assert self._transport is not None
        if request is None:
            self._transport.close()
            return
        self._sent = time.perf_counter()
        self._transport.write(request)


def one_by_one(requests: Iterator[bytes], told: Callable[[int], None] | None = None) -> Script:
    """The next request that no other connection has taken, until there are none. ``told`` hears each status."""
    for request in requests:
        status, _ = yield request
        if told is not None:
            told(status)


def run(port: int, pid: int, scripts: list[Script]) -> Load:
    """Each script over a connection of its own, all at once."""
    return asyncio.run(_run(port, pid, scripts))


async def _run(port: int, pid: int, scripts: list[Script]) -> Load:
    load = Load()
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    open_ones = len(scripts)

    def ended() -> None:
        nonlocal open_ones
        open_ones -= 1
        if open_ones == 0:
            over.set()

    connections = []
    for script in scripts:
        made = await loop.create_connection(partial(_Connection, load, script, ended), "127.0.0.1", port)
        connections.append(made[1])
    before, begin = cpu_seconds(pid), time.perf_counter()
    for connection in connections:
        connection.begin()
    await over.wait()
    load.seconds = time.perf_counter() - begin
    load.cpu = cpu_seconds(pid) - before
    return load


def cpu_seconds(pid: int) -> float:
    """CPU time of a process, of its ended threads too (clock_getcpuclockid(3): the clock of a process by its number)."""
    return time.clock_gettime((~pid << 3) | 2)
