"""What a kill switch stops: jobs that are not taken while it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from laneway.commands.execution import Unit
from laneway.domain.contract import AgentContract
from laneway.domain.governed import KillSwitch, standing_against
from laneway.domain.work import Job
from laneway.governance import gate
from laneway.governance.gate import Violation
from laneway.ports import AgentShare


def against(
    switches: Sequence[KillSwitch], job: Job, contract: AgentContract | None, tools: Sequence[str] = ()
) -> KillSwitch | None:
    model = "" if contract is None else str(contract.config.get("model", ""))
    definition = (job.process_id, str(job.process_definition_key))
    return standing_against(switches, job.tenant_id, agent=job.agent, model=model, tools=tools, definition=definition)


def violated(contract: AgentContract, switch: KillSwitch) -> Violation | None:
    """What becomes of a job that ``switch`` stops, where its contract names a path for that; without one it waits."""
    return gate.violation(contract, "killed", str(switch)) if "killed" in contract.on else None


def without_stopped(unit: Unit, tenant_ids: Sequence[str], share: AgentShare | None) -> AgentShare | None:
    """The ``share`` of jobs without those that wait for a kill switch to be lifted."""
    switches = unit.uow.standing_switches()
    if not switches:
        return share
    stopped: dict[str, tuple[int, ...]] = {}
    for tenant_id, definition_key, process_id, agent in unit.uow.agents_waiting(tenant_ids):
        contract = unit.definitions.compiled(definition_key).contracts.get(agent)
        model = "" if contract is None else str(contract.config.get("model", ""))
        named = (process_id, str(definition_key))
        switch = standing_against(switches, tenant_id, agent=agent, model=model, definition=named)
        if switch is not None and (contract is None or violated(contract, switch) is None):
            stopped[agent] = (*stopped.get(agent, ()), definition_key)
    return replace(share or AgentShare(), without=stopped) if stopped else share
