"""Counters and gauges for Prometheus, one registry per app."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from laneway.engine import Engine
from laneway.ports import Filter, SearchQuery

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_WORK = (
    ("laneway_process_instances_active", "Root and called process instances that run", "process-instances", "ACTIVE"),
    ("laneway_user_tasks_open", "User tasks that wait for a person", "user-tasks", "CREATED"),
    ("laneway_incidents_open", "Incidents that wait for someone", "incidents", "ACTIVE"),
)


class _Work(Collector):
    """What is open, counted when the page is asked for."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def collect(self) -> Iterable[Metric]:
        for name, text, resource, state in _WORK:
            query = SearchQuery(resource, (Filter("state", "eq", state),), limit=0)
            yield GaugeMetricFamily(name, text, value=self._engine.search(query).total)

    def describe(self) -> Iterable[Metric]:
        return [GaugeMetricFamily(name, text) for name, text, _, _ in _WORK]


class Metrics:
    def __init__(self, engine: Engine) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "laneway_http_requests", "Requests answered", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "laneway_http_request_seconds", "Time to answer, long polls included", ("route",), registry=self._registry
        )
        self._registry.register(_Work(engine))

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def page(self) -> bytes:
        return generate_latest(self._registry)
