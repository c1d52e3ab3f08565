"""Shadow replay: what an agent was given in the past, given to it again under another contract. Nothing outside is touched.

No job is taken, and of processes nothing is written down. Only adapters that talk to a model, or to nobody, are asked; their way out is cut
down to the model's own host, which must be one that is deployed; tools answer what they answered then. What it uses is counted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from laneway.agents import budgets, halting
from laneway.commands import audit
from laneway.commands.context import Context
from laneway.commands.execution import execute
from laneway.domain.autonomy import AgentCalled
from laneway.domain.contract import AgentContract
from laneway.domain.errors import InvalidInput, NotFound, Refused
from laneway.domain.governed import standing_against
from laneway.domain.model import JobSpec
from laneway.domain.tools import ToolCallRecord
from laneway.domain.types import DEFAULT_TENANT, JobKind, JobState
from laneway.domain.work import SYSTEM, Actor, Job
from laneway.governance.contracts import load_contracts
from laneway.governance.provenance import prompt_hash
from laneway.ports import AgentAdapter, UnitOfWork
from laneway.workers.agent.asking import Adapters, Answer, run
from laneway.workers.agent.halting import standing
from laneway.workers.agent.replay_budget import Ledgers, ReplayBudget
from laneway.workers.agent.replay_reach import check_reach, model_alone
from laneway.workers.agent.replay_report import report_of, row_of
from laneway.workers.agent.replayed_tools import Recorded
from laneway.workers.agent.settling import spent
from laneway.workers.agent.taking import TakenJob

if TYPE_CHECKING:
    from laneway.workers.agentic.replayed_turns import PastTurn

ALONE = ("local", "scripted", "openai", "llm")
"""Adapters that reach a model at most."""
MOST_CALLS = 10_000
AT_ONCE = 8
Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Which:
    """The past calls that are meant: the latest ``limit`` of those. ``version``: of the process."""

    process_id: str | None = None
    version: int | None = None
    element_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be named beyond what is deployed: see ``replay_reach``."""

    hosts: Sequence[str] = ()
    secrets: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Past:
    call: AgentCalled
    decision: Mapping[str, Any] | None
    tools: Sequence[ToolCallRecord] = ()
    turn: PastTurn | None = None
    """Of an agent that picks tools drawn in the diagram: each turn is a job of its own."""


@dataclass(slots=True)
class _Course:
    """Of one replay. ``stopped``: why no further call is made."""

    told: Told | None
    of: int
    done: int = 0
    stopped: str | None = None
    over_budget: bool = False
    ledgers: Ledgers = field(default_factory=dict)


def contract_in(content: bytes, name: str, agent: str | None) -> AgentContract:
    """The contract of ``agent`` in an agents file (None: the only one that it has), as it may be replayed.

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
    meant = [each for each in found.contracts if agent is None or each.name == agent]
    if len(meant) != 1:
        if found.problems:
            raise InvalidInput("contract_invalid", "; ".join(str(each) for each in found.problems[:3]))
        names = ", ".join(each.name for each in found.contracts) or "none"
        if agent is None:
            raise InvalidInput("contract_invalid", f"say which agent is meant; {name} has: {names}")
        raise NotFound("agent_not_found", f"{name} has no contract of agent {agent!r}; it has: {names}")
    contract = meant[0]
    if contract.adapter not in ALONE:
        raise Refused(
            "replay_touches_outside",
            f"agent {contract.name!r} works by {contract.adapter!r}, which may do more than talk to a model; what can be replayed is "
            f"{', '.join(ALONE)}",
        )
    return replace(contract, systems=model_alone(contract))


def replay(
    context: Context,
    adapters: Adapters,
    contract: AgentContract,
    which: Which = Which(),
    *,
    reach: Reach = Reach(),
    files: Mapping[str, bytes] | None = None,
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

    Raises
    ------
    Refused
        ``replay_stopped``, ``replay_over_budget``, ``replay_foreign_host``, ``replay_foreign_secret``
    """
    model = str(contract.config.get("model", ""))
    switches = context.switchboard.standing(context.store)
    switch = standing_against(switches, tenant_id, agent=contract.name, model=model)
    if switch is not None:
        raise Refused("replay_stopped", str(switch))
    with context.store.read() as uow:
        past, skipped = _past(context, uow, contract, which, tenant_id)
        today = uow.now.date()
        keys = {each.call.process_definition_key for each in past}
        deployed = [
            found
            for key in keys
            if (found := context.definitions.process(uow, key).contracts.get(contract.name)) is not None
        ]
        knowledge: dict[int, Mapping[str, bytes]] = {}
        for key in keys:
            definition = context.definitions.process(uow, key).definition
            knowledge[key] = {**context.definitions.files(uow, definition.deployment_key), **(files or {})}
    if past:
        check_reach(contract, deployed, reach.hosts, reach.secrets)

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
    number = execute(context, record, lambda unit: unit.uow.ids.next())
    asked = replace(contract, hash="")  # whoever keeps adapters by their hash keeps none of these
    taken = [
        _taken(each.call, asked, knowledge[each.call.process_definition_key], today, f"replay-{number}-")
        for each in past
    ]
    course = _Course(told, len(past))
    recorded = [Recorded(each.tools) for each in past]
    turns = [each.turn for each in past]
    answers = asyncio.run(_ask_all(context, _Kept(adapters), taken, recorded, turns, course))
    rows = [
        row_of(
            contract, each.call, each.decision, *answer, calls, None if each.turn is None else each.turn.said.iteration
        )
        for each, answer, calls in zip(past, answers, recorded, strict=True)
        if answer is not None
    ]
    if course.stopped is not None and not rows:
        if course.over_budget:
            raise Refused("replay_over_budget", course.stopped)
        raise Refused("replay_stopped", course.stopped)
    return report_of(
        contract,
        rows,
        prompt_hash(contract, taken[0].files if taken else files or {}),
        not_asked=len(past) - len(rows),
        stopped=course.stopped,
        skipped=skipped,
    )


