"""What the server tells of itself, and that all of it is documented."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx

from laneway.bootstrap import Laneway
from laneway_api.app import create_app

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "rest.md"


def test_every_route_is_documented_and_no_other(laneway: Laneway) -> None:
    paths = create_app(laneway).openapi()["paths"]
    routes = {f"{verb.upper()} {path}" for path, verbs in paths.items() for verb in verbs}
    routes |= {"GET /", "GET /docs", "GET /openapi.json"}
    documented = set(re.findall(r"^\| `([A-Z]+ /[^`]*)` \|", REFERENCE.read_text(), re.MULTILINE))
    assert documented == routes


def test_every_operation_has_words_a_name_of_its_own_and_documented_failures(address: str) -> None:
    document = httpx.get(f"{address}/openapi.json", timeout=60).json()
    operations = [one for verbs in document["paths"].values() for one in verbs.values()]
    names = [one["operationId"] for one in operations]
    assert len(set(names)) == len(names)
    assert all(one["description"] for one in operations)
    assert {"searchProcessInstances", "activateJobs", "createDeployment"} <= set(names)
    for operation in operations:
        for status, answer in operation["responses"].items():
            if status >= "400":
                assert list(answer["content"]) == ["application/problem+json"], (operation["operationId"], status)


def test_the_pages_need_nothing_from_elsewhere(address: str, deployed: dict[str, Any]) -> None:
    start, docs = httpx.get(address), httpx.get(f"{address}/docs", timeout=60)
    for page in (start, docs):
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")
        assert not re.search(r"""(src|href)=["'](https?:)?//""", page.text)
        assert "<script" not in page.text
    assert "order" in start.text
    assert "/v2/process-instances/{processInstanceKey}" in docs.text


def test_health_and_metrics(address: str, deployed: dict[str, Any]) -> None:
    assert httpx.get(f"{address}/health/live").json() == {"status": "UP"}
    assert httpx.get(f"{address}/health/ready").json()["status"] == "UP"
    assert httpx.get(f"{address}/v2/status").status_code == 204
    page = httpx.get(f"{address}/metrics").text
    assert 'laneway_http_requests_total{method="POST",route="/v2/deployments",status="200"}' in page
    assert "laneway_user_tasks_open" in page


def test_responses_say_what_they_are(address: str) -> None:
    answer = httpx.get(f"{address}/v2/topology")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.json()["gatewayVersion"] == "8.10.0"
