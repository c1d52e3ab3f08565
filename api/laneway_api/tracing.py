"""Around everything else, where tracing is on: which trace a request belongs to is known once it has touched an instance."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from laneway.commands.observing import Tracing
from laneway_api.guards import UNCOUNTED, route_of


class Traced:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, *, tracing: Tracing) -> None:
        self._app = app
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in UNCOUNTED:
            await self._app(scope, receive, send)
            return
        status = 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with self._tracing.handling(scope["method"], Headers(scope=scope).get("traceparent")) as handling:
            try:
                await self._app(scope, receive, answer)
            finally:
                handling.answered(route_of(scope), status)
