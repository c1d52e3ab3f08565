"""An agent's job as a conversation: the model asks for tools, is told what came of it, and ends with an answer.

Every message is written down before anything follows from it, so that whoever takes the job next goes on where it stands: no reply is
paid for twice, no call is made twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from laneway.agents.budgets import GuardedModel
from laneway.agents.chat import Conversational, Message, ModelFault, Reply, ToolDescription, from_json, to_json
from laneway.agents.concluding import concluded, usage_of
from laneway.commands import tool_calls as journal
from laneway.domain.contract import AgentContract, AgentFailed, AgentRequest, AgentResult
from laneway.domain.errors import Refused
from laneway.domain.origins import ORIGINS, UNKNOWN, Origin, Origins
from laneway.domain.tools import AgentTurn, ToolCallRecord
from laneway.governance import gate
from laneway.governance.approvals import canonical_arguments
from laneway.governance.guardrails.apply import guard
from laneway.governance.schemas import canonical_json
from laneway.governance.tools import derived, of_agent
from laneway.workers.agent import looking
from laneway.workers.agent.tools.broker import Broken, Broker

NOT_ACCEPTED = "Your last answer was not accepted. Give another one."
NOT_TOLD = '{"withheld":"it was not done; a guardrail keeps why"}'
WITHHELD = '{"withheld":"it was done; a guardrail keeps what came back"}'
LONGEST_RESULT = 100_000
"""Characters of a result that a model is shown."""


async def converse(
    broker: Broker,
    adapter: Conversational,
    request: AgentRequest,
    input_origins: Origins = UNKNOWN,
    told: str | None = None,
) -> AgentResult:
    """The result of the job, from where its conversation stands. ``told``: why its last answer was not accepted.

    Raises
    ------
    Suspended, Broken, Halted, Breached
    """
    talk = await _Talk.found(broker, adapter, request, derived(input_origins, frozenset({"contract"})), told)
    contract = broker.contract
    name = str(contract.config.get("model", ""))
    await adapter.loaded()
    model = GuardedModel(lambda asked: adapter.model_named(None if asked == name else asked), name)
    descriptions = [ToolDescription(each.name, each.description, each.schema) for each in contract.tools]
    while True:
        pending = talk.pending()
        if pending is not None:
            settled = await broker.settle(pending, talk.seen())
            await talk.heard(settled)
            continue
        final = talk.answered()
        if final is not None:
            return concluded(final, usage_of(talk.replies(), 0.0))
        if talk.rounds() >= contract.tool_rounds:
            said = f"it used all {contract.tool_rounds} rounds without an answer"
            raise Broken(gate.violation(contract, "failed", said))
        try:
            reply = await asyncio.wait_for(
                model.reply(
                    talk.messages(),
                    descriptions,
                    output_schema=contract.output_schema,
                    settings={**adapter.settings(request), "idempotency_key": talk.key_of_next()},
                ),
                contract.timeout,
            )
        except TimeoutError:
            raise Broken(gate.timed_out(contract)) from None
        except ModelFault as fault:
            return AgentFailed(str(fault), fault.retryable, usage_of(talk.replies(), 0.0))
        await talk.say(reply)


class _Talk:
    """A conversation as far as it is written down, and what is to be written with the next reply."""

    def __init__(
        self, broker: Broker, turns: Sequence[AgentTurn], calls: Sequence[ToolCallRecord], request: AgentRequest
    ) -> None:
        self._broker = broker
        self._turns = list(turns)
        self._calls = list(calls)
        self._request = request
        self._unwritten: list[journal.Said] = []

    @classmethod
    async def found(
        cls, broker: Broker, adapter: Conversational, request: AgentRequest, origins: Origins, told: str | None
    ) -> _Talk:
        turns, calls = await asyncio.to_thread(_read, broker)
        talk = cls(broker, turns, calls, request)
        if not turns:
            try:
                opening = adapter.opening(request)
            except ModelFault as fault:
                raise Broken(gate.violation(broker.contract, "failed", str(fault))) from None
            trusted: Origins = frozenset({"contract"})
            talk._unwritten = [
                journal.Said(to_json(each), tuple(trusted if each.role == "system" else origins)) for each in opening
            ]
        elif talk.answered() is not None or talk.rounds() >= broker.contract.tool_rounds:
            # It was taken again although it had come to its end: what it ended with was not accepted.
            said = NOT_ACCEPTED if told is None else f"{NOT_ACCEPTED} {told}"
            # Why it was not accepted may quote what came from anywhere.
            origins_of_this: tuple[Origin, ...] = ("contract",) if told is None else ("unknown",)
            talk._unwritten = [journal.Said(to_json(Message("user", said)), origins_of_this)]
            await talk._say_results()
        return talk

    def messages(self) -> list[Message]:
        return [from_json(turn.message) for turn in self._turns] + [from_json(each.message) for each in self._unwritten]

    def seen(self) -> frozenset[Origin]:
        """Whose words the model has read so far."""
        known = [_origins(turn.origins) for turn in self._turns]
        return derived(*known) if known else UNKNOWN

    def pending(self) -> list[ToolCallRecord] | None:
        """The calls of the last reply, where it asked for some that were not told to the model yet."""
        if self._unwritten or not self._turns:
            return None
        last = self._turns[-1]
        return [call for call in self._calls if call.turn == last.position] or None

    async def heard(self, settled: Sequence[ToolCallRecord]) -> None:
        """What came of the calls is told to the model with the next request."""
        ended = {call.key: call for call in settled}
        self._calls = [ended.get(call.key, call) for call in self._calls]
        for call in settled:
            heard = await told(self._broker.contract, call)
            grant = self._broker.grant(call.tool)
            trusted = grant is not None and grant.trusted_result and call.state == "done"
            origin: Origin = "system" if trusted else "tool_result" if call.state in ("done", "failed") else "contract"
            self._unwritten.append(journal.Said(to_json(Message("tool", heard, tool_call_id=call.call_id)), (origin,)))

    async def _say_results(self) -> None:
        """Where the last reply asked for tools, their results come before anything else is said."""
        feedback, self._unwritten = self._unwritten, []
        pending = self.pending()
        if pending is not None and all(call.state in ("done", "failed", "denied") for call in pending):
            await self.heard(pending)
            self._unwritten += feedback
        elif pending is None:
            self._unwritten = feedback

    def answered(self) -> Reply | None:
        """The last reply, where it ended the conversation."""
        if self._unwritten or not self._turns or self.pending() is not None:
            return None
        last = self._turns[-1]
        return _reply(last) if last.usage is not None else None

    def replies(self) -> list[Reply]:
        return [_reply(turn) for turn in self._turns if turn.usage is not None]

    def rounds(self) -> int:
        """Replies since it was last told that an answer was not accepted."""
        since = 0
        for turn in self._turns:
            since = since + 1 if turn.usage is not None else 0 if turn.message["role"] == "user" else since
        return 0 if any(each.message["role"] == "user" for each in self._unwritten) else since

    def key_of_next(self) -> str:
        return f"{self._request.idempotency_key}-{len(self._turns) + len(self._unwritten)}"

    async def say(self, reply: Reply) -> None:
        """Write down what was said to the model, what it said, and what it asks for."""
        seen = derived(
            *(_origins(turn.origins) for turn in self._turns), *(_origins(said.origins) for said in self._unwritten)
        )
        asked = [
            journal.Asked(
                call.id or f"call-{place}",
                call.name,
                canonical(call.arguments),
                tuple(of_agent(seen)),
                self._broker.grant(call.name),
            )
            for place, call in enumerate(reply.tool_calls)
        ]
        usage = {
            "inputTokens": reply.input_tokens,
            "outputTokens": reply.output_tokens,
            "model": reply.model,
            "finishReason": reply.finish_reason,
            "cost": None if reply.cost is None else repr(reply.cost),
            "currency": reply.currency,
        }
        written = to_json(Message("assistant", reply.text, reply.tool_calls))
        said = [*self._unwritten, journal.Said(written, tuple(of_agent(seen)), usage)]
        turns, calls = await asyncio.to_thread(
            journal.record_reply, self._broker.context, self._broker.held, len(self._turns), said, asked
        )
        self._turns += turns
        self._calls += calls
        self._unwritten = []


def _read(broker: Broker) -> tuple[Sequence[AgentTurn], Sequence[ToolCallRecord]]:
    with broker.context.store.read() as uow:
        return uow.turns(broker.held.job.key), uow.tool_calls(broker.held.job.key)


async def told(contract: AgentContract, call: ToolCallRecord) -> str:
    """What the model hears of a call, as JSON. A result goes to the model like the input does: through the guardrails before it."""
    content: Mapping[str, Any] = {"result": call.result}
    if call.state != "done":
        content = {"refused" if call.state == "denied" else "failed": call.message or ""}
    if contract.guardrails_before:
        try:
            if looking.needs_a_thread(contract):
                guarded = await looking.look(lambda: guard(contract.guardrails_before, "before", content))
            else:
                guarded = guard(contract.guardrails_before, "before", content)
        except (looking.TooSlow, Refused):
            return WITHHELD if call.state == "done" else NOT_TOLD
        if guarded.stopped is not None:
            return WITHHELD if call.state == "done" else NOT_TOLD
        content = guarded.content
    text = canonical_json(content)
    return text if len(text) <= LONGEST_RESULT else text[:LONGEST_RESULT] + "…"


def _reply(turn: AgentTurn) -> Reply:
    usage = turn.usage or {}
    message = from_json(turn.message)
    cost = usage.get("cost")
    return Reply(
        message.text,
        message.tool_calls,
        int(usage.get("inputTokens", 0)),
        int(usage.get("outputTokens", 0)),
        str(usage.get("model", "")),
        usage.get("finishReason", "stop"),
        None if cost is None else float(cost),
        usage.get("currency"),
    )


def _origins(names: Iterable[str]) -> Origins:
    wanted = frozenset(names)
    return frozenset(origin for origin in ORIGINS if origin in wanted) or UNKNOWN


def canonical(arguments: Any) -> str:
    """As text that is one for one meaning; what is no JSON object stays a JSON text, and is refused as arguments."""
    try:
        return canonical_arguments(arguments) if isinstance(arguments, Mapping) else canonical_json(str(arguments))
    except ValueError:
        return canonical_json("arguments that are not JSON")
