"""The loop of agent jobs: asyncio in a thread of its own, as many jobs at once as the settings allow."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Sequence

import structlog

from laneway.commands.context import Context
from laneway.commands.topics import AGENT_JOBS
from laneway.domain.types import JobKind
from laneway.workers import agent_job
from laneway.workers.agent_job import Adapters, TakenJob
from laneway.workers.loop import LoopState, back_off, state_of

log = structlog.get_logger("laneway.workers")
SHORTEST_PAUSE = 0.01
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
    ) -> None:
        self._context = context
        self._adapters = adapters
        self._tenant_ids = tuple(tenant_ids)
        self._concurrency = concurrency
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
        worked = False
        while taken := agent_job.take(self._context, self._tenant_ids, 1):
            worked = True
            asyncio.run(self._one_after_the_other(taken))
        return worked

    async def _one_after_the_other(self, taken: list[TakenJob]) -> None:
        for job in taken:
            await self._in_this_thread(job)

    async def _in_this_thread(self, taken: TakenJob) -> None:
        """As ``agent_job.work_on``; settled in the calling thread, where a virtual clock belongs to it."""
        if taken.contract is None:
            agent_job.hold_without_contract(self._context, taken)
            return
        started = time.monotonic()
        verdict, result = await agent_job.run(self._adapters, taken)
        agent_job.settle_job(self._context, taken, verdict, result, time.monotonic() - started)

    def start(self) -> None:
        if self._thread is not None:
            return
        self._stopping.clear()
        self._ready.clear()
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
        self._woken = asyncio.Event()
        end_listening = self._context.wakeup.listen(AGENT_JOBS, self._wake)
        self._ready.set()
        running: set[asyncio.Task[None]] = set()
        self._failures = 0
        try:
            while not self._stopping.is_set():
                self._woken.clear()
                try:
                    taken = await self._take(self._concurrency - len(running))
                    self._failures = 0
                except Exception:
                    self._failures += 1
                    pause = back_off(self._failures)
                    log.exception("loop_failed", loop="agents", again_in=pause)
                    await self._sleep(pause)
                    continue
                for job in taken:
                    task = asyncio.create_task(self._guarded(job))
                    running.add(task)
                    task.add_done_callback(running.discard)
                    task.add_done_callback(lambda _: self._woken.set() if self._woken is not None else None)
                if not taken:
                    await self._sleep(await asyncio.to_thread(self._pause))
        finally:
            end_listening()
            await self._finish(running)
            self._loop = None
            self._woken = None

    async def _take(self, free: int) -> list[TakenJob]:
        if free <= 0:
            return []
        return await asyncio.to_thread(agent_job.take, self._context, self._tenant_ids, free, kept=True)

    async def _guarded(self, taken: TakenJob) -> None:
        """What fails in the settling itself leaves the lease to run out, and the job to be done again."""
        try:
            await agent_job.work_on(self._context, self._adapters, taken)
        except Exception:
            log.exception("agent_job_not_settled", job=taken.job.key, agent=taken.job.agent)

    async def _sleep(self, seconds: float) -> None:
        assert self._woken is not None
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), seconds)

    def _pause(self) -> float:
        with self._context.store.read() as uow:
            available, now = uow.next_job_available(JobKind.AGENT, None, self._tenant_ids), uow.now
        if available is None or available <= now:
            return self._poll_interval
        return max(SHORTEST_PAUSE, min((available - now).total_seconds(), self._poll_interval))

    async def _finish(self, running: set[asyncio.Task[None]]) -> None:
        if not running:
            return
        _, unfinished = await asyncio.wait(running, timeout=max(0.0, self._end_by - time.monotonic()))
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
