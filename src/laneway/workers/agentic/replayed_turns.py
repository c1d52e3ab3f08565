"""A turn of an agent that picks tools, given again under another contract: all that was said before it, as it was, and nothing is begun.

Each turn stands by itself. It goes on from what really happened, with the results that the tools really gave, so that one answer that differs
does not make all that follow it an invention.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from laneway.agents import governed
from laneway.agents.budgets import Breached, GuardedModel
from laneway.agents.chat import Conversational, ModelFault, Reply
from laneway.agents.cleaning import clean
from laneway.agents.halting import Halted, go_on
from laneway.diagrams.agentic import names_of
from laneway.domain.agent_instance import AgentInstance, HistoryItem
from laneway.domain.autonomy import AgentCalled
from laneway.domain.contract import AgentCompleted, AgentContract, AgentUsage
from laneway.domain.model import AgentFlavour
from laneway.governance import conversation, drawn, drawn_tools, gate
from laneway.governance.gate import Violation
from laneway.governance.guardrails import apply as guardrails
from laneway.governance.schemas import canonical_json
from laneway.ports import UnitOfWork
from laneway.workers.agent.asking import Adapters, Answer
from laneway.workers.agent.budget import violated
from laneway.workers.agent.replayed_tools import Recorded
from laneway.workers.agent.taking import TakenJob
from laneway.workers.agentic import reading, results
from laneway.workers.agentic.messages import descriptions_of, messages_of

METHOD: Final = "one turn of a conversation, as it stood then"
Histories = dict[int, tuple[Sequence[HistoryItem], Sequence[HistoryItem]]]


@dataclass(frozen=True, slots=True)
class PastTurn:
    """``before``: what the model had been given; ``said``: what it said then."""

    instance: AgentInstance
    flavour: AgentFlavour
    before: Sequence[HistoryItem]
    said: HistoryItem

    @property
    def calls(self) -> list[Mapping[str, Any]]:
        """Those that were let through."""
        refused = self.said.details.get("refused", {})
        return [call for call in self.said.tool_calls if call["toolCallId"] not in refused]

    def decided(self, call: AgentCalled, contract: AgentContract) -> Mapping[str, Any]:
        """What it came to then, in the form in which people decide."""
        if self.said.tool_calls:
            return drawn.proposed(self.calls)
        try:
            return reading.output_of(
                reading.read(call.input, contract, self.flavour), conversation.text_of(self.said.content)
            )
        except reading.NotParsed:
            return call.output


@dataclass(slots=True)
class Turns:
    """Looks past turns up; each history is read once."""

    uow: UnitOfWork
    _instances: dict[tuple[int, str], Sequence[AgentInstance]] = field(default_factory=dict)
    _histories: Histories = field(default_factory=dict)

    def of(self, call: AgentCalled, flavour: AgentFlavour) -> PastTurn | Literal["gone", "not asked"]:
        """``gone``: its history is. ``not asked``: at that job the model was not."""
        place = call.process_instance_key, call.element_id
        if place not in self._instances:
            self._instances[place] = self.uow.agent_instances_in(*place)
        instances = self._instances[place]
        for instance in instances:
            committed, discarded = self._history(instance.key)
            spoke = [each for each in (*discarded, *committed) if each.job_key == call.key and each.role == "ASSISTANT"]
            if spoke:
                said = spoke[-1]
                before = [each for each in committed if each.sequence < said.sequence]
                return PastTurn(instance, flavour, before, said)
        return "not asked" if any(self._history(each.key)[0] for each in instances) else "gone"

    def _history(self, key: int) -> tuple[Sequence[HistoryItem], Sequence[HistoryItem]]:
        if key not in self._histories:
            self._histories[key] = self.uow.agent_history(key), self.uow.agent_history(key, "DISCARDED")
        return self._histories[key]


async def ask(adapters: Adapters, taken: TakenJob, turn: PastTurn, recorded: Recorded) -> Answer:
    """What the contract of ``taken`` makes of the turn. ``recorded`` is told how many results were shown, and which calls differ."""
    contract = taken.contract
    assert contract is not None
    with governed.recorded() as reached:
        try:
            answer = clean(await _ask(adapters, taken, contract, turn, recorded))
        except Halted as halted:
            return Answer(gate.violation(contract, "killed", str(halted)))
        except Breached as breached:
            return Answer(violated(contract, breached.breach), unsent=True)
    refused = next((each["refused"] for each in reached if "refused" in each), None)
    if refused is not None:
        return Answer(gate.violation(contract, "prohibited", f"it tried what its contract does not allow: {refused}"))
    return answer


async def _ask(
    adapters: Adapters, taken: TakenJob, contract: AgentContract, turn: PastTurn, recorded: Recorded
) -> Answer:
    speaks: object = adapters.get_adapter(contract)
    if not isinstance(speaks, Conversational):
        said = f"the adapter {contract.adapter!r} answers once and holds no conversation; use llm or another model"
        return Answer(gate.violation(contract, "failed", said))
    element = reading.read(taken.input, contract, turn.flavour)
    most = element.limits["maxModelCalls"]
    if 0 <= most < turn.said.iteration:
        said = f"{conversation.MODEL_CALLS}: this is call {turn.said.iteration}, and {most} is the most"
        return Answer(gate.violation(contract, "over_budget", said))
    heard = _heard(contract, element.system_prompt, turn.before)
    if isinstance(heard, Violation):
        return Answer(heard)
    system_prompt, before = heard
    found = {each.name: each for each in conversation.told_of(turn.instance)}
    tools = drawn_tools.offered(contract, found)
    recorded.answered = sum(each.role == "TOOL_RESULT" for each in before)
    await speaks.loaded()
    named = element.model
    model = GuardedModel(lambda wanted: speaks.model_named(None if wanted == named else wanted), named)
    settings = {
        **speaks.settings(taken.request(contract, {}, taken.files)),
        "idempotency_key": f"{taken.replayed}{taken.job.key}",
    }
    try:
        asking = model.reply(
            messages_of(system_prompt, before, element.window),
            descriptions_of(tools),
            output_schema=(element.schema or contract.output_schema) if element.as_json else None,
            settings=settings,
        )
        reply = await asyncio.wait_for(asking, contract.timeout)
    except TimeoutError:
        return Answer(gate.timed_out(contract))
    except ModelFault as fault:
        return Answer(gate.violation(contract, "failed", f"FAILED_MODEL_CALL: {fault}", retryable=fault.retryable))
    usage = AgentUsage(reply.input_tokens, reply.output_tokens, reply.cost, reply.currency)
    completed = AgentCompleted({}, model=reply.model, method=METHOD, usage=usage)
    if reply.finish_reason in ("refused", "length"):
        why = "declined to answer" if reply.finish_reason == "refused" else "the answer was cut off at its most tokens"
        return Answer(gate.violation(contract, "refused" if why[0] == "d" else "failed", why), completed)
    if reply.tool_calls:
        return await _called(contract, turn, tools, before, reply, completed, recorded)
    _differ(recorded, turn.calls, ())
    try:
        output = reading.output_of(element, reply.text)
    except reading.NotParsed as fault:
        return Answer(gate.violation(contract, "output_invalid", str(fault)), completed)
    answered = replace(completed, output=output)
    concluded = guardrails.conclude(contract, results.with_reasons(answered) if element.as_json else answered)
    return Answer(concluded.verdict, concluded.result, {"guardrails": concluded.notes})


async def _called(
    contract: AgentContract,
    turn: PastTurn,
    tools: Mapping[str, conversation.OfferedTool],
    before: Sequence[HistoryItem],
    reply: Reply,
    completed: AgentCompleted,
    recorded: Recorded,
) -> Answer:
    wanted = [(call.id, call.name, call.arguments) for call in reply.tool_calls]
    judged = conversation.judge(tools, contract.conversation, wanted, turn.said.iteration)
    judged = drawn_tools.held(contract, "auto", tools, judged, drawn_tools.seen_in(before))
    for call in judged.calls:
        why = judged.refused.get(call["toolCallId"])
        if why is not None:
            recorded.differences.append(_difference(call, f"refused: {why}"))
    going = [call for call in judged.calls if call["toolCallId"] not in judged.refused]
    await go_on(tools=[name for call in going for name in names_of(call)])
    _differ(recorded, turn.calls, going)
    return Answer(gate.Accepted(drawn.proposed(going)), completed)


def _heard(
    contract: AgentContract, system_prompt: str, items: Sequence[HistoryItem]
) -> tuple[str, list[HistoryItem]] | Violation:
    """What was said, looked through by the guardrails of the contract that is tried."""
    rules, found = contract.guardrails_before, []
    of_system = guardrails.guard(rules, "before", {"systemPrompt": system_prompt})
    if of_system.stopped is not None:
        return _stopped(contract, of_system)
    for each in items:
        if each.role not in ("USER", "TOOL_RESULT"):
            found.append(each)
            continue
        guarded = guardrails.guard(
            rules, "before", {each.role: [block.get("text", block.get("object")) for block in each.content]}
        )
        if guarded.stopped is not None:
            return _stopped(contract, guarded)
        content = [block for said in guarded.content[each.role] for block in conversation.blocks(said)]
        found.append(replace(each, content=content))
    return str(of_system.content["systemPrompt"]), found


def _stopped(contract: AgentContract, guarded: guardrails.Guarded) -> Violation:
    said = f"the guardrail {guarded.stopped!r} stopped what was said on its way to the model"
    return gate.violation(contract, "handed_over" if guarded.asks else "blocked", said)


def _differ(recorded: Recorded, then: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> None:
    """A call is the same where tool and arguments are, in whichever order they stand."""
    left = [drawn.fingerprint(call["toolName"], call["arguments"] or {}) for call in then]
    for call in now:
        same = drawn.fingerprint(call["toolName"], call["arguments"] or {})
        if same in left:
            left.remove(same)
        else:
            recorded.differences.append(_difference(call, "not recorded"))
    for call in then:
        same = drawn.fingerprint(call["toolName"], call["arguments"] or {})
        if same in left:
            left.remove(same)
            recorded.differences.append(_difference(call, "not asked for"))


def _difference(call: Mapping[str, Any], what: str) -> dict[str, Any]:
    return {"tool": call["toolName"], "arguments": canonical_json(call["arguments"] or {}), "what": what}
