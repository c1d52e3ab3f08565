"""The HTTP client that the packages of model makers are given: everything they send goes through the governed way out.

Imported lazily: it needs the extra `ai` or `mcp`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import httpx2

from laneway.agents.egress import EgressError
from laneway.agents.environment import SecretMissing
from laneway.agents.secrets import revealed_headers
from laneway.ports import Egress, EgressRequest

_SENT: Final = frozenset(
    {"accept", "content-type", "anthropic-version", "anthropic-beta", "idempotency-key"}
    | {"mcp-protocol-version", "mcp-session-id", "mcp-method", "mcp-name", "last-event-id"}
)
"""What goes along of the packages' own headers. Others tell of this machine, or hold a key out of its environment."""
_FRAMING: Final = frozenset({"content-length", "transfer-encoding", "connection", "content-encoding"})
LONGEST_CALL: Final = 600.0


class GovernedTransport(httpx2.AsyncBaseTransport):
    """``headers`` hold ``{{secrets.NAME}}``, opened for each request alone."""

    def __init__(
        self, egress: Egress, headers: Mapping[str, str], secret: Callable[[str], str], *, streams: bool = True
    ) -> None:
        """``streams``: whether GET is sent. An answer is read whole, so that a stream without an end is none."""
        self._streams = streams
        self._egress = egress
        self._headers = headers
        self._secret = secret

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Raises EgressError, SecretMissing: the packages wrap them, and ``cause_of`` finds them again."""
        if request.method == "GET" and not self._streams:
            return httpx2.Response(405, request=request)
        kept = {name: value for name, value in request.headers.items() if name.lower() in _SENT}
        opened = revealed_headers(self._headers, self._secret)
        timeout = request.extensions.get("timeout", {}).get("read")
        answer = await self._egress.send(
            EgressRequest(
                request.method,
                str(request.url),
                {**kept, **opened},
                await request.aread(),
                timeout=LONGEST_CALL if timeout is None else timeout,
            )
        )
        headers = {name: value for name, value in answer.headers.items() if name.lower() not in _FRAMING}
        return httpx2.Response(answer.status, headers=headers, content=answer.content, request=request)


def cause_of(error: BaseException) -> EgressError | SecretMissing | None:
    """What the way out said, within what a package made of it."""
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        each = pending.pop()
        if each is None or id(each) in seen:
            continue
        if isinstance(each, EgressError | SecretMissing):
            return each
        seen.add(id(each))
        pending += [each.__cause__, each.__context__]
        pending += list(each.exceptions) if isinstance(each, BaseExceptionGroup) else []
    return None
