"""The lean form of a call and its documented one give the same answer, byte for byte, and leave the same record."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from laneway.bootstrap import Laneway, build
from laneway.ports import Filter, SearchQuery
from laneway.settings import Settings
from laneway_api.app import create_app
from tests.support.drawing import Drawing, extension, job

JSON = {"content-type": "application/json"}
LIMIT = 100_000


@pytest.fixture(scope="module")
def laneway() -> Iterator[Laneway]:
    with build(Settings(database_url="sqlite://", max_upload_bytes=LIMIT)) as built:
        drawing = Drawing()
        for name, kind, more in (
            ("person", "userTask", extension("<zeebe:userTask/>")),
            ("work", "serviceTask", extension(job("work"))),
        ):
            process = drawing.process(name)
            process.chain(
                process.node("startEvent", f"{name}_start"),
                process.node(kind, f"{name}_task", more),
                process.node("endEvent", f"{name}_end"),
            )
        built.engine.deploy([("both.bpmn", drawing.xml())])
        yield built


@pytest.fixture(scope="module")
def forms(laneway: Laneway) -> Iterator[tuple[TestClient, TestClient]]:
    """The lean form and the documented one, over the same database."""
    with (
        TestClient(create_app(laneway)) as lean,
        TestClient(create_app(laneway, lean=False)) as documented,
    ):
        yield lean, documented


Prepare = Callable[[Laneway], int]


def rows(laneway: Laneway, resource: str, **filters: Any) -> list[dict[str, Any]]:
    wanted = tuple(Filter(name, "eq", value) for name, value in filters.items())
    return laneway.engine.search(SearchQuery(resource, wanted)).items


def task(laneway: Laneway) -> int:
    root = laneway.engine.start_instance(process_id="person", variables={"n": 1}).key
    (row,) = rows(laneway, "user-tasks", processInstanceKey=root)
    return int(row["userTaskKey"])


def annas(laneway: Laneway) -> int:
    key = task(laneway)
    laneway.engine.assign_user_task(key, "anna")
    return key


def done(laneway: Laneway) -> int:
    key = task(laneway)
    laneway.engine.complete_user_task(key)
    return key


def open_job(laneway: Laneway) -> int:
    root = laneway.engine.start_instance(process_id="work", variables={"n": 1}).key
    (row,) = rows(laneway, "jobs", processInstanceKey=root)
    return int(row["jobKey"])


def held(laneway: Laneway) -> int:
    key = open_job(laneway)
    laneway.engine.activate_jobs(type="work", timeout_ms=600_000, max_jobs=100, lease=True)
    return key


def failed(laneway: Laneway) -> int:
    key = open_job(laneway)
    laneway.engine.fail_job(key, retries=0)
    return key


def nothing(_: Laneway) -> int:
    return 1


BASIC = {"authorization": "Basic YmVuOng="}
COMPLETION, ASSIGNMENT, JOB = "/v2/user-tasks/{}/completion", "/v2/user-tasks/{}/assignment", "/v2/jobs/{}/completion"
ACTIVATION = "/v2/jobs/activation"

BODIES: dict[str, bytes] = {
    "none": b"",
    "empty": b"{}",
    "null": b"null",
    "list": b"[]",
    "text": b'"x"',
    "blank": b"  ",
    "broken off": b'{"variables":',
    "twice": b'{"variables":{"a":1,"a":2}}',
    "NaN": b'{"variables":{"a":NaN}}',
    "surrogate": b'{"variables":{"a":"\\ud83d"}}',
    "reserved": b'{"variables":{"\\u0001a":1}}',
    "deep": b'{"variables":' + b'{"a":' * 70 + b"1" + b"}" * 71,
    "not UTF-8": b'{"variables":{"a":"\xff"}}',
    "many digits": b'{"variables":{"a":12345678901234567890.123456789012345678901234567890}}',
    "too many digits": b'{"variables":{"a":' + b"9" * 400 + b"}}",
    "unknown member": b'{"variabels":{}}',
    "no variables": b'{"variables":null}',
    "variables as list": b'{"variables":[1]}',
    "long name": b'{"variables":{"' + b"a" * 3_000 + b'":1}}',
    "empty name": b'{"variables":{"":1}}',
    "nested": b'{"variables":{"a":{"b":[1,"\xc3\xa9",null,true,1.50]}}}',
    "too long": b'{"variables":{"a":"' + b"x" * LIMIT + b'"}}',
    "an assignee": b'{"assignee":"ben"}',
    "a claim": b'{"assignee":"ben","allowOverride":false}',
    "an action": b'{"assignee":"ben","action":"take"}',
    "no name": b'{"assignee":""}',
    "blank name": b'{"assignee":" "}',
    "name as number": b'{"assignee":5}',
    "in snake case": b'{"assignee":"ben","allow_override":false}',
    "action as number": b'{"action":5}',
    "long action": b'{"action":"' + b"a" * 10_001 + b'"}',
    "result": b'{"result":{"denied":true,"deniedReason":"no"}}',
    "lease": b'{"jobLeaseToken":"another"}',
    "business id": b'{"businessId":"b"}',
    "empty business id": b'{"businessId":""}',
}
PLACES: dict[str, tuple[str, Prepare]] = {
    "task": (COMPLETION, task),
    "claim": (ASSIGNMENT, task),
    "job": (JOB, held),
}
HEADERS: dict[str, dict[str, str]] = {
    "none": {},
    "charset": {"content-type": "application/json; charset=utf-8"},
    "capitals": {"content-type": "Application/JSON;charset=UTF-8"},
    "problem": {"content-type": "application/problem+json"},
    "text": {"content-type": "text/plain"},
    "form": {"content-type": "application/x-www-form-urlencoded"},
    "basic": {**JSON, **BASIC},
    "basic without a name": {**JSON, "authorization": "Basic Ong="},
    "basic that is none": {**JSON, "authorization": "Basic ???"},
    "basic, not UTF-8": {**JSON, "authorization": "Basic /zp4"},
    "bearer": {**JSON, "authorization": "Bearer x"},
    "other host": {**JSON, "host": "evil.example"},
    "other site": {**JSON, "origin": "https://evil.example"},
    "own site": {**JSON, "origin": "http://testserver"},
    "cross-site": {**JSON, "sec-fetch-site": "cross-site"},
    "idempotency": {**JSON, "idempotency-key": "k"},
}
KEYS = ("abc", "0", "-1", "+1", "1.5", "1e3", "٣", "%31", "9" * 19, "9" * 25, "9" * 26, "01", "1 ", "%00", "1%2F2", "")
STATES: dict[str, tuple[str, Prepare, bytes, dict[str, str]]] = {
    "no task": (COMPLETION, nothing, b"{}", {}),
    "no task to claim": (ASSIGNMENT, nothing, b'{"assignee":"ben"}', {}),
    "no job": (JOB, nothing, b"{}", {}),
    "task that is done": (COMPLETION, done, b"{}", {}),
    "task that is done, to claim": (ASSIGNMENT, done, b'{"assignee":"ben"}', {}),
    "task of another": (COMPLETION, annas, b"{}", BASIC),
    "task of another, to claim": (ASSIGNMENT, annas, b'{"assignee":"ben","allowOverride":false}', BASIC),
    "task of another, to take": (ASSIGNMENT, annas, b'{"assignee":"ben","allowOverride":true}', BASIC),
    "job that failed": (JOB, failed, b"{}", {}),
    "job that was not activated": (JOB, open_job, b"{}", {}),
}
ASKED = b'{"type":"work","timeout":60000,"maxJobsToActivate":100,"requestTimeout":-1%s}'
ACTIVATIONS: dict[str, bytes] = {
    "all": ASKED % b"",
    "of a worker": ASKED % b',"worker":"w"',
    "some variables": ASKED % b',"fetchVariable":["n"]',
    "no variables": ASKED % b',"fetchVariable":["m"]',
    "with lease": ASKED % b',"withLease":true',
    "tenants": ASKED % b',"tenantIds":["<default>"]',
    "other tenants": ASKED % b',"tenantIds":["other"]',
    "assigned tenants": ASKED % b',"tenantFilter":"assigned"',
    "unknown member": ASKED % b',"x":1',
    "none": b"",
    "null": b"null",
    "empty": b"{}",
    "nothing there": b'{"type":"none","timeout":1000,"maxJobsToActivate":1,"requestTimeout":-1}',
    "no type": b'{"type":"","timeout":1000,"maxJobsToActivate":1,"requestTimeout":-1}',
    "blank type": b'{"type":" ","timeout":1000,"maxJobsToActivate":1,"requestTimeout":-1}',
    "no time": b'{"type":"work","timeout":0,"maxJobsToActivate":1}',
    "too much time": b'{"type":"work","timeout":9999999999,"maxJobsToActivate":1,"requestTimeout":-1}',
    "too many": b'{"type":"work","timeout":1000,"maxJobsToActivate":1001}',
    "broken off": b'{"type":',
}


def masked(text: bytes) -> bytes:
    """Keys, deadlines and tokens differ from one thing to the next."""
    return re.sub(rb"(?<![0-9])[0-9]{13,19}(?![0-9])|(?<=jobLeaseToken\":\")[^\"]+", b"~", text)


def seen(answer: httpx.Response) -> tuple[Any, ...]:
    # What the guards turn away has no id.
    assert re.fullmatch("[0-9a-f]{16}|", answer.headers.get("x-request-id", ""))
    headers = [(name, value) for name, value in answer.headers.multi_items() if name != "x-request-id"]
    return answer.status_code, headers, masked(answer.content)


def record(laneway: Laneway, before: int) -> list[tuple[Any, ...]]:
    """What was written into the audit trail since."""
    latest = laneway.engine.search(SearchQuery("audit-logs", sort=(("auditLogKey", "DESC"),), limit=5)).items
    found = [row for row in latest if row["auditLogKey"] > before]
    return [
        (row["operationType"], row["result"], row["actorType"], row["actorId"], masked(repr(row["details"]).encode()))
        for row in sorted(found, key=lambda row: row["auditLogKey"])
    ]


def same(
    laneway: Laneway,
    forms: tuple[TestClient, TestClient],
    path: str,
    prepare: Prepare,
    content: bytes,
    headers: dict[str, str],
    method: str = "POST",
) -> int:
    """Both forms are asked for a thing of their own that was prepared alike; gives the status."""
    told = []
    for form in forms:
        key = prepare(laneway)
        with laneway.store.begin() as uow:
            before = uow.ids.next()
        answer = form.request(method, path.format(key), content=content, headers=headers)
        told.append((seen(answer), record(laneway, before)))
    assert told[0] == told[1]
    assert told[0][0][0] != 204 or told[0][1], "what was done is on record"
    return int(told[0][0][0])


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("body", BODIES)
def test_of_any_body(laneway: Laneway, forms: tuple[TestClient, TestClient], place: str, body: str) -> None:
    path, prepare = PLACES[place]
    assert same(laneway, forms, path, prepare, BODIES[body], JSON) in (204, 400, 409, 413)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("headers", HEADERS)
def test_with_any_headers(laneway: Laneway, forms: tuple[TestClient, TestClient], place: str, headers: str) -> None:
    path, prepare = PLACES[place]
    content = b'{"assignee":"ben"}' if place == "claim" else b'{"variables":{"a":1}}'
    assert same(laneway, forms, path, prepare, content, HEADERS[headers]) in (204, 400, 403, 415)


@pytest.mark.parametrize("key", KEYS)
def test_of_any_key(laneway: Laneway, forms: tuple[TestClient, TestClient], key: str) -> None:
    for path in (COMPLETION, ASSIGNMENT, JOB):
        status = same(laneway, forms, path.replace("{}", key), nothing, b'{"assignee":"ben"}', JSON)
        assert status in (400, 404)


@pytest.mark.parametrize("state", STATES)
def test_of_things_in_any_state(laneway: Laneway, forms: tuple[TestClient, TestClient], state: str) -> None:
    path, prepare, content, headers = STATES[state]
    assert same(laneway, forms, path, prepare, content, {**JSON, **headers}) in (204, 404, 409)


@pytest.mark.parametrize("asked", ACTIVATIONS)
def test_of_activations(laneway: Laneway, forms: tuple[TestClient, TestClient], asked: str) -> None:
    def one_open_job(laneway: Laneway) -> int:
        laneway.engine.activate_jobs(type="work", timeout_ms=600_000, max_jobs=1_000)
        return open_job(laneway)

    assert same(laneway, forms, ACTIVATION, one_open_job, ACTIVATIONS[asked], JSON) in (200, 400)


@pytest.mark.parametrize("headers", HEADERS)
def test_of_activations_with_any_headers(laneway: Laneway, forms: tuple[TestClient, TestClient], headers: str) -> None:
    content = ACTIVATIONS["nothing there"]
    assert same(laneway, forms, ACTIVATION, nothing, content, HEADERS[headers]) in (200, 400, 403, 415)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_of_other_methods(laneway: Laneway, forms: tuple[TestClient, TestClient], method: str) -> None:
    for path in (COMPLETION, JOB, ACTIVATION):
        assert same(laneway, forms, path, nothing, b"", {}, method) in (400, 404, 405)


@pytest.mark.parametrize(
    "path", ["/v2/jobs/activation/", "/v2/jobs/activation?a=1", "/v2/jobs/1/completion?x", "/v2/jobs/1/completion/"]
)
def test_of_paths_that_are_nearly_the_same(laneway: Laneway, forms: tuple[TestClient, TestClient], path: str) -> None:
    assert same(laneway, forms, path, nothing, ACTIVATIONS["nothing there"], JSON) in (200, 400, 404)


def test_they_are_counted_as_the_same_route(laneway: Laneway, forms: tuple[TestClient, TestClient]) -> None:
    counted = 'laneway_http_requests_total{method="POST",route="/v2/user-tasks/{userTaskKey}/completion",status="204"}'
    for form in forms:
        assert form.post(COMPLETION.format(task(laneway))).status_code == 204
        assert counted in form.get("/metrics").text


def test_the_document_tells_of_both_as_one(forms: tuple[TestClient, TestClient]) -> None:
    lean, documented = (form.get("/openapi.json").content for form in forms)
    assert lean == documented
