"""The evidence for turning the dial of autonomy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from laneway.commands.autonomy import effective, tasks_of
from laneway.commands.context import Context
from laneway.domain.autonomy import AutonomyPair
from laneway.domain.contract import AgentContract
from laneway.domain.model import JobSpec


def autonomy_report(
    context: Context, process_id: str | None, *, tenant_ids: Sequence[str] | None, limit: int = 1_000
) -> dict[str, Any]:
    """``{"tasks": [one per agent task that has pairs], "benefits": [one per process], "acting": [one per task at auto with a band], "missing": [one per task at shadow where an agent gave no answer]}``; of each task the latest ``limit`` pairs."""
    from laneway.governance.autonomy_report import acting_report, benefits, task_report

    tasks: list[dict[str, Any]] = []
    sums: list[dict[str, Any]] = []
    acts: list[dict[str, Any]] = []
    missing: list[dict[str, Any]] = []
    with context.store.read() as uow:
        for tenant_id in tenant_ids or ("<default>",):
            found = uow.autonomy_pairs(tenant_id, process_id, None, limit)
            alone = [pair for pair in found if pair.level == "auto"]
            pairs = sorted((pair for pair in found if pair.level != "auto"), key=_place)
            for process, of_process in groupby(pairs, key=lambda pair: pair.process_id):
                together = list(of_process)
                latest = uow.latest_process(process, tenant_id)
                if latest is None:
                    continue
                compiled = context.definitions.process(uow, latest.key)
                levels = tasks_of(compiled)
                standing = uow.autonomy_settings(tenant_id, process)
                contracts: Mapping[str, AgentContract] = {
                    node.id: compiled.contracts[node.work.agent or ""]
                    for node in compiled.model.nodes
                    if isinstance(node.work, JobSpec) and node.work.agent in compiled.contracts
                }
                for (_, element_id, _), made in groupby(together, key=_place):
                    if element_id in levels:  # else it was taken out of the diagram
                        level = effective(levels, standing, element_id)
                        tasks.append(task_report(list(made), level, contracts[element_id].autonomy.band))
                sums.append(benefits(together))
            missing.extend(
                {"processDefinitionId": process, "elementId": element_id, "agent": agent, "missing": count}
                for process, element_id, agent, count in uow.autonomy_missing(tenant_id, process_id)
            )
            acts.extend(acting_report(list(made)) for _, made in groupby(sorted(alone, key=_place), key=_place))
    return {"tasks": tasks, "benefits": sums, "acting": acts, "missing": missing}


def _place(pair: AutonomyPair) -> tuple[str, str, str]:
    return pair.process_id, pair.element_id, pair.agent
