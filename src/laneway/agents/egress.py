"""The one way to another host: checked before it connects, and connected to exactly what was checked.

EgressError
├── EgressDenied        egress_denied       scheme, host or address is not allowed; never tried again
├── EgressTimedOut      egress_timeout
├── EgressUnreachable   egress_unreachable  no such host, refused, TLS, broken off
└── EgressTooLarge      egress_too_large    the answer is over the limit
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING

from laneway.agents.addresses import is_disguised_number, is_public
from laneway.ports import EgressRequest, EgressResponse

if TYPE_CHECKING:  # imported by the first request
    import httpx

MAX_REDIRECTS = 3
MAX_RESPONSE_BYTES = 5 * 1024 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9a-fA-F:.]{2,45}")
_DEFAULT_PORTS = {"http": 80, "https": 443}
# Ours to set, or meant for the first host alone.
_DROPPED_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding"})
# Any other header may hold a secret, whatever its name.
_EVERY_ORIGIN = frozenset({"accept", "content-type", "idempotency-key"})

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port → addresses as text."""


class EgressError(Exception):
    """A request that got no answer. ``str`` names the host, never the path, the query or a header."""

    code = "egress_failed"
    retryable = True


class EgressDenied(EgressError):
    code = "egress_denied"
    retryable = False


class EgressRedirected(EgressDenied):
    """The first host answered, with a redirect that is not followed: what was asked of it may be done."""


class EgressTimedOut(EgressError):
    code = "egress_timeout"


class EgressUnreachable(EgressError):
    code = "egress_unreachable"


class EgressTooLarge(EgressError):
    code = "egress_too_large"
    retryable = False


async def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class HttpEgress:
    """An ``Egress`` over httpx.

    Parameters
    ----------
    allow
        ``host`` or ``host:port`` that may be reached whatever its address is (``127.0.0.1:9000``, ``[::1]``, ``models.internal``).
        A name is matched as it is written in the URL.
    resolver
        How names are looked up.
    max_response_bytes
        Longest body that is read.
    tls
        Which certificates are trusted. Default: those of certifi, or of SSL_CERT_FILE or SSL_CERT_DIR where set.
    """

    def __init__(
        self,
        allow: Iterable[str] = (),
        *,
        resolver: Resolver = resolve,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._allow = frozenset(entry.strip().lower() for entry in allow)
        self._resolve = resolver
        self._limit = max_response_bytes
        self._tls = tls

    async def send(self, request: EgressRequest) -> EgressResponse:
        """Send it and read the whole answer.

        Raises
        ------
        EgressError
            See the tree above. ``request.timeout`` (seconds) is for everything together, redirects included.
        """
        try:
            async with asyncio.timeout(request.timeout):
                return await self._follow(request)
        except TimeoutError:
            raise EgressTimedOut(f"no answer within {request.timeout:g} seconds") from None

    async def _follow(self, request: EgressRequest) -> EgressResponse:
        url = _parsed(request.url)
        method, content = request.method.upper(), request.content
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _DROPPED_HEADERS}
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._once(method, url, headers, content)
            location = answer.headers.get("location")
            if answer.status not in _REDIRECTS or not location:
                return answer
            target = _parsed(str(url.join(location)))
            if url.scheme == "https" and target.scheme != "https":
                raise EgressRedirected(f"{url.host} redirects from https to {target.scheme}")
            if _origin(target) != _origin(url):
                headers = {name: value for name, value in headers.items() if name.lower() in _EVERY_ORIGIN}
            # RFC 9110, 15.4: 303 always becomes GET, 301 and 302 do in practice for POST.
            if answer.status == 303 or (answer.status in (301, 302) and method == "POST"):
                method, content = "GET", b""
            refusal = request.permit(method, str(target)) if request.permit is not None else None
            if refusal is not None:
                raise EgressRedirected(f"{url.host} redirects: {refusal}")
            url = target
        raise EgressRedirected(f"{url.host} redirects more than {MAX_REDIRECTS} times")

    async def _once(self, method: str, url: httpx.URL, headers: dict[str, str], content: bytes) -> EgressResponse:
        import httpx

        address = await self._checked_address(url)
        # The connection goes to the checked address; name and certificate are those of the host, so that a name that
        # resolves differently a moment later changes nothing.
        pinned = url.copy_with(host=address)
        sent = {**headers, "Host": url.netloc.decode("ascii"), "Accept-Encoding": "identity"}
        try:
            async with (
                httpx.AsyncClient(
                    verify=self._tls or _default_tls(),
                    trust_env=False,
                    follow_redirects=False,
                    timeout=None,  # noqa: S113 - the whole call stands under asyncio.timeout
                ) as client,
                client.stream(
                    method, pinned, headers=sent, content=content, extensions={"sni_hostname": _host(url)}
                ) as response,
            ):
                if response.headers.get("content-encoding", "identity").lower() != "identity":
                    raise EgressUnreachable(f"{url.host} answers in an encoding that was not asked for")
                return EgressResponse(response.status_code, _lower(response.headers), await self._read(url, response))
        except httpx.HTTPError as error:
            raise EgressUnreachable(f"{url.host} cannot be reached: {type(error).__name__}") from error

    async def _read(self, url: httpx.URL, response: httpx.Response) -> bytes:
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > self._limit:
                raise EgressTooLarge(f"the answer of {url.host} is over {self._limit:,} bytes")
        return bytes(body)

    async def _checked_address(self, url: httpx.URL) -> str:
        host, port = _host(url), _port(url)
        allowed = self._is_allowed(host, port)
        if is_disguised_number(host) and not allowed:
            raise EgressDenied(f"{host} is a number in the place of a name; write the address in full")
        try:
            addresses: Sequence[str] = [str(ip_address(host))]
        except ValueError:
            try:
                addresses = await self._resolve(host, port)
            except (OSError, UnicodeError):
                raise EgressUnreachable(f"{host} is not known to the resolver") from None
        if not addresses:
            raise EgressUnreachable(f"{host} has no address")
        if not allowed:
            for address in addresses:
                if not is_public(ip_address(address.partition("%")[0])):
                    raise EgressDenied(
                        f"{host} has the address {address}, which is not public; an operator may allow {host}:{port}"
                    )
        return addresses[0]

    def _is_allowed(self, host: str, port: int) -> bool:
        written = f"[{host}]" if ":" in host else host
        return written.lower() in self._allow or f"{written}:{port}".lower() in self._allow


@lru_cache(maxsize=1)
def _default_tls() -> ssl.SSLContext:
    import httpx

    # Loading the certificates takes longer than a call within a house: once is enough.
    return httpx.create_ssl_context()


def _parsed(text: str) -> httpx.URL:
    import httpx

    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError, TypeError):
        raise EgressDenied("this is not a URL") from None
    if url.scheme not in _DEFAULT_PORTS:
        raise EgressDenied(f"only http and https are spoken, not {url.scheme or 'a URL without a scheme'!r}")
    if not url.host:
        raise EgressDenied("the URL has no host")
    if not _HOST.fullmatch(_host(url)):
        raise EgressDenied("the host of the URL holds characters that no host has")
    if url.userinfo:
        raise EgressDenied("a URL must not hold a user or a password; use a header with {{secrets.NAME}}")
    return url


def _host(url: httpx.URL) -> str:
    """As it goes over the wire: international names in their ASCII form, so that look-alike digits are digits."""
    return url.raw_host.decode("ascii")


def _port(url: httpx.URL) -> int:
    return url.port or _DEFAULT_PORTS[url.scheme]


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, _host(url), _port(url)


def _lower(headers: httpx.Headers) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
