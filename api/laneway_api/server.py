"""Serving: uvicorn around the app, workers beside it, an orderly end."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from laneway.bootstrap import Laneway
from laneway_api.app import create_app

GRACE = 20
"""Seconds that requests in flight are given when the server goes down."""


class Server(uvicorn.Server):
    """Answers held requests before it waits for requests in flight; says when it listens."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, ready: Callable[[int], None] | None = None) -> None:
        super().__init__(config)
        self._application = app
        self._ready = ready

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

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self._ready is not None:
            self._ready(self.servers[0].sockets[0].getsockname()[1])

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._application.state.closing.begin()
        await super().shutdown(sockets)


def build(laneway: Laneway, host: str, port: int, *, ready: Callable[[int], None] | None = None) -> Server:
    """A server that is not started yet. ``ready`` is called with the port once it listens."""
    app = create_app(laneway, allowed_hosts=(host,))
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
        lifespan="off",
        ws="none",
    )
    return Server(config, app, ready)


def serve(laneway: Laneway, host: str, port: int, *, ready: Callable[[int], None] | None = None) -> None:
    """Serve until told to stop (SIGINT, SIGTERM), then stop the workers that were built beside it."""
    try:
        build(laneway, host, port, ready=ready).run()
    finally:
        laneway.workers.stop()
