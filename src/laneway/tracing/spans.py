"""Spans are written down when they are over, with the ids that they were to have; OpenTelemetry's SDK keeps and sends them."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.trace.propagation import set_span_in_context

from laneway import __version__
from laneway.tracing.ids import Incoming

Value = str | int | float | bool | Sequence[str]
_NOWHERE = Context()


class Event(NamedTuple):
    name: str
    attributes: Mapping[str, Value]


class _Given(IdGenerator):
    """Ids of the span that this thread is about to make."""

    def __init__(self) -> None:
        self._here = threading.local()

    def give(self, trace_id: int, span_id: int) -> None:
        self._here.trace_id, self._here.span_id = trace_id, span_id

    def generate_trace_id(self) -> int:
        return int(self._here.trace_id)

    def generate_span_id(self) -> int:
        return int(self._here.span_id)


class Spans:
    """Where they go is said by the standard variables ``OTEL_EXPORTER_OTLP_…``, which of them by ``OTEL_TRACES_SAMPLER``."""

    def __init__(self, roles: Sequence[str]) -> None:
        self._ids = _Given()
        given = {"service.version": __version__, "laneway.roles": list(roles)}
        if "OTEL_SERVICE_NAME" not in os.environ and "service.name=" not in os.environ.get(
            "OTEL_RESOURCE_ATTRIBUTES", ""
        ):
            given["service.name"] = "laneway"
        self._provider = TracerProvider(id_generator=self._ids, resource=Resource.create(given))
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("laneway", __version__)

    def sampled(self, trace_id: int) -> bool:
        """By its id alone, so that all processes decide alike."""
        return self._provider.sampler.should_sample(_NOWHERE, trace_id, "").decision is Decision.RECORD_AND_SAMPLE

    def write(
        self,
        name: str,
        trace_id: int,
        span_id: int,
        parent: int | Incoming,
        began: int,
        ended: int,
        attributes: Mapping[str, Value],
        *,
        kind: SpanKind = SpanKind.INTERNAL,
        links: Sequence[Incoming] = (),
        events: Sequence[Event] = (),
        error: str | None = None,
    ) -> None:
        """``parent``: a span of the same trace, 0 for none, or that of a caller. Times are nanoseconds of the epoch; clocks of two
        hosts may differ, and nothing ends before it began."""
        sampled = parent.sampled if isinstance(parent, Incoming) else self.sampled(trace_id)
        if not sampled:
            return
        over = Incoming(trace_id, parent, sampled) if isinstance(parent, int) else parent
        self._ids.give(trace_id, span_id)
        span = self._tracer.start_span(
            name,
            set_span_in_context(NonRecordingSpan(_context(over)), _NOWHERE) if over.span_id else _NOWHERE,
            kind,
            dict(attributes),
            [Link(_context(link)) for link in links],
            start_time=began,
        )
        ended = max(began, ended)
        for event in events:
            span.add_event(event.name, dict(event.attributes), ended)
        if error is not None:
            span.set_status(Status(StatusCode.ERROR, error))
        span.end(ended)

    def close(self) -> None:
        self._provider.shutdown()


def context_of(trace_id: int, span_id: int, sampled: bool) -> Context:
    """For libraries that instrument themselves: what they do within it is below that span."""
    return set_span_in_context(NonRecordingSpan(_context(Incoming(trace_id, span_id, sampled))))


def _context(of: Incoming) -> SpanContext:
    flags = TraceFlags(TraceFlags.SAMPLED if of.sampled else TraceFlags.DEFAULT)
    return SpanContext(of.trace_id, of.span_id, is_remote=True, trace_flags=flags)
