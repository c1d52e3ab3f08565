"""Requests that no client of good will sends: every route, the same answer on both databases."""

from __future__ import annotations

import base64
import re
from typing import Any

import httpx
import pytest

from laneway_api.guards import PROBES
from tests.bad_inputs.conftest import Server, refused

JSON = {"content-type": "application/json"}
KEY = "99999999999999999999"


@pytest.fixture(scope="module")
def routes(server: Server) -> list[tuple[str, str, dict[str, Any]]]:
    """Verb, path and operation of all that the OpenAPI document tells of."""
    document = server.client.get("/openapi.json").json()
    return [
        (verb.upper(), path, operation)
        for path, operations in document["paths"].items()
        for verb, operation in operations.items()
    ]


JSON_TEXTS: dict[str, tuple[bytes, str]] = {
    "broken off": (b'{"a":', "json_syntax"),
    "NaN": (b'{"a":NaN}', "json_syntax"),
    "Infinity": (b'{"a":-Infinity}', "json_syntax"),
    "1e999": (b'{"a":1e999}', "json_number"),
    "400 digits": (b'{"a":' + b"9" * 400 + b"}", "json_number"),
    "five million digits": (b'{"a":' + b"9" * 5_000_000 + b"}", "json_number"),
    "duplicate key": (b'{"a":1,"a":2}', "json_duplicate_key"),
    "U+0000": (b'{"a":"\\u0000"}', "json_character"),
    "U+0000 in a name": (b'{"a\\u0000":1}', "json_character"),
    "lone surrogate": (b'{"a":"\\ud83d"}', "json_character"),
    "65 deep": (b"[" * 65 + b"]" * 65, "json_depth"),
    "nine million deep": (b"[" * 9_000_000, "json_depth"),
    "objects without end": (b'{"a":' * 1_000_000, "json_depth"),
    "not UTF-8": (b'{"a":"\xff"}', "json_encoding"),
    "UTF-16": ('{"a":1}'.encode("utf-16"), "json_encoding"),
    "a name of ours": (b'{"variables":{"\\u0001a":1}}', "json_reserved_name"),
}


@pytest.mark.parametrize("case", JSON_TEXTS)
def test_json_that_the_gate_refuses(server: Server, case: str) -> None:
    content, code = JSON_TEXTS[case]

    with server.unchanged():
        for path in ("/v2/process-instances", "/v2/jobs/1/completion"):
            refused(server.client.post(path, content=content, headers=JSON), 400, code)


def test_every_route_that_takes_json_passes_the_gate(server: Server, routes: list[Any]) -> None:
    with server.unchanged():
        for verb, path, operation in routes:
            if "application/json" not in operation.get("requestBody", {}).get("content", {}):
                continue
            url = re.sub(r"\{\w+\}", "1", path)
            answer = server.client.request(verb, url, content=b'{"a":NaN}', headers=JSON)
            refused(answer, 400, "json_syntax")


@pytest.mark.parametrize("key", [KEY, "9" * 25, "9223372036854775808"])
def test_a_key_longer_than_any_is_not_found_at_every_route(server: Server, routes: list[Any], key: str) -> None:
    with server.unchanged():
        for verb, path, _operation in routes:
            if "Key}" not in path:
                continue
            own = f"{key}-1" if "decisionEvaluationInstanceKey" in path else key
            answer = server.client.request(verb, re.sub(r"\{\w+\}", own, path), content=b"{}", headers=JSON)
            # A body with fields missing may be said first.
            assert answer.status_code in (400, 404), (verb, path, answer.text)
            found = refused(answer, answer.status_code)
            assert answer.status_code == 404 or found["problems"][0]["field"].startswith("body"), (verb, path, found)


@pytest.mark.parametrize("key", ["abc", "-1", "1.5", "1e3", "0x10", "٣", "%00", "..%2f..%2fetc", "9" * 26, "1;drop"])
def test_a_key_that_is_none(server: Server, key: str) -> None:
    with server.unchanged():
        answer = server.client.get(f"/v2/process-instances/{key}")
        assert answer.status_code in (400, 404)
        refused(answer, answer.status_code)


