"""CreateAgentInstance, UpdateAgentInstance: what an agent that works elsewhere says of itself, under the lease of its job.

Source: Camunda 8, "Connect an external agent" and the API's agent instances. Items are pending until the job is complete, in whose transaction
those written under its lease are committed; those of leases that are over are discarded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from laneway.commands import agent_turns, audit, guards
from laneway.commands.agent_definitions import type_of
from laneway.commands.context import Context
from laneway.commands.execution import Unit, execute
from laneway.domain.agent_instance import AgentInstance, AgentStatus, HistoryItem, Role
from laneway.domain.errors import Conflict, InvalidInput, NotFound
from laneway.domain.model import ProcessModel
from laneway.domain.transition import Transition
from laneway.domain.types import ElementState, JobState
from laneway.domain.work import Actor, Job

if TYPE_CHECKING:
    from laneway.commands.agent_turns import Configuration

MOST_ITEMS = 500
USAGE = ("inputTokens", "outputTokens", "reasoningTokenCount", "cacheCreationTokenCount", "cacheReadTokenCount")
OTHERS = USAGE[2:]
MOST_TOKENS = 2**53


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a batch, in the words of the wire. ``configuration``: of what is said of it, ``model provider limits tools systemPrompt``."""

    id: str
    iteration: int
    role: Role
    content: list[dict[str, Any]]
    produced_at: datetime
    tool_calls: list[dict[str, Any]] = field(default_factory=list)
    metrics: Mapping[str, int] | None = None
    configuration: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Under:
    """The job that it is said under, as its worker has it."""

    element_instance_key: int
    job_key: int
    lease_token: str


@dataclass(frozen=True, slots=True)
class Written:
    """``key``: of the item, or of the one that was there already."""

    id: str
    key: int
    duplicate: bool


def create_agent_instance(
    context: Context, under: Under, items: Sequence[Item], *, actor: Actor, tenant_ids: Sequence[str] | None
) -> tuple[int, list[Written]]:
    """Key of the instance, and what became of each item.

    Raises
    ------
    InvalidInput
        ``agent_history_invalid``: no configuration, something else than configurations and prompts, tokens, or too much.
    NotFound, Conflict
        ``job_not_found``, ``element_instance_not_found``; ``stale_lease``, ``agent_governed``, ``not_an_agent``, ``agent_instance_exists``.
    """
    entry = audit.entry("CreateAgentInstance", "CREATE", "JOB", under.job_key, actor, tenant_ids=tenant_ids)

    def work(unit: Unit) -> tuple[int, list[Written]]:
        _held_together(items)
        first = _first(items)
        job = _job(unit, under, tenant_ids)
        if unit.uow.agent_instance_at(job.element_instance_key) is not None:
            raise Conflict(
                "agent_instance_exists", f"Element instance {job.element_instance_key} has an agent instance; update it"
            )
        instance = unit.uow.add_agent_instance(agent_turns.made(unit.uow, job, _configuration(unit, job, first)))
        written = _write(unit, job, instance, items, None)
        return instance.key, written

    return execute(context, entry, work)


def update_agent_instance(
    context: Context,
    key: int,
    under: Under,
    status: AgentStatus | None,
    items: Sequence[Item],
    *,
    actor: Actor,
    tenant_ids: Sequence[str] | None,
) -> list[Written]:
    """Raises as ``create_agent_instance``, and NotFound ``agent_instance_not_found``, Conflict ``agent_instance_held``."""
    entry = audit.entry("UpdateAgentInstance", "UPDATE", "JOB", under.job_key, actor, tenant_ids=tenant_ids)

    def work(unit: Unit) -> list[Written]:
        _held_together(items)
        job = _job(unit, under, tenant_ids)
        instance = unit.uow.agent_instance(key) if guards.possible(key) else None
        if instance is None or (instance.root_key, instance.element_id, instance.tenant_id) != (
            job.root_key,
            job.element_id,
            job.tenant_id,
        ):
            raise NotFound("agent_instance_not_found", f"Job {job.key} works on no agent instance {key}")
        _one_at_a_time(unit, instance, job)
        return _write(unit, job, instance, items, status)

    return execute(context, entry, work)


