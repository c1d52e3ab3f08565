"""The agent is asked with no transaction open: its input checked before, its answer held against its contract after."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from laneway.agents import budgets, governed
from laneway.agents.chat import conversational
from laneway.agents.cleaning import clean, clean_text
from laneway.agents.halting import Halted, go_on
from laneway.commands.context import Context
from laneway.commands.execution import Unit
from laneway.commands.observing import AgentCall
from laneway.domain.contract import AgentCompleted, AgentContract, AgentRequest, AgentResult
from laneway.domain.errors import LanewayError, Overloaded
from laneway.governance import gate, sources
from laneway.governance.gate import Accepted, Violation
from laneway.governance.guardrails import apply as guardrails
from laneway.governance.limits import Breach
from laneway.ports import AgentAdapter
from laneway.workers.agent import judging, looking
from laneway.workers.agent.budget import violated
from laneway.workers.agent.replayed_tools import Recorded
from laneway.workers.agent.taking import TakenJob
from laneway.workers.agent.tools import run as with_tools
from laneway.workers.agent.tools.broker import Broken, Suspended, Tools

LONGEST_TRACE = 4_000


class Adapters(Tools, Protocol):
    """Where the adapter of a contract comes from; see ``laneway.agents.registry``."""

    def get_adapter(self, contract: AgentContract) -> AgentAdapter: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of asking. ``result`` None: there was no answer. ``notes``: what the record keeps beside them."""

    verdict: Accepted | Violation
    result: AgentResult | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)
    cited: Sequence[Mapping[str, Any]] = ()
    """The sources as the adapter gave them, before a guardrail took anything out."""
    directions: Mapping[str, Any] | None = None
    """What the job completes with beside variables."""
    beside: Callable[[Unit], None] | None = None
    """Written in the transaction that completes the job."""
    dropped: Callable[[], None] | None = None
    """Done where the job is not completed with this."""

    given: Mapping[str, Any] = field(default_factory=dict)
    """What went to the agent."""
    proposes: Mapping[str, Any] | None = None
    """Of an agent with drawn tools: what a person is shown below ``auto``; None: nothing that they decide on."""
    says: str | None = None
    """What is shown beside it."""
    response: Mapping[str, Any] | None = None
    """Of such an agent: what its element's headers read."""
    reserved: budgets.Reserved | None = None
    """What was set aside for the call, to be settled with the job."""
    unsent: bool = False
    """Nothing was asked of anybody after all."""

    def drop(self) -> None:
        if self.dropped is not None:
            self.dropped()


async def ask(context: Context, adapters: Adapters, taken: TakenJob) -> tuple[Answer, float]:
    """As ``run``, with the seconds that it took; for who follows the instance, too."""
    contract = taken.contract
    assert contract is not None
    started = time.monotonic()
    with context.observers.asking(contract.name, contract.adapter, str(contract.config.get("model", ""))) as asking:
        answer = await run(adapters, taken, context)
        seconds = time.monotonic() - started
        asking.answered(call_of(contract, answer, seconds))
    return answer, seconds


async def run(
    adapters: Adapters, taken: TakenJob, context: Context | None = None, recorded: Recorded | None = None
) -> Answer:
    """Ask the agent, with its input checked before and its answer after. ``context`` None: nothing is written down, and no tool called;
    what was ``recorded`` answers in their place.

    Raises
    ------
    Suspended
        The job was given back, and waits for a person.
    """
    contract = taken.contract
    assert contract is not None  # the caller settles jobs without a contract
    if taken.drawn is not None and context is not None:
        return await _converse(context, adapters, taken)
    try:
        if looking.needs_a_thread(contract):
            prepared = await looking.look(lambda: guardrails.prepare(contract, taken.input))
        else:
            prepared = guardrails.prepare(contract, taken.input)
    except looking.TooSlow as slow:
        return Answer(gate.violation(contract, "blocked", f"the guardrails before it: {slow}"))
    except Exception as error:
        return Answer(_fault(contract, error, "a guardrail before it"))
    notes: dict[str, Any] = {"guardrails": list(prepared.notes)}
    if prepared.violation is not None:
        return Answer(prepared.violation, None, notes)
    sifted = sources.sift(contract, taken.files, taken.today)
    with governed.recorded() as calls:
        request = taken.request(contract, prepared.input, sifted.files)
        desk = recorded if context is None else with_tools.Desk(context, taken, adapters)
        answer = await _ask(adapters, request, desk)
    refused = next((call["refused"] for call in calls if "refused" in call), None)
    verdict = answer.verdict
    if refused is not None:
        # Whatever it answers: an agent that tried what its contract does not allow is not believed.
        verdict = gate.violation(contract, "prohibited", f"it tried what its contract does not allow: {refused}")
    elif isinstance(answer.result, AgentCompleted) and (isinstance(verdict, Accepted) or verdict.variables):
        fault = sources.cited_fault(contract, answer.cited, taken.files, taken.today)
        verdict = verdict if fault is None else gate.violation(contract, "source_not_approved", fault)
    notes["guardrails"] += answer.notes.get("guardrails", ())
    notes = {**answer.notes, **notes, "systems": calls, "dataSources": sifted.notes}
    return Answer(verdict, answer.result, notes, given=prepared.input, reserved=answer.reserved, unsent=answer.unsent)


