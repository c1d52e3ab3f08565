"""How an instance becomes a trace. What is left where, by ids that come from keys:

    request or command that started it    root_span_of(root)
    └── command                            any
        └── opening of a job or user task  work_span_of(key)
            ├── its wait, until it is taken
            ├── work on it, in whichever process
            │   ├── call of the agent      told to it as ``traceparent``
            │   └── command that ends it → opens the next
            └── request by which another ends it → command

A request belongs to the trace of the first instance that it touches; what its caller said becomes a link. One that touches
none stays with its caller. Commands that touch further instances are in their traces, with a link to where they came from.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import structlog
from opentelemetry import context as otel_context
from opentelemetry.trace import SpanKind

from laneway.commands.observing import AgentCall, CommandSeen, Step
from laneway.domain.transition import IncidentOpened, JobOpened, UserTaskOpened
from laneway.domain.work import AuditEntry, Job
from laneway.tracing import attributes
from laneway.tracing.ids import (
    Incoming,
    new_span,
    new_trace,
    read_traceparent,
    root_span_of,
    trace_of,
    traceparent,
    work_span_of,
)
from laneway.tracing.scope import Scope, current
from laneway.tracing.spans import Event, Spans, context_of

log = structlog.get_logger("laneway.tracing")
_IN_PROCESS = frozenset({"local", "python", "scripted"})
_NOT_TOLD = frozenset({"ActivateJobs"})
"""Commands that are given all the time, and concern no instance unless they find something."""


class _Asking:
    def __init__(self) -> None:
        self.call: AgentCall | None = None

    def answered(self, call: AgentCall) -> None:
        self.call = call


class _Calling:
    def __init__(self) -> None:
        self.outcome = "canceled"

    def answered(self, outcome: str) -> None:
        self.outcome = outcome


class _Handling:
    def __init__(self) -> None:
        self.route = ""
        self.status = 500

    def answered(self, route: str, status: int) -> None:
        self.route, self.status = route, status


class Tracer:
    """See ``laneway.commands.observing.Tracing``."""

    def __init__(self, spans: Spans) -> None:
        self._spans = spans

    def close(self) -> None:
        self._safely(self._spans.close)

    def traceparent(self) -> str | None:
        """For who is asked on behalf of what is being done here."""
        scope = current.get()
        if scope is None or not scope.trace_id:
            return None
        return traceparent(scope.trace_id, scope.span_id, self._spans.sampled(scope.trace_id))

    def trace_id(self) -> str | None:
        scope = current.get()
        if scope is None or not scope.trace_id or not self._spans.sampled(scope.trace_id):
            return None
        return f"{scope.trace_id:032x}"

    def command(self, seen: CommandSeen) -> None:
        self._safely(lambda: self._command(seen, time.time_ns()))

    @contextmanager
    def at_work(self, job: Job, attempt: int) -> Iterator[object]:
        """``work on <type>``: from the moment that a worker has the job until it is settled."""
        scope, began = Scope(trace_of(job.root_key), new_span(), work_span_of(job.key)), time.time_ns()
        try:
            with _within(scope):
                yield scope
        finally:
            self._safely(lambda: self._worked(scope, began, job, attempt))

    @contextmanager
    def asking(self, agent: str, adapter: str, model: str) -> Iterator[_Asking]:
        """``invoke_agent <name>``; for instrumented libraries it is the current span, too."""
        outer = current.get()
        asking = _Asking()
        if outer is None:
            yield asking
            return
        scope, began = Scope(outer.trace_id, new_span(), outer.span_id), time.time_ns()
        token = otel_context.attach(context_of(scope.trace_id, scope.span_id, self._spans.sampled(scope.trace_id)))
        try:
            with _within(scope):
                yield asking
        finally:
            otel_context.detach(token)
            self._safely(lambda: self._asked(scope, began, agent, adapter, model, asking.call))

    @contextmanager
    def calling(self, agent: str, tool: str, kind: str) -> Iterator[_Calling]:
        """``execute_tool <tool>``."""
        outer, calling = current.get(), _Calling()
        if outer is None:
            yield calling
            return
        scope, began = Scope(outer.trace_id, new_span(), outer.span_id), time.time_ns()
        try:
            with _within(scope):
                yield calling
        finally:
            self._safely(lambda: self._called(scope, began, agent, tool, kind, calling.outcome))

    @contextmanager
    def handling(self, method: str, traceparent: str | None) -> Iterator[_Handling]:
        """``<method> <route>``: a request from outside."""
        scope, began, handling = Scope(0, new_span()), time.time_ns(), _Handling()
        try:
            with _within(scope):
                yield handling
        finally:
            incoming = read_traceparent(traceparent)
            self._safely(lambda: self._handled(scope, began, method, incoming, handling))

    def _worked(self, scope: Scope, began: int, job: Job, attempt: int) -> None:
        self._spans.write(
            f"work on {job.type}",
            scope.trace_id,
            scope.span_id,
            scope.parent,
            began,
            time.time_ns(),
            attributes.of_job(job, attempt),
            kind=SpanKind.CONSUMER,
        )

    def _asked(self, scope: Scope, began: int, agent: str, adapter: str, model: str, call: AgentCall | None) -> None:
        facts = attributes.of_asking(agent, adapter, model)
        verdict = "canceled" if call is None else call.verdict
        if call is not None:
            facts |= attributes.of_call(call)
        if verdict != "accepted":
            facts["error.type"] = verdict
        self._spans.write(
            f"invoke_agent {agent}",
            scope.trace_id,
            scope.span_id,
            scope.parent,
            began,
            time.time_ns(),
            facts,
            kind=SpanKind.INTERNAL if adapter in _IN_PROCESS else SpanKind.CLIENT,
            error=None if verdict == "accepted" else verdict,
        )

    def _called(self, scope: Scope, began: int, agent: str, tool: str, kind: str, outcome: str) -> None:
        facts = attributes.of_tool_call(agent, tool, kind, outcome)
        self._spans.write(
            f"execute_tool {tool}",
            scope.trace_id,
            scope.span_id,
            scope.parent,
            began,
            time.time_ns(),
            facts if outcome == "done" else {**facts, "error.type": outcome},
            kind=SpanKind.INTERNAL if kind == "python" else SpanKind.CLIENT,
            error=None if outcome == "done" else outcome,
        )

    def _handled(self, scope: Scope, began: int, method: str, incoming: Incoming | None, handling: _Handling) -> None:
        ended = time.time_ns()
        failed = handling.status >= 500
        bound = bool(scope.trace_id)
        if not bound:
            if incoming is None and not failed and not scope.waiting:
                return  # a search, a probe: it belongs to no instance and to no caller who follows it
            scope.trace_id = new_trace() if incoming is None else incoming.trace_id
        for seen, over in scope.waiting:
            self._write_command(seen, seen.entry, (), 0, scope.trace_id, new_span(), scope.span_id, over)
        facts: attributes.Attributes = {
            "http.request.method": method,
            "http.route": handling.route,
            "http.response.status_code": handling.status,
        }
        if handling.status >= 400:
            facts["error.type"] = str(handling.status)
        self._spans.write(
            f"{method} {handling.route}",
            scope.trace_id,
            scope.span_id,
            scope.parent if bound or incoming is None else incoming,
            began,
            ended,
            facts,
            kind=SpanKind.SERVER,
            links=(incoming,) if bound and incoming is not None else (),
            error=str(handling.status) if failed else None,
        )

    def _command(self, seen: CommandSeen, over: int) -> None:
        for job in seen.taken:
            self._waited(job, over)
        scope = current.get()
        roots: dict[int, list[Step]] = {}
        for step in seen.steps:
            roots.setdefault(step.root_key, []).append(step)
        if not roots and seen.entry.root_key:
            roots[seen.entry.root_key] = []
        if not roots:
            if scope is None or seen.entry.details.get("command") in _NOT_TOLD:
                return
            if not scope.trace_id:
                scope.waiting.append((seen, over))
            else:
                self._write_command(seen, seen.entry, (), 0, scope.trace_id, new_span(), scope.span_id, over)
        for root_key, steps in roots.items():
            self._in_trace_of(root_key, steps, seen, scope, over)

    def _in_trace_of(
        self, root_key: int, steps: Sequence[Step], seen: CommandSeen, scope: Scope | None, over: int
    ) -> None:
        trace_id, entry = trace_of(root_key), steps[0].entry if steps else seen.entry
        started = bool(steps) and steps[0].started
        above = 0 if started else _above(entry, root_key)
        if scope is not None and not scope.trace_id:
            scope.trace_id, scope.parent = trace_id, above
            if started:
                scope.span_id = root_span_of(root_key)
        if scope is not None and scope.trace_id == trace_id:
            self._write_command(seen, entry, steps, root_key, trace_id, new_span(), scope.span_id, over)
            return
        links = () if scope is None else (Incoming(scope.trace_id, scope.span_id, True),)
        span_id = root_span_of(root_key) if started else new_span()
        self._write_command(seen, entry, steps, root_key, trace_id, span_id, above, over, links)

    def _write_command(
        self,
        seen: CommandSeen,
        entry: AuditEntry,
        steps: Sequence[Step],
        root_key: int,
        trace_id: int,
        span_id: int,
        parent: int,
        over: int,
        links: Sequence[Incoming] = (),
    ) -> None:
        facts = attributes.of_command(entry, root_key)
        events: list[Event] = []
        for step in steps:
            events += [attributes.of_incident(one) for one in step.opened if isinstance(one, IncidentOpened)]
            if step.completed:
                events.append(Event("laneway.process_instance.completed", {}))
            self._write_opened(step, trace_id, span_id, over)
        error = None
        if seen.error is not None:
            error = facts["error.type"] = attributes.error_type(seen.error)
        elif any(event.name == "laneway.incident" for event in events):
            error = "incident"
        name = str(entry.details.get("command", "command"))
        self._spans.write(
            name, trace_id, span_id, parent, seen.began, over, facts, links=links, events=events, error=error
        )

    def _write_opened(self, step: Step, trace_id: int, parent: int, at: int) -> None:
        for one in step.opened:
            if isinstance(one, JobOpened):
                name = f"open {one.type}"
            elif isinstance(one, UserTaskOpened):
                name = f"open {one.element_id}"
            else:
                continue
            facts = attributes.of_opened(one, step.entry, step.root_key)
            self._spans.write(name, trace_id, work_span_of(one.key), parent, at, at, facts, kind=SpanKind.PRODUCER)

    def _waited(self, job: Job, until: int) -> None:
        """Of a later attempt nobody knows since when it could have been taken."""
        if job.created_at is None or job.error_message is not None:
            return
        since = int(job.created_at.timestamp() * 1_000_000) * 1_000
        facts = attributes.of_job(job)
        self._spans.write(
            f"wait for {job.type}", trace_of(job.root_key), new_span(), work_span_of(job.key), since, until, facts
        )

    @staticmethod
    def _safely(tell: Callable[[], None]) -> None:
        """What goes wrong with a trace is logged and disturbs nobody."""
        try:
            tell()
        except Exception as fault:
            log.error("trace_failed", fault=repr(fault))


def _above(entry: AuditEntry, root_key: int) -> int:
    """The span that a command on a living instance hangs on, where nothing else says it."""
    of_work = entry.entity_type in ("JOB", "USER_TASK") and entry.entity_key
    return work_span_of(entry.entity_key) if of_work else root_span_of(root_key)


@contextmanager
def _within(scope: Scope) -> Iterator[None]:
    token = current.set(scope)
    try:
        yield
    finally:
        current.reset(token)


def open_tracer(roles: Sequence[str]) -> Tracer:
    return Tracer(Spans(roles))
