"""One agent job from its lease to its end."""

from __future__ import annotations

import asyncio

from laneway.commands.awaiting import HandOver
from laneway.commands.context import Context
from laneway.domain.governed import KillSwitch
from laneway.workers.agent import halting
from laneway.workers.agent.asking import Adapters, Answer
from laneway.workers.agent.settling import hold_without_contract, settle_at_loop, settle_job
from laneway.workers.agent.stopped import violated
from laneway.workers.agent.taking import TakenJob, keep, release
from laneway.workers.agent.tools.broker import Suspended


async def work_on(context: Context, adapters: Adapters, taken: TakenJob, hand_over: HandOver) -> None:
    """All of it, for one job. The parts that touch the store are handed over, or run in a thread."""
    with context.observers.at_work(taken.job, taken.attempt):
        if taken.contract is None:
            await asyncio.to_thread(hold_without_contract, context, taken)
            return
        keeping = asyncio.create_task(keep(context, taken))
        try:
            outcome = await halting.ask_unless_stopped(context, adapters, taken)
        except Suspended:
            return
        except asyncio.CancelledError:
            release(context, taken)
            raise
        finally:
            keeping.cancel()
        settling = asyncio.ensure_future(_settle_at_loop(context, taken, outcome, hand_over))
        try:
            await asyncio.shield(settling)
        except asyncio.CancelledError:
            await settling  # what an agent has answered is not thrown away
            raise


async def _settle_at_loop(
    context: Context, taken: TakenJob, outcome: tuple[Answer, float] | KillSwitch, hand_over: HandOver
) -> None:
    if isinstance(outcome, KillSwitch):
        await asyncio.to_thread(settle, context, taken, outcome)
    else:
        await settle_at_loop(context, hand_over, taken, *outcome)


def settle(context: Context, taken: TakenJob, outcome: tuple[Answer, float] | KillSwitch) -> None:
    if not isinstance(outcome, KillSwitch):
        settle_job(context, taken, *outcome)
        return
    assert taken.contract is not None
    violation = violated(taken.contract, outcome)
    if violation is None:
        halting.drop(context, taken, outcome)
    else:
        settle_job(context, taken, Answer(violation), 0.0)
