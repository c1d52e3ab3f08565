"""What every request passes before a route sees it: host, origin, size, room, and a net under what no one expected."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, MutableMapping
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from laneway.domain.errors import Overloaded, TooLarge
from laneway_api.admission import Admission, Entry
from laneway_api.metrics import Metrics
from laneway_api.problems import ProblemResponse, of_error, problem, unexpected

LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]", "testserver")
PROBES = frozenset({"/health/live", "/health/ready"})
UNCOUNTED = PROBES | {"/metrics"}
"""Whoever watches a process must hear from it most when it is busiest."""
_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_NUMBERS = random.Random()  # noqa: S311 - names requests, guards nothing; its own, so that no thread disturbs who seeds the global one


def host_name(authority: str) -> str:
    """The host of ``host:port``, lower case; an IPv6 address keeps its brackets."""
    authority = authority.strip().lower()
    if authority.startswith("["):
        return authority.partition("]")[0] + "]"
    return authority.partition(":")[0]


def first_headers(scope: Scope) -> dict[bytes, bytes]:
    """Headers by their names in lower case (ASGI, "HTTP Connection Scope"); of several with one name the first."""
    return dict(reversed(scope["headers"]))


class Guards:
    """ASGI middleware.

    Parameters
    ----------
    allowed_hosts
        Names that this server answers to, beside the local ones; ``*`` for any. A browser that was lured by a DNS answer
        that changes sends its own host name, and is turned away.
    limit
        Bytes of a body, counted while it streams.
    """

    def __init__(
        self, app: ASGIApp, *, allowed_hosts: Iterable[str], limit: int, metrics: Metrics, admission: Admission
    ) -> None:
        self._app = app
        self._hosts = frozenset(name.lower() for name in (*LOCAL_HOSTS, *allowed_hosts))
        self._limit = limit
        self._metrics = metrics
        self._admission = admission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = first_headers(scope)
        refused = self._refusal(scope, headers)
        if refused is not None:
            await refused(scope, receive, send)
            return
        if scope["path"] in UNCOUNTED:
            await self._guarded(scope, receive, send)
            return
        full = self._admission.refusal()
        if full is not None:
            self._metrics.refused()
            await of_error(full, scope["path"])(scope, receive, send)
            return
        entry = Entry(self._admission)
        try:
            if headers.get(b"content-length", b"0") == b"0" and b"transfer-encoding" not in headers:
                entry.begin()
            await self._guarded(scope, receive, send, entry)
        finally:
            entry.leave()

    async def _guarded(self, scope: Scope, receive: Receive, send: Send, entry: Entry | None = None) -> None:
        request_id = b"%016x" % _NUMBERS.getrandbits(64)
        started = perf_counter()
        status = 500
        begun = False

        async def answer(message: Message) -> None:
            nonlocal status, begun
            if message["type"] == "http.response.start":
                begun = True
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"x-request-id", request_id),
                    (b"x-content-type-options", b"nosniff"),
                ]
            await send(message)

        try:
            await self._app(scope, self._counted(receive, entry), answer)
        except Exception as error:
            reply = (
                of_error(error, scope["path"])
                if isinstance(error, (TooLarge, Overloaded))
                else unexpected(error, request_id.decode(), scope["method"], scope["path"])
            )
            if not begun:
                await reply(scope, receive, answer)
        finally:
            self._metrics.request(scope["method"], route_of(scope), status, perf_counter() - started)

    def _counted(self, receive: Receive, entry: Entry | None) -> Receive:
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            if message["type"] == "http.request":
                count = len(message.get("body", b""))
                read += count
                if read > self._limit:
                    raise self._too_large()
                if entry is not None:
                    entry.grow(count)
                    if not message.get("more_body", False):
                        entry.begin()
            return message

        return counted

    def _too_large(self) -> TooLarge:
        return TooLarge(
            "body_too_large",
            f"The body is longer than {self._limit} bytes. Send less, or raise LANEWAY_MAX_UPLOAD_BYTES.",
            {"limit": self._limit},
        )

    def _refusal(self, scope: Scope, headers: Mapping[bytes, bytes]) -> ProblemResponse | None:
        path = scope["path"]
        host = headers.get(b"host", b"").decode("latin-1")
        # Whoever keeps processes alive asks by address, and what it is told is no secret.
        if path not in PROBES and "*" not in self._hosts and host_name(host) not in self._hosts:
            return problem(
                400,
                "host_not_allowed",
                f"This server does not answer to the host {host!r}. Name it in LANEWAY_ALLOWED_HOSTS if it should.",
                path,
            )
        if scope["method"] in _CHANGING:
            origin = headers.get(b"origin")
            foreign = origin is not None and urlsplit(origin.decode("latin-1")).netloc.lower() != host.lower()
            if foreign or headers.get(b"sec-fetch-site") == b"cross-site":
                return problem(403, "cross_site_request", "A page of another site may not send commands here.", path)
            length = headers.get(b"content-length", b"0")
            if length.isdigit() and int(length[:20]) > self._limit:
                return of_error(self._too_large(), path)
        return None


def route_of(scope: MutableMapping[str, Any]) -> str:
    """Its pattern, so that keys in paths do not multiply the series."""
    return str(getattr(scope.get("route"), "path", "unknown"))
