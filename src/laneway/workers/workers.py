"""All workers of a process: started as threads, or stepped by hand where time is virtual."""

from __future__ import annotations

from datetime import datetime

from laneway.commands.context import Context
from laneway.commands.topics import INTERNAL_JOBS, OUTBOX, TIMERS
from laneway.workers.agent_worker import AgentWorker
from laneway.workers.internal_worker import InternalWorker
from laneway.workers.loop import Loop
from laneway.workers.timer_worker import TimerWorker


class Workers:
    def __init__(
        self,
        context: Context,
        agents: AgentWorker,
        internal: InternalWorker,
        timers: TimerWorker,
        *,
        poll_interval: float = 1.0,
        scripts_at_once: int = 1,
    ) -> None:
        self._agents = agents
        self._internal = internal
        self._timers = timers
        self._loops = [
            Loop("timers", timers.step, context.wakeup, (TIMERS, OUTBOX), timers.pause),
            *(
                Loop(f"scripts-{number}", internal.step, context.wakeup, (INTERNAL_JOBS,), lambda: poll_interval)
                for number in range(scripts_at_once)
            ),
        ]
        self.running = False

    def start(self) -> None:
        self._agents.start()
        for loop in self._loops:
            loop.start()
        self.running = True

    def stop(self, timeout: float = 10.0) -> None:
        """Let the work at hand end, up to ``timeout`` seconds."""
        self._agents.stop(timeout)
        for loop in self._loops:
            loop.stop(timeout)
        self.running = False

    def step(self) -> bool:
        """Do everything that is due now, in a fixed order and without threads; True if there was anything.

        Work that this brings about is done by the next step: call it until it gives False.
        """
        scripts = self._internal.step()
        agents = self._agents.step()
        timers = self._timers.step()
        return scripts or agents or timers

    def next_due(self) -> datetime | None:
        """When the next timer is due, for who moves a virtual clock."""
        return self._timers.next_due()
