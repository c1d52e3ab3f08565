"""The one way in for bodies: size counted while they stream, JSON through the strict gate exactly once."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from laneway import json_gate
from laneway.domain.errors import LanewayError, UnsupportedEncoding

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class GatedRequest(Request):
    """A request whose JSON is what the gate let through: numbers are ``int`` or ``Decimal``."""

    async def json(self) -> Any:
        if not hasattr(self, "_gated"):
            body = await self.body()
            content_type = self.headers.get("content-type", "application/json").split(";")[0].strip().lower()
            if content_type != "application/json" and not content_type.endswith("+json"):
                raise UnsupportedEncoding(
                    "content_type_unsupported",
                    f"The body came as {content_type}; send JSON with the header Content-Type: application/json",
                )
            self._gated = json_gate.loads(body)
        return self._gated


class GatedRoute(APIRoute):
    """Reads the body before FastAPI does: its own reader loses digits and hides why a body was refused."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()
        reads_json = self.body_field is not None

        async def gated(request: Request) -> Response:
            request = GatedRequest(request.scope, request.receive)
            if reads_json and await request.body():
                await request.json()
            try:
                return await handle(request)
            except HTTPException as error:
                if isinstance(error.__cause__, LanewayError):
                    raise error.__cause__ from None
                raise

        return gated
