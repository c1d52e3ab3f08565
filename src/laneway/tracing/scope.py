"""What a thread or a task is doing at the moment, for whatever it brings about."""

from __future__ import annotations

from contextvars import ContextVar

from laneway.commands.observing import CommandSeen


class Scope:
    """A request, a job at work, a call of an agent. ``trace_id`` 0: a request that has touched no instance yet; the commands that
    it has given meanwhile are in ``waiting``. ``parent``: span under which its own will be."""

    __slots__ = ("parent", "span_id", "trace_id", "waiting")

    def __init__(self, trace_id: int, span_id: int, parent: int = 0) -> None:
        self.trace_id = trace_id
        self.span_id = span_id
        self.parent = parent
        self.waiting: list[tuple[CommandSeen, int]] = []


current: ContextVar[Scope | None] = ContextVar("laneway_trace_scope", default=None)


def logged(_: object, __: str, event: dict[str, object]) -> dict[str, object]:
    """A processor of structlog: lines say to which trace they belong."""
    scope = current.get()
    if scope is not None and scope.trace_id:
        event["trace_id"] = f"{scope.trace_id:032x}"
        event["span_id"] = f"{scope.span_id:016x}"
    return event