def test_pages_and_cursors_are_held_to_their_bounds_at_every_search(server: Server, routes: list[Any]) -> None:
    forged = [
        base64.b64encode(text).decode() for text in (b"[]", b'["x"]', b"{}", b"\xff", b"[1" * 5000, b"[NaN,null]")
    ]
    pages: list[dict[str, Any]] = [
        {"limit": 1_000_000_000},
        {"limit": -1},
        {"limit": 10_001},
        {"limit": "ten"},
        {"from": -1},
        {"from": 10**30},
        *({"after": text} for text in forged),
        *({"before": text} for text in (*forged, "?", "é", "A" * 100_000)),
    ]
    with server.unchanged():
        for verb, path, _operation in routes:
            if not path.endswith("/search"):
                continue
            url = re.sub(r"\{\w+\}", "1", path)
            for page in pages:
                answer = server.client.request(verb, url, json={"page": page})
                assert answer.status_code in (400, 404), (path, page, answer.text[:300])
                assert answer.status_code == 400 or "{" in path, (path, page)
                refused(answer, answer.status_code)


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"origin": "https://evil.example"}, 403, "cross_site_request"),
        ({"origin": "null"}, 403, "cross_site_request"),
        ({"origin": "http://127.0.0.1"}, 403, "cross_site_request"),
        ({"sec-fetch-site": "cross-site"}, 403, "cross_site_request"),
        ({"host": "evil.example"}, 400, "host_not_allowed"),
        ({"host": "127.0.0.1.evil.example"}, 400, "host_not_allowed"),
        ({"host": "[::ffff:7f00:1]"}, 400, "host_not_allowed"),
        ({"host": ""}, 400, "host_not_allowed"),
    ],
    ids=str,
)
def test_other_sites_and_other_hosts_at_every_route(
    server: Server, routes: list[Any], headers: dict[str, str], status: int, code: str
) -> None:
    with server.unchanged():
        for verb, path, _operation in routes:
            if (verb == "GET" and "host" not in headers) or path in PROBES:
                continue  # probes answer whatever name they are asked by, as orchestrators ask by address
            url = re.sub(r"\{\w+\}", "1", path)
            found = refused(server.client.request(verb, url, content=b"{}", headers={**JSON, **headers}), status, code)
            assert found["instance"] == url


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "multipart/form-data"]
)
def test_forms_of_other_sites_can_send_no_command(server: Server, kind: str) -> None:
    with server.unchanged():
        answer = server.client.post(
            "/v2/process-instances", content=b'{"processDefinitionId":"quick"}', headers={"content-type": kind}
        )
        refused(answer, 415, "content_type_unsupported")


PART = b'--x\r\nContent-Disposition: form-data; name="resources"; filename="a.bpmn"\r\n\r\n'
MULTIPART: dict[str, tuple[str, bytes]] = {
    "no boundary": ("multipart/form-data", PART + b"x\r\n--x--\r\n"),
    "empty boundary": ("multipart/form-data; boundary=", PART + b"x\r\n--x--\r\n"),
    "broken off": ("multipart/form-data; boundary=x", PART + b"<a/>"),
    "other boundary": ("multipart/form-data; boundary=y", PART + b"x\r\n--x--\r\n"),
    "no parts": ("multipart/form-data; boundary=x", b"--x--\r\n"),
    "nothing": ("multipart/form-data; boundary=x", b""),
    "501 files": ("multipart/form-data; boundary=x", (PART + b"x\r\n") * 501 + b"--x--\r\n"),
    "two of one name": ("multipart/form-data; boundary=x", (PART + b"x\r\n") * 2 + b"--x--\r\n"),
    "100,000 fields": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="tenantId"\r\n\r\n\r\n' * 100_000 + b"--x--\r\n",
    ),
    "a field of megabytes": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="tenantId"\r\n\r\n' + b"t" * 5_000_000 + b"\r\n--x--\r\n",
    ),
    "a header of megabytes": (
        "multipart/form-data; boundary=x",
        b"--x\r\nContent-Disposition: " + b"f" * 5_000_000 + b"\r\n\r\n\r\n--x--\r\n",
    ),
    "no disposition": ("multipart/form-data; boundary=x", b"--x\r\nContent-Type: text/plain\r\n\r\nx\r\n--x--\r\n"),
    "unknown charset": ("multipart/form-data; boundary=x; charset=nope", PART + b"x\r\n--x--\r\n"),
    "another tenant": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="tenantId"\r\n\r\nother\r\n' + PART + b"<a/>\r\n--x--\r\n",
    ),
}


