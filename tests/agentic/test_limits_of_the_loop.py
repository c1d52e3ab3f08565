"""Limits of an agent task with a loop: each call of its model is set aside by itself, whichever worker makes it."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest

from laneway.agents.chat import Reply
from laneway.queries.budgets import in_units
from tests.agentic.script import Script, call, calls, registry, says, world
from tests.support.world import World

MOST = 3_000
USED = 900
ROUNDS = {"call": {"tokens": 1_000, "money": 0.5}, "currency": "EUR"}


def reply(line: Reply, *, cost: float = 0.1) -> Reply:
    return replace(line, input_tokens=USED - 10, output_tokens=10, cost=cost)


def endless() -> Script:
    """Asks for a tool for ever."""

    def ask(messages: Any) -> Reply:
        return reply(calls(call("Double", f"{len(messages)}", number=4)))

    return Script(*[ask] * 100)


def budget(made: World, span: str, measure: str) -> dict[str, Any]:
    (row,) = made.rows("budgets", span=span, measure=measure)
    return in_units(row)


@pytest.mark.parametrize(
    ("limits", "made_calls"),
    [
        ({"day": {"tokens": MOST}}, 3),
        ({"instance": {"tokens": MOST}}, 3),
        ({"day": {"money": 0.75}}, 3),
        ({"instance": {"calls": 2}}, 2),
        ({"job": {"calls": 1}}, 10),  # each pass is a job of its own; the diagram's own limit ends it
    ],
)
def test_a_loop_ends_where_its_limit_does(limits: Any, made_calls: int) -> None:
    # Given an agent that asks for its tool for ever
    script = endless()
    made = world(script, "task_loop.bpmn", limits={**ROUNDS, **limits})
    made.start(variables={"request": "?"})
    made.settle()
    # Then its model is called as often as fits, and the next call is an incident
    assert len(script.heard) == made_calls
    (incident,) = made.rows("incidents", state="ACTIVE")
    assert "over_budget" in incident["errorMessage"]


def test_several_workers_never_overrun_it(address: str) -> None:
    # Given a limit with room for three calls, and six instances that want two or more each
    script = endless()
    made = world(
        script, "task_loop.bpmn", settings={"database_url": address}, limits={**ROUNDS, "day": {"tokens": MOST}}
    )
    for _ in range(6):
        made.start(variables={"request": "?"})

    def work() -> None:
        other = World(address, agents=registry(script))
        other.settle()
        other.close()

    # When four workers are at it at once
    workers = [threading.Thread(target=work) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    made.settle()
    # Then three calls were made, and what was set aside for others is given back
    spent = budget(made, "day", "tokens")
    assert (len(script.heard), spent["spent"], spent["reserved"]) == (3, 3 * USED, 0)
    assert len(made.rows("incidents", state="ACTIVE")) == 6
    made.close()


def test_a_call_that_what_is_set_aside_cannot_hold_is_never_made() -> None:
    # Given a prompt that is longer than what one call may use
    script = Script(says("Done."))
    made = world(script, "task_loop.bpmn", limits={"call": {"tokens": 100}, "day": {"tokens": MOST}})
    made.start(variables={"request": "How much is it? " * 100})
    made.settle()
    # Then its model is not asked, and nothing is spent
    assert script.heard == []
    (incident,) = made.rows("incidents", state="ACTIVE")
    assert "over_budget" in incident["errorMessage"]
    assert "its prompt alone takes about" in incident["errorMessage"]
    assert budget(made, "day", "tokens")["spent"] == 0
