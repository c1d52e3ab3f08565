"""How agent jobs come to those who work on them, and how workers hear that there is work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class AgentShare:
    """Whose agent jobs a process takes, and how many.

    ``agents``: names, None for all. ``limits``: jobs of an agent at work at the same time, over all processes.
    ``priorities``: added to the priority of an agent's jobs. ``without``: by agent, the keys of the definitions whose jobs stay.
    """

    agents: tuple[str, ...] | None = None
    limits: Mapping[str, int] = field(default_factory=dict)
    priorities: Mapping[str, int] = field(default_factory=dict)
    without: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


class Tickets(Protocol):
    """Tickets are hints that an agent job may be handed out, written in the transaction that made it so."""

    def forget_stalled(self, seconds: float) -> None:
        """Forget tickets at workers that gave no sign of life for so long."""
        ...

    def mend(self, most: int, limits: Mapping[str, int], *, limited_alone: bool = False) -> int:
        """Write up to ``most`` tickets for jobs that may be handed out and have none, of an agent with a limit no more than
        may be at work with those that are; gives how many. ``limited_alone``: for no other agents."""
        ...

    def set_priorities(self, priorities: Mapping[str, int]) -> None:
        """Of agents, for tickets to come."""
        ...


class JobWork(Protocol):
    """What a dispatcher is given: how agent jobs are taken and worked on."""

    @property
    def concurrency(self) -> int: ...
    @property
    def time_to_end(self) -> float:
        """Seconds that jobs at work may have once it is stopping."""
        ...

    def stopping(self) -> bool: ...
    async def idle(self, seconds: float | None = None) -> None:
        """Sleep until there may be more to do: woken, stopping, or after ``seconds`` (None: until a job becomes available)."""
        ...

    async def begin(self) -> int:
        """Take jobs, as many as there is room for, and begin to work on them; gives how many."""
        ...

    def left(self) -> bool:
        """Whether jobs may wait that were not taken for want of room."""
        ...

    async def do(self, job_key: int) -> bool:
        """Take this job and work on it to its end; False if it is not to be had."""
        ...


class Dispatcher(Protocol):
    """Brings agent jobs to those who work on them. It may lose a job or bring it twice, late or in any order: the job's row,
    its lease, fence and retries are the only truth."""

    async def serve(self, work: JobWork) -> None:
        """Until ``work`` is stopping. Raises what went wrong; it is called again then."""
        ...


class Wakeup(Protocol):
    """Says that work of a kind may have come (jobs of a type, timers, outbox), in this process or from another."""

    def notify(self, topic: str) -> None: ...
    def wait(self, topic: str, seen: int, timeout: float) -> int:
        """Block until ``topic`` was notified after the count ``seen`` or ``timeout`` seconds passed; gives the count."""
        ...
