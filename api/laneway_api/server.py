"""Serving: uvicorn around the app, workers beside it, an orderly end.

The end, from the first SIGTERM or SIGINT: at once the process is not ready any more (``/health/ready`` says 503), its
workers take nothing new, and held requests are answered. For ``shutdown_delay`` it goes on answering, until load balancers have
noticed. Then it listens no more; what is at work has ``shutdown_timeout`` to end, and the leases of the rest are given back.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn

from laneway.bootstrap import Laneway
from laneway.logs import Logger
from laneway_api.app import App, create_app

log = Logger("laneway.server")
FIRST_COMMANDS = 0.25
"""Seconds after it listens in which a process does nothing but what it is asked for. Then its workers start, and the documented routes
are built unless someone has asked for one: both take longer than a command."""
LAST_RESORT = 10.0
"""Seconds beyond all time that was given, after which the process ends as if it were killed: everything acknowledged is kept."""


class Server(uvicorn.Server):
    """Answers held requests before it waits for requests in flight; says when it listens."""

    def __init__(
        self,
        config: uvicorn.Config,
        app: App,
        ready: Callable[[int], None] | None = None,
        *,
        delay: float = 0.0,
        draining: Callable[[], None] | None = None,
        settle_in: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(config)
        self._settle_in = settle_in
        self._application = app
        self._ready = ready
        self._delay = delay
        self._draining = draining
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told = False

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn's own, which raises the signal again at the end: that would leave no one to stop the workers."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {one: signal.signal(one, self.handle_exit) for one in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal begins the end; another one shortens it."""
        if self._loop is None or self._told:
            super().handle_exit(sig, frame)
            return
        self._told = True
        self._loop.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        self._begin_closing()
        log.info("draining", seconds=self._delay)
        asyncio.get_running_loop().call_later(self._delay, self._stop_listening)

    def _stop_listening(self) -> None:
        self.should_exit = True

    def _begin_closing(self) -> None:
        closing = self._application.state.closing
        if closing.begun:
            return
        closing.begin()
        if self._draining is not None:
            self._draining()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        if self.started and self._settle_in is not None:
            self._loop.call_later(FIRST_COMMANDS, self._begin_to_settle_in)
        if self.started and self._ready is not None:
            self._ready(self.servers[0].sockets[0].getsockname()[1])

    def _begin_to_settle_in(self) -> None:
        if self._settle_in is not None and not self._application.state.closing.begun:
            self._settle_in()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._begin_closing()
        await super().shutdown(sockets)


def build(
    laneway: Laneway,
    host: str,
    port: int,
    *,
    ready: Callable[[int], None] | None = None,
    draining: Callable[[], None] | None = None,
    only_probes: bool = False,
    works: bool = False,
    complete: Callable[[], None] | None = None,
) -> Server:
    """A server that is not started yet. ``ready`` is called with the port once it listens, ``complete`` once all is there that is made
    for good, ``draining`` when it is told to stop; ``only_probes`` as for ``create_app``; ``works``: it starts the workers, too, when
    it has begun."""
    settings = laneway.settings
    if works:
        laneway.workers.announce()
    app = create_app(laneway, allowed_hosts=(host,), only_probes=only_probes)
    app.on_built = complete

    def settle_in() -> None:
        if works:
            laneway.workers.start()
        if not only_probes:
            app.begin_building()

    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=max(1, round(settings.shutdown_timeout)),
        lifespan="off",
        # Who connects is who connects: a header names nobody (see laneway_api.identity).
        proxy_headers=False,
        ws="none",
    )
    return Server(config, app, ready, delay=settings.shutdown_delay, draining=draining, settle_in=settle_in)


def serve(
    laneway: Laneway,
    host: str,
    port: int,
    *,
    ready: Callable[[int], None] | None = None,
    works: bool = False,
    complete: Callable[[], None] | None = None,
) -> None:
    """Serve until told to stop (SIGINT, SIGTERM), then stop the workers that were built beside it. The rest as for ``build``."""
    _serve(laneway, host, port, ready, works=works, complete=complete)


def serve_health(laneway: Laneway, host: str, port: int, *, ready: Callable[[int], None] | None = None) -> None:
    """As ``serve``, for a process that only works: health and metrics, no API."""
    _serve(laneway, host, port, ready, only_probes=True)


def _serve(
    laneway: Laneway,
    host: str,
    port: int,
    ready: Callable[[int], None] | None,
    *,
    only_probes: bool = False,
    works: bool = False,
    complete: Callable[[], None] | None = None,
) -> None:
    timeout = laneway.settings.shutdown_timeout
    given = laneway.settings.shutdown_delay + timeout
    end_by: list[float] = []

    def draining() -> None:
        end_by.append(time.monotonic() + given)
        laneway.workers.begin_stop(given)
        _end_at_last(given + LAST_RESORT)

    try:
        build(
            laneway,
            host,
            port,
            ready=ready,
            draining=draining,
            only_probes=only_probes,
            works=works,
            complete=complete,
        ).run()
    finally:
        laneway.workers.stop(max(0.0, end_by[0] - time.monotonic()) if end_by else timeout)


def _end_at_last(seconds: float) -> None:
    """A thread that hangs in a call which cannot be interrupted must not keep the process from ending."""

    def end() -> None:
        log.error("shutdown_forced", seconds=seconds)
        os._exit(1)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
