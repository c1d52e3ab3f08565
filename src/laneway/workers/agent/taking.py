"""An agent job under its lease: taken with all that its agent may see, renewed, given back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from laneway.commands import audit
from laneway.commands.context import Context
from laneway.commands.definitions import Compiled
from laneway.commands.execution import Unit, execute, topic_of_job
from laneway.domain.agent_instance import AgentType
from laneway.domain.contract import AgentContract, AgentRequest
from laneway.domain.errors import StaleState
from laneway.domain.model import AgentFlavour, FlowNode, JobSpec
from laneway.domain.types import JobKind, JobState
from laneway.domain.work import Actor, Job
from laneway.governance import gate, information, sources
from laneway.ports import AgentShare
from laneway.workers.agent.stopped import without_stopped

if TYPE_CHECKING:
    from laneway.diagrams.agentic import DrawnTool

WORKER = "laneway-agents"
LEASE_MARGIN = 30.0
"""Seconds beyond the contract's timeout: for loading, checking and settling."""
GATEWAY_ADAPTER = "gateway"
TOOL_CALL = "toolCall"
KEPT_LEASE = 20.0
"""Seconds, where a loop keeps renewing it: after a kill, another worker takes over so soon."""


@dataclass(frozen=True, slots=True)
class Place:
    """What kind of element it is, of which version of its process."""

    agent_type: AgentType
    process_version: int
    version_tag: str | None


@dataclass(frozen=True, slots=True)
class Drawn:
    """Of an agent that picks tools drawn in the diagram: the tools, and what its element says beside its variables."""

    flavour: AgentFlavour
    tools: Sequence[DrawnTool]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TakenJob:
    """A job under lease with all that its agent may see. ``contract`` None: it was deployed without one."""

    job: Job
    contract: AgentContract | None
    input: Mapping[str, Any]
    files: Mapping[str, bytes]
    attempt: int
    today: date = date.min
    """By the database's clock, in UTC."""
    place: Place | None = None
    drawn: Drawn | None = None
    kept: bool = False
    """Worked on in an event loop that others share, its lease renewed."""
    replayed: str = ""
    """Of a replay: what tells its requests from those that were real, and from those of another one."""

    @property
    def actor(self) -> Actor:
        return Actor("agent", self.job.agent or WORKER)

    def request(self, contract: AgentContract, input: Mapping[str, Any], files: Mapping[str, bytes]) -> AgentRequest:
        return AgentRequest(
            job_key=self.job.key,
            idempotency_key=f"{self.replayed}{self.job.key}",
            contract=contract,
            input=input,
            element_id=self.job.element_id,
            process_instance_key=self.job.process_instance_key,
            attempt=self.attempt,
            files=files,
        )


def take(
    context: Context,
    tenant_ids: Sequence[str],
    limit: int,
    *,
    kept: bool = False,
    share: AgentShare | None = None,
) -> list[TakenJob]:
    """Lease up to ``limit`` agent jobs of the ``share``, each for as long as its contract allows it to take, or (``kept``) for as
    long as it is renewed."""
    with context.store.read() as uow:
        available = uow.next_job_available(JobKind.AGENT, None, tenant_ids)
        if available is None or available > uow.now:
            return []

    def work(unit: Unit) -> list[TakenJob]:
        jobs = unit.uow.activate_jobs(
            kind=JobKind.AGENT,
            types=None,
            worker=WORKER,
            timeout_ms=int((KEPT_LEASE if kept else LEASE_MARGIN) * 1000),
            limit=limit,
            tenant_ids=tenant_ids,
            lease=True,
            share=without_stopped(unit, tenant_ids, share),
        )
        unit.taken = jobs
        seen = _seen(unit, jobs)
        return [_taken(unit, job, kept, seen.get(job.key, {})) for job in jobs]

    entry = audit.entry("ActivateJobs", "UPDATE", "JOB", 0, Actor("system", WORKER))
    return execute(context, entry, work, audit_rejection=False)


