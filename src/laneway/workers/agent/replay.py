"""Shadow replay: what an agent was given in the past, given to it again under another contract. Nothing outside is touched.

No job is taken and nothing is written down. Only adapters that talk to a model, or to nobody, are asked; their way out is cut down to the
model's own host; tools are not offered, so that none can run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from laneway.commands import audit
from laneway.commands.context import Context
from laneway.commands.execution import execute
from laneway.domain.autonomy import AgentCalled
from laneway.domain.contract import AgentContract, SystemRule
from laneway.domain.errors import InvalidInput, NotFound, Refused
from laneway.domain.governed import standing_against
from laneway.domain.types import DEFAULT_TENANT, JobKind, JobState
from laneway.domain.work import SYSTEM, Actor, Job
from laneway.governance.autonomy import wilson
from laneway.governance.contracts import load_contracts
from laneway.governance.gate import Accepted
from laneway.governance.provenance import prompt_hash
from laneway.governance.verdicts import compare
from laneway.workers.agent.asking import Adapters, Answer, run
from laneway.workers.agent.taking import TakenJob

ALONE = ("local", "scripted", "openai", "llm")
"""Adapters that reach a model at most."""
MOST_CALLS = 10_000
AT_ONCE = 8
Told = Callable[[int, int], None]


def contract_in(content: bytes, name: str, agent: str) -> AgentContract:
    """The contract of ``agent`` in an agents file, as it may be replayed.

    Raises
    ------
    InvalidInput
        ``contract_invalid``: the file has faults.
    NotFound
        ``agent_not_found``: it has no such agent.
    Refused
        ``replay_touches_outside``: its adapter does more than talk to a model.
    """
    found = load_contracts(content, name)
    contract = next((each for each in found.contracts if each.name == agent), None)
    if contract is None:
        if found.problems:
            raise InvalidInput("contract_invalid", "; ".join(str(each) for each in found.problems[:3]))
        names = ", ".join(each.name for each in found.contracts) or "none"
        raise NotFound("agent_not_found", f"{name} has no contract of agent {agent!r}; it has: {names}")
    if contract.adapter not in ALONE:
        raise Refused(
            "replay_touches_outside",
            f"agent {agent!r} works by {contract.adapter!r}, which may do more than talk to a model; what can be replayed is "
            f"{', '.join(ALONE)}",
        )
    return replace(contract, tools=(), systems=_model_alone(contract), hash=f"{contract.hash} replayed")


def _model_alone(contract: AgentContract) -> tuple[SystemRule, ...] | None:
    address = urlsplit(str(contract.config.get("base_url") or ""))
    if contract.adapter in ("local", "scripted"):
        return ()
    if address.hostname is None:
        return contract.systems  # the adapter knows where its provider is, and goes nowhere else
    host = address.hostname if address.port is None else f"{address.hostname}:{address.port}"
    return (SystemRule("model", (host,), "write"),)


def replay(
    context: Context,
    adapters: Adapters,
    contract: AgentContract,
    *,
    files: Mapping[str, bytes] | None = None,
    since: datetime | None = None,
    limit: int = 100,
    tenant_id: str = DEFAULT_TENANT,
    actor: Actor = SYSTEM,
    told: Told | None = None,
) -> dict[str, Any]:
    """Ask again, and report. Who asked whom, and where, is on record before anything is sent.

    Parameters
    ----------
    contract
        As ``contract_in`` gives it.
    files
        Prompts and knowledge beside the new contract; they come before those that were deployed.
    told
        Hears of each call that is over: how many of how many.
    """
    switches = context.switchboard.standing(context.store)
    model = str(contract.config.get("model", ""))
    switch = standing_against(switches, tenant_id, agent=contract.name, model=model)
    if switch is not None:
        raise Refused("replay_stopped", str(switch))
    with context.store.read() as uow:
        past = uow.agent_calls(tenant_id, contract.name, since, max(1, min(limit, MOST_CALLS)))
        today = uow.now.date()
        knowledge: dict[int, Mapping[str, bytes]] = {}
        for call, _ in past:
            key = call.process_definition_key
            if key not in knowledge:
                definition = context.definitions.process(uow, key).definition
                deployed = context.definitions.files(uow, definition.deployment_key)
                knowledge[key] = {**deployed, **(files or {})}

    record = audit.entry(
        "ReplayAgent",
        "EVALUATE",
        "RESOURCE",
        0,
        actor,
        tenant_id=tenant_id,
        agent=contract.name,
        contractHash=contract.hash,
        adapter=contract.adapter,
        model=model,
        address=str(contract.config.get("base_url") or ""),
        calls=len(past),
    )
    execute(context, record, lambda unit: None)
    taken = [
        TakenJob(_job(call), contract, call.input, knowledge[call.process_definition_key], 1, today) for call, _ in past
    ]
    answers = asyncio.run(_ask_all(adapters, taken, told))
    rows = [
        _row(contract, call, decision, answer, seconds)
        for (call, decision), (answer, seconds) in zip(past, answers, strict=True)
    ]
    return _report(contract, rows, prompt_hash(contract, taken[0].files if taken else files or {}))


async def _ask_all(adapters: Adapters, taken: Sequence[TakenJob], told: Told | None) -> list[tuple[Answer, float]]:
    room = asyncio.Semaphore(AT_ONCE)
    done = 0

    async def ask(one: TakenJob) -> tuple[Answer, float]:
        nonlocal done
        async with room:
            clock = asyncio.get_running_loop().time
            began = clock()
            answer = await run(adapters, one)
            seconds = clock() - began
        done += 1
        if told is not None:
            told(done, len(taken))
        return answer, seconds

    return list(await asyncio.gather(*(ask(one) for one in taken)))


def _row(
    contract: AgentContract, call: AgentCalled, decision: Mapping[str, Any] | None, answer: Answer, seconds: float
) -> dict[str, Any]:
    verdict, usage = answer.verdict, None if answer.result is None else answer.result.usage
    output = verdict.variables if isinstance(verdict, Accepted) else None
    found = None if output is None else compare(contract, call.output, output)
    person = None if output is None or decision is None else compare(contract, decision, output)
    return {
        "jobKey": call.key,
        "processInstanceKey": call.process_instance_key,
        "processDefinitionId": call.process_id,
        "elementId": call.element_id,
        "time": call.at,
        "before": dict(call.output),
        "now": None if output is None else dict(output),
        "person": None if decision is None else dict(decision),
        "failure": None if isinstance(verdict, Accepted) else f"{verdict.kind}: {verdict.message}",
        "same": found is not None and found.agreed,
        "agreesWithPerson": None if decision is None else person is not None and person.agreed,
        "differs": [] if found is None else [name for name, same in found.fields.items() if not same],
        "distance": None if found is None or found.distance is None else round(found.distance, 4),
        "confidenceBefore": call.confidence,
        "confidenceNow": None if verdict.confidence is None else str(verdict.confidence),
        "costBefore": call.cost,
        "costNow": None if usage is None or usage.cost is None else str(usage.cost),
        "currency": call.currency if usage is None else usage.currency,
        "secondsBefore": call.seconds,
        "secondsNow": f"{seconds:.3f}",
    }


def _report(contract: AgentContract, rows: Sequence[Mapping[str, Any]], prompt: str | None) -> dict[str, Any]:
    judged = [row for row in rows if row["agreesWithPerson"] is not None]
    return {
        "agent": contract.name,
        "contract": contract.hash.partition(" ")[0],
        "prompt": prompt,
        "calls": len(rows),
        "failed": sum(row["failure"] is not None for row in rows),
        "same": _interval(sum(row["same"] for row in rows), len(rows)),
        "withPeople": {"pairs": len(judged), **_interval(sum(row["agreesWithPerson"] for row in judged), len(judged))},
        "cost": {
            "before": str(_sum(rows, "costBefore")),
            "now": str(_sum(rows, "costNow")),
            "currency": next((row["currency"] for row in rows if row["currency"]), None),
        },
        "seconds": {"before": float(_sum(rows, "secondsBefore")), "now": float(_sum(rows, "secondsNow"))},
        "differences": [dict(row) for row in rows if not row["same"]],
    }


def _interval(agreed: int, of: int) -> dict[str, Any]:
    found = wilson(agreed, of)
    return {"share": round(found.share, 4), "low": round(found.low, 4), "high": round(found.high, 4)}


def _sum(rows: Sequence[Mapping[str, Any]], name: str) -> Decimal:
    total = Decimal(0)
    for row in rows:
        try:
            total += Decimal(row[name] or 0)
        except InvalidOperation:
            continue
    return total


def _job(call: AgentCalled) -> Job:
    """As an adapter sees it. It is nowhere in the database."""
    return Job(
        key=call.key,
        root_key=call.root_key,
        process_instance_key=call.process_instance_key,
        process_definition_key=call.process_definition_key,
        process_id=call.process_id,
        process_version=0,
        element_instance_key=call.element_instance_key,
        element_id=call.element_id,
        type=call.agent,
        kind=JobKind.AGENT,
        state=JobState.COMPLETED,
        retries=1,
        headers={},
        agent=call.agent,
        tenant_id=call.tenant_id,
    )
