"""The budget of one agent job: what its contract and the operator let it use."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from laneway.agents.budgets import Reserved
from laneway.commands import budgets
from laneway.commands.budgets import Call
from laneway.commands.context import Context
from laneway.domain.contract import AgentContract, ExceptionPath
from laneway.domain.limits import AgentLimits, Amounts
from laneway.governance import gate
from laneway.governance.gate import Violation
from laneway.governance.limits import Breach, merged
from laneway.workers.agent.taking import LEASE_MARGIN, TakenJob


class JobBudget:
    """See ``laneway.agents.budgets.Budget``. ``notes``: what the record keeps of it."""

    def __init__(self, context: Context, taken: TakenJob, contract: AgentContract) -> None:
        self._context = context
        self._taken = taken
        self._contract = contract
        self._limits = merged(contract.limits, context.agent_budget)
        self._open: dict[int, Reserved] = {}
        self.notes: list[Mapping[str, Any]] = []

    async def reserve(self, most: Amounts | None = None) -> Reserved | Breach:
        limits = self._limits
        if limits is None or not limits.limits:
            return Reserved()
        contract = self._contract
        call = Call(
            self._taken.job,
            contract.name,
            str(contract.config.get("model", "")),
            limits,
            contract.timeout + LEASE_MARGIN,
            {**_most(limits, contract), **(most or {})},
        )
        held = await asyncio.to_thread(budgets.reserve, self._context, call)
        if isinstance(held, Breach):
            self._context.observers.budget_breached(
                contract.name, held.limit.span, held.limit.measure, held.limit.on_breach
            )
            self.notes.append({"breach": held.message, "onBreach": held.limit.on_breach})
            return held
        note: dict[str, Any] = {"reserved": dict(held.said)}
        if held.degrade_to is not None:
            note |= {"degradedFrom": call.model, "degradedTo": held.degrade_to}
        if held.granted:
            note["granted"] = True
        self.notes.append(note)
        reserved = Reserved(held.key, held.most, held.degrade_to, held.said, limits.currency, limits.bytes_per_token)
        self._open[held.key] = reserved
        return reserved

    async def settle(self, reserved: Reserved, actual: Amounts | None) -> None:
        if reserved.key:
            await asyncio.to_thread(budgets.settle, self._context, self._taken.job.tenant_id, reserved.key, actual)
            self._open.pop(reserved.key, None)

    async def close(self) -> None:
        """Nobody waits for what is under way any more, and nobody knows what it will have used."""
        for reserved in list(self._open.values()):
            await self.settle(reserved, None)


def _most(limits: AgentLimits, contract: AgentContract) -> Amounts:
    return {"seconds": Decimal(repr(contract.timeout)), **limits.call}


def violated(contract: AgentContract, breach: Breach) -> Violation:
    """What becomes of a call that a limit has no room for; one that degrades never comes here."""
    match breach.limit.on_breach:
        case "hand_over":
            return gate.violation(contract, "handed_over", breach.message)
        case "ask":
            message = f"{breach.message}; resolve this to let one more call go"
            path = ExceptionPath("incident", owner=gate.path_of(contract, "over_budget").owner or contract.owner)
            return Violation("over_budget", f"agent {contract.name!r}: {message}", path, asks=True)
        case _:
            return gate.violation(contract, "over_budget", breach.message)
