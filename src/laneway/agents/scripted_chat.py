"""A model as an adapter whose replies were written down beforehand, or that attacks: for tests, cases and the corpus of attacks.

Config, one of
    replies: [{calls: [{tool: …, arguments: {…}}], text: …}, {output: {…}}]       in their order, over all attempts
    attack: [{tool: …, arguments: {…}}], turns: 3, output: {…}                    asked for at every turn, whatever it is told
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from laneway.agents.chat import Message, Model, ModelFault, Reply, ToolCall
from laneway.agents.concluding import concluded, usage_of
from laneway.agents.prompting import as_data
from laneway.agents.scripted_model import AdversarialModel, ScriptedModel
from laneway.domain.contract import AgentFailed, AgentRequest, AgentResult
from laneway.governance.schemas import canonical_json

_KEYS = {"replies": {"replies"}, "attack": {"attack", "turns", "output"}}
_REPLY_KEYS = frozenset(
    {"calls", "text", "output", "fail", "retryable", "input_tokens", "output_tokens", "cost", "currency"}
)


class ScriptedChat:
    def __init__(self, model: Model) -> None:
        self._model = model

    async def loaded(self) -> Model:
        return self._model

    def model_named(self, name: str | None) -> Model:
        return self._model

    def opening(self, request: AgentRequest) -> Sequence[Message]:
        return Message("system", request.contract.purpose), Message("user", as_data("input", request.input))

    def settings(self, request: AgentRequest) -> Mapping[str, Any]:
        return {}

    async def run(self, request: AgentRequest) -> AgentResult:
        started = time.monotonic()
        try:
            reply = await self._model.reply(self.opening(request), output_schema=request.contract.output_schema)
        except ModelFault as fault:
            return AgentFailed(str(fault), fault.retryable, usage_of((), time.monotonic() - started))
        return concluded(reply, usage_of((reply,), time.monotonic() - started), "answer written down beforehand")


def create(config: Mapping[str, Any]) -> ScriptedChat:
    """ValueError for a script that is none."""
    kind = "replies" if "replies" in config else "attack"
    unknown = sorted(set(config) - _KEYS[kind])
    if unknown:
        raise ValueError(f"unknown keys {', '.join(unknown)}; known: {', '.join(sorted(_KEYS[kind]))}")
    if kind == "attack":
        turns = config.get("turns")
        return ScriptedChat(
            AdversarialModel(
                _calls(config["attack"], "attack"),
                canonical_json(config.get("output") or {}),
                None if turns is None else int(turns),
            )
        )
    replies = config["replies"]
    if not isinstance(replies, list | tuple) or not replies:
        raise ValueError("`replies` is a list of replies")
    return ScriptedChat(ScriptedModel([_reply(reply, turn) for turn, reply in enumerate(replies)]))


def _reply(reply: Any, turn: int) -> Reply | ModelFault:
    if not isinstance(reply, Mapping) or set(reply) - _REPLY_KEYS:
        raise ValueError(f"replies[{turn}]: known are {', '.join(sorted(_REPLY_KEYS))}")
    if "fail" in reply:
        return ModelFault(str(reply["fail"]), retryable=bool(reply.get("retryable", True)))
    calls = _calls(reply.get("calls") or (), f"replies[{turn}].calls", f"{turn}-")
    text = canonical_json(reply["output"]) if "output" in reply else str(reply.get("text", ""))
    cost = reply.get("cost")
    return Reply(
        text,
        calls,
        int(reply.get("input_tokens", 0)),
        int(reply.get("output_tokens", 0)),
        "scripted",
        "tool_calls" if calls else "stop",
        None if cost is None else float(cost),
        reply.get("currency"),
    )


def _calls(calls: Any, where: str, prefix: str = "") -> tuple[ToolCall, ...]:
    made = []
    for place, call in enumerate(calls):
        if not isinstance(call, Mapping) or set(call) - {"tool", "arguments"} or "tool" not in call:
            raise ValueError(f"{where}[{place}]: write `tool:` and `arguments:`")
        made.append(ToolCall(f"{prefix}{place}", str(call["tool"]), call.get("arguments", {})))
    return tuple(made)
