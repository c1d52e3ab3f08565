"""Talking to a model: the one shape that every model is spoken to in, whoever makes it and whatever loop is around it.

A model says what it wants; it does nothing. What becomes of a tool call is decided by whoever holds the loop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

from laneway.domain.contract import MOST_COST, MOST_TOKENS, AgentRequest

Role = Literal["system", "user", "assistant", "tool"]
FinishReason = Literal["stop", "tool_calls", "length", "refused", "other"]


@dataclass(frozen=True, slots=True)
class ToolDescription:
    """A tool as the model is told of it. ``input_schema``: JSON Schema of an object."""

    name: str
    description: str
    input_schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """What the model asks for. ``arguments``: a JSON object, or whatever the model wrote in its place."""

    id: str
    name: str
    arguments: Any


@dataclass(frozen=True, slots=True)
class Message:
    """``tool_calls`` belong to the role assistant; ``tool_call_id`` to the role tool, whose ``text`` is the result."""

    role: Role
    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """``cost`` is in ``currency``, where the model's price is known."""

    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    input_tokens: int = 0
    output_tokens: int = 0
    model: str = ""
    finish_reason: FinishReason = "stop"
    cost: float | None = None
    currency: str | None = None

    def __post_init__(self) -> None:
        for name in ("input_tokens", "output_tokens"):
            object.__setattr__(self, name, max(0, min(getattr(self, name), MOST_TOKENS)))
        if self.cost is not None:
            object.__setattr__(self, "cost", max(0.0, min(self.cost, MOST_COST)))


class ModelFault(Exception):
    """The model gave no reply. ``retryable``: asking again may help. The message goes into records: no secret, no value."""

    def __init__(self, message: str, *, retryable: bool = True) -> None:
        super().__init__(message)
        self.retryable = retryable


class Model(Protocol):
    async def reply(
        self,
        messages: Sequence[Message],
        tools: Sequence[ToolDescription] = (),
        *,
        output_schema: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] = {},
    ) -> Reply:
        """One request, one reply. ``output_schema``: the text of the final reply is to be JSON that meets it. ``settings``:
        ``temperature``, ``max_tokens``, ``timeout`` (seconds), ``idempotency_key``; what a model does not know it leaves out.

        Raises
        ------
        ModelFault
            There is no reply.
        """
        ...


@runtime_checkable
class Conversational(Protocol):
    """What an adapter has besides ``run`` where it is a model: whoever holds a loop talks to it turn by turn."""

    async def loaded(self) -> Model:
        """Its model, once what takes long is done, outside of the event loop."""
        ...

    def model_named(self, name: str | None) -> Model:
        """Another model of the same kind; None: its own."""
        ...

    def opening(self, request: AgentRequest) -> Sequence[Message]:
        """What the conversation about ``request`` begins with. Raises ModelFault where it can't be put together."""
        ...

    def settings(self, request: AgentRequest) -> Mapping[str, Any]:
        """For each ``reply`` of that conversation."""
        ...


def conversational(adapter: object) -> Conversational | None:
    """The adapter, if it is one. To ask all that its Protocol names takes ten times as long, and is left to those that may be."""
    return adapter if hasattr(adapter, "loaded") and isinstance(adapter, Conversational) else None


def to_json(message: Message) -> dict[str, Any]:
    """``{"role", "text", "toolCalls": [{"id", "name", "arguments"}], "toolCallId"}``; what is empty is left out."""
    written: dict[str, Any] = {"role": message.role, "text": message.text}
    if message.tool_calls:
        written["toolCalls"] = [
            {"id": call.id, "name": call.name, "arguments": call.arguments} for call in message.tool_calls
        ]
    if message.tool_call_id is not None:
        written["toolCallId"] = message.tool_call_id
    return written


def from_json(written: Mapping[str, Any]) -> Message:
    """The message that ``to_json`` wrote."""
    calls = tuple(ToolCall(call["id"], call["name"], call["arguments"]) for call in written.get("toolCalls", ()))
    return Message(written["role"], written["text"], calls, written.get("toolCallId"))