def _seen(unit: Unit, jobs: Sequence[Job]) -> dict[int, Mapping[str, Any]]:
    """What the agents of the jobs see, by the key of the job: asked once for all that may see the same names."""
    found: dict[int, Mapping[str, Any]] = {}
    visible: dict[tuple[str, ...], list[Job]] = {}
    given: list[Job] = []
    for job in jobs:
        compiled = unit.definitions.compiled(job.process_definition_key)
        contract = compiled.contracts.get(job.agent or "")
        slot = compiled.model.slots.get(job.element_id)
        if contract is None:
            continue
        if contract.adapter == GATEWAY_ADAPTER:
            # What it is asked stands around it, whatever its element template maps.
            visible.setdefault((TOOL_CALL,), []).append(job)
        elif slot is not None and compiled.model.nodes[slot].inputs:
            given.append(job)
        else:
            visible.setdefault(tuple(sorted(gate.input_names(contract))), []).append(job)
    for names, their in visible.items():
        by_element = unit.uow.visible_variables_of([job.element_instance_key for job in their], names)
        found.update((job.key, by_element[job.element_instance_key]) for job in their)
    if given:
        by_element = unit.uow.variables([job.element_instance_key for job in given])
        found.update((job.key, by_element[job.element_instance_key]) for job in given)
    return found


def _taken(unit: Unit, job: Job, kept: bool, seen: Mapping[str, Any]) -> TakenJob:
    compiled = unit.definitions.compiled(job.process_definition_key)
    contract = compiled.contracts.get(job.agent or "")
    if contract is None:
        return TakenJob(job, None, {}, {}, 1)
    # One that is renewed needs no more than it was leased with.
    deadline = unit.now + timedelta(seconds=contract.timeout + LEASE_MARGIN)
    leased = job if kept else unit.uow.update_job(job, deadline=deadline)
    slot = compiled.model.slots.get(job.element_id)
    if (
        slot is not None
        and compiled.model.nodes[slot].inputs
        and information.VARIABLE in seen
        and information.VARIABLE not in gate.input_names(contract)
    ):
        # Left there by an attempt that failed, for whoever resolved its incident: nothing that this agent was to be given.
        seen = {name: value for name, value in seen.items() if name != information.VARIABLE}
    contract = _with_register(unit, contract, job.tenant_id)
    files = unit.definitions.files(compiled.definition.deployment_key)
    # A failed attempt leaves its message on the job until an incident on it is resolved, which begins anew.
    attempt = max(1, contract.retries - job.retries + 1) if job.error_message is not None else 1
    drawn = None if slot is None else _drawn(compiled, compiled.model.nodes[slot])
    in_ad_hoc = slot is not None and compiled.model.nodes[slot].ad_hoc is not None
    place = Place(
        "AI_AGENT_SUB_PROCESS" if in_ad_hoc else "AI_AGENT_TASK",
        compiled.definition.version,
        compiled.definition.version_tag,
    )
    return TakenJob(leased, contract, seen, files, attempt, unit.now.date(), place, drawn, kept)


def _drawn(compiled: Compiled, node: FlowNode) -> Drawn | None:
    if not isinstance(node.work, JobSpec) or node.work.flavour is None:
        return None
    from laneway.diagrams.agentic import container_of, tools_of

    container = container_of(compiled.model, node)
    return Drawn(
        node.work.flavour,
        () if container is None else tools_of(compiled.model, container),
        node.work.headers,
    )


def _with_register(unit: Unit, contract: AgentContract, tenant_id: str) -> AgentContract:
    """With what the tenant's register says now of the sources that stand in it."""
    names = {source.register for source in contract.data_register if source.register is not None}
    if not names:
        return contract
    found = {each.name: each for each in unit.uow.registered_sources(tenant_id, sorted(names))}
    register = tuple(
        source if source.register is None else sources.resolved(source, found.get(source.register))
        for source in contract.data_register
    )
    return replace(contract, data_register=register)


def release(context: Context, taken: TakenJob) -> None:
    """Give an unfinished job back at once, where its worker is told to stop."""
    try:
        with context.store.begin() as uow:
            job = uow.job(taken.job.key)
            if job is not None and job.lease_token == taken.job.lease_token and job.state is JobState.ACTIVATED:
                uow.update_job(job, state=JobState.CREATED, deadline=None, lease_token=None, worker="")
    except StaleState:
        return
    context.wakeup.notify(topic_of_job(taken.job.kind, taken.job.type))
