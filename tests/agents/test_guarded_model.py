"""A model under a contract: each request may be stopped, is paid for beforehand, and goes to the cheaper model where that is all there is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from laneway.agents import budgets, halting, prompt_size
from laneway.agents.budgets import Breached, GuardedModel, Reserved
from laneway.agents.chat import Message, ModelFault, Reply
from laneway.agents.scripted_model import ScriptedModel
from laneway.domain.limits import Amounts, Limit
from laneway.governance.limits import Breach

D = Decimal
ASKED = [Message("user", "hello")]
PROMPT = prompt_size.tokens_of(ASKED, (), None, D(3))
FULL = Breach(Limit("day", "calls", D(1)), D(0), D(1))
REPLY = Reply("hello", input_tokens=7, output_tokens=3, cost=0.25, currency="EUR")


class Purse:
    """A budget that gives what it is told to, and keeps what was settled."""

    def __init__(self, given: Reserved | Breach) -> None:
        self.given = given
        self.settled: list[Amounts | None] = []

    async def reserve(self, most: Amounts | None = None) -> Reserved | Breach:
        return self.given

    async def settle(self, reserved: Reserved, actual: Amounts | None) -> None:
        self.settled.append(actual)


def ask(purse: Purse, model: ScriptedModel, stopped: str = "", **settings: Any) -> tuple[Any, list[str]]:
    made: list[str] = []

    def make(name: str) -> ScriptedModel:
        made.append(name)
        return model

    async def why_not(name: str | None, tools: Sequence[str]) -> str | None:
        return "no more" if name == stopped else None

    async def run() -> Reply:
        with budgets.lent(purse), halting.asking(why_not):
            return await GuardedModel(make, "big").reply(ASKED, settings=settings)

    try:
        return asyncio.run(run()), made
    except Exception as error:
        return error, made


def test_a_reply_is_settled_with_what_it_used() -> None:
    # Given a budget in euros; when a model replies; then what it says is what counts.
    purse = Purse(Reserved(1, {"tokens": D(100)}, currency="EUR"))
    model = ScriptedModel([REPLY])
    reply, made = ask(purse, model, max_tokens=500)
    assert (reply, made, model.asked[0].settings["max_tokens"]) == (REPLY, ["big"], 100 - PROMPT)
    (actual,) = purse.settled
    assert actual is not None
    assert (actual["tokens"], actual["money"], actual["calls"]) == (10, D("0.25"), 1)


def test_the_model_that_the_budget_leaves_is_asked() -> None:
    assert ask(Purse(Reserved(1, degrade_to="small")), ScriptedModel([REPLY]))[1] == ["small"]


@pytest.mark.parametrize(
    ("given", "stopped", "raised", "settled"),
    [
        (FULL, "", Breached, []),
        (Reserved(1, {"tokens": D(5)}), "big", halting.Halted, [{"tokens": 0}]),
        (Reserved(1, degrade_to="small"), "small", halting.Halted, [{}]),
    ],
)
def test_what_may_not_be_asked_is_not_asked(given: Any, stopped: str, raised: type, settled: list[Any]) -> None:
    # Given no room, or a switch over the model in question; when it is to be asked; then it is not, and nothing is spent.
    purse, model = Purse(given), ScriptedModel([REPLY])
    error, made = ask(purse, model, stopped)
    assert (type(error), made, model.asked, purse.settled) == (raised, [], [], settled)


def test_what_a_failed_request_has_used_is_not_known() -> None:
    purse = Purse(Reserved(1, {"tokens": D(500)}))
    error, _ = ask(purse, ScriptedModel([ModelFault("down")]))
    assert (type(error), purse.settled) == (ModelFault, [None])


def test_prompt_and_answer_together_stay_within_what_was_set_aside() -> None:
    # Given a call of a hundred tokens; when its prompt takes some; then the answer may have the rest, however it is written.
    bound = prompt_size.tokens_of(ASKED, (), None, D(1))
    for spoken in (Message("user", "hello"), Message("user", "日本語のながいぶんしょう" * 2)):
        purse = Purse(Reserved(1, {"tokens": D(200)}, bytes_per_token=D(1)))
        model = ScriptedModel([REPLY])
        asyncio.run(_asked(purse, model, [spoken]))
        most = model.asked[0].settings["max_tokens"]
        assert most + prompt_size.tokens_of([spoken], (), None, D(1)) == 200
        assert len(spoken.text.encode()) + most <= 200
    assert bound > len("hello")


def test_a_prompt_that_takes_all_is_not_sent() -> None:
    # Given a call of a hundred tokens; when its prompt alone is longer; then nothing is sent, and nothing was used.
    purse = Purse(Reserved(1, {"tokens": D(100), "calls": D(1)}))
    model = ScriptedModel([REPLY])
    with pytest.raises(Breached) as breached:
        asyncio.run(_asked(purse, model, [Message("user", "long " * 100)]))
    assert "its prompt alone takes about" in breached.value.breach.message
    assert (model.asked, purse.settled) == ([], [{"tokens": D(0), "calls": D(0)}])


async def _asked(purse: Purse, model: ScriptedModel, messages: list[Message]) -> Reply:
    with budgets.lent(purse):
        return await GuardedModel(lambda name: model, "big").reply(messages)