@pytest.mark.parametrize("case", MULTIPART)
@pytest.mark.parametrize("path", ["/v2/deployments", "/v2/deployments/check"])
def test_uploads_that_are_none(server: Server, path: str, case: str) -> None:
    kind, content = MULTIPART[case]
    before = server.rows()

    with server.bounded():
        answer = server.client.post(path, content=content, headers={"content-type": kind})

    if not (path.endswith("check") and answer.status_code == 200):
        assert answer.status_code in (400, 413, 415, 422), answer.text[:500]
        refused(answer, answer.status_code)
    after = server.rows()
    assert {name for name in after if after[name] != before[name]} <= {"audit_log", "audit_head", "phrase"}
    server.answers()


def test_one_idempotency_key_is_one_request(server: Server) -> None:
    def send(path: str, body: dict[str, Any], key: str) -> httpx.Response:
        return server.client.post(path, json=body, headers={"idempotency-key": key})

    start = {"processDefinitionId": "quick", "variables": {"a": 1.50}}
    publish = {"name": "news", "correlationKey": "k", "timeToLive": 60_000}
    for path, body, other in (
        ("/v2/process-instances", start, {**start, "variables": {"a": 2}}),
        ("/v2/messages/publication", publish, {**publish, "name": "other"}),
        ("/v2/signals/broadcast", {"signalName": "alarm"}, {"signalName": "other"}),
    ):
        key = f"once {path}"
        first = send(path, body, key)
        assert first.status_code == 200, first.text

        # The same request is answered from memory, and writes nothing.
        with server.unchanged():
            assert send(path, body, key).json() == first.json()
        # Another request under its key is refused.
        with server.unchanged(audited=1):
            refused(send(path, other, key), 422, "idempotency_key_reused")

    for key in ("", "k" * 201):
        with server.unchanged():
            refused(send("/v2/process-instances", start, key), 400, "invalid_input")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v2/process-instances", {"processDefinitionId": "quick", "variables": {"a": "x" * 5_000_000}}),
        ("/v2/process-instances", {"processDefinitionId": "no\tsuch\x7f" + "p" * 100_000}),
        ("/v2/process-instances", {"processDefinitionId": "quick", "tags": ["<script>"]}),
        ("/v2/process-instances", {"processDefinitionId": "quick", "businessId": "b" * 257}),
        ("/v2/process-instances", {"processDefinitionId": "quick", "processDefinitionVersion": 2**70}),
        ("/v2/messages/publication", {"name": "", "correlationKey": ""}),
        ("/v2/messages/publication", {"name": "n", "correlationKey": "k", "timeToLive": 2**60}),
        ("/v2/jobs/activation", {"type": "x", "timeout": 10**30, "maxJobsToActivate": 1, "requestTimeout": -1}),
        ("/v2/jobs/activation", {"type": "x", "timeout": 1, "maxJobsToActivate": 10**9, "requestTimeout": -1}),
        ("/v2/expression/evaluation", {"expression": "=for i in 1..10**9 return i"}),
        ("/v2/expression/evaluation", {"expression": "=count(for i in 1..1000000000 return i)"}),
        ("/v2/expression/evaluation", {"expression": "=" + "(" * 100_000}),
        ("/v2/expression/evaluation", {"expression": '=matches("' + "a" * 5_000 + '", "(a+)+$")' * 2}),
    ],
    ids=lambda value: str(value)[:60],
)
def test_bodies_that_are_well_formed_and_too_much(server: Server, path: str, body: dict[str, Any]) -> None:
    before = server.rows()

    with server.bounded():
        answer = server.client.post(path, json=body)

    assert answer.status_code in (400, 404, 413), answer.text[:500]
    refused(answer, answer.status_code)
    after = server.rows()
    assert {name for name in after if after[name] != before[name]} <= {"audit_log", "audit_head", "phrase"}
    server.answers()
