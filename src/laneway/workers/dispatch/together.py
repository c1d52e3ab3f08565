"""procrastinate's own functions, for many tickets in one call: its worker fetches them one by one, and ends them one by one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable

from procrastinate import jobs
from procrastinate.connector import BaseAsyncConnector
from procrastinate.manager import JobManager

# A function among what is selected runs for each row, and sees what it did for those before.
_FETCH = """
SELECT (taken.ticket).* FROM (
    SELECT procrastinate_fetch_job_v2(%(queues)s::varchar[], %(worker_id)s) AS ticket
    FROM generate_series(1, %(room)s) OFFSET 0
) AS taken WHERE (taken.ticket).id IS NOT NULL
"""
# The function raises where there is no such ticket, as where it was forgotten meanwhile: nothing of the others would be done.
_FINISH = """
SELECT procrastinate_finish_job_v1(ticket.id, %(status)s, true) FROM (
    SELECT id FROM procrastinate_jobs WHERE id = ANY(%(ids)s) AND status IN ('todo', 'doing') FOR UPDATE
) AS ticket
"""
FEWEST = 4
"""So many are asked for at first, twice as many whenever as many were there: to find nothing costs as much as to find something."""


class Together(JobManager):
    """Of one worker, in its event loop; tickets are deleted however they end. What was fetched and not begun when the worker ends is
    as if it had been killed with it: the next sweep writes another ticket.

    Parameters
    ----------
    concurrency
        Tickets that the worker has in hand at the same time.
    """

    def __init__(self, connector: BaseAsyncConnector, concurrency: int) -> None:
        super().__init__(connector)
        self._room = concurrency
        self._most = FEWEST
        self._fetched: deque[jobs.Job] = deque()
        self._ended: dict[jobs.Status, list[int]] = {}
        self._left: dict[jobs.Status, list[int]] = {}
        self._ending: asyncio.Task[None] | None = None
        self._one_after_another = asyncio.Lock()

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> jobs.Job | None:
        if self._left:
            # As long as the worker lives, nobody else would do it, and no other ticket is written for their jobs.
            await self._finish()
        if not self._fetched:
            most = max(1, min(self._room, self._most))
            rows = await self.connector.execute_query_all_async(_FETCH, queues=queues, worker_id=worker_id, room=most)
            self._fetched.extend(map(jobs.Job.from_row, rows))
            self._most = most * 2 if len(rows) == most else FEWEST
        if not self._fetched:
            return None
        self._room -= 1
        return self._fetched.popleft()

    async def finish_job(self, job: jobs.Job, status: jobs.Status, delete_job: bool) -> None:
        """With those that end in the same turn of the event loop, or while others are being finished."""
        assert job.id is not None
        if self._ending is None:
            self._ending = asyncio.create_task(self._finish())
        self._ended.setdefault(status, []).append(job.id)
        try:
            await asyncio.shield(self._ending)
        finally:
            self._room += 1

    async def _finish(self) -> None:
        async with self._one_after_another:
            ended, self._ended, self._ending = self._ended, {}, None
            for status, ids in ended.items():
                self._left.setdefault(status, []).extend(ids)
            for status in tuple(self._left):
                await self.connector.execute_query_all_async(_FINISH, ids=self._left[status], status=status.value)
                del self._left[status]
