"""What may be told of the work while it is done: for metrics, for traces. Nothing depends on anyone listening."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import structlog

log = structlog.get_logger("laneway.commands")

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


class Observer(Protocol):
    """Called from any thread, after the fact; must be quick."""

    def command(self, operation: str, outcome: Outcome, seconds: float) -> None: ...
    def agent_call(self, call: AgentCall) -> None: ...
    def timer_fired(self, late: float) -> None:
        """``late``: seconds after it was due."""
        ...

    def lease_lost(self, kind: str) -> None:
        """A worker of this process was too late with its result, or no longer holds what it works on."""
        ...


class Observers:
    """Those of one process. One that fails is logged and disturbs nobody."""

    def __init__(self) -> None:
        self._all: tuple[Observer, ...] = ()

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

    def lease_lost(self, kind: str) -> None:
        self._tell(lambda one: one.lease_lost(kind))

    def _tell(self, tell: Callable[[Observer], None]) -> None:
        for one in self._all:
            try:
                tell(one)
            except Exception as fault:
                log.error("observer_failed", fault=repr(fault))
