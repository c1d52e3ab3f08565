"""Models without intelligence, for tests and cases: one that says what was written down, and one that always attempts an attack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from laneway.agents.chat import Message, ModelFault, Reply, ToolCall, ToolDescription


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came."""

    messages: tuple[Message, ...]
    tools: tuple[ToolDescription, ...]
    output_schema: Mapping[str, Any] | None
    settings: Mapping[str, Any]


class ScriptedModel:
    """Says ``replies`` in their order; a fault among them is raised. Keeps what it was ``asked``.

    Which reply is due is told by how many times the conversation holds the role assistant, not by counting calls: a job that
    goes on elsewhere, from what was recorded, goes on in the script where it stood.
    """

    def __init__(self, replies: Sequence[Reply | ModelFault]) -> None:
        self._replies = tuple(replies)
        self.asked: list[Asked] = []

    async def reply(
        self,
        messages: Sequence[Message],
        tools: Sequence[ToolDescription] = (),
        *,
        output_schema: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] = {},
    ) -> Reply:
        self.asked.append(Asked(tuple(messages), tuple(tools), output_schema, settings))
        turn = sum(message.role == "assistant" for message in messages)
        if turn >= len(self._replies):
            raise ModelFault("the script has no more replies", retryable=False)
        said = self._replies[turn]
        if isinstance(said, ModelFault):
            raise said
        return said


class AdversarialModel:
    """Attempts ``attack`` at every turn for as long as it is asked, whatever it is told, and then says ``text``.

    ``turns``: how often it tries before it gives its text; None: it never stops by itself.
    """

    def __init__(self, attack: Sequence[ToolCall], text: str = "{}", turns: int | None = None) -> None:
        self._attack = tuple(attack)
        self._text = text
        self._turns = turns
        self.asked: list[Asked] = []

    async def reply(
        self,
        messages: Sequence[Message],
        tools: Sequence[ToolDescription] = (),
        *,
        output_schema: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] = {},
    ) -> Reply:
        self.asked.append(Asked(tuple(messages), tuple(tools), output_schema, settings))
        turn = sum(message.role == "assistant" for message in messages)
        if self._turns is not None and turn >= self._turns:
            return Reply(self._text, model="adversarial")
        calls = tuple(ToolCall(f"{call.id}-{turn}", call.name, call.arguments) for call in self._attack)
        return Reply("", calls, model="adversarial", finish_reason="tool_calls")
