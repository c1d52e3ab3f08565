"""The loop of agent jobs: asyncio in a thread of its own, as many jobs at once as the settings allow."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from laneway.commands.context import Context
from laneway.commands.topics import AGENT_JOBS
from laneway.domain.types import JobKind
from laneway.logs import Logger
from laneway.ports import AgentShare, Dispatcher
from laneway.workers.agent.warming import warm_up
from laneway.workers.dispatch import PollingDispatcher
from laneway.workers.loop import LoopState, back_off, state_of

if TYPE_CHECKING:
    from laneway.workers.agent.asking import Adapters
    from laneway.workers.agent.taking import TakenJob
    from laneway.workers.agent.work import Floor

# What a job needs is imported by who takes one: a process that begins listens before.
log = Logger("laneway.workers")
SHORTEST_PAUSE = 0.01
MOST_THREADS = 32
"""Commands of one loop at the same time. One commit takes in all of those that end together."""
GIVING_BACK = 5.0
"""Seconds, after the time to end, for giving leases back."""


class AgentWorker:
    """Started as a loop, or stepped by hand; not both at once."""

    def __init__(
        self,
        context: Context,
        adapters: Adapters,
        tenant_ids: Sequence[str],
        concurrency: int = 8,
        poll_interval: float = 1.0,
        *,
        dispatcher: Dispatcher | None = None,
        share: AgentShare | None = None,
    ) -> None:
        self._context = context
        self._adapters = adapters
        self._tenant_ids = tuple(tenant_ids)
        self._dispatcher = dispatcher or PollingDispatcher()
        self._share = share
        self.concurrency = concurrency
        self._floor: Floor | None = None
        self._running: dict[int, asyncio.Task[bool]] = {}
        """By the key of the job; gives whether it is completed."""
        self._left = True
        """Whether there may be jobs that were not taken for want of room."""
        self._taking = asyncio.Lock()
        self._poll_interval = poll_interval
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = threading.Event()
        self._ready = threading.Event()
        self._woken: asyncio.Event | None = None
        self._end_by = 0.0
        self._failures = 0

    @property
    def state(self) -> LoopState:
        return state_of(self._thread, self._stopping, self._failures)

    def step(self) -> bool:
        """Do the agent jobs that wait, one after the other, in this thread. True if there was one."""
        from laneway.workers.agent.taking import take

        worked = False
        while taken := take(self._context, self._tenant_ids, 1, share=self._share):
            worked = True
            asyncio.run(self._one_after_the_other(taken))
        return worked

    async def _one_after_the_other(self, taken: list[TakenJob]) -> None:
        for job in taken:
            await self._in_this_thread(job)

    async def _in_this_thread(self, taken: TakenJob) -> None:
        """As ``work_on``; settled in the calling thread, where a virtual clock belongs to it."""
        from laneway.workers.agent.halting import Lookout, ask_unless_stopped
        from laneway.workers.agent.settling import hold_without_contract
        from laneway.workers.agent.tools.broker import Suspended
        from laneway.workers.agent.work import settle

        with self._context.observers.at_work(taken.job, taken.attempt):
            if taken.contract is None:
                hold_without_contract(self._context, taken)
                return
            with contextlib.suppress(Suspended):
                outcome = await ask_unless_stopped(self._context, self._adapters, taken, Lookout(self._context))
                settle(self._context, taken, outcome)

    def start(self) -> None:
        if self._thread is not None:
            return
        self._stopping.clear()
        self._ready.clear()
        warm_up(self._context, self._adapters, self._tenant_ids)
        self._thread = threading.Thread(target=self._run, name="laneway-agents", daemon=True)
        self._thread.start()
        self._ready.wait()

    def begin_stop(self, timeout: float) -> None:
        """Take no more jobs; those at work may end within ``timeout`` seconds and are given back after. Returns at once."""
        if self._stopping.is_set():
            return
        self._end_by = time.monotonic() + timeout
        self._stopping.set()
        self._wake()

    def stop(self, timeout: float) -> None:
        """As ``begin_stop``, and wait for it."""
        if self._thread is None:
            return
        self.begin_stop(timeout)
        self._thread.join(timeout + GIVING_BACK)
        if self._thread.is_alive():
            log.warning("loop_still_running", loop="agents", seconds=timeout)
        self._thread = None

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        finally:
            self._ready.set()

    def _wake(self) -> None:
        loop, woken = self._loop, self._woken
        if loop is not None and woken is not None:
            with contextlib.suppress(RuntimeError):  # the loop ended meanwhile
                loop.call_soon_threadsafe(woken.set)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        # The default has one or two per core, and each waits for its commit.
        threads = ThreadPoolExecutor(min(self.concurrency + 2, MOST_THREADS), "laneway-agents")
        self._loop.set_default_executor(threads)
        self._woken = asyncio.Event()
        self._taking = asyncio.Lock()
        self._floor = None
        end_listening = self._context.wakeup.listen(AGENT_JOBS, self._wake)
        self._ready.set()
        self._failures = 0
        try:
            while not self._stopping.is_set():
                try:
                    await self._dispatcher.serve(self)
                except Exception:
                    self._failures += 1
                    pause = back_off(self._failures)
                    log.exception("loop_failed", loop="agents", again_in=pause)
                    await self.idle(pause)
        finally:
            end_listening()
            await self._finish()
            self._loop = None
            self._woken = None

    # What a dispatcher is given: see ``ports.JobWork``.
    @property
    def time_to_end(self) -> float:
        return max(0.0, self._end_by - time.monotonic())

    def stopping(self) -> bool:
        return self._stopping.is_set()

    async def begin(self) -> int:
        assert self._woken is not None
        self._woken.clear()
        if self._taking.locked():
            return 0  # whoever came with a ticket takes all that there is room for
        async with self._taking:
            taken = await self._take()
            for job in taken:
                _ = self._start(job)
        return len(taken)

    def left(self) -> bool:
        return self._left

    async def do(self, job_key: int) -> bool:
        """The job that is named, and with it, in the same transaction, as many others as there is room for: their own tickets find
        them at work."""
        async with self._taking:
            while len(self._running) >= self.concurrency and job_key not in self._running:
                await asyncio.wait(self._running.values(), return_when=asyncio.FIRST_COMPLETED)
            if job_key not in self._running:
                for job in await self._take():
                    _ = self._start(job)
        at_work = self._running.get(job_key)
        if at_work is None:
            return False
        await asyncio.shield(at_work)
        return True

    async def idle(self, seconds: float | None = None) -> None:
        assert self._woken is not None
        if self._stopping.is_set():
            return
        pause = await asyncio.to_thread(self._pause) if seconds is None else seconds
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), pause)
        self._woken.clear()

    async def _take(self) -> list[TakenJob]:
        from laneway.workers.agent.taking import take

        free = self.concurrency - len(self._running)
        if free <= 0:
            self._left = True
            return []
        taken = await asyncio.to_thread(take, self._context, self._tenant_ids, free, kept=True, share=self._share)
        self._left = len(taken) >= free or bool(self._share is not None and self._share.limits)
        self._failures = 0
        return taken

    def _start(self, job: TakenJob) -> asyncio.Task[bool]:
        task = asyncio.create_task(self._guarded(job))
        self._running[job.job.key] = task
        task.add_done_callback(lambda _: self._ended(job.job.key, task))
        return task

    def _ended(self, job_key: int, task: asyncio.Task[bool]) -> None:
        if self._running.get(job_key) is task:  # not one that was taken anew meanwhile
            del self._running[job_key]
        completed = not task.cancelled() and task.result()
        # Nothing but room comes of one that is completed; what it leads to is told of by itself.
        if self._woken is not None and (self._left or not completed):
            self._woken.set()

    async def _guarded(self, taken: TakenJob) -> bool:
        """What fails in the settling itself leaves the lease to run out, and the job to be done again."""
        from laneway.workers.agent.work import Floor, work_on

        if self._floor is None:
            self._floor = Floor(self._context)
        try:
            return await work_on(self._context, self._adapters, taken, self._floor)
        except Exception:
            log.exception("agent_job_not_settled", job=taken.job.key, agent=taken.job.agent)
            return False

    def _pause(self) -> float:
        with self._context.store.read() as uow:
            available, now = uow.next_job_available(JobKind.AGENT, None, self._tenant_ids), uow.now
        if available is None or available <= now:
            return self._poll_interval
        return max(SHORTEST_PAUSE, min((available - now).total_seconds(), self._poll_interval))

    async def _finish(self) -> None:
        if not self._running:
            return
        _, unfinished = await asyncio.wait(self._running.values(), timeout=self.time_to_end)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
