"""From a slow bucket of a histogram to what was slow: buckets name the last trace that fell into them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from laneway.bootstrap import build
from laneway.settings import Settings
from laneway.tracing.ids import trace_of
from laneway_api.app import create_app
from tests.support.drawing import Drawing
from tests.tracing.collector import Collector

OPEN_METRICS = {"accept": "application/openmetrics-text; version=1.0.0, text/plain;q=0.5"}


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with Collector() as made:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", made.address)
        yield made


def _started(api: TestClient) -> int:
    drawing = Drawing()
    process = drawing.process()
    process.chain(process.node("startEvent"), process.node("userTask"), process.node("endEvent"))
    files = {"resources": ("process.bpmn", drawing.xml(), "text/xml")}
    assert api.post("/v2/deployments", files=files).status_code == 200
    answer = api.post("/v2/process-instances", json={"processDefinitionId": "process"})
    return int(answer.json()["processInstanceKey"])


def exemplars(page: str) -> dict[tuple[str, str], set[str]]:
    """Metric and its label → traces of its buckets."""
    found: dict[tuple[str, str], set[str]] = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            if sample.exemplar is not None:
                label = next(value for name, value in sample.labels.items() if name != "le")
                assert 0 < sample.exemplar.value <= float(sample.labels["le"])
                found.setdefault((family.name, label), set()).add(sample.exemplar.labels["trace_id"])
    return found


def test_buckets_name_a_trace_that_fell_into_them(tmp_path: Path, collector: Collector) -> None:
    with build(Settings(database_url=f"sqlite:///{tmp_path / 'x.db'}", tracing=True)) as made:
        # Given an instance that was started over HTTP, with traces on
        api = TestClient(create_app(made), base_url="http://localhost")
        key = _started(api)
        # When somebody asks who reads OpenMetrics
        page = api.get("/metrics", headers=OPEN_METRICS)
    # Then the request and its command lead to the trace of the instance
    assert page.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    found = exemplars(page.text)
    trace = f"{trace_of(key):032x}"
    assert found["laneway_http_request_seconds", "/v2/process-instances"] == {trace}
    assert found["laneway_command_seconds", "StartInstance"] == {trace}


def test_without_traces_there_are_none_and_others_get_the_plain_form(tmp_path: Path) -> None:
    with build(Settings(database_url=f"sqlite:///{tmp_path / 'x.db'}")) as made:
        api = TestClient(create_app(made), base_url="http://localhost")
        _started(api)
        page, plain = api.get("/metrics", headers=OPEN_METRICS), api.get("/metrics")
    assert exemplars(page.text) == {}
    assert plain.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "# {" not in plain.text