async def _converse(context: Context, adapters: Adapters, taken: TakenJob) -> Answer:
    """A turn of an agent that picks tools drawn in the diagram."""
    from laneway.workers.agentic.turns import converse

    contract = taken.contract
    assert contract is not None
    with governed.recorded() as calls:
        try:
            outcome = await converse(context, adapters, taken)
        except (Suspended, Overloaded):
            raise
        except Halted as halted:
            return Answer(gate.violation(contract, "killed", str(halted)), None, {"systems": calls})
        except budgets.Breached as breached:
            return Answer(violated(contract, breached.breach), None, {"systems": calls})
        except Exception as error:
            return Answer(_fault(contract, error), None, {"systems": calls})
    refused = next((call["refused"] for call in calls if "refused" in call), None)
    notes = {"guardrails": list(outcome.notes), "systems": calls}
    if refused is not None:
        prohibited = gate.violation(contract, "prohibited", f"it tried what its contract does not allow: {refused}")
        return Answer(prohibited, None, notes, dropped=outcome.dropped)
    verdict, result = outcome.verdict, outcome.result
    beside, dropped = outcome.beside, outcome.dropped
    answer = Answer(verdict, result, notes, (), outcome.directions, beside, dropped)
    return replace(answer, proposes=outcome.proposes, says=outcome.says, response=outcome.response)


async def _ask(adapters: Adapters, request: AgentRequest, desk: with_tools.Desk | Recorded | None) -> Answer:
    """Before an adapter is asked, the most that it can use is set aside; one that calls its model in a loop does so call by call."""
    contract = request.contract
    reserved: budgets.Reserved | None = None
    try:
        adapter = adapters.get_adapter(contract)
        if not contract.tools and not getattr(adapter, "pays_by_call", False):
            held = await budgets.current().reserve()
            if isinstance(held, Breach):
                return Answer(violated(contract, held))
            reserved = held
            if held.degrade_to is not None:
                try:
                    await go_on(model=held.degrade_to)
                except Halted as halted:
                    killed = gate.violation(contract, "killed", str(halted))
                    return Answer(killed, reserved=reserved, unsent=True)
                contract = replace(contract, config={**contract.config, "model": held.degrade_to})
                adapter = adapters.get_adapter(contract)
                request = replace(request, contract=contract)
        with budgets.paid(reserved) if reserved is not None else nullcontext():
            answer = await _answer(adapter, request, desk)
    except (Suspended, Overloaded):
        raise
    except Exception as error:
        answer = Answer(_fault(contract, error))
    return replace(answer, reserved=reserved)


async def _answer(adapter: AgentAdapter, request: AgentRequest, desk: with_tools.Desk | Recorded | None) -> Answer:
    contract = request.contract
    try:
        if contract.tools:
            result = await with_tools.result_of(desk, adapter, request)
        else:
            speaks = conversational(adapter)
            if speaks is not None:
                await speaks.loaded()  # importing its packages is no time of the agent's
            async with asyncio.timeout(contract.timeout):
                result = await adapter.run(request)
        result = clean(result)
    except Broken as broken:
        return Answer(clean(broken.violation))
    except (Suspended, Overloaded):
        raise
    except TimeoutError:
        return Answer(gate.timed_out(contract))
    except Halted as halted:
        return Answer(gate.violation(contract, "killed", str(halted)))
    except budgets.Breached as breached:
        return Answer(violated(contract, breached.breach), unsent=True)
    except Exception as error:
        return Answer(_fault(contract, error))
    try:
        judged = await judging.judge(adapter, request, result)
    except looking.TooSlow as slow:
        return Answer(gate.violation(contract, "low_confidence", f"the evaluator: {slow}"))
    except Exception as error:
        return Answer(_fault(contract, error, "the evaluator of its confidence"))
    result = judged.result
    try:
        if looking.needs_a_thread(contract):
            concluded = await looking.look(lambda: guardrails.conclude(contract, judged.result))
        else:
            concluded = guardrails.conclude(contract, result)
    except looking.TooSlow as slow:
        return Answer(gate.violation(contract, "blocked", f"the guardrails after it: {slow}"))
    except Exception as error:
        return Answer(_fault(contract, error, "a guardrail after it"))
    cited = result.sources if isinstance(result, AgentCompleted) else ()
    notes = {"guardrails": concluded.notes, **({"evaluation": judged.notes} if judged.notes else {})}
    return Answer(concluded.verdict, concluded.result, notes, cited)


def _fault(contract: AgentContract, error: Exception, who: str | None = None) -> Violation:
    """Called where ``error`` is caught."""
    if isinstance(error, LanewayError):
        return gate.violation(contract, "failed", clean_text(error.message))
    return gate.crashed(contract, clean_text(traceback.format_exc())[-LONGEST_TRACE:], who)


def call_of(contract: AgentContract, answer: Answer, seconds: float) -> AgentCall:
    verdict, result = answer.verdict, answer.result
    said = "accepted" if isinstance(verdict, Accepted) else verdict.kind
    if result is None:
        return AgentCall(contract.name, contract.adapter, said, seconds)
    spent = result.usage
    return AgentCall(
        contract.name,
        contract.adapter,
        said,
        seconds,
        spent.input_tokens,
        spent.output_tokens,
        spent.cost,
        spent.currency,
        result.model if isinstance(result, AgentCompleted) else "",
    )
