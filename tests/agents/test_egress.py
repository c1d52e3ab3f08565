"""No way leads to a private address but the one that an operator allowed."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

import pytest
from tests.agents.servers import Answer, Received, answers, serving

from laneway.agents.addresses import is_disguised_number, is_public
from laneway.agents.egress import (
    EgressDenied,
    EgressError,
    EgressTimedOut,
    EgressTooLarge,
    EgressUnreachable,
    HttpEgress,
)
from laneway.ports import EgressRequest, EgressResponse


def get(egress: HttpEgress, url: str, **changes: object) -> EgressResponse:
    return asyncio.run(egress.send(EgressRequest("GET", url, timeout=5.0)))


async def nobody_asks(host: str, port: int) -> Sequence[str]:
    raise AssertionError(f"{host} was looked up")


def resolving(*addresses: str) -> HttpEgress:
    async def resolver(host: str, port: int) -> Sequence[str]:
        return addresses

    return HttpEgress(resolver=resolver)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1/",
        "http://10.1.2.3/",
        "http://172.16.0.1/",
        "http://192.168.1.1/",
        "http://100.64.0.1/",
        "http://0.0.0.0/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://[::1]/",
        "http://[::]/",
        "http://[fe80::1]/",
        "http://[fd00::1]/",
        "http://[fec0::1]/",
        "http://[3fff::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://[::127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://127.1/",
        "http://0177.0.0.1/",
        "http://127.0.0.1./",
        "file:///etc/passwd",
        "gopher://127.0.0.1:70/",
        "ftp://example.com/",
        "//example.com/",
        "example.com",
        "http://",
        "http://user:password@example.com/",
        "http://exa mple.com/",
        "http://[fe80::1%25eth0]/",
        "http://１２７.0.0.1/",
        "http://①②⑦.⓪.⓪.①/",
        "javascript:alert(1)",
    ],
)
def test_attacks_are_denied_before_anything_is_looked_up(url: str) -> None:
    with pytest.raises(EgressDenied):
        get(HttpEgress(resolver=nobody_asks), url)


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["10.0.0.1"], ["93.184.216.34", "169.254.169.254"], ["::1"], ["fe80::1%eth0"], ["::ffff:10.0.0.1"]],
)
def test_a_name_that_leads_to_a_private_address_is_denied(addresses: list[str]) -> None:
    with pytest.raises(EgressDenied, match="not public"):
        get(resolving(*addresses), "http://internal.example.com/")


def test_localhost_is_denied_by_its_address() -> None:
    with pytest.raises(EgressDenied):
        get(HttpEgress(), "http://localhost/")


def test_an_allowed_host_is_reached() -> None:
    async def scenario() -> EgressResponse:
        async with serving(lambda received: answers({"path": received.path})) as server:
            return await HttpEgress([server.host]).send(EgressRequest("GET", f"{server.url}/a?b=1"))

    answer = asyncio.run(scenario())

    assert answer.status == 200
    assert answer.content == b'{"path": "/a?b=1"}'


def test_the_port_of_an_allowed_host_counts() -> None:
    with pytest.raises(EgressDenied):
        get(HttpEgress(["127.0.0.1:1"]), "http://127.0.0.1:2/")


def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    """A name that changes its address between check and connection (DNS rebinding) gains nothing: it is asked once."""
    asked: list[str] = []

    async def scenario() -> EgressResponse:
        async with serving(lambda received: answers({"host": received.headers["host"]})) as server:

            async def resolver(host: str, port: int) -> Sequence[str]:
                asked.append(host)
                return ["127.0.0.1"] if len(asked) == 1 else ["192.0.2.1"]

            egress = HttpEgress([f"rebind.test:{server.port}"], resolver=resolver)
            return await egress.send(EgressRequest("GET", f"http://rebind.test:{server.port}/"))

    answer = asyncio.run(scenario())

    assert asked == ["rebind.test"]
    assert b"rebind.test:" in answer.content


def test_a_redirect_to_a_private_address_is_denied() -> None:
    async def scenario(location: str) -> None:
        async with serving(lambda received: Answer(302, b"", {"Location": location})) as server:
            await HttpEgress([server.host]).send(EgressRequest("GET", server.url))

    for location in (
        "http://169.254.169.254/",
        "http://[::1]/",
        "file:///etc/passwd",
        "//10.0.0.1/",
        "http://2130706433/",
    ):
        with pytest.raises(EgressDenied):
            asyncio.run(scenario(location))


TLS_FILES = Path(__file__).parent / "tls"


def over_tls(name: str) -> EgressResponse:
    """Ask a server whose certificate is for models.test under the name ``name``, which resolves to loopback."""

    async def resolver(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    async def scenario() -> EgressResponse:
        served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        served.load_cert_chain(TLS_FILES / "server.crt", TLS_FILES / "server.key")
        async with serving(lambda received: answers({"host": received.headers["host"]}), served) as server:
            trusted = ssl.create_default_context(cafile=str(TLS_FILES / "server.crt"))
            egress = HttpEgress([name], resolver=resolver, tls=trusted)
            return await egress.send(EgressRequest("GET", f"https://{name}:{server.port}/"))

    return asyncio.run(scenario())


def test_the_certificate_is_that_of_the_name_though_the_connection_goes_to_an_address() -> None:
    assert b"models.test:" in over_tls("models.test").content


def test_a_certificate_of_another_name_is_not_taken() -> None:
    with pytest.raises(EgressUnreachable, match=r"other\.test cannot be reached"):
        over_tls("other.test")


def test_redirects_end() -> None:
    async def scenario() -> int:
        async with serving(lambda received: Answer(307, b"", {"Location": "/again"})) as server:
            with pytest.raises(EgressDenied, match="more than 3"):
                await HttpEgress([server.host]).send(EgressRequest("GET", server.url))
            return len(server.received)

    assert asyncio.run(scenario()) == 4


def test_credentials_stay_with_the_first_host() -> None:
    async def scenario() -> list[Received]:
        async with serving(lambda received: answers({})) as second:

            def redirect(received: Received) -> Answer:
                return Answer(307, b"", {"Location": f"{second.url}/next"})

            async with serving(redirect) as first:
                egress = HttpEgress([first.host, second.host])
                headers = {"Authorization": "Bearer s", "X-Token": "s", "Idempotency-Key": "k"}
                await egress.send(EgressRequest("POST", first.url, headers, b"{}"))
                return [*first.received, *second.received]

    first, second = asyncio.run(scenario())

    assert first.headers["authorization"] == "Bearer s"
    assert "authorization" not in second.headers
    assert "x-token" not in second.headers
    assert second.headers["idempotency-key"] == "k"
    assert (second.method, second.body) == ("POST", b"{}")


def test_a_long_answer_is_cut() -> None:
    async def scenario() -> None:
        async with serving(lambda received: Answer(200, b"x" * 100_000)) as server:
            await HttpEgress([server.host], max_response_bytes=10_000).send(EgressRequest("GET", server.url))

    with pytest.raises(EgressTooLarge):
        asyncio.run(scenario())


def test_a_compressed_answer_that_nobody_asked_for_is_not_unpacked() -> None:
    async def scenario() -> None:
        async with serving(lambda received: Answer(200, b"x", {"Content-Encoding": "gzip"})) as server:
            await HttpEgress([server.host]).send(EgressRequest("GET", server.url))

    with pytest.raises(EgressUnreachable, match="encoding"):
        asyncio.run(scenario())


def test_time_is_limited_for_everything_together() -> None:
    async def scenario() -> None:
        async with serving(lambda received: Answer(307, b"", {"Location": "/"}, delay=0.15)) as server:
            await HttpEgress([server.host]).send(EgressRequest("GET", server.url, timeout=0.2))

    with pytest.raises(EgressTimedOut):
        asyncio.run(scenario())


def test_nobody_there_is_said_so() -> None:
    with pytest.raises(EgressUnreachable, match=r"127\.0\.0\.1 cannot be reached"):
        get(HttpEgress(["127.0.0.1"]), "http://127.0.0.1:9/")


def test_an_unknown_name_is_said_so() -> None:
    async def resolver(host: str, port: int) -> Sequence[str]:
        raise OSError("no such name")

    with pytest.raises(EgressUnreachable, match="not known"):
        get(HttpEgress(resolver=resolver), "http://nowhere.example/")


def test_errors_carry_a_stable_code() -> None:
    assert [kind.code for kind in (EgressError, EgressDenied, EgressTimedOut, EgressUnreachable, EgressTooLarge)] == [
        "egress_failed",
        "egress_denied",
        "egress_timeout",
        "egress_unreachable",
        "egress_too_large",
    ]


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::808:808"]
)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    ("host", "disguised"), [("1.2.3.4", False), ("example.com", False), ("a.1x", False), ("1.2.3", True)]
)
def test_numbers_in_disguise_are_seen(host: str, disguised: bool) -> None:
    assert is_disguised_number(host) is disguised
