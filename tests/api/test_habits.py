"""What the official clients do without saying: bodies left out, enums in any case, dates both ways, uploads of any kind."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from laneway.domain.errors import Overloaded
from laneway_api.problems import of_error
from tests.api.conftest import DIAGRAMS

JSON = {"content-type": "application/json"}
CONTENT = (DIAGRAMS / "echo.bpmn").read_bytes()


@pytest.fixture(scope="module")
def operations(address: str) -> dict[str, Any]:
    return dict(httpx.get(f"{address}/openapi.json").json()["paths"])


@pytest.mark.parametrize("content", [b"", b"{}"], ids=["length 0", "{}"])
def test_every_body_that_may_be_left_out_is_taken_both_ways(
    api: httpx.Client, address: str, operations: dict[str, Any], content: bytes
) -> None:
    for path, verbs in operations.items():
        for verb, operation in verbs.items():
            body = operation.get("requestBody")
            if body is None or body.get("required") or "application/json" not in body["content"]:
                continue
            answer = api.request(verb, address + re.sub(r"\{\w+\}", "1", path), content=content, headers=JSON)
            nothing = answer.status_code == 400 and answer.json()["code"] == "nothing_to_change"
            assert nothing or answer.status_code in (200, 204, 404), (verb, path, answer.text)


@pytest.mark.parametrize("state", ["ACTIVE", "active", "Active", {"$eq": "active"}, {"$in": ["Active", "completed"]}])
def test_enums_come_in_any_case_and_go_out_in_capitals(api: httpx.Client, start: Any, state: Any) -> None:
    key = start("order")["processInstanceKey"]

    answer = api.post("/process-instances/search", json={"filter": {"processInstanceKey": key, "state": state}})

    assert [row["state"] for row in answer.json()["items"]] == ["ACTIVE"]


@pytest.mark.parametrize("order", ["ASC", "asc", "Desc"])
def test_orders_come_in_any_case(api: httpx.Client, order: str) -> None:
    assert api.post("/jobs/search", json={"sort": [{"field": "jobKey", "order": order}]}).status_code == 200


@pytest.mark.parametrize("offset", ["Z", "+00:00", ".000Z", "+05:30"])
def test_dates_come_with_z_or_an_offset_and_go_out_with_z(api: httpx.Client, start: Any, offset: str) -> None:
    key = start("order")["processInstanceKey"]
    wanted = {"processInstanceKey": key, "startDate": {"$gt": f"2020-01-01T00:00:00{offset}"}}

    (row,) = api.post("/process-instances/search", json={"filter": wanted}).json()["items"]

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", row["startDate"])


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/process-instances", {"processDefinitionKey": 5}, "processDefinitionKey"),
        ("/decision-definitions/evaluation", {"decisionDefinitionKey": 5}, "decisionDefinitionKey"),
        ("/process-instances/search", {"filter": {"processInstanceKey": 5}}, "processInstanceKey"),
        ("/user-tasks/search", {"filter": {"userTaskKey": {"$in": [5]}}}, "userTaskKey"),
        ("/jobs/search", {"filter": {"jobKey": {"$eq": 5}}}, "jobKey"),
    ],
)
def test_keys_that_are_numbers_are_errors_that_name_the_field(
    api: httpx.Client, path: str, body: dict[str, Any], field: str
) -> None:
    answer = api.post(path, json=body)

    assert answer.status_code == 400
    assert field in answer.json()["detail"]


def test_the_one_tenant_may_be_named_wherever_clients_name_it(api: httpx.Client, start: Any) -> None:
    start("echo", tenantId="<default>")
    activation = {"type": "nothing", "timeout": 1000, "maxJobsToActivate": 1, "requestTimeout": -1}
    for extra in ({"tenantIds": ["<default>"]}, {"tenantIds": []}, {"tenantFilter": "ASSIGNED"}):
        answer = api.post("/jobs/activation", json={**activation, **extra})
        assert (answer.status_code, answer.json()) == (200, {"jobs": []})
    for path, body in (
        ("/messages/publication", {"name": "n", "correlationKey": "k"}),
        ("/signals/broadcast", {"signalName": "nobody"}),
    ):
        answer = api.post(path, json={**body, "tenantId": "<default>"})
        assert answer.json()["tenantId"] == "<default>", answer.text


@pytest.mark.parametrize(
    ("disposition", "kind"),
    [
        ('name="resources"; filename="echo.bpmn"', None),
        ('name="resources"; filename="echo.bpmn"', "application/octet-stream"),
        ('name="resources"; filename="echo.bpmn"', "text/xml"),
        ('name="resources"; filename="echo.bpmn"', "application/json"),
        ("name=resources; filename=echo.bpmn", "text/plain; charset=utf-8"),
    ],
)
@pytest.mark.parametrize("tenant", [True, False])
def test_uploads_of_any_part_type(
    api: httpx.Client, deployed: Any, disposition: str, kind: str | None, tenant: bool
) -> None:
    lines = [f"Content-Disposition: form-data; {disposition}", *([f"Content-Type: {kind}"] if kind else [])]
    part = "\r\n".join(["--b", *lines, "", ""]).encode() + CONTENT + b"\r\n"
    named = b'--b\r\nContent-Disposition: form-data; name="tenantId"\r\n\r\n<default>\r\n' if tenant else b""

    for body in (named + part, part + named):
        answer = api.post(
            "/deployments", content=body + b"--b--\r\n", headers={"content-type": 'multipart/form-data; boundary="b"'}
        )
        assert answer.status_code == 200, answer.text
        (one,) = answer.json()["deployments"]
        assert one["processDefinition"]["processDefinitionId"] == "echo"


def test_back_pressure_has_the_title_that_makes_clients_wait() -> None:
    answer = of_error(Overloaded("busy", "try again"), "/v2/jobs/activation")

    assert answer.status_code == 503
    assert b'"title":"RESOURCE_EXHAUSTED"' in answer.body
    assert answer.headers["retry-after"] == "1"


def test_lists_and_objects_are_never_null_and_numbers_are_numbers(api: httpx.Client, start: Any) -> None:
    start("order")
    for noun in ("process-instances", "user-tasks", "jobs", "element-instances"):
        page = api.post(f"/{noun}/search", json={}).json()
        assert isinstance(page["page"]["totalItems"], int)
        for row in page["items"]:
            for name in ("tags", "customHeaders", "candidateGroups", "candidateUsers", "tenantId", "startDate"):
                assert row.get(name, "") is not None, (noun, name)
            assert all(isinstance(row[name], str) for name in row if name.endswith("Key") and row[name] is not None)


def test_topology_speaks_in_small_letters_and_declares_the_version(api: httpx.Client) -> None:
    found = api.get("/topology").json()
    (partition,) = found["brokers"][0]["partitions"]

    assert found["gatewayVersion"] == "8.10.0"
    assert (partition["role"], partition["health"], partition["state"]) == ("leader", "healthy", "active")
    assert {"clusterId", "brokerId"} <= {*found, *found["brokers"][0]}


@pytest.mark.parametrize("path", ["/process-instances/search/", "//topology", "/Topology"])
def test_nothing_is_redirected(api: httpx.Client, path: str) -> None:
    assert api.request("POST", path, json={}).status_code in (404, 405)