def _past(
    context: Context, uow: UnitOfWork, contract: AgentContract, which: Which, tenant_id: str
) -> tuple[list[_Past], int]:
    """What is given again, and how many are not: of a turn of a conversation, what was said before it may be gone."""
    from laneway.workers.agentic.replayed_turns import Turns

    found = uow.agent_calls(
        tenant_id,
        contract.name,
        which.since,
        max(1, min(which.limit, MOST_CALLS)),
        until=which.until,
        process_id=which.process_id,
        version=which.version,
        element_id=which.element_id,
    )
    past: list[_Past] = []
    gone = 0
    turns = Turns(uow)
    for call, decision in found:
        model = context.definitions.process(uow, call.process_definition_key).model
        slot = model.slots.get(call.element_id)
        work = None if slot is None else model.nodes[slot].work
        if not isinstance(work, JobSpec) or work.flavour is None:
            past.append(_Past(call, decision, uow.tool_calls(call.key)))
            continue
        turn = turns.of(call, work.flavour)
        if turn == "gone":
            gone += 1
        elif turn != "not asked":
            past.append(_Past(replace(call, output=turn.decided(call, contract)), decision, turn=turn))
    return past, gone


class _Kept:
    """Adapters of one replay: kept as long as it lasts."""

    def __init__(self, adapters: Adapters) -> None:
        self._adapters = adapters
        self._kept: dict[str, AgentAdapter] = {}

    def get_adapter(self, contract: AgentContract) -> AgentAdapter:
        model = str(contract.config.get("model", ""))
        if model not in self._kept:
            self._kept[model] = self._adapters.get_adapter(contract)
        return self._kept[model]

    def get_tool(self, contract: AgentContract, grant: Any) -> Any:
        raise AssertionError("a replay calls no tool")


async def _ask_all(
    context: Context,
    adapters: Adapters,
    taken: Sequence[TakenJob],
    recorded: Sequence[Recorded],
    turns: Sequence[PastTurn | None],
    course: _Course,
) -> list[tuple[Answer, float] | None]:
    room = asyncio.Semaphore(AT_ONCE)

    async def ask(one: TakenJob, calls: Recorded, turn: PastTurn | None) -> tuple[Answer, float] | None:
        async with room:
            answer = await _ask(context, adapters, one, calls, turn, course)
        course.done += 1
        if course.told is not None:
            course.told(course.done, course.of)
        return answer

    return list(await asyncio.gather(*(ask(*each) for each in zip(taken, recorded, turns, strict=True))))


async def _ask(
    context: Context, adapters: Adapters, one: TakenJob, calls: Recorded, turn: PastTurn | None, course: _Course
) -> tuple[Answer, float] | None:
    """None: it was not asked, because of what stopped the replay."""
    contract = one.contract
    assert contract is not None

    async def why_not(model: str | None, tools: Sequence[str]) -> str | None:
        model = model or str(contract.config.get("model", ""))
        named = (one.job.process_id, str(one.job.process_definition_key))
        switch = standing_against(
            await standing(context), one.job.tenant_id, agent=contract.name, model=model, tools=tools, definition=named
        )
        return None if switch is None else str(switch)

    if course.stopped is None:
        course.stopped = await why_not(None, ())
    if course.stopped is not None:
        return None
    budget = ReplayBudget(context, one.job, contract, course.ledgers)
    began = time.monotonic()
    with halting.asking(why_not), budgets.lent(budget):
        if turn is None:
            answer = await run(adapters, one, recorded=calls)
        else:
            from laneway.workers.agentic import replayed_turns

            answer = await replayed_turns.ask(adapters, one, turn, calls)
    seconds = time.monotonic() - began
    if answer.reserved is not None:
        await budget.settle(answer.reserved, spent(answer, seconds))
    if budget.breach is not None:
        course.stopped, course.over_budget = course.stopped or budget.breach.message, True
        return None
    return answer, seconds


def _taken(
    call: AgentCalled, contract: AgentContract, files: Mapping[str, bytes], today: date, replayed: str
) -> TakenJob:
    return TakenJob(_job(call), contract, call.input, files, 1, today, replayed=replayed)


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