def settle(unit: Unit, job: Job, result: Mapping[str, Any] | None) -> None:
    """In the transaction that ends ``job``. ``result``: it was completed with; None: it threw, and what it said came to nothing."""
    model = unit.definitions.compiled(job.process_definition_key).model
    if job.element_id not in external_agents(model):
        return
    instance = unit.uow.agent_instance_at(job.element_instance_key)
    if instance is None:
        return
    if result is not None and job.lease_token is not None:
        unit.uow.settle_agent_history(instance.key, "COMMITTED", job.key, job.lease_token)
    unit.uow.settle_agent_history(instance.key, "DISCARDED")
    goes_on = (
        model.node(job.element_id).ad_hoc is not None
        and (result or {}).get("isCompletionConditionFulfilled") is not True
    )
    if goes_on:
        unit.uow.update_agent_instance(instance)
    else:
        unit.uow.update_agent_instance(instance, status="COMPLETED", completed_at=unit.now)


def job_failed(unit: Unit, job: Job) -> None:
    """In the transaction that fails ``job``: what it said under the lease that is over came to nothing. Its instance goes on with the next."""
    if job.element_id not in external_agents(unit.definitions.model(job.process_definition_key)):
        return
    instance = unit.uow.agent_instance_at(job.element_instance_key)
    if instance is not None:
        unit.uow.settle_agent_history(instance.key, "DISCARDED", job.key)


def elements_ended(unit: Unit, transition: Transition) -> None:
    """In the transaction in which work was cancelled: what agents at elements that ended with it had said came to nothing."""
    for key, (element, state, _) in transition.ended.items():
        model = unit.definitions.model(element.definition_key)
        if str(state) == ElementState.TERMINATED and model.nodes[element.slot].id in external_agents(model):
            instance = unit.uow.agent_instance_at(key)
            if instance is not None:
                unit.uow.settle_agent_history(instance.key, "DISCARDED")
                unit.uow.update_agent_instance(instance, status="COMPLETED", completed_at=unit.now)


@lru_cache(maxsize=1024)
def external_agents(model: ProcessModel) -> frozenset[str]:
    """Ids of the elements that are said to be agents which work elsewhere."""
    return frozenset(node.id for node in model.nodes[1:] if type_of(node) == "EXTERNAL_AGENT")


def _job(unit: Unit, under: Under, tenant_ids: Sequence[str] | None) -> Job:
    job = guards.held_job(unit, under.job_key, tenant_ids, under.lease_token, "reportable")
    if job.agent is not None:
        raise Conflict("agent_governed", f"Job {job.key} is done here under a contract, and so is its history")
    if job.state is not JobState.ACTIVATED:
        raise Conflict("stale_lease", f"Job {job.key} is under no lease; activate it before you report on it")
    if job.element_instance_key != under.element_instance_key:
        raise NotFound("element_instance_not_found", f"Job {job.key} belongs to another element instance")
    if job.element_id not in external_agents(unit.definitions.compiled(job.process_definition_key).model):
        raise Conflict(
            "not_an_agent",
            f"The diagram does not say that {job.element_id} is an agent: give it the extension `zeebe:agentDefinition`",
        )
    return job


def _one_at_a_time(unit: Unit, instance: AgentInstance, job: Job) -> None:
    if instance.element_instance_key == job.element_instance_key:
        return
    pending = unit.uow.agent_history(instance.key, "PENDING")
    other = unit.uow.job(pending[-1].job_key) if pending else None
    if (
        other is not None
        and other.state is JobState.ACTIVATED
        and other.deadline is not None
        and other.deadline > unit.now
    ):
        raise Conflict("agent_instance_held", f"Agent instance {instance.key} is being written under job {other.key}")


def _write(
    unit: Unit, job: Job, instance: AgentInstance, items: Sequence[Item], status: AgentStatus | None
) -> list[Written]:
    uow = unit.uow
    lease = job.lease_token or ""
    pending = uow.agent_history(instance.key, "PENDING")
    if any((each.job_key, each.lease_token) != (job.key, lease) for each in pending):
        for each in {(one.job_key, one.lease_token) for one in pending} - {(job.key, lease)}:
            uow.settle_agent_history(instance.key, "DISCARDED", *each)
        pending = [each for each in pending if (each.job_key, each.lease_token) == (job.key, lease)]
    known = {each.item_id: each.key for each in (*uow.agent_history(instance.key), *pending) if each.item_id}
    new: list[HistoryItem] = []
    written: list[Written] = []
    changes: dict[str, Any] = {}
    for item in items:
        if item.id in known:
            written.append(Written(item.id, known[item.id], True))
            continue
        changes |= _configured(item)
        (numbered,) = agent_turns.numbered(
            unit, replace(instance, sequence=instance.sequence + len(new)), [_history(job, item)], "PENDING"
        )
        new.append(numbered)
        known[item.id] = numbered.key
        written.append(Written(item.id, numbered.key, False))
    uow.add_agent_history(new)
    elements = instance.element_instance_keys
    if job.element_instance_key not in elements:
        elements = [*elements, job.element_instance_key]
    uow.update_agent_instance(
        instance,
        **changes,
        **_spent(instance, new),
        **({} if status is None else {"status": status}),
        sequence=instance.sequence + len(new),
        element_instance_key=job.element_instance_key,
        element_instance_keys=elements,
        completed_at=None,
    )
    return written


