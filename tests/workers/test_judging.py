"""Evaluators and guardrails around agents at work: none is believed by its own word, none holds up another one's job."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Mapping
from typing import Any

import pytest

from laneway.governance.guardrails import registry
from laneway.governance.guardrails.base import Inspection
from laneway.workers.agent import looking
from tests.support.world import World
from tests.workers.test_agents import GOOD, agents, ends, letter

OTHER = {**GOOD, "output": {"kind": "praise"}}
AGREEMENT = {"threshold": 0.6, "evaluator": {"use": "agreement", "config": {"answers": 3}}}
BELOW = {"low_confidence": {"escalation": "UNSURE"}}


@pytest.mark.parametrize(("answers", "end"), [([GOOD, OTHER, GOOD], "done"), ([GOOD, OTHER, OTHER], "end_unsure")])
def test_an_answer_is_taken_where_enough_others_say_the_same(world: World, answers: Any, end: str) -> None:
    # Given an agent that is asked three times; when one or two of the others agree with the first; then that decides.
    world.deploy(letter(), agents(answers, confidence=AGREEMENT, on=BELOW, limits={"job": {"calls": 3}}))
    key = world.start(variables={"letter": "x"})
    world.settle()
    assert ends(world, key) == {end}
    details = [row["details"] for row in world.audits(rootProcessInstanceKey=key) if "evaluation" in row["details"]]
    said = details[0]["evaluation"]
    assert (said["evaluator"], said["answers"], said["agentSays"]) == ("agreement", 3, "0.9")
    # … and each of the three was a call
    (row,) = world.rows("budgets", measure="calls")
    assert (row["spent"], row["reserved"]) == (3_000_000, 0)


def test_answers_that_no_budget_pays_for_agree_with_nothing(world: World) -> None:
    # Given an agent that may be called once for a job; when three answers are wanted; then one in three agrees.
    world.deploy(letter(), agents(GOOD, confidence=AGREEMENT, on=BELOW, limits={"job": {"calls": 1}}))
    key = world.start(variables={"letter": "x"})
    world.settle()
    assert ends(world, key) == {"end_unsure"}


class Slow:
    decisions = frozenset({"block"})
    default = "block"

    def inspect(self, content: Mapping[str, Any]) -> Inspection:
        time.sleep(0.5)
        return Inspection()


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.BUILT_IN, "slow", lambda config: Slow())  # type: ignore[arg-type]
    registry._made.cache_clear()


@pytest.mark.usefixtures("slow")
def test_what_a_guardrail_does_not_let_pass_in_time_is_blocked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a guardrail that is slower than it may be; when an agent's job needs it; then nothing goes to the agent.
    monkeypatch.setattr(looking, "LONGEST_LOOK", 0.05)
    guardrails = {"before": [{"use": "slow"}]}
    world.deploy(letter(), agents(GOOD, guardrails=guardrails, on={"blocked": {"error": "DOWN"}}))
    key = world.start(variables={"letter": "x"})
    world.settle()
    assert ends(world, key) == {"end_down"}


def test_a_slow_look_holds_up_no_other_task() -> None:
    # Given a look that takes long; when another task of the same loop runs; then it does not wait for it.
    async def both() -> list[str]:
        order: list[str] = []

        async def looks() -> None:
            await looking.look(lambda: time.sleep(0.3))
            order.append("look")

        async def others() -> None:
            await asyncio.sleep(0.02)
            order.append("other")

        await asyncio.gather(looks(), others())
        return order

    assert asyncio.run(both()) == ["other", "look"]


def test_looks_that_never_end_do_not_pile_up() -> None:
    # Given as many late looks as there may be; when one more is wanted; then it is refused at once; when they end, then it is not.
    async def many() -> float:
        late = [looking.look(lambda: time.sleep(0.6), 0.01) for _ in range(looking.MOST_LATE)]
        assert all(isinstance(each, looking.TooSlow) for each in await asyncio.gather(*late, return_exceptions=True))
        began = time.monotonic()
        with pytest.raises(looking.TooSlow):
            await looking.look(lambda: time.sleep(5))
        waited = time.monotonic() - began
        await asyncio.sleep(0.8)
        assert await looking.look(lambda: 5) == 5
        return waited

    assert asyncio.run(many()) < 0.3


def test_a_look_that_ends_its_thread_is_told_at_once_and_does_not_count_as_late() -> None:
    # Given guardrails that leave the program, more of them than may be late; when they look; then each is told as a fault.
    async def many() -> list[BaseException]:
        looks = [looking.look(lambda: sys.exit(1), 5) for _ in range(looking.MOST_LATE + 1)]
        return [
            each for each in await asyncio.gather(*looks, return_exceptions=True) if isinstance(each, BaseException)
        ]

    began = time.monotonic()
    found = asyncio.run(many())
    assert ({type(each) for each in found}, len(found)) == ({RuntimeError}, looking.MOST_LATE + 1)
    assert time.monotonic() - began < 4


def test_who_completes_an_agent_s_job_is_on_record_as_held_to_the_schema_alone(world: World) -> None:
    # Given an agent's job that a person completes; when the record is read; then it says in whose place, and what they were held to.
    world.deploy(letter(), agents(GOOD))
    key = world.start(variables={"letter": "x"})
    (row,) = world.rows("jobs")
    world.engine.complete_job(row["jobKey"], {"kind": "praise"})
    details = world.audits(rootProcessInstanceKey=key)[-1]["details"]
    assert (details["inPlaceOf"]["agent"], details["inPlaceOf"]["heldTo"]) == ("classifier", "output schema")
