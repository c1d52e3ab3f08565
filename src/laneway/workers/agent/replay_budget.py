"""What a replay may use: what its contract and the operator let every call use. What it uses counts with what was used at work.

Limits of a day, a process and the tenant are those of the database. Those of a job and of an instance hold for each job and instance that
is replayed anew, and are counted here: what was used when it was real is not used again.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Final

from laneway.agents.budgets import Reserved
from laneway.commands import budgets
from laneway.commands.budgets import Call
from laneway.commands.context import Context
from laneway.domain.contract import AgentContract
from laneway.domain.limits import AgentLimits, Amounts, Span
from laneway.domain.work import Job
from laneway.governance import limits as arithmetic
from laneway.governance.limits import Breach, Ledger, merged
from laneway.workers.agent.taking import LEASE_MARGIN

_OWN: Final[frozenset[Span]] = frozenset({"job", "instance"})
Ledgers = dict[tuple[Span, int], Ledger]


class ReplayBudget:
    """See ``laneway.agents.budgets.Budget``. ``breach``: of a limit that all calls share; no further one is to be made.

    Parameters
    ----------
    ledgers
        Of the jobs and instances of one replay, which its calls share.
    """

    def __init__(self, context: Context, job: Job, contract: AgentContract, ledgers: Ledgers) -> None:
        self._context = context
        # Nothing of the job that was is to pay, or to be asked: no key of it is named.
        self._job = replace(job, key=0, root_key=0, process_instance_key=0, lease_token="replay")  # noqa: S106 - no password
        self._contract = contract
        self._limits = merged(contract.limits, context.agent_budget)
        self._spans: tuple[tuple[Span, int], ...] = (("job", job.key), ("instance", job.process_instance_key))
        self._ledgers = ledgers
        self.breach: Breach | None = None

    async def reserve(self, most: Amounts | None = None) -> Reserved | Breach:
        limits = self._limits
        if limits is None or not limits.limits:
            return Reserved()
        asked = {"seconds": Decimal(repr(self._contract.timeout)), **limits.call, **(most or {})}
        own = [limit for limit in limits.limits if limit.span in _OWN]
        mine: dict[Span, Ledger] = {span: self._ledgers.get((span, key), Ledger()) for span, key in self._spans}
        held = arithmetic.hold(own, mine, asked)
        if isinstance(held, Breach):
            return held
        degraded = held.degraded.degrade_to if held.degraded is not None else None
        shared = await self._reserve_shared(limits, asked)
        if isinstance(shared, Breach):
            self.breach = shared
            return shared
        for span, key in self._spans:
            self._ledgers[span, key] = held.ledgers.get(span, mine[span])
        return replace(
            shared,
            most=asked,
            degrade_to=shared.degrade_to or degraded,
            currency=limits.currency,
            bytes_per_token=limits.bytes_per_token,
        )

    async def _reserve_shared(self, limits: AgentLimits, asked: Amounts) -> Reserved | Breach:
        shared = AgentLimits(
            tuple(limit for limit in limits.limits if limit.span not in _OWN), limits.call, limits.currency
        )
        if not shared.limits:
            return Reserved()
        model = str(self._contract.config.get("model", ""))
        call = Call(self._job, self._contract.name, model, shared, self._contract.timeout + LEASE_MARGIN, asked)
        held = await asyncio.to_thread(budgets.reserve, self._context, call)
        return held if isinstance(held, Breach) else Reserved(held.key, held.most, held.degrade_to)

    async def settle(self, reserved: Reserved, actual: Amounts | None) -> None:
        used: Amounts = {**reserved.most, **(actual or {})}
        for place in self._spans:
            if place in self._ledgers:
                self._ledgers[place] = arithmetic.settle(self._ledgers[place], reserved.most, used)
        if reserved.key:
            await asyncio.to_thread(budgets.settle, self._context, self._job.tenant_id, reserved.key, actual)
