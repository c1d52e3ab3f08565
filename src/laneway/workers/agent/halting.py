"""Kill switches over agents at work: calls that are broken off, answers that come too late."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from laneway.agents import budgets, halting
from laneway.commands import audit
from laneway.commands.context import Context
from laneway.commands.execution import Unit, execute
from laneway.commands.switchboard import KNOWN_FOR
from laneway.domain.contract import AgentContract
from laneway.domain.errors import Conflict, NotFound
from laneway.domain.governed import KillSwitch
from laneway.domain.types import JobState
from laneway.domain.work import Actor
from laneway.workers.agent.asking import Adapters, Answer, ask
from laneway.workers.agent.budget import JobBudget
from laneway.workers.agent.stopped import against
from laneway.workers.agent.taking import TakenJob

LOOKS = 0.2
"""Seconds between two looks at what stands, while calls are under way."""
PATIENCE = 0.1
"""Seconds for a call that is broken off to tidy up. What comes after is nobody's any more."""


class Lookout:
    """Looks at what stands, once for all the calls that are under way in one event loop."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._watched: dict[asyncio.Future[KillSwitch | None], tuple[TakenJob, AgentContract, Collection[str]]] = {}
        self._looking: asyncio.Task[None] | None = None

    @contextmanager
    def over(
        self, taken: TakenJob, contract: AgentContract, models: Collection[str]
    ) -> Iterator[asyncio.Future[KillSwitch | None]]:
        """Gives what will be the first switch that is set against the job within, or what went wrong with looking for it. ``models``: those
        that it was put to, which may become more."""
        found: asyncio.Future[KillSwitch | None] = asyncio.get_running_loop().create_future()
        self._watched[found] = taken, contract, models
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            yield found
        finally:
            del self._watched[found]

    async def _look(self) -> None:
        while self._watched:
            await asyncio.sleep(LOOKS)
            try:
                await self._look_once()
            except Exception as error:  # nobody goes on who does not know whether they may
                for found in self._watched:
                    if not found.done():
                        found.set_exception(error)

    async def _look_once(self) -> None:
        board, store = self._context.switchboard, self._context.store
        # So early that whoever has an answer meanwhile need not ask.
        switches = await board.stands(store, KNOWN_FOR - LOOKS)
        if not any(_found(switches, *watched) for watched in self._watched.values()):
            return
        board.forget()  # see ``_stopping``
        switches = await board.stands(store)
        for found, watched in self._watched.items():
            switch = _found(switches, *watched)
            if switch is not None and not found.done():
                found.set_result(_stopped(self._context, watched[1], switch))


async def ask_unless_stopped(
    context: Context, adapters: Adapters, taken: TakenJob, lookout: Lookout
) -> tuple[Answer, float] | KillSwitch:
    """As ``ask``; or the switch that was set before it began, while it was under way, or before its answer is taken in."""
    contract = taken.contract
    assert contract is not None

    lesser: set[str] = set()  # models that a budget put in the place of the contract's

    async def why_not(model: str | None, tools: Sequence[str]) -> str | None:
        switches = await standing(context)
        switch = against(switches, taken.job, _with_model(contract, model), tools)
        if switch is None:
            if model is not None:
                lesser.add(model)
            return None
        context.observers.agent_stopped(contract.name, switch.scope)
        return str(switch)

    switch = await _stopping(context, taken, contract)
    if switch is not None:
        return switch
    budget = JobBudget(context, taken, contract)
    with halting.asking(why_not), budgets.lent(budget):
        asked = asyncio.ensure_future(ask(context, adapters, taken))
    try:
        with lookout.over(taken, contract, lesser) as found:
            asked.add_done_callback(lambda _: None if found.done() else found.set_result(None))
            switch = await found
        switch = switch or await _stopping(context, taken, contract, lesser)
        if switch is None:
            answer, seconds = asked.result()
            return (
                replace(answer, notes={**answer.notes, "budget": budget.notes}) if budget.notes else answer
            ), seconds
    finally:
        if not asked.done():
            asked.cancel()
            await asyncio.wait({asked}, timeout=PATIENCE)
    await budget.close()
    return switch


async def _stopping(
    context: Context, taken: TakenJob, contract: AgentContract, models: Collection[str] = ()
) -> KillSwitch | None:
    """Over the job with the contract's model, or one of the ``models`` that it was put to.

    Asked once more before it is said: a job that was handed out again because a switch was lifted elsewhere is not to be put back for
    what this process knew before."""
    if _found(await standing(context), taken, contract, models) is None:
        return None
    context.switchboard.forget()
    switch = _found(await standing(context), taken, contract, models)
    return None if switch is None else _stopped(context, contract, switch)


def _found(
    switches: Sequence[KillSwitch], taken: TakenJob, contract: AgentContract, models: Collection[str]
) -> KillSwitch | None:
    if not switches:
        return None
    meant = [_with_model(contract, model) for model in (None, *models)]
    return next(filter(None, (against(switches, taken.job, each) for each in meant)), None)


def _stopped(context: Context, contract: AgentContract, switch: KillSwitch) -> KillSwitch:
    context.observers.agent_stopped(contract.name, switch.scope)
    return switch


def _with_model(contract: AgentContract, model: str | None) -> AgentContract:
    return contract if model is None else replace(contract, config={**contract.config, "model": model})


async def standing(context: Context) -> Sequence[KillSwitch]:
    return await context.switchboard.stands(context.store)


def drop(context: Context, taken: TakenJob, switch: KillSwitch) -> None:
    """The job goes back to wait until the switch is lifted; whatever was said meanwhile is dropped, which stays on record."""
    job_key = taken.job.key
    who = Actor("system", "kill-switch")
    said = {"killSwitch": str(switch.key), "agent": taken.job.agent, "reason": str(switch)[:1000]}
    entry = audit.entry("HaltAgentJob", "UPDATE", "JOB", job_key, who, tenant_id=taken.job.tenant_id, **said)

    def work(unit: Unit) -> None:
        job = unit.uow.job(job_key)
        if job is None or job.lease_token != taken.job.lease_token or job.state is not JobState.ACTIVATED:
            return
        unit.uow.update_job(job, state=JobState.CREATED, deadline=None, lease_token=None, worker="")
        unit.concerns(**audit.of_job(job))
        unit.uow.audit(unit.entry)

    try:
        execute(context, entry, work, audit_rejection=False)
    except (Conflict, NotFound):
        return
