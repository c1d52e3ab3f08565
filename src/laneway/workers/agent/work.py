"""One agent job from its lease to its end."""

from __future__ import annotations

import asyncio
from functools import partial

from laneway.commands.awaiting import HandOver, to_the_end
from laneway.commands.context import Context
from laneway.commands.handing import Desk
from laneway.domain.governed import KillSwitch
from laneway.workers.agent import halting
from laneway.workers.agent.asking import Adapters, Answer
from laneway.workers.agent.keeping import Leases
from laneway.workers.agent.settling import hold_without_contract, settle_at_loop, settle_job
from laneway.workers.agent.stopped import violated
from laneway.workers.agent.taking import TakenJob, release
from laneway.workers.agent.tools.broker import Suspended


class Floor:
    """What the jobs at work in one event loop share."""

    def __init__(self, context: Context) -> None:
        self.lookout = halting.Lookout(context)
        self.leases = Leases(context)
        self.hand_over = HandOver(partial(Desk, context))


async def work_on(context: Context, adapters: Adapters, taken: TakenJob, floor: Floor) -> bool:
    """All of it, for one job; whether it is completed. The parts that touch the store are handed over, or run in a thread."""
    with context.observers.at_work(taken.job, taken.attempt):
        if taken.contract is None:
            await asyncio.to_thread(hold_without_contract, context, taken)
            return False
        try:
            with floor.leases.kept(taken):
                outcome = await halting.ask_unless_stopped(context, adapters, taken, floor.lookout)
        except Suspended:
            return False
        except asyncio.CancelledError:
            release(context, taken)
            raise
        # What an agent has answered is not thrown away, whoever is cancelled.
        if isinstance(outcome, KillSwitch):
            await to_the_end(asyncio.to_thread(settle, context, taken, outcome))
            return False
        return await settle_at_loop(context, floor.hand_over, taken, *outcome)


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
