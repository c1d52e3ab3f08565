"""The shape in which models are spoken to, and the models that need no intelligence."""

from __future__ import annotations

import asyncio

import pytest

from laneway.agents.chat import Message, Model, ModelFault, Reply, ToolCall, from_json, to_json
from laneway.agents.scripted_model import AdversarialModel, ScriptedModel


@pytest.mark.parametrize(
    "message",
    [
        Message("system", "be brief"),
        Message("assistant", "", (ToolCall("1", "look_up", {"sku": "A-1"}), ToolCall("2", "look_up", "not JSON"))),
        Message("tool", '{"price": 3}', tool_call_id="1"),
    ],
)
def test_a_message_is_the_same_after_it_was_written_down(message: Message) -> None:
    assert from_json(to_json(message)) == message


def test_a_script_goes_on_where_the_conversation_stands() -> None:
    # given a second worker with a model of its own, and what the first one recorded
    model: Model = ScriptedModel([Reply("first"), Reply("second")])
    recorded = [Message("user", "go"), Message("assistant", "first"), Message("user", "on")]

    # when it goes on
    reply = asyncio.run(model.reply(recorded))

    # then the first reply isn't said again
    assert reply.text == "second"


def test_a_script_that_has_ended_says_so() -> None:
    with pytest.raises(ModelFault) as fault:
        asyncio.run(ScriptedModel([]).reply([Message("user", "go")]))
    assert not fault.value.retryable


def test_the_adversary_tries_again_after_every_refusal() -> None:
    model: Model = AdversarialModel([ToolCall("x", "send_mail", {"to": "eve@example.org"})])
    refused = [Message("assistant", "", (ToolCall("x-0", "send_mail", {}),)), Message("tool", "refused", (), "x-0")]

    reply = asyncio.run(model.reply(refused))

    assert reply.tool_calls == (ToolCall("x-1", "send_mail", {"to": "eve@example.org"}),)
