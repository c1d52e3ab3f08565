"""Leases of agent jobs at work, moved on for as long as their worker lives: all of them together."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from laneway.commands.context import Context
from laneway.domain.errors import Overloaded, StaleState
from laneway.domain.types import JobState
from laneway.logs import Logger
from laneway.workers.agent import taking
from laneway.workers.agent.taking import TakenJob

TOGETHER = 50
"""Leases that one transaction moves on: it holds up whoever else writes."""
log = Logger("laneway.workers")


class Leases:
    """Those of the jobs at work in one event loop. Who lost one goes on with its work, which is refused when it is to be taken in."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._held: dict[str | None, TakenJob] = {}
        self._keeping: asyncio.Task[None] | None = None

    @contextmanager
    def kept(self, taken: TakenJob) -> Iterator[None]:
        """Its lease is renewed within."""
        token = taken.job.lease_token
        self._held[token] = taken
        if self._keeping is None or self._keeping.done():
            self._keeping = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            self._held.pop(token, None)

    async def _keep(self) -> None:
        """Each is renewed in every round, so that none goes without for longer than one takes."""
        while self._held:
            await asyncio.sleep(taking.KEPT_LEASE / 4)
            held = list(self._held.values())
            if not held:
                return
            try:
                lost = await asyncio.to_thread(renew, self._context, held)
            except Exception:  # the next round comes well before the end of what they hold
                log.exception("leases_not_renewed", jobs=len(held))
                continue
            for taken in lost:
                self._held.pop(taken.job.lease_token, None)


def renew(context: Context, held: Sequence[TakenJob]) -> list[TakenJob]:
    """Move the ends of the leases on. Gives those that are not this worker's any more."""
    lost: list[TakenJob] = []
    for start in range(0, len(held), TOGETHER):
        some = held[start : start + TOGETHER]
        try:
            lost += _renew(context, some)
        except Overloaded:
            continue  # the next renewal comes well before the end
        except StaleState:  # somebody wrote one of them at the same moment
            if len(some) > 1:
                for each in some:
                    lost += renew(context, [each])
    return lost


def _renew(context: Context, held: Sequence[TakenJob]) -> list[TakenJob]:
    with context.store.begin() as uow:
        jobs = {job.key: job for job in uow.jobs([taken.job.key for taken in held])}
        lost: list[TakenJob] = []
        for taken in held:
            job = jobs.get(taken.job.key)
            if job is None or job.lease_token != taken.job.lease_token or job.state is not JobState.ACTIVATED:
                lost.append(taken)
            else:
                uow.update_job(job, deadline=uow.now + timedelta(seconds=taking.KEPT_LEASE))
    return lost
