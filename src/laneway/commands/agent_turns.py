"""What a turn of an agent's conversation writes: before its model is asked, with the job that it ends, or where nothing came of it.

Before each call its items are written as pending, and the call is counted: a worker that dies has spent it. With the completion of the
job, in the same transaction, they are committed together with what the model said; so nothing is activated twice, and nothing that was
activated is forgotten. What a job wrote that never came to its end is discarded by whoever works on it next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from laneway.commands import audit, guards
from laneway.commands.context import Context
from laneway.commands.execution import Unit, execute
from laneway.domain.agent_instance import (
    AgentInstance,
    AgentStatus,
    AgentType,
    HistoryItem,
    changed_instance,
    changed_item,
)
from laneway.domain.errors import StaleState
from laneway.domain.work import Actor, Job, UserTask
from laneway.governance import conversation
from laneway.ports import UnitOfWork


@dataclass(frozen=True, slots=True)
class Configuration:
    """Of an agent as of a turn: what ``CONFIGURATION`` items say."""

    agent: str
    agent_type: AgentType
    process_version: int
    version_tag: str | None
    model: str
    provider: str
    system_prompt: str
    tools: Sequence[Mapping[str, Any]]
    limits: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "provider": self.provider,
            "systemPrompt": self.system_prompt,
            "tools": [dict(tool) for tool in self.tools],
            "limits": dict(self.limits),
        }


@dataclass(frozen=True, slots=True)
class Begun:
    """``items``: those given, as they are written. ``breach``: why the model may not be called; then nothing was written."""

    instance: AgentInstance
    items: Sequence[HistoryItem] = ()
    breach: str | None = None


def find(context: Context, job: Job, agent: str, named: int | None) -> tuple[AgentInstance | None, list[HistoryItem]]:
    """The conversation that the job goes on with: that of its element instance, or the one that a context names, if it is of the same
    agent at the same element under the same root."""
    with context.store.read() as uow:
        return found(uow, job, agent, named)


def found(
    uow: UnitOfWork, work: Job | UserTask, agent: str, named: int | None
) -> tuple[AgentInstance | None, list[HistoryItem]]:
    """As ``find``."""
    instance = uow.agent_instance_at(work.element_instance_key)
    if instance is None and named is not None:
        instance = uow.agent_instance(named)
    if instance is None or (instance.root_key, instance.element_id, instance.agent, instance.tenant_id) != (
        work.root_key,
        work.element_id,
        agent,
        work.tenant_id,
    ):
        return None, []
    return instance, list(uow.agent_history(instance.key))


def begin_call(
    context: Context,
    job: Job,
    actor: Actor,
    key: int | None,
    configuration: Configuration,
    items: Sequence[HistoryItem],
    check: Callable[[AgentInstance], str | None],
    *,
    first: bool,
    status: AgentStatus = "THINKING",
    beside: Callable[[Unit], None] | None = None,
) -> Begun:
    """Count a call of the model and write what it is given, pending. ``key`` None: a new instance. ``first``: of this job, so that whatever
    was pending before was left behind by somebody else. ``status`` other than THINKING: no model is called.

    Raises
    ------
    Conflict, NotFound
        The job is not this worker's any more.
    """

    def work(unit: Unit) -> Begun:
        guards.held_job(unit, job.key, None, job.lease_token, "completable", internal=True)
        uow = unit.uow
        instance = uow.agent_instance(key) if key is not None else _new(uow, job, configuration)
        if instance is None:
            raise StaleState("agent_instance_changed", f"agent instance {key} is not there any more")
        if key is not None:
            instance = replace(instance, limits=dict(configuration.limits))
        calls = 1 if status == "THINKING" else 0
        breach = check(instance) if calls else None
        if breach is not None:
            return Begun(instance, (), breach)
        if first and key is not None:
            uow.settle_agent_history(instance.key, "DISCARDED")
        if beside is not None:
            beside(unit)
        written = numbered(unit, instance, items, "PENDING")
        uow.add_agent_history(written)
        elements = instance.element_instance_keys
        if job.element_instance_key not in elements:
            elements = [*elements, job.element_instance_key]
        changed = uow.update_agent_instance(
            instance,
            **_spent(instance, items),
            model_calls=instance.model_calls + calls,
            status=status,
            sequence=instance.sequence + len(written),
            element_instance_key=job.element_instance_key,
            element_instance_keys=elements,
            model=configuration.model,
            provider=configuration.provider,
            system_prompt=configuration.system_prompt,
            tools=[dict(tool) for tool in configuration.tools],
            limits=dict(configuration.limits),
            completed_at=None,
        )
        return Begun(changed, written)

    entry = audit.entry("AgentTurn", "UPDATE", "JOB", job.key, actor)
    return execute(context, entry, work, audit_rejection=False)


def committing(
    begun: AgentInstance, job_key: int, items: Sequence[HistoryItem], status: AgentStatus, tool_calls: int
) -> Callable[[Unit], None]:
    """To be done in the transaction that completes the job."""

    def beside(unit: Unit) -> None:
        uow = unit.uow
        instance = uow.agent_instance(begun.key)
        if instance is None:
            raise StaleState("agent_instance_changed", f"agent instance {begun.key} is not there any more")
        uow.settle_agent_history(begun.key, "COMMITTED", job_key)
        written = numbered(unit, instance, items, "COMMITTED")
        uow.add_agent_history(written)
        uow.update_agent_instance(
            instance,
            **_spent(instance, items),
            tool_calls=instance.tool_calls + tool_calls,
            status=status,
            sequence=instance.sequence + len(written),
            completed_at=uow.now if status == "COMPLETED" else None,
        )

    return beside


def proposing(
    begun: AgentInstance, job_key: int, items: Sequence[HistoryItem], *, shadow: bool
) -> Callable[[Unit], None]:
    """As ``committing``, below ``auto``: what the model was given is committed, what it said waits for a person, or is a shadow's and
    never comes to anything."""

    def beside(unit: Unit) -> None:
        uow = unit.uow
        instance = uow.agent_instance(begun.key)
        if instance is None:
            raise StaleState("agent_instance_changed", f"agent instance {begun.key} is not there any more")
        uow.settle_agent_history(begun.key, "COMMITTED", job_key)
        written = numbered(unit, instance, items, "DISCARDED" if shadow else "PENDING")
        uow.add_agent_history(written)
        uow.update_agent_instance(
            instance, **_spent(instance, items), status="IDLE", sequence=instance.sequence + len(written)
        )

    return beside


def discard(context: Context, begun: AgentInstance, actor: Actor, job_key: int, items: Sequence[HistoryItem]) -> None:
    """Nothing comes of what was said; it was said, and cost what it cost."""

    def work(unit: Unit) -> None:
        uow = unit.uow
        instance = uow.agent_instance(begun.key)
        if instance is None:
            return
        uow.settle_agent_history(begun.key, "DISCARDED", job_key)
        written = numbered(unit, instance, items, "DISCARDED")
        uow.add_agent_history(written)
        uow.update_agent_instance(
            instance, **_spent(instance, items), status="IDLE", sequence=instance.sequence + len(written)
        )

    execute(context, audit.entry("AgentTurn", "UPDATE", "JOB", job_key, actor), work, audit_rejection=False)


def answered_once(job: Job, configuration: Configuration, items: Sequence[HistoryItem]) -> Callable[[Unit], None]:
    """Of an agent that holds no conversation: an instance that is over as soon as it is there, in the transaction that completes the job."""

    def beside(unit: Unit) -> None:
        uow = unit.uow
        instance = made(uow, job, configuration)
        written = numbered(unit, instance, items, "COMMITTED")
        spent = _spent(instance, items)
        uow.add_agent_instance(
            changed_instance(
                instance, **spent, status="COMPLETED", model_calls=1, sequence=len(written), completed_at=uow.now
            )
        )
        uow.add_agent_history(written)

    return beside


def _new(uow: UnitOfWork, job: Job, configuration: Configuration) -> AgentInstance:
    return uow.add_agent_instance(made(uow, job, configuration))


def made(uow: UnitOfWork, job: Job | UserTask, configuration: Configuration) -> AgentInstance:
    return AgentInstance(
        key=uow.ids.next(),
        root_key=job.root_key,
        process_instance_key=job.process_instance_key,
        process_definition_key=job.process_definition_key,
        process_id=job.process_id,
        process_version=configuration.process_version,
        version_tag=configuration.version_tag,
        element_instance_key=job.element_instance_key,
        element_id=job.element_id,
        agent=configuration.agent,
        agent_type=configuration.agent_type,
        status="INITIALIZING",
        model=configuration.model,
        provider=configuration.provider,
        system_prompt=configuration.system_prompt,
        tools=[dict(tool) for tool in configuration.tools],
        limits=dict(configuration.limits),
        element_instance_keys=[job.element_instance_key],
        tenant_id=job.tenant_id,
    )


def numbered(unit: Unit, instance: AgentInstance, items: Sequence[HistoryItem], status: Any) -> list[HistoryItem]:
    return [
        changed_item(
            item,
            key=unit.uow.ids.next(),
            agent_instance_key=instance.key,
            sequence=instance.sequence + number,
            status=status,
            produced_at=item.produced_at or unit.now,
        )
        for number, item in enumerate(items, 1)
    ]


def _spent(instance: AgentInstance, items: Sequence[HistoryItem]) -> dict[str, Any]:
    said = [item for item in items if item.metrics is not None]
    spent: dict[str, Any] = {
        "input_tokens": instance.input_tokens + sum(int(item.metrics["inputTokens"]) for item in said if item.metrics),
        "output_tokens": instance.output_tokens
        + sum(int(item.metrics["outputTokens"]) for item in said if item.metrics),
    }
    priced = [item.details for item in said if "cost" in item.details]
    if priced:
        cost = conversation.amount(instance.cost) + sum((Decimal(each["cost"]) for each in priced), Decimal(0))
        spent |= {"cost": str(cost), "currency": priced[-1].get("currency") or instance.currency}
    return spent
