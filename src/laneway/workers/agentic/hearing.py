"""What an agent that picks tools is given to hear: the prompt, documents, results and events, each looked through on its way to the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from laneway.agents import attachments
from laneway.agents.documents import Unreadable
from laneway.agents.prompting import as_data, schema_name
from laneway.commands import drawn_turns
from laneway.commands.agent_turns import Configuration
from laneway.domain.agent_instance import AgentInstance, HistoryItem
from laneway.domain.contract import AgentContract
from laneway.domain.origins import UNKNOWN, Origin, Origins
from laneway.governance import conversation, drawn_tools, gate, sources
from laneway.governance.conversation import OfferedTool, Turn
from laneway.governance.gate import Violation
from laneway.governance.guardrails import apply as guardrails
from laneway.workers.agent.taking import TakenJob
from laneway.workers.agentic.messages import item
from laneway.workers.agentic.reading import Said


class Hearing:
    """
    Attributes
    ----------
    said
        What the element says, as the model may see it.
    notes
        Of the guardrails, in their order.
    origins
        Whose words the prompt holds.
    notes_of_calls
        What people said of calls, by their id.
    """

    def __init__(self, adapters: object, taken: TakenJob, contract: AgentContract, said: Said) -> None:
        self._adapters = adapters
        self._taken = taken
        self._contract = contract
        self.said = said
        self.notes: list[Mapping[str, Any]] = []
        self.origins: Origins = UNKNOWN
        self.notes_of_calls: Mapping[str, Mapping[str, str]] = {}

    def came(
        self,
        instance: AgentInstance | None,
        items: Sequence[HistoryItem],
        asked: HistoryItem | None,
        turn: Turn,
        configuration: Configuration,
        tools: Mapping[str, OfferedTool],
        documents: Sequence[str],
    ) -> list[HistoryItem] | Violation:
        """What the model is given that it has not seen: the prompt, results in the order of its calls, events as messages."""
        iteration = 1 if instance is None else instance.model_calls + 1
        found: list[HistoryItem] = []
        if not items or instance is None or _differs(instance, configuration):
            found.append(item(self._taken, "CONFIGURATION", iteration, configuration=configuration.as_json()))
        if asked is not None and asked.role == "ASSISTANT":
            for call, content in turn.results:
                guarded = self._guarded("toolCallResult", content)
                if isinstance(guarded, Violation):
                    return guarded
                details: dict[str, Any] = {drawn_tools.ORIGINS_OF: [self._origin_of(call, asked, tools)]}
                if call["toolCallId"] in self.notes_of_calls:
                    details["approval"] = dict(self.notes_of_calls[call["toolCallId"]])
                found.append(item(self._taken, "TOOL_RESULT", iteration, guarded, tool_calls=[call], details=details))
        if asked is None:
            prompt = self._prompt(first=not items, alone=not documents)
            if isinstance(prompt, Violation):
                return prompt
            told = [each for text in (prompt, *documents) if text for each in conversation.blocks(text)]
            origins = sorted({*self.origins, *(["document"] if documents else ())})
            asking = item(self._taken, "USER", iteration, details={drawn_tools.ORIGINS_OF: origins})
            found.append(replace(asking, content=told))
        elif documents:
            told = [each for text in documents for each in conversation.blocks(text)]
            brought = {"documents": True, drawn_tools.ORIGINS_OF: ["document"]}
            found.append(replace(item(self._taken, "USER", iteration, details=brought), content=told))
        for event in turn.events:
            guarded = self._guarded("event", event)
            if isinstance(guarded, Violation):
                return guarded
            found.append(
                item(
                    self._taken,
                    "USER",
                    iteration,
                    guarded,
                    details={"event": True, drawn_tools.ORIGINS_OF: ["message"]},
                )
            )
        return found

    def sifted(self, items: Sequence[HistoryItem]) -> list[HistoryItem] | Violation:
        """What was written down while a person decided is looked through before the model is given it."""
        found: list[HistoryItem] = []
        for each in items:
            if not each.details.get(drawn_turns.RAW):
                found.append(each)
                continue
            guarded = self._guarded(each.role, [block.get("text", block.get("object")) for block in each.content])
            if isinstance(guarded, Violation):
                return guarded
            found.append(
                replace(each, content=[block for content in guarded for block in conversation.blocks(content)])
            )
        return found

    async def documents(self, asked: HistoryItem | None, turn: Turn) -> list[str] | Violation:
        """Documents of the prompt, or of what tools and events brought, each as data that its own text cannot end."""
        brought = [content for _, content in turn.results] + list(turn.events)
        references = list(attachments.references_in([self.said.documents] if asked is None else brought))
        if not references:
            return []
        way_out = getattr(self._adapters, "way_out", None)
        try:
            seen = sources.sift(self._contract, self._taken.files, self._taken.today).files
            texts = await attachments.texts_of(references, None if way_out is None else way_out(self._contract), seen)
        except Unreadable as fault:
            return gate.violation(self._contract, "failed", f"DOCUMENT_NOT_READ: {fault}")
        found: list[str] = []
        for name, text in texts:
            guarded = self._guarded("document", text)
            if isinstance(guarded, Violation):
                return guarded
            found.append(as_data(schema_name(name), guarded))
        return found

    def _prompt(self, *, first: bool, alone: bool = True) -> str | Violation:
        said = self.said
        if not said.user_prompt.strip() and alone:
            return gate.violation(self._contract, "failed", "NO_USER_MESSAGE_CONTENT: the user prompt is empty")
        if not first:
            guarded = self._guarded("userPrompt", said.user_prompt)
            return guarded if isinstance(guarded, Violation) else str(guarded)
        given = {"systemPrompt": said.system_prompt, "userPrompt": said.user_prompt}
        prepared = guardrails.prepare(self._contract, given)
        self.notes += prepared.notes
        if prepared.violation is not None:
            return prepared.violation
        # What was redacted before the model sees it stays so.
        self.said = replace(said, system_prompt=str(prepared.input.get("systemPrompt", "")))
        return str(prepared.input.get("userPrompt", ""))

    def _guarded(self, name: str, content: Any) -> Any:
        """Whatever a tool or an event brings is looked through as any input is."""
        guarded = guardrails.guard(self._contract.guardrails_before, "before", {name: content})
        self.notes += guarded.notes
        if guarded.stopped is not None:
            kind: Any = "handed_over" if guarded.asks else "blocked"
            return gate.violation(
                self._contract, kind, f"the guardrail {guarded.stopped!r} stopped the {name} on its way to the model"
            )
        return guarded.content[name]

    def beside(self, text: str) -> str | None:
        """What is said to a person beside calls is looked through as an answer is; what would be stopped is withheld."""
        if not text or self._taken.job.autonomy in (None, "auto"):
            return None
        guarded = guardrails.guard(self._contract.guardrails_after, "after", {"says": text})
        self.notes += guarded.notes
        return None if guarded.stopped is not None else str(guarded.content["says"])

    def _origin_of(self, call: Mapping[str, Any], asked: HistoryItem, tools: Mapping[str, OfferedTool]) -> Origin:
        """Of what the model is told of a call."""
        if call["toolCallId"] in asked.details.get("refused", {}):
            return "contract"
        if self._taken.drawn is not None and self._taken.drawn.flavour == "task":
            return "tool_result"  # it came by a variable of the process, which any step in between may have written
        tool = tools.get(call["toolName"])
        grant = None if tool is None else drawn_tools.grant_of(self._contract, tool)
        return "system" if grant is not None and grant.trusted_result else "tool_result"


def _differs(instance: AgentInstance, configuration: Configuration) -> bool:
    known = (instance.model, instance.provider, instance.tools, instance.limits)
    return known != (
        configuration.model,
        configuration.provider,
        [dict(tool) for tool in configuration.tools],
        dict(configuration.limits),
    )
