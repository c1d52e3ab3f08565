"""One job of an agent that picks tools: what came since, the model asked, its calls judged, and what is to be activated.

Only what the model may not call leads to its being asked again within one job; everything else ends it, so that nothing is kept in memory
between the tools that a person may take days for.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol, TypeVar

from laneway.agents import budgets, halting
from laneway.agents.chat import Conversational, Model, ModelFault, Reply
from laneway.commands import agent_turns, drawn_begins, drawn_calls, tool_calls as journal
from laneway.commands.agent_turns import Begun, Configuration
from laneway.commands.context import Context
from laneway.diagrams.agentic import names_of, tool_call
from laneway.domain.agent_instance import AgentInstance, AgentStatus, HistoryItem
from laneway.domain.contract import AgentCompleted, AgentContract, AgentUsage
from laneway.domain.errors import Conflict, NotFound
from laneway.domain.tools import ToolCallRecord
from laneway.governance import conversation, drawn, drawn_tools, gate
from laneway.governance.connectors import by_headers
from laneway.governance.conversation import Judged, OfferedTool, Turn
from laneway.governance.gate import Accepted, Violation
from laneway.governance.guardrails import apply as guardrails
from laneway.ports import AgentAdapter
from laneway.runtime import adhoc
from laneway.workers.agent.taking import Drawn, TakenJob
from laneway.workers.agent.tools.broker import Suspended
from laneway.workers.agent.tools.origins import origins_of_input
from laneway.workers.agentic import called, gateways, held_calls, reading, results
from laneway.workers.agentic.hearing import Hearing
from laneway.workers.agentic.messages import descriptions_of, item, messages_of, spoken

T = TypeVar("T")
METHOD = "conversation with tools drawn in the diagram"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of a turn. ``directions``: the result that the job completes with. ``beside``: what is written with it; ``dropped``: what is written if
    the job cannot be completed so."""

    verdict: Accepted | Violation
    result: AgentCompleted | None = None
    directions: Mapping[str, Any] | None = None
    beside: Callable[[Any], None] | None = None
    dropped: Callable[[], None] | None = None
    notes: Sequence[Mapping[str, Any]] = ()
    proposes: Mapping[str, Any] | None = None
    """What a person is shown of it below ``auto``; None: nothing that they decide on."""
    says: str | None = None
    """What the model said beside its calls, as the guardrails let it."""
    response: Mapping[str, Any] | None = None
    """What the element's headers read."""


class Adapters(Protocol):
    def get_adapter(self, contract: AgentContract) -> AgentAdapter: ...


async def converse(context: Context, adapters: Adapters, taken: TakenJob) -> Outcome:
    """What is expected to go wrong is a violation.

    Raises
    ------
    Halted
        A kill switch stands.
    Breached
        A budget has no room for another call.
    """
    return await _Turn(context, adapters, taken).run()


