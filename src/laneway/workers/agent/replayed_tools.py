"""The tools of an agent whose past is given to it again: what was answered then is answered now, and nothing is ever called.

A call is the same where tool and canonical arguments are. One that was not made then is told to the model as refused, and to whoever
asked for the replay as a difference. What the new contract does not allow costs the answer, as it would at work.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from laneway.agents.budgets import GuardedModel
from laneway.agents.chat import Conversational, Message, ModelFault, Reply, ToolCall, ToolDescription
from laneway.agents.concluding import concluded, usage_of
from laneway.domain.contract import AgentContract, AgentFailed, AgentRequest, AgentResult
from laneway.domain.origins import ENDORSED
from laneway.domain.tools import ENDED_CALLS, ToolCallRecord
from laneway.governance import gate, tools
from laneway.governance.contract_tools import rules_of
from laneway.governance.schemas import canonical_json
from laneway.governance.tools import Denied
from laneway.workers.agent.tools.broker import COSTS_THE_ANSWER, Broken
from laneway.workers.agent.tools.loop import canonical, told

UNRECORDED: Final = "this was not asked for when it was recorded; a replay calls nothing"


@dataclass(slots=True)
class Recorded:
    """What the calls of one job came to. ``differences``: {tool, arguments, what}, in the order in which they were met."""

    calls: Sequence[ToolCallRecord]
    answered: int = 0
    differences: list[Mapping[str, Any]] = field(default_factory=list)
    _left: dict[tuple[str, str], list[ToolCallRecord]] = field(default_factory=lambda: defaultdict(list))
    _last: dict[tuple[str, str], ToolCallRecord] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for call in self.calls:
            if call.state in ENDED_CALLS:
                self._left[call.tool, call.arguments].append(call)

    def take(self, contract: AgentContract, tool: str, arguments: str) -> ToolCallRecord | None:
        """The next answer to the same call. The last one stands for more of what changes nothing when it is done again."""
        same = tool, arguments
        left = self._left.get(same)
        if left:
            self._last[same] = left.pop(0)
        elif not any(grant.name == tool and grant.idempotent for grant in contract.tools):
            self._last.pop(same, None)
        found = self._last.get(same)
        if found is None:
            self.differences.append({"tool": tool, "arguments": arguments, "what": "not recorded"})
        else:
            self.answered += 1
        return found

    def refused(self, tool: str, arguments: str, denied: Denied) -> None:
        self.differences.append({"tool": tool, "arguments": arguments, "what": f"refused: {denied.reason}"})

    def ended(self) -> None:
        """It is over: what was called then and is not now is a difference, too."""
        for (tool, arguments), left in self._left.items():
            self.differences += [{"tool": tool, "arguments": arguments, "what": "not asked for"} for _ in left]


async def result_of(recorded: Recorded, adapter: Conversational, request: AgentRequest) -> AgentResult:
    """As the loop at work, without its journal.

    Raises
    ------
    Broken, Halted, Breached
    """
    contract = request.contract
    await adapter.loaded()
    name = str(contract.config.get("model", ""))
    model = GuardedModel(lambda asked: adapter.model_named(None if asked == name else asked), name)
    descriptions = [ToolDescription(each.name, each.description, each.schema) for each in contract.tools]
    replies: list[Reply] = []
    try:
        messages = list(adapter.opening(request))
        for turn in range(contract.tool_rounds):
            settings = {**adapter.settings(request), "idempotency_key": f"{request.idempotency_key}-{turn}"}
            asking = model.reply(messages, descriptions, output_schema=contract.output_schema, settings=settings)
            reply = await asyncio.wait_for(asking, contract.timeout)
            replies.append(reply)
            if not reply.tool_calls:
                recorded.ended()
                return concluded(reply, usage_of(replies, 0.0))
            messages.append(Message("assistant", reply.text, reply.tool_calls))
            for call in reply.tool_calls:
                messages.append(Message("tool", await _answer(recorded, contract, call), tool_call_id=call.id))
    except TimeoutError:
        raise Broken(gate.timed_out(contract)) from None
    except ModelFault as fault:
        return AgentFailed(str(fault), fault.retryable, usage_of(replies, 0.0))
    return AgentFailed(f"it used all {contract.tool_rounds} rounds without an answer", False, usage_of(replies, 0.0))


async def _answer(recorded: Recorded, contract: AgentContract, call: ToolCall) -> str:
    arguments = canonical(call.arguments)
    rules = rules_of(contract)
    rule = rules.get(call.name)
    asked = tools.ToolCall(call.name, call.arguments, "" if rule is None else rule.schema_hash)
    # Who would have to approve it was settled when it was recorded: only what the contract says of everybody holds here.
    decision = tools.decide(rules, "auto", asked, tools.Provenance(ENDORSED, {"": ENDORSED}))
    if isinstance(decision, Denied):
        recorded.refused(call.name, arguments, decision)
        if decision.reason in COSTS_THE_ANSWER:
            said = f"it tried what its contract does not allow: {decision.message}"
            raise Broken(gate.violation(contract, "prohibited", said))
        return canonical_json({"refused": f"{decision.reason}: {decision.message}"})
    found = recorded.take(contract, call.name, arguments)
    if found is None:
        return canonical_json({"refused": UNRECORDED})
    return await told(contract, replace(found, call_id=call.id))
