"""All workers of a process: started as threads, or stepped by hand where time is virtual."""

from __future__ import annotations

import time
from collections.abc import Collection
from datetime import datetime
from typing import Literal, get_args

from laneway.commands.context import Context
from laneway.commands.topics import INTERNAL_JOBS, OUTBOX, TIMERS
from laneway.workers.agent.worker import AgentWorker
from laneway.workers.internal_worker import InternalWorker
from laneway.workers.loop import Loop, LoopState
from laneway.workers.retention_worker import RetentionWorker
from laneway.workers.timer_worker import TimerWorker

Role = Literal["agents", "timers", "retention"]
"""``agents``: agent jobs and scripts; ``timers``: timers that are due and the outbox; ``retention``: what is kept for a time."""

ROLES: tuple[Role, ...] = get_args(Role)


class Workers:
    def __init__(
        self,
        context: Context,
        agents: AgentWorker,
        internal: InternalWorker,
        timers: TimerWorker,
        retention: RetentionWorker,
        *,
        roles: Collection[str] = ROLES,
        poll_interval: float = 1.0,
        scripts_at_once: int = 1,
    ) -> None:
        self._agents = agents
        self._internal = internal
        self._timers = timers
        self._retention = retention
        self._works_for_agents = "agents" in roles
        self._loops: list[Loop] = []
        if "timers" in roles:
            self._loops.append(Loop("timers", timers.step, context.wakeup, (TIMERS, OUTBOX), timers.pause))
        if "agents" in roles:
            self._loops += (
                Loop(f"scripts-{number}", internal.step, context.wakeup, (INTERNAL_JOBS,), lambda: poll_interval)
                for number in range(scripts_at_once)
            )
        if "retention" in roles:
            self._loops.append(Loop("retention", retention.step, context.wakeup, (), retention.pause))
        self.running = False
        self._awaited = False

    def announce(self) -> None:
        """Say of them that they are starting, until they are: what serves listens before it works."""
        self._awaited = True

    def start(self) -> None:
        """Start the loops of the roles that this process has."""
        self._internal.resume()
        if self._works_for_agents:
            self._agents.start()
        for loop in self._loops:
            loop.start()
        self.running = True
        self._awaited = False

    def begin_stop(self, timeout: float = 10.0) -> None:
        """Take no more work; what is at hand may end within ``timeout`` seconds. Returns at once."""
        if not self.running:
            return
        self._internal.begin_stop()
        self._agents.begin_stop(timeout)
        for loop in self._loops:
            loop.begin_stop()

    def stop(self, timeout: float = 10.0) -> None:
        """Let the work at hand end, up to ``timeout`` seconds in all; leases of what has not ended are given back."""
        end = time.monotonic() + timeout
        self.begin_stop(timeout)
        self._agents.stop(timeout)
        for loop in self._loops:
            loop.stop(max(0.0, end - time.monotonic()))
        self._internal.give_back()
        self.running = False

    def states(self) -> dict[str, LoopState]:
        """How each loop does, by its name; empty before they are started or announced."""
        if not self.running and not self._awaited:
            return {}
        agents: dict[str, LoopState] = {"agents": self._agents.state} if self._works_for_agents else {}
        found = agents | {loop.name: loop.state for loop in self._loops}
        return found if self.running else dict.fromkeys(found, "starting")

    def step(self) -> bool:
        """Do everything that is due now, in a fixed order and without threads; True if there was anything.

        Work that this brings about is done by the next step: call it until it gives False.
        """
        scripts = self._internal.step()
        agents = self._agents.step()
        timers = self._timers.step()
        expired = self._retention.step()
        return scripts or agents or timers or expired

    def next_due(self) -> datetime | None:
        """When the next timer is due, for who moves a virtual clock."""
        return self._timers.next_due()