def _history(job: Job, item: Item) -> HistoryItem:
    return HistoryItem(
        key=0,
        root_key=job.root_key,
        agent_instance_key=0,
        element_instance_key=job.element_instance_key,
        job_key=job.key,
        lease_token=job.lease_token or "",
        sequence=0,
        iteration=item.iteration,
        role=item.role,
        content=item.content,
        tool_calls=item.tool_calls,
        metrics=None if item.metrics is None else dict(item.metrics),
        configuration=dict(item.configuration) if item.role == "CONFIGURATION" else None,
        produced_at=item.produced_at,
        item_id=item.id,
        tenant_id=job.tenant_id,
    )


def _configured(item: Item) -> dict[str, Any]:
    names = {
        "model": "model",
        "provider": "provider",
        "limits": "limits",
        "tools": "tools",
        "systemPrompt": "system_prompt",
    }
    said = item.configuration if item.role == "CONFIGURATION" else {}
    return {names[name]: value for name, value in said.items() if name in names}


def _spent(instance: AgentInstance, items: Sequence[HistoryItem]) -> dict[str, Any]:
    """What was used counts when it is told, whatever becomes of the items."""
    said = [each for each in items if each.role == "ASSISTANT"]
    metrics = [each.metrics or {} for each in said]
    used = {name: sum(each.get(name) or 0 for each in metrics) for name in USAGE}
    others = {name: (instance.other_tokens or {}).get(name, 0) + used[name] for name in OTHERS}
    return {
        "input_tokens": instance.input_tokens + used["inputTokens"],
        "output_tokens": instance.output_tokens + used["outputTokens"],
        "other_tokens": others if any(others.values()) else instance.other_tokens,
        "model_calls": instance.model_calls + len(said),
        "tool_calls": instance.tool_calls + sum(len(each.tool_calls) for each in said),
    }


def _configuration(unit: Unit, job: Job, said: Mapping[str, Any]) -> Configuration:
    definition = unit.definitions.compiled(job.process_definition_key).definition
    return agent_turns.Configuration(
        job.worker or job.element_id,
        "EXTERNAL_AGENT",
        definition.version,
        definition.version_tag,
        str(said["model"]),
        str(said["provider"]),
        str(said["systemPrompt"]),
        said.get("tools", ()),
        said.get("limits", {}),
    )


def _held_together(items: Sequence[Item]) -> None:
    if len(items) > MOST_ITEMS:
        raise _wrong(f"there are {len(items)} items; at most {MOST_ITEMS} come at once")
    for item in items:
        for name, value in (item.metrics or {}).items():
            if not 0 <= value <= MOST_TOKENS:
                raise _wrong(f"item {item.id!r}: {name} is from 0 to {MOST_TOKENS}")
        if item.metrics is not None and item.role != "ASSISTANT":
            raise _wrong(f"item {item.id!r}: metrics belong to ASSISTANT items")
        if item.configuration and item.role != "CONFIGURATION":
            raise _wrong(f"item {item.id!r}: {', '.join(item.configuration)} belong to CONFIGURATION items")


def _first(items: Sequence[Item]) -> Mapping[str, Any]:
    """The configuration that an instance is made with."""
    if any(item.role not in ("CONFIGURATION", "USER") for item in items):
        raise _wrong("an agent instance begins with CONFIGURATION and USER items alone")
    for item in items:
        if item.role == "CONFIGURATION" and {"model", "provider", "systemPrompt"} <= set(item.configuration):
            return item.configuration
    raise _wrong("an agent instance begins with a CONFIGURATION item that says model, provider and systemPrompt")


def _wrong(why: str) -> InvalidInput:
    return InvalidInput("agent_history_invalid", why[0].upper() + why[1:])
