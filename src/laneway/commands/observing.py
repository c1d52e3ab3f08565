"""What may be told of the work while it is done: for metrics, for traces. Nothing depends on anyone listening."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

from laneway.domain.transition import Opened
from laneway.domain.work import AuditEntry, Job
from laneway.logs import Logger

log = Logger("laneway.commands")

Outcome = Literal["done", "refused", "overloaded", "failed"]
"""``refused``: an expected failure; ``overloaded``: to be tried again; ``failed``: a bug."""


@dataclass(frozen=True, slots=True)
class AgentCall:
    """One call of an agent. ``verdict``: ``accepted``, or why its contract did not accept it; ``cost`` where it is known."""

    agent: str
    adapter: str
    verdict: str
    seconds: float
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None
    currency: str | None = None
    model: str = ""


class Step(NamedTuple):
    """One transition of a command. ``entry``: what its audit entry says; ``started``, ``completed``: the root instance."""

    root_key: int
    entry: AuditEntry
    started: bool
    completed: bool
    opened: Sequence[Opened]


class CommandSeen(NamedTuple):
    """A command that is over. ``entry`` as far as it came; ``steps``: of its last attempt; ``taken``: jobs that it handed out, which
    waited until now; ``began``: nanoseconds of the epoch."""

    entry: AuditEntry
    steps: Sequence[Step]
    taken: Sequence[Job]
    began: int
    error: Exception | None


class Asking(Protocol):
    """A call of an agent that is under way."""

    def answered(self, call: AgentCall) -> None: ...


class Calling(Protocol):
    """A call of an agent's tool that is under way."""

    def answered(self, outcome: str) -> None: ...


class Handling(Protocol):
    """A request that is under way. ``route``: its pattern."""

    def answered(self, route: str, status: int) -> None: ...


class Tracing(Protocol):
    """Follows each instance through requests, commands, jobs and agents. Called from any thread; raises nothing of its own.

    The blocks of the context managers are where what is done belongs to: commands in them, requests of agents to others.
    """

    def command(self, seen: CommandSeen) -> None: ...
    def trace_id(self) -> str | None:
        """Of what is being done here, in 32 hexadecimal digits; None where it is followed by nobody."""
        ...

    def at_work(self, job: Job, attempt: int) -> AbstractContextManager[object]: ...
    def asking(self, agent: str, adapter: str, model: str) -> AbstractContextManager[Asking]: ...
    def calling(self, agent: str, tool: str, kind: str) -> AbstractContextManager[Calling]: ...
    def handling(self, method: str, traceparent: str | None) -> AbstractContextManager[Handling]: ...
    def close(self) -> None:
        """Send what is left."""
        ...


class _NobodyAsks:
    def answered(self, said: object) -> None:
        return


_NOTHING: AbstractContextManager[Any] = nullcontext(_NobodyAsks())


class Observer(Protocol):
    """Called from any thread, after the fact; must be quick."""

    def command(self, operation: str, outcome: Outcome, seconds: float) -> None: ...
    def agent_call(self, call: AgentCall) -> None: ...
    def timer_fired(self, late: float) -> None:
        """``late``: seconds after it was due."""
        ...

    def budget_breached(self, agent: str, span: str, measure: str, on_breach: str) -> None: ...
    def tool_called(self, agent: str, tool: str, outcome: str) -> None:
        """``outcome``: done, failed, denied, unknown."""
        ...

    def agent_stopped(self, agent: str, scope: str) -> None:
        """A kill switch of that scope has stopped a call, or kept its answer out."""
        ...

    def lease_lost(self, kind: str) -> None:
        """A worker of this process was too late with its result, or no longer holds what it works on."""
        ...


class Observers:
    """Those of one process. One that fails is logged and disturbs nobody."""

    def __init__(self) -> None:
        self._all: tuple[Observer, ...] = ()
        self.tracing: Tracing | None = None

    def __bool__(self) -> bool:
        return bool(self._all)

    def add(self, observer: Observer) -> None:
        self._all = (*self._all, observer)

    def command(self, operation: str, outcome: Outcome, seconds: float) -> None:
        for one in self._all:  # on the way of every command: without the frame that the others take
            try:
                one.command(operation, outcome, seconds)
            except Exception as fault:
                log.error("observer_failed", fault=repr(fault))

    def agent_call(self, call: AgentCall) -> None:
        self._tell(lambda one: one.agent_call(call))

    def timer_fired(self, late: float) -> None:
        self._tell(lambda one: one.timer_fired(late))

    def budget_breached(self, agent: str, span: str, measure: str, on_breach: str) -> None:
        self._tell(lambda one: one.budget_breached(agent, span, measure, on_breach))

    def tool_called(self, agent: str, tool: str, outcome: str) -> None:
        self._tell(lambda one: one.tool_called(agent, tool, outcome))

    def agent_stopped(self, agent: str, scope: str) -> None:
        self._tell(lambda one: one.agent_stopped(agent, scope))

    def lease_lost(self, kind: str) -> None:
        self._tell(lambda one: one.lease_lost(kind))

    def at_work(self, job: Job, attempt: int = 1) -> AbstractContextManager[object]:
        return _NOTHING if self.tracing is None else self.tracing.at_work(job, attempt)

    def asking(self, agent: str, adapter: str, model: str) -> AbstractContextManager[Asking]:
        return _NOTHING if self.tracing is None else self.tracing.asking(agent, adapter, model)

    def calling(self, agent: str, tool: str, kind: str) -> AbstractContextManager[Calling]:
        return _NOTHING if self.tracing is None else self.tracing.calling(agent, tool, kind)

    def _tell(self, tell: Callable[[Observer], None]) -> None:
        for one in self._all:
            try:
                tell(one)
            except Exception as fault:
                log.error("observer_failed", fault=repr(fault))
