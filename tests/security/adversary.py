"""A model that does what it was told to do to us: whatever the contract, the prompt and the results say, it attempts its attack."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from laneway.agents.chat import Message, Reply, ToolCall, ToolDescription
from laneway.agents.concluding import concluded, usage_of
from laneway.domain.contract import AgentRequest, AgentResult


@dataclass(frozen=True, slots=True)
class Plan:
    """``turns``: the calls of each turn; the last repeats where ``endless``. ``output``: what it says in the end."""

    turns: tuple[tuple[tuple[str, Any], ...], ...]
    output: Mapping[str, Any]
    endless: bool = False


class Adversary:
    """An adapter that is a model. Which plan it follows is said by the case's own number in the input; ``replies`` counts how often it
    was asked, and ``seen`` what it was shown, so that a test can tell that an injection came through to it."""

    def __init__(self) -> None:
        self.plans: dict[str, Plan] = {}
        self.replies: dict[str, int] = {}
        self.seen: dict[str, str] = {}

    async def loaded(self) -> Adversary:
        return self

    def model_named(self, name: str | None) -> Adversary:
        return self

    def opening(self, request: AgentRequest) -> Sequence[Message]:
        return Message("system", request.contract.purpose), Message(
            "user", json.dumps(dict(request.input), default=str)
        )

    def settings(self, request: AgentRequest) -> Mapping[str, Any]:
        return {}

    async def run(self, request: AgentRequest) -> AgentResult:
        reply = await self.reply(self.opening(request))
        return concluded(reply, usage_of((reply,), 0.0), "adversary")

    async def reply(
        self,
        messages: Sequence[Message],
        tools: Sequence[ToolDescription] = (),
        *,
        output_schema: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] = {},
    ) -> Reply:
        said = next(message for message in messages if message.role == "user")
        case = str(json.loads(said.text)["case"])
        plan = self.plans[case]
        self.replies[case] = self.replies.get(case, 0) + 1
        self.seen[case] = "\n".join(message.text for message in messages)
        turn = sum(message.role == "assistant" for message in messages)
        if turn < len(plan.turns) or plan.endless:
            calls = plan.turns[min(turn, len(plan.turns) - 1)]
            asked = tuple(ToolCall(f"c{turn}-{place}", name, given) for place, (name, given) in enumerate(calls))
            return Reply("", asked, 10, 10, "adversary", "tool_calls")
        return Reply(json.dumps(dict(plan.output)), (), 10, 10, "adversary")
