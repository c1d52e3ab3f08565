"""What belongs to HTTP of the bad inputs: each gets its answer, as a problem with a stable code."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from laneway.bootstrap import build
from laneway.settings import Settings
from laneway_api.app import create_app
from tests.api.conftest import DIAGRAMS

JSON = {"content-type": "application/json"}
FORGED = base64.b64encode(b'["forged"]').decode()


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found = dict(answer.json())
    assert set(found) >= {"type", "title", "status", "detail", "instance"}
    assert (found["status"], found["code"]) == (status, code)
    return found


def upload(api: httpx.Client, name: str, content: bytes) -> httpx.Response:
    return api.post("/deployments", files=[("resources", (name, content))])


def test_a_route_that_is_not_there(api: httpx.Client) -> None:
    found = problem(api.get("/nothing"), 404, "route_not_found")
    assert found["instance"] == "/v2/nothing"


def test_a_method_that_is_not_there(api: httpx.Client) -> None:
    assert problem(api.delete("/process-instances/search"), 405, "method_not_allowed")


@pytest.mark.parametrize(
    "noun", ["process-instances", "user-tasks", "jobs", "variables", "process-definitions", "forms"]
)
def test_a_key_that_is_too_long_is_not_found(api: httpx.Client, noun: str) -> None:
    verb = "PATCH" if noun == "jobs" else "GET"
    answer = api.request(verb, f"/{noun}/99999999999999999999", json={"changeset": {"retries": 1}})
    assert answer.status_code == 404, answer.text


def test_a_key_that_is_none_is_a_400(api: httpx.Client) -> None:
    found = problem(api.get("/process-instances/abc"), 400, "invalid_input")
    assert found["problems"][0]["field"] == "path.processInstanceKey"


def test_an_unknown_field_of_a_body_is_named(api: httpx.Client) -> None:
    found = problem(api.post("/process-instances", json={"processId": "x"}), 400, "invalid_input")
    assert "body.processId" in found["detail"]


def test_an_unknown_filter_names_the_allowed_ones(api: httpx.Client) -> None:
    found = problem(api.post("/user-tasks/search", json={"filter": {"asignee": "anna"}}), 400, "unknown_field")
    assert "assignee" in found["details"]["allowed"]


@pytest.mark.parametrize(
    "body",
    [
        {"page": {"limit": 10_001}},
        {"page": {"limit": 1_000_000_000}},
        {"page": {"limit": -1}},
        {"page": {"after": "not a cursor"}},
        {"page": {"after": FORGED}},
        {"page": {"after": FORGED, "before": FORGED}},
        {"sort": [{"field": "nothing"}]},
        {"sort": [{"field": "state", "order": "UP"}]},
        {"filter": {"state": 5}},
        {"filter": {"processInstanceKey": 5}},
        {"filter": {"processInstanceKey": {"$like": "5*"}}},
        {"filter": {"startDate": "yesterday"}},
        {"filter": {"hasIncident": "yes"}},
        {"filter": {"$or": {"state": "ACTIVE"}}},
        {"filter": {"variables": [{"name": "a"}]}},
        {"filter": [1]},
    ],
    ids=str,
)
def test_searches_that_cannot_be_read_are_a_400(api: httpx.Client, body: dict[str, Any]) -> None:
    answer = api.post("/process-instances/search", json=body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    "value",
    [
        {"processDefinitionId": "echo", "tenantId": "other"},
        {"processDefinitionId": "echo", "processDefinitionKey": "1"},
        {"processDefinitionKey": 1},
        {"processDefinitionId": "echo", "tags": ["1 no tag"]},
        {"processDefinitionId": "echo", "businessId": ""},
        {"processDefinitionId": "echo", "variables": [1]},
        {},
    ],
    ids=str,
)
def test_starts_that_cannot_be_read_are_a_400(api: httpx.Client, value: dict[str, Any]) -> None:
    assert api.post("/process-instances", json=value).status_code == 400


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b'{"processDefinitionId":"echo"', "json_syntax"),
        (b'{"a":NaN}', "json_syntax"),
        (b'{"a":1e999}', "json_number"),
        (b'{"a":' + b"9" * 400 + b"}", "json_number"),
        (b'{"a":1,"a":2}', "json_duplicate_key"),
        (b'{"a":"\\u0000"}', "json_character"),
        (b'{"a":"\\ud83d"}', "json_character"),
        (b"[" * 65 + b"]" * 65, "json_depth"),
        (b"[" * 100_000, "json_depth"),
        (b'{"a":"\xff"}', "json_encoding"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_json_that_the_gate_refuses(api: httpx.Client, text: bytes, code: str) -> None:
    problem(api.post("/process-instances", content=text, headers=JSON), 400, code)


def test_a_body_that_is_no_json_is_a_415(api: httpx.Client) -> None:
    answer = api.post("/process-instances", data={"processDefinitionId": "echo"})
    problem(answer, 415, "content_type_unsupported")
    problem(api.post("/deployments", json={"resources": []}), 415, "content_type_unsupported")


@pytest.mark.parametrize("content", [b"", b"{}"])
def test_an_omitted_body_is_accepted_both_ways(api: httpx.Client, content: bytes) -> None:
    assert api.post("/user-tasks/search", content=content, headers=JSON).status_code == 200


def test_a_body_over_the_limit_is_refused_by_its_announced_length(api: httpx.Client) -> None:
    answer = api.post("/process-instances", content=b" " * 10_000_001, headers=JSON)
    problem(answer, 413, "body_too_large")


@pytest.mark.parametrize("path", ["/process-instances", "/deployments"])
def test_a_body_over_the_limit_is_refused_while_it_streams(api: httpx.Client, path: str) -> None:
    sent = 0

    def endless() -> Any:
        nonlocal sent
        if path == "/deployments":
            yield b'--x\r\nContent-Disposition: form-data; name="resources"; filename="a.bpmn"\r\n\r\n'
        for _ in range(2_000):
            sent += 1
            yield b" " * 10_000

    headers = {"content-type": "multipart/form-data; boundary=x"} if path == "/deployments" else JSON
    try:
        problem(api.post(path, content=endless(), headers=headers), 413, "body_too_large")
    except (httpx.WriteError, httpx.ReadError):
        # The server answered and closed before the client had sent it all.
        assert sent < 2_000


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"origin": "https://evil.example"}, 403, "cross_site_request"),
        ({"origin": "null"}, 403, "cross_site_request"),
        ({"sec-fetch-site": "cross-site"}, 403, "cross_site_request"),
        ({"host": "evil.example"}, 400, "host_not_allowed"),
        ({"host": "localhost.evil.example:8080"}, 400, "host_not_allowed"),
        ({"authorization": "Basic ???"}, 400, "authorization_invalid"),
        ({"idempotency-key": "k" * 201}, 400, "invalid_input"),
    ],
    ids=str,
)
def test_requests_that_no_page_of_ours_sends(
    api: httpx.Client, deployed: dict[str, Any], headers: dict[str, str], status: int, code: str
) -> None:
    problem(api.post("/process-instances", json={"processDefinitionId": "echo"}, headers=headers), status, code)


def test_a_page_of_our_own_may_send_commands(api: httpx.Client, address: str, deployed: dict[str, Any]) -> None:
    headers = {"origin": address, "sec-fetch-site": "same-origin"}
    answer = api.post("/process-instances", json={"processDefinitionId": "echo"}, headers=headers)
    assert answer.status_code == 200


def test_a_basic_header_names_the_actor(api: httpx.Client, deployed: dict[str, Any]) -> None:
    assert api.get("/authentication/me", auth=("anna", "x")).json()["username"] == "anna"
    answer = api.post("/process-instances", json={"processDefinitionId": "echo"}, auth=("anna", "x"))
    trail = {"filter": {"processInstanceKey": answer.json()["processInstanceKey"]}}
    assert api.post("/audit-logs/search", json=trail).json()["items"][0]["actorId"] == "anna"


DTD = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
MODEL = b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t">%s</definitions>'


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (DTD + MODEL % b"<process id='p'><startEvent id='&x;'/></process>", 422, "dtd_forbidden"),
        ('<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"), 415, None),
        (MODEL % b"<process id='p'><startEvent id='a'/><endEvent id='a'/></process>", 422, None),
        (b"no xml at all", 422, None),
    ],
    ids=["dtd", "utf-16", "duplicate id", "no xml"],
)
def test_diagrams_that_are_refused(api: httpx.Client, content: bytes, status: int, code: str | None) -> None:
    answer = upload(api, "bad.bpmn", content)
    assert answer.status_code == status, answer.text
    found = answer.json()
    assert set(found) >= {"type", "title", "status", "detail", "instance", "code"}
    if code is not None:
        assert found["code"] == code


def test_a_diagram_with_errors_names_the_elements_at_fault(api: httpx.Client) -> None:
    body = b"<process id='p' isExecutable='true'><startEvent id='a'/><sequenceFlow id='f' sourceRef='a' targetRef='gone'/></process>"
    found = upload(api, "bad.bpmn", MODEL % body)
    assert found.status_code == 422
    assert any(one["elementId"] == "f" or "gone" in one["message"] for one in found.json()["problems"])


def test_a_file_name_is_data_and_never_a_path(api: httpx.Client, deployed: dict[str, Any]) -> None:
    echo = (DIAGRAMS / "echo.bpmn").read_bytes()
    answer = upload(api, "../../etc/passwd.bpmn", echo.replace(b'"echo"', b'"echo-by-path"'))
    assert answer.status_code == 200, answer.text
    found = answer.json()["deployments"][0]["processDefinition"]
    assert "/" not in found["resourceName"] or found["resourceName"] == "../../etc/passwd.bpmn"


@pytest.mark.parametrize("files", [[], [("resources", (None, b"x"))], [("unknown", (None, b"x"))]], ids=str)
def test_uploads_without_files_are_a_400(api: httpx.Client, files: list[Any]) -> None:
    body = b"--x--\r\n" if not files else None
    headers = {"content-type": "multipart/form-data; boundary=x"} if not files else None
    answer = api.post("/deployments", files=files or None, content=body, headers=headers)
    assert answer.status_code == 400, answer.text


def test_markup_in_a_name_is_shown_inert(api: httpx.Client, address: str) -> None:
    echo = (DIAGRAMS / "echo.bpmn").read_bytes()
    evil = echo.replace(b'"echo"', b'"evil"').replace(b'name="Echo"', b'name="&lt;img src=x onerror=alert(1)&gt;"')
    assert upload(api, "evil.bpmn", evil).status_code == 200
    page = httpx.get(address)
    assert "<img src=x" not in page.text
    assert "script" not in page.headers["content-security-policy"].replace("default-src", "")


def test_a_fault_of_ours_is_a_500_with_an_id_and_its_trace_shows_no_values(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with build(Settings(database_url=f"sqlite:///{tmp_path / 'x.db'}")) as built:
        app = create_app(built)

        @app.documented().get("/broken")
        def broken() -> None:
            password = "-".join(["not", "for", "the", "log"])
            raise RuntimeError(f"a fault of {len(password)}")

        with TestClient(app) as client:
            found = problem(client.get("/broken"), 500, "internal_error")
    assert found["details"]["id"] in found["detail"]
    assert "fault" not in found["detail"].replace("default", "")
    logged = capfd.readouterr()
    assert found["details"]["id"] in logged.err + logged.out
    assert "RuntimeError: a fault of 15" in logged.err + logged.out
    assert "not-for-the-log" not in logged.err + logged.out