class _Turn:
    def __init__(self, context: Context, adapters: Adapters, taken: TakenJob) -> None:
        assert taken.contract is not None
        assert taken.drawn is not None
        self._context = context
        self._adapters = adapters
        speaks: object = adapters.get_adapter(taken.contract)
        self._speaks = speaks if isinstance(speaks, Conversational) else None
        self._taken = taken
        self._contract: AgentContract = taken.contract
        self._drawn: Drawn = taken.drawn
        said = reading.read(taken.input, self._contract, self._drawn.flavour)
        self._hears = Hearing(adapters, taken, self._contract, said)
        self._begun: AgentInstance | None = None
        self._level = taken.job.autonomy
        self._held = journal.Held(taken.job, taken.contract)
        self._heard: Sequence[ToolCallRecord] = ()

    async def run(self) -> Outcome:
        if self._speaks is None:
            return self._violated(
                "failed",
                f"the adapter {self._contract.adapter!r} answers once and holds no conversation; use llm or another model",
            )
        job, said = self._taken.job, self._hears.said
        named = drawn.conversation_of(said.context)
        instance, items = await self._do(lambda: agent_turns.find(self._context, job, self._contract.name, named))
        asked = conversation.asked_last(items)
        alone = self._drawn.flavour == "task"
        if alone and asked is None and not items and _entries(said.results):
            return self._violated(
                "failed",
                "TOOL_CALL_RESULTS_ON_EMPTY_CONTEXT: results of tools came without a conversation; map the agent's context in and out",
            )
        turn = self._next(asked, alone)
        waits = asked is not None and bool(asked.details.get(held_calls.WAITING))
        if turn.wait and not waits:
            return Outcome(Accepted({}), directions={})
        found = gateways.offered(self._drawn.tools, instance, asked, turn)
        if isinstance(found, str):
            return self._violated("failed", found)
        tools = drawn_tools.offered(self._contract, found)
        if waits:
            assert asked is not None
            assert instance is not None
            try:
                decided = await self._decided(asked, instance, tools, turn)
            except (Conflict, NotFound):
                return Outcome(Accepted({}), directions={})
            if isinstance(decided, Outcome):
                return decided
            asked, turn = decided
        configuration = self._configuration(tools)
        if asked is None and drawn_tools.is_named(self._contract):
            self._hears.origins = await self._do(lambda: origins_of_input(self._context, job))
        documents = await self._hears.documents(asked, turn)
        if isinstance(documents, Violation):
            return Outcome(documents, notes=self._hears.notes)
        came = self._hears.came(instance, items, asked, turn, configuration, tools, documents)
        if isinstance(came, Violation):
            return Outcome(came, notes=self._hears.notes)
        sifted = self._hears.sifted(items)
        if isinstance(sifted, Violation):
            return Outcome(sifted, notes=self._hears.notes)
        # A shadow begins nothing, so that it knows only of tools that have been listed before.
        asks = () if self._level == "shadow" else gateways.asked_for(self._contract, self._drawn.tools)
        discovery = gateways.discovery(asks, instance, asked)
        try:
            if discovery:
                return await self._discover(instance, came, configuration, discovery, turn)
            outcome = await self._talk(await self._model(), instance, sifted, came, configuration, tools, turn)
            if isinstance(outcome.verdict, Accepted):
                called.told(self._context.observers, self._contract, tools, asked, turn)
            return outcome
        except (Conflict, NotFound):
            # Something happened to the element meanwhile, and another job of it knows: this one has nothing more to say.
            return Outcome(Accepted({}), directions={}, dropped=self._dropping([]))

    async def _model(self) -> Model:
        """Each call may be stopped, and is paid for beforehand."""
        assert self._speaks is not None
        speaks, name = self._speaks, self._hears.said.model
        await speaks.loaded()
        return budgets.GuardedModel(lambda wanted: speaks.model_named(None if wanted == name else wanted), name)

    def _next(self, asked: HistoryItem | None, alone: bool) -> Turn:
        return conversation.next_turn(
            asked,
            self._hears.said.results,
            interrupts=self._hears.said.interrupts,
            all_are_in=alone and not self._handed_later(asked),
        )

    def _handed_later(self, asked: HistoryItem | None) -> bool:
        """Its reply is taken in, and what it asks for not handed out yet: this very job waited for a person."""
        return asked is not None and asked.job_key == self._taken.job.key

    async def _decided(
        self, asked: HistoryItem, instance: AgentInstance, tools: Mapping[str, OfferedTool], turn: Turn
    ) -> Outcome | tuple[HistoryItem, Turn]:
        """What people said of the calls that wait, done; or what the model is told, once nothing of them is left to be done."""
        held = await self._do(lambda: held_calls.look(self._context, self._held, asked, tools))
        if held.late is not None:
            return self._violated("approval_expired", f"{held_calls.LATE}: {held.late.tool}")
        self._hears.notes_of_calls = held.notes
        asked = replace(asked, details={**asked.details, "refused": {**asked.details.get("refused", {}), **held.told}})
        turn = self._next(asked, self._drawn.flavour == "task")
        if turn.interrupted and (held.pending or held.approved):
            gone = [*held.pending, *held.approved]
            why = "something else happened meanwhile"
            await self._do(lambda: drawn_calls.cancel(self._context, self._held, gone, why))
            held = replace(held, pending=(), approved=())
        later = self._handed_later(asked)
        if held.pending and (later or (turn.wait and not held.approved)):
            if await self._do(lambda: journal.suspend(self._context, self._held, held.keys)):
                raise Suspended
            # Somebody decided at this very moment.
            return await self._decided(asked, instance, tools, turn)
        approved = held_calls.exactly(asked.tool_calls, held.approved)
        if approved:
            await halting.go_on(tools=[name for call in approved for name in names_of(call)])
        hashes = [(call, held_calls.hash_of(tools, call.tool)) for call in held.approved]
        letting_go = drawn_calls.letting_go(self._held, hashes)
        if approved and not later:
            return self._let_go(approved, letting_go, again=bool(held.pending))
        if later:
            refused, edited = asked.details["refused"], {call["toolCallId"]: call for call in approved}
            ids = [call["toolCallId"] for call in asked.tool_calls if call["toolCallId"] not in refused]
            if ids:
                calls = [edited.get(call["toolCallId"], call) for call in asked.tool_calls if call["toolCallId"] in ids]
                # Those that needed nobody have waited, too.
                await halting.go_on(tools=[name for call in calls for name in names_of(call)])
                said = Reply(conversation.text_of(asked.content), (), 0, 0, instance.model)
                return self._handed(instance, calls, said, letting_go)
            turn = conversation.next_turn(asked, None, interrupts=False, all_are_in=True)
        if turn.wait:
            return Outcome(Accepted({}), directions={})
        self._heard = held.running
        return asked, turn

    def _let_go(self, calls: Sequence[Mapping[str, Any]], commit: Callable[[Any], None], *, again: bool) -> Outcome:
        """What is approved is activated in the transaction that spends the approvals. What was collected meanwhile stays to be heard."""
        directions = {"activateElements": self._activations(calls), adhoc.AGAIN: again}
        return Outcome(Accepted({}), None, directions, commit, notes=self._hears.notes)

    def _activations(self, calls: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        handed = [(call["elementId"], tool_call(call, self._drawn.tools)) for call in calls]
        return [
            {"elementId": element_id, "variables": {"toolCall": call, "toolCallResult": None}}
            for element_id, call in handed
        ]

    def _configuration(self, tools: Mapping[str, OfferedTool]) -> Configuration:
        said, place = self._hears.said, self._taken.place
        assert place is not None
        listed = [
            {
                "name": each.name,
                "description": each.description,
                "elementId": each.element_id,
                "inputSchema": dict(each.input_schema),
                **({"gateway": each.gateway} if each.gateway else {}),
            }
            for each in tools.values()
        ]
        return Configuration(
            self._contract.name,
            place.agent_type,
            place.process_version,
            place.version_tag,
            said.model,
            said.provider,
            said.system_prompt,
            listed,
            said.limits,
        )

    def _handed(
        self,
        instance: AgentInstance,
        calls: Sequence[Mapping[str, Any]],
        reply: Reply,
        commit: Callable[[Any], None],
        result: AgentCompleted | None = None,
        said: Sequence[HistoryItem] = (),
    ) -> Outcome:
        """Of an agent task: its tools are called by what follows it, which reads what it gives back."""
        text = {"responseText": reply.text} if reply.text else {}
        handed = [(call["elementId"], tool_call(call, self._drawn.tools)) for call in calls]
        response = reading.response_of(self._hears.said, reply, text, instance, [each for _, each in handed])
        variables = by_headers(self._drawn.headers, response)
        out = drawn_begins.handing_out(str(instance.key), handed)
        dropped = self._dropping(said)
        return Outcome(Accepted(variables), result, out, commit, dropped, self._hears.notes, response=response)

    async def _discover(
        self,
        instance: AgentInstance | None,
        came: list[HistoryItem],
        configuration: Configuration,
        calls: list[dict[str, Any]],
        turn: Turn,
    ) -> Outcome:
        """Tools from elsewhere are asked for before the model is: once per conversation, by activating what stands for them."""
        await halting.go_on(tools=[name for call in calls for name in names_of(call)])
        note = item(self._taken, "CONFIGURATION", 1, configuration=configuration.as_json(), tool_calls=calls)
        begun = await self._begin(instance, came, configuration, first=True, discovering=True)
        commit = agent_turns.committing(begun.instance, self._taken.job.key, [note], "TOOL_DISCOVERY", 0)
        return self._activating(begun.instance, calls, None, commit, [], turn)

    async def _talk(
        self,
        model: Model,
        instance: AgentInstance | None,
        items: list[HistoryItem],
        came: list[HistoryItem],
        configuration: Configuration,
        tools: Mapping[str, OfferedTool],
        turn: Turn,
    ) -> Outcome:
        first = True
        taken_ids = frozenset(call["toolCallId"] for each in items for call in each.tool_calls)
        while True:
            begun = await self._begin(instance, came, configuration, first=first)
            if begun.breach is not None:
                return self._violated("over_budget", begun.breach)
            instance, first = begun.instance, False
            items += begun.items
            reply, seconds = await self._reply(model, items, tools, instance.model_calls)
            if isinstance(reply, Violation):
                return Outcome(reply, dropped=self._dropping([]), notes=self._hears.notes)
            calls = [(call.id, call.name, call.arguments) for call in reply.tool_calls]
            seen = drawn_tools.seen_in(items)
            judged = conversation.judge(tools, self._contract.conversation, calls, instance.model_calls, taken_ids)
            judged = drawn_tools.held(self._contract, self._level, tools, judged, seen)
            said = spoken(self._taken, reply, judged, instance.model_calls, seconds)
            if not judged.calls:
                return self._answered(instance, reply, said, turn)
            going = [call for call in judged.calls if call["toolCallId"] not in judged.refused]
            too_many = conversation.too_many_tools(instance, len(going))
            if too_many is not None:
                return self._violated("over_budget", too_many, [said])
            if going:
                await halting.go_on(tools=[name for call in going for name in names_of(call)])
                commit = self._committing(instance, said, "TOOL_CALLING", len(going))
                if judged.waiting:
                    asking, first_end = held_calls.asking(self._held, judged, tools, instance.model_calls, seen)
                    commit = _both(commit, asking)
                    if self._drawn.flavour == "task":
                        await self._do(partial(drawn_calls.hold, self._context, self._held, commit, first_end))
                        raise Suspended
                again = bool(judged.waiting)
                return self._activating(instance, judged.allowed, (reply, judged), commit, [said], turn, again=again)
            # Nothing that it asked for is done: it is told why, and may do better. Each such round counts as a call.
            called.refused(self._context.observers, self._contract, tools, judged)
            taken_ids |= {call["toolCallId"] for call in judged.calls}
            came = [
                said,
                *(
                    item(
                        self._taken,
                        "TOOL_RESULT",
                        instance.model_calls,
                        judged.refused[call["toolCallId"]],
                        tool_calls=[call],
                        details={drawn_tools.ORIGINS_OF: ["contract"]},
                    )
                    for call in judged.calls
                ),
            ]

    async def _begin(
        self,
        instance: AgentInstance | None,
        came: Sequence[HistoryItem],
        configuration: Configuration,
        *,
        first: bool,
        discovering: bool = False,
    ) -> Begun:
        job, agreed = self._taken.job, self._contract.conversation
        key = None if instance is None else instance.key
        begun = await self._do(
            lambda: agent_turns.begin_call(
                self._context,
                job,
                self._taken.actor,
                key,
                replace(configuration, system_prompt=self._hears.said.system_prompt),
                came,
                lambda one: conversation.breach(one, agreed),
                first=first,
                status="TOOL_DISCOVERY" if discovering else "THINKING",
                beside=drawn_calls.hearing(self._heard) if first and self._heard else None,
            )
        )
        self._begun = begun.instance if begun.breach is None else self._begun
        return begun

    async def _reply(
        self, model: Model, items: Sequence[HistoryItem], tools: Mapping[str, OfferedTool], number: int
    ) -> tuple[Reply | Violation, float]:
        contract, said = self._contract, self._hears.said
        assert self._speaks is not None
        settings = {
            **self._speaks.settings(self._taken.request(contract, {}, self._taken.files)),
            "idempotency_key": f"{self._taken.job.key}-{number}",
        }
        started = time.monotonic()
        try:
            asking = model.reply(
                messages_of(said.system_prompt, items, said.window),
                descriptions_of(tools),
                output_schema=(said.schema or contract.output_schema) if said.as_json else None,
                settings=settings,
            )
            reply = await asyncio.wait_for(asking, contract.timeout)
        except TimeoutError:
            return gate.timed_out(contract), time.monotonic() - started
        except ModelFault as fault:
            failed = gate.violation(contract, "failed", f"FAILED_MODEL_CALL: {fault}", retryable=fault.retryable)
            return failed, time.monotonic() - started
        seconds = time.monotonic() - started
        if reply.finish_reason == "refused":
            return gate.violation(contract, "refused", "declined to answer"), seconds
        if reply.finish_reason == "length":
            return gate.violation(
                contract, "failed", "the answer was cut off at its most tokens", retryable=True
            ), seconds
        return reply, seconds

    def _answered(self, instance: AgentInstance, reply: Reply, said: HistoryItem, turn: Turn) -> Outcome:
        try:
            output = reading.output_of(self._hears.said, reply.text)
        except reading.NotParsed as fault:
            return self._violated("output_invalid", str(fault), [said], retryable=True)
        usage = AgentUsage(reply.input_tokens, reply.output_tokens, reply.cost, reply.currency)
        completed = AgentCompleted(output, model=reply.model, method=METHOD, usage=usage)
        if self._hears.said.as_json:
            completed = results.with_reasons(completed)
        concluded = guardrails.conclude(self._contract, completed)
        self._hears.notes += concluded.notes
        verdict = concluded.verdict
        kept = concluded.result if isinstance(concluded.result, AgentCompleted) else None
        said = results.weighed(said, verdict, kept)
        if isinstance(verdict, Violation):
            return Outcome(verdict, kept, dropped=self._dropping([said]), notes=self._hears.notes)
        spent = _with(instance, reply)
        response = reading.response_of(self._hears.said, reply, verdict.variables, spent, ())
        commit = self._committing(instance, said, "COMPLETED", 0)
        if self._drawn.flavour == "task":
            variables = by_headers(self._drawn.headers, response)
            directions = drawn_begins.handing_out(str(instance.key), ())
        else:
            variables = {reading.RESPONSE: response, "toolCallResults": []}
            directions = {"isCompletionConditionFulfilled": True, "isCancelRemainingInstances": turn.interrupted}
        accepted = replace(verdict, variables=variables)
        dropped = self._dropping([said])
        proposes = verdict.variables
        return Outcome(accepted, kept, directions, commit, dropped, self._hears.notes, proposes, response=response)

    def _committing(
        self, instance: AgentInstance, said: HistoryItem, status: AgentStatus, tool_calls: int
    ) -> Callable[[Any], None]:
        job_key = self._taken.job.key
        if self._level in (None, "auto"):
            return agent_turns.committing(instance, job_key, [said], status, tool_calls)
        return agent_turns.proposing(instance, job_key, [said], shadow=self._level == "shadow")

    def _activating(
        self,
        instance: AgentInstance,
        calls: Sequence[Mapping[str, Any]],
        spoke: tuple[Reply, Judged] | None,
        commit: Callable[[Any], None],
        said: Sequence[HistoryItem],
        turn: Turn,
        *,
        again: bool = False,
    ) -> Outcome:
        """The tools are called by the diagram: in the sub-process by activation, else by what the gateway behind the task reads. ``again``:
        some of what was asked for waits for a person, so that a job is needed to wait with."""
        result, proposes, says = None, None, None
        reply = Reply("")
        if spoke is not None:
            proposes, says = drawn.proposed(calls), self._hears.beside(spoke[0].text)
            reply = spoke[0]
            usage = AgentUsage(reply.input_tokens, reply.output_tokens, reply.cost, reply.currency)
            result = AgentCompleted({}, model=reply.model, method=METHOD, usage=usage)
            instance = _with(instance, reply)
        if self._drawn.flavour == "task":
            handed = self._handed(instance, calls, reply, commit, result, said)
            return replace(handed, proposes=proposes, says=says)
        directions = {
            "activateElements": self._activations(calls),
            "isCancelRemainingInstances": turn.interrupted,
            adhoc.AGAIN: again,
        }
        accepted = Accepted({"toolCallResults": []})
        return Outcome(accepted, result, directions, commit, self._dropping(said), self._hears.notes, proposes, says)

    def _violated(
        self, kind: Any, message: str, said: Sequence[HistoryItem] = (), *, retryable: bool = False
    ) -> Outcome:
        verdict = gate.violation(self._contract, kind, message, retryable=retryable)
        return Outcome(verdict, dropped=self._dropping(said), notes=self._hears.notes)

    def _dropping(self, said: Sequence[HistoryItem]) -> Callable[[], None] | None:
        begun = self._begun
        if begun is None:
            return None
        return lambda: agent_turns.discard(self._context, begun, self._taken.actor, self._taken.job.key, said)

    async def _do(self, work: Callable[[], T]) -> T:
        """Stepped by hand, in the thread of who steps, whose clock it is; else in another, so that the loop goes on."""
        return await asyncio.to_thread(work) if self._taken.kept else work()


def _both(first: Callable[[Any], None], then: Callable[[Any], None]) -> Callable[[Any], None]:
    def work(unit: Any) -> None:
        first(unit)
        then(unit)

    return work


def _entries(collected: Any) -> bool:
    return isinstance(collected, list) and bool(collected)


def _with(instance: AgentInstance, reply: Reply) -> AgentInstance:
    """As it will be once the reply is written."""
    return replace(
        instance,
        input_tokens=instance.input_tokens + reply.input_tokens,
        output_tokens=instance.output_tokens + reply.output_tokens,
    )
