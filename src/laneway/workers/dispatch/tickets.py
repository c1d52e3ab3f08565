"""The dispatcher of many machines: procrastinate brings tickets, each with the key of a job.

A ticket is a hint. The job is taken under the lease and the fence of its row, or the ticket is dropped: it may have been
lost, doubled or overtaken. So procrastinate retries nothing, and a sweep writes tickets for jobs that have none.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Mapping, Sequence

from procrastinate import App, PsycopgConnector
from procrastinate.worker import Worker

from laneway.ports import JobWork, Tickets
from laneway.workers.dispatch.together import Together

SCHEMA = "laneway_tickets"
TASK = "laneway.agent_job"
HEARTBEAT = 5.0
STALLED_AFTER = 20.0
"""Seconds without a heartbeat after which the tickets of a worker are anybody's."""
AT_ONCE = 16
"""Tickets that one sweep writes at most. Each costs the server as much as a job; who comes with one takes as many jobs as it has room for,
and goes on by itself while more are left."""


def queue_of(agent: str) -> str:
    """As ``queue_of`` in ``store/tickets.py``: a channel's name has 63 bytes, 23 of them procrastinate's."""
    if len(agent.encode()) <= 33:
        return f"agent:{agent}"
    return f"agent#{hashlib.md5(agent.encode(), usedforsecurity=False).hexdigest()}"


class TicketDispatcher:
    """
    Parameters
    ----------
    database_url
        Of the PostgreSQL that holds the jobs.
    agents
        Whose queues are served; None for all.
    priorities
        Of agents, for the tickets that are written from now on, by whomever.
    limits
        Of agents, over all processes. Tickets that find their agent at its limit are dropped; the sweep writes as many as there
        is room for.
    poll_interval
        Seconds between two sweeps, and between two looks for tickets that no notification told of.
    """

    def __init__(
        self,
        tickets: Tickets,
        database_url: str,
        agents: Sequence[str] | None = None,
        priorities: Mapping[str, int] | None = None,
        limits: Mapping[str, int] | None = None,
        poll_interval: float = 1.0,
    ) -> None:
        self._priorities = dict(priorities or {})
        self._limits = dict(limits or {})
        self._tickets = tickets
        self._address = database_url.replace("postgresql+psycopg://", "postgresql://", 1)
        self._queues = None if agents is None else [queue_of(agent) for agent in agents]
        self._poll_interval = poll_interval

    async def serve(self, work: JobWork) -> None:
        kwargs = {"options": f"-c search_path={SCHEMA}", "application_name": "laneway-tickets"}
        connector = PsycopgConnector(conninfo=self._address, kwargs=kwargs, min_size=1, max_size=4)
        app = App(connector=connector)
        app.job_manager = Together(connector, work.concurrency)

        @app.task(name=TASK, retry=False)
        async def agent_job(job_key: str) -> None:
            await work.do(int(job_key))

        async with app.open_async():
            worker = Worker(
                app,
                queues=self._queues,
                name="laneway-agents",
                concurrency=work.concurrency,
                fetch_job_polling_interval=self._poll_interval,
                update_heartbeat_interval=HEARTBEAT,
                stalled_worker_timeout=STALLED_AFTER,
                delete_jobs="always",
                install_signal_handlers=False,
            )
            if self._priorities:
                await asyncio.to_thread(self._tickets.set_priorities, self._priorities)
            running = asyncio.create_task(worker.run())  # type: ignore[no-untyped-call]
            try:
                await self._sweep(work, running)
                if running.done():
                    running.result()
                    raise RuntimeError("procrastinate's worker has ended although nobody told it to")
            finally:
                # It fetches no more, and gives its jobs their time to end.
                worker.shutdown_graceful_timeout = work.time_to_end
                worker.stop()  # type: ignore[no-untyped-call]
                await asyncio.wait([running])

    async def _sweep(self, work: JobWork, running: asyncio.Task[None]) -> None:
        """Now and then for all jobs; for those of agents with a limit also when something may have ended, since what waits
        for its turn has no ticket."""
        due = time.monotonic()
        while not work.stopping() and not running.done():
            now = time.monotonic()
            if now >= due:
                await asyncio.to_thread(self._tickets.forget_stalled, STALLED_AFTER)
                await asyncio.to_thread(self._tickets.mend, AT_ONCE, self._limits)
                due = time.monotonic() + self._poll_interval
            elif work.left():
                await work.begin()
            if self._limits and now < due:
                await asyncio.to_thread(self._tickets.mend, AT_ONCE, self._limits, limited_alone=True)
            await work.idle(max(0.0, due - time.monotonic()))
