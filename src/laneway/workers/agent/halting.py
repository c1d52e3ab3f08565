"""Kill switches over agents at work: calls that are broken off, answers that come too late."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from laneway.agents import budgets, halting
from laneway.commands import audit
from laneway.commands.context import Context
from laneway.commands.execution import Unit, execute
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
"""Seconds between two looks at what stands, while a call is under way."""
PATIENCE = 0.1
"""Seconds for a call that is broken off to tidy up. What comes after is nobody's any more."""


async def ask_unless_stopped(
    context: Context, adapters: Adapters, taken: TakenJob
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
        while True:
            await asyncio.wait({asked}, timeout=LOOKS)
            switch = await _stopping(context, taken, contract, *lesser)
            if switch is not None:
                break
            if asked.done():
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


async def _stopping(context: Context, taken: TakenJob, contract: AgentContract, *models: str) -> KillSwitch | None:
    """Over the job with the contract's model, or one of the ``models`` that it was put to.

    Asked once more before it is said: a job that was handed out again because a switch was lifted elsewhere is not to be put back for
    what this process knew before."""
    meant = [_with_model(contract, model) for model in (None, *models)]

    async def found() -> KillSwitch | None:
        switches = await standing(context)
        return next(filter(None, (against(switches, taken.job, each) for each in meant)), None)

    if await found() is None:
        return None
    context.switchboard.forget()
    switch = await found()
    if switch is not None:
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
