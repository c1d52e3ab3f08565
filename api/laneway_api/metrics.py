"""Counters, gauges and histograms for Prometheus, one registry per app. docs/reference/metrics.md lists them."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable
from itertools import accumulate
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, Exemplar, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.openmetrics import exposition as open_metrics
from prometheus_client.registry import Collector

from laneway.commands.observing import AgentCall, Outcome, Tracing
from laneway.engine import Engine
from laneway.logs import Logger
from laneway.ports import Backlog, Filter, SearchQuery
from laneway_api.admission import Admission

log = Logger("laneway.api")
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
OPEN_METRICS = "application/openmetrics-text"
OPEN_METRICS_TYPE = f"{OPEN_METRICS}; version=1.0.0; charset=utf-8"
AGREEMENT_AGAIN = 60.0
"""As below, for what is counted over all pairs."""
COUNT_AGAIN = 5.0
"""Seconds that what was counted in the database is told again: several who ask cost no more than one."""

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_LONG_SECONDS = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)

ANSWERS = "1 where the database answered when it was last asked, else 0"
_DECIDED = {
    "Approve": "approved",
    "Reject": "rejected",
    "ExpireApproval": "expired",
    "CancelApproval": "canceled",
}
_WORK = (
    ("laneway_process_instances_active", "Root and called process instances that run", "process-instances", "ACTIVE"),
    ("laneway_user_tasks_open", "User tasks that wait for a person", "user-tasks", "CREATED"),
    ("laneway_incidents_open", "Incidents that wait for someone", "incidents", "ACTIVE"),
    ("laneway_approvals_waiting", "Calls of agents that wait for a person", "approvals", "PENDING"),
    ("laneway_kill_switches_set", "Kill switches that stand", "kill-switches", "SET"),
)


class _Kept(Collector):
    """What the database holds, counted when the page is asked for."""

    def __init__(self, engine: Engine, backlog: Callable[[], Backlog]) -> None:
        self._engine = engine
        self._backlog = backlog
        self._lock = threading.Lock()
        self._counted: list[Metric] = []
        self._at = 0.0
        self._agreement: list[Metric] = []
        self._agreement_at = 0.0

    def collect(self) -> Iterable[Metric]:
        with self._lock:
            if not self._counted or time.monotonic() - self._at > COUNT_AGAIN:
                self._counted = self._count()
                self._at = time.monotonic()
            return list(self._counted)

    def _count(self) -> list[Metric]:
        """Where the database does not answer, the rest of the page is what tells of it."""
        try:
            counted = [*self._work(), self._waiting(), *self._agreed(), *_families(self._backlog())]
        except Exception as fault:
            log.warning("work_not_counted", fault=repr(fault))
            return [GaugeMetricFamily("laneway_database_answers", ANSWERS, value=0)]
        return [GaugeMetricFamily("laneway_database_answers", ANSWERS, value=1), *counted]

    def _work(self) -> Iterable[Metric]:
        for name, text, resource, state in _WORK:
            query = SearchQuery(resource, (Filter("state", "eq", state),), limit=0)
            yield GaugeMetricFamily(name, text, value=self._engine.search(query).total)

    def _waiting(self) -> Metric:
        pending = (Filter("state", "eq", "PENDING"),)
        oldest = SearchQuery("approvals", pending, sort=(("approvalKey", "ASC"),), limit=1)
        rows = self._engine.search(oldest).items
        age = (self._engine.now() - rows[0]["creationTime"]).total_seconds() if rows else 0.0
        return GaugeMetricFamily("laneway_approvals_age_seconds", _AGE, value=max(age, 0.0))

    def _agreed(self) -> list[Metric]:
        if not self._agreement or time.monotonic() - self._agreement_at > AGREEMENT_AGAIN:
            share, pairs = _agreement()
            for task in self._engine.autonomy_report()["tasks"]:
                labels = task["processDefinitionId"], task["elementId"], task["agent"]
                share.add_metric(labels, task["agreement"]["share"])
                pairs.add_metric(labels, task["pairs"])
            self._agreement, self._agreement_at = [share, pairs], time.monotonic()
        return self._agreement

    def describe(self) -> Iterable[Metric]:
        return [
            *_agreement(),
            GaugeMetricFamily("laneway_approvals_age_seconds", _AGE),
            *(GaugeMetricFamily(name, text) for name, text, _, _ in _WORK),
            *_families(Backlog({}, 0, 0, 0, 0)),
        ]


_AGE = "How long the oldest of them has waited"


def _agreement() -> tuple[GaugeMetricFamily, GaugeMetricFamily]:
    names = ("process", "element", "agent")
    return (
        GaugeMetricFamily(
            "laneway_agent_agreement", "Share in which agent and person agree, of the last", labels=names
        ),
        GaugeMetricFamily("laneway_agent_pairs", "Answers that are held against each other for it", labels=names),
    )


def _families(found: Backlog) -> Iterable[Metric]:
    jobs = GaugeMetricFamily("laneway_jobs_open", "Jobs that are not done", labels=("kind", "type", "state"))
    for labels, count in found.jobs.items():
        jobs.add_metric(labels, count)
    yield jobs
    yield GaugeMetricFamily("laneway_timers_due", "Timers whose time has come", value=found.timers_due)
    yield GaugeMetricFamily("laneway_timers_late_seconds", "How late the earliest of them is", value=found.timers_late)
    yield GaugeMetricFamily("laneway_outbox_entries", "Messages and signals not delivered yet", value=found.outbox)
    yield GaugeMetricFamily("laneway_outbox_age_seconds", "Age of the oldest of them", value=found.outbox_age)


class _Here(Collector):
    """What this process holds."""

    def __init__(self, admission: Admission, connections: Callable[[], dict[str, int]]) -> None:
        self._admission = admission
        self._connections = connections

    def collect(self) -> Iterable[Metric]:
        admission = self._admission
        yield GaugeMetricFamily("laneway_requests_at_work", "Requests worked on or queued", value=admission.at_work)
        yield GaugeMetricFamily("laneway_requests_held", "Requests that wait for something", value=admission.held)
        yield GaugeMetricFamily("laneway_requests_bytes", "Bytes of bodies in memory", value=admission.content)
        pool = GaugeMetricFamily("laneway_database_connections", "Connections of this process", labels=("state",))
        for state, count in self._connections().items():
            pool.add_metric((state,), count)
        yield pool

    def describe(self) -> Iterable[Metric]:
        return []


class _Timed(Collector):
    """Counts and times by hand: the library's own counters cost several times as much, on the way of every request and command.

    ``counted`` and ``measured``: name, text and labels of each; what is measured has one. Of each bucket the last trace is kept
    that fell into it (OpenMetrics 1.0, "Exemplars").
    """

    def __init__(
        self,
        counted: tuple[str, str, tuple[str, ...]],
        measured: tuple[str, str, tuple[str, ...]],
        edges: tuple[float, ...],
    ) -> None:
        self._counted = counted
        self._measured = measured
        self._edges = edges
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, ...], int] = {}
        self._times: dict[str, list[float]] = {}
        self._traces: dict[tuple[str, int], Exemplar] = {}

    def add(self, labels: tuple[str, ...], timed: str, seconds: float, trace_id: str | None = None) -> None:
        place = bisect_left(self._edges, seconds)
        with self._lock:
            self._counts[labels] = self._counts.get(labels, 0) + 1
            times = self._times.get(timed)
            if times is None:
                # One for each bucket, one for what is longer than all, and their sum.
                times = self._times[timed] = [0.0] * (len(self._edges) + 2)
            times[place] += 1
            times[-1] += seconds
            if trace_id is not None:
                self._traces[timed, place] = Exemplar({"trace_id": trace_id}, seconds, time.time())

    def collect(self) -> Iterable[Metric]:
        with self._lock:
            counts = dict(self._counts)
            times = {timed: list(one) for timed, one in self._times.items()}
            traces = dict(self._traces)
        name, text, names = self._counted
        counted = CounterMetricFamily(name, text, labels=names)
        for labels, count in counts.items():
            counted.add_metric(labels, count)
        yield counted
        name, text, names = self._measured
        measured = HistogramMetricFamily(name, text, labels=names)
        edges = [*(str(edge) for edge in self._edges), "+Inf"]
        for timed, found in times.items():
            buckets: list[Any] = [
                (edge, count, traces.get((timed, place)))
                for place, (edge, count) in enumerate(zip(edges, accumulate(found[:-1]), strict=True))
            ]
            measured.add_metric((timed,), buckets, found[-1])
        yield measured

    def describe(self) -> Iterable[Metric]:
        return self.collect()


class Metrics:
    """Also an ``Observer`` of the commands of its process."""

    def __init__(
        self,
        engine: Engine,
        admission: Admission,
        backlog: Callable[[], Backlog],
        connections: Callable[[], dict[str, int]],
        tracing: Tracing | None = None,
    ) -> None:
        self._tracing = tracing
        own = self._registry = CollectorRegistry()
        self._requests = _Timed(
            ("laneway_http_requests", "Requests answered", ("method", "route", "status")),
            ("laneway_http_request_seconds", "Time to answer, long polls included", ("route",)),
            Histogram.DEFAULT_BUCKETS[:-1],
        )
        own.register(self._requests)
        self._refused = Counter("laneway_requests_refused", "Requests told to come again", registry=own)
        self._commands = _Timed(
            ("laneway_commands", "Commands given", ("command", "outcome")),
            ("laneway_command_seconds", "Time of a command, commit included", ("command",)),
            _SECONDS,
        )
        own.register(self._commands)
        self._timer_lateness = Histogram(
            "laneway_timer_lateness_seconds", "Time from due to fired", buckets=(*_SECONDS, 60.0, 600.0), registry=own
        )
        self._leases = Counter(
            "laneway_leases_lost", "Leases that ended before their work did", ("kind",), registry=own
        )
        self._calls = Counter("laneway_agent_calls", "Calls of agents", ("agent", "adapter", "verdict"), registry=own)
        self._call_seconds = Histogram(
            "laneway_agent_call_seconds", "Time of a call", ("agent",), buckets=_LONG_SECONDS, registry=own
        )
        self._tokens = Counter("laneway_agent_tokens", "Tokens used", ("agent", "direction"), registry=own)
        self._cost = Counter(
            "laneway_agent_cost", "Cost, where the adapter knows it", ("agent", "currency"), registry=own
        )
        self._breaches = Counter(
            "laneway_agent_budget_breaches",
            "Calls that a limit had no room for",
            ("agent", "span", "measure", "on_breach"),
            registry=own,
        )
        self._tools = Counter(
            "laneway_agent_tool_calls", "Calls of tools that ended", ("agent", "tool", "outcome"), registry=own
        )
        self._stops = Counter(
            "laneway_agent_stops", "Calls that a kill switch stopped", ("agent", "scope"), registry=own
        )
        self._decided = Counter("laneway_approvals_decided", "Approvals that wait no more", ("decision",), registry=own)
        own.register(_Kept(engine, backlog))
        own.register(_Here(admission, connections))

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        self._requests.add((method, route, str(status)), route, seconds, self._trace_id())

    def refused(self) -> None:
        self._refused.inc()

    def command(self, operation: str, outcome: Outcome, seconds: float) -> None:
        self._commands.add((operation, outcome), operation, seconds, self._trace_id())
        if outcome == "done" and operation in _DECIDED:
            self._decided.labels(_DECIDED[operation]).inc()

    def timer_fired(self, late: float) -> None:
        self._timer_lateness.observe(late)

    def lease_lost(self, kind: str) -> None:
        self._leases.labels(kind).inc()

    def tool_called(self, agent: str, tool: str, outcome: str) -> None:
        self._tools.labels(agent, tool, outcome).inc()

    def agent_stopped(self, agent: str, scope: str) -> None:
        self._stops.labels(agent, scope).inc()

    def budget_breached(self, agent: str, span: str, measure: str, on_breach: str) -> None:
        self._breaches.labels(agent, span, measure, on_breach).inc()

    def agent_call(self, call: AgentCall) -> None:
        self._calls.labels(call.agent, call.adapter, call.verdict).inc()
        trace_id = self._trace_id()
        exemplar = None if trace_id is None else {"trace_id": trace_id}
        self._call_seconds.labels(call.agent).observe(call.seconds, exemplar)
        self._tokens.labels(call.agent, "input").inc(call.input_tokens)
        self._tokens.labels(call.agent, "output").inc(call.output_tokens)
        if call.cost is not None:
            self._cost.labels(call.agent, call.currency or "").inc(call.cost)

    def page(self, accepted: str = "") -> tuple[bytes, str]:
        """The page and its content type. ``accepted``: what who asks can read; traces are told in OpenMetrics alone."""
        if OPEN_METRICS in accepted:
            write: Any = open_metrics.generate_latest  # without types, unlike the other one
            return write(self._registry), OPEN_METRICS_TYPE
        return generate_latest(self._registry), CONTENT_TYPE

    def _trace_id(self) -> str | None:
        return None if self._tracing is None else self._tracing.trace_id()
