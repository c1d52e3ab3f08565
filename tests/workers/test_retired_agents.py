"""What agents said and were given is taken away after its time; what is told of what remains stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from laneway.agents.tools.python import _registered, register_tool
from tests.support.world import BEN, World
from tests.workers.test_approvals import ASKS, approve, waiting
from tests.workers.test_dial import agents, letter
from tests.workers.test_tool_calls import Shop

LIMITS = {"call": {"tokens": 5000}, "job": {"calls": 9}, "instance": {"calls": 9}, "day": {"calls": 9}}


@pytest.fixture
def shop() -> Iterator[Shop]:
    made = Shop()
    register_tool("shop", made)
    yield made
    _registered.pop("shop")


@pytest.fixture
def keeping() -> Iterator[World]:
    made = World(agent_history_days=30)
    yield made
    made.close()


def later(world: World, days: float) -> None:
    world.pass_time(days=days)
    world.settle()


def left(world: World) -> dict[str, int]:
    with world.context.store.read() as uow:
        calls = len(uow.agent_calls("<default>", "clerk", None, 100))
    return {"calls": calls, **{name: len(world.rows(name)) for name in ("approvals", "tool-calls", "budgets")}}


def done(world: World, **changes: Any) -> int:
    """An instance in which an agent called a tool that ben approved."""
    key, approval = waiting(world, **changes)
    approve(world, approval, BEN)
    world.settle()
    assert world.state(key) == "COMPLETED"
    return key


def test_what_agents_said_goes_after_its_time_and_provenance_stays(keeping: World, shop: Shop) -> None:
    # Given an instance that is over, with a call of a tool, its approval, and budgets of its job, its instance and its day
    key = done(keeping, limits=LIMITS)
    (variable,) = keeping.rows("variables", name="kind", scopeKey=key)
    before = left(keeping)
    assert (before["calls"], before["approvals"], before["tool-calls"]) == (1, 1, 1)
    told = keeping.engine.provenance(variable["variableKey"])
    # When its time is not over yet; then all is there
    later(keeping, 29)
    assert left(keeping) == before
    # And once it is, what was said is gone; the day's budget, the trail and where the variable comes from are not.
    later(keeping, 2)
    assert {**left(keeping), "budgets": 0} == {"calls": 0, "approvals": 0, "tool-calls": 0, "budgets": 0}
    assert {row["span"] for row in keeping.rows("budgets")} == {"day"}
    assert keeping.engine.provenance(variable["variableKey"]) == told
    assert "Approve" in keeping.commands(rootProcessInstanceKey=key)


def test_what_still_runs_keeps_all_of_it(keeping: World, shop: Shop) -> None:
    # Given an instance that waits for an approval; when a long time has passed; then its conversation is there.
    waiting(keeping, tools={"post": {**ASKS["post"], "approval": {"expires": "P90D"}}})
    later(keeping, 60)
    assert (left(keeping)["approvals"], left(keeping)["tool-calls"]) == (1, 1)


def test_a_pair_stays_evidence_without_what_was_said(keeping: World) -> None:
    # Given an agent that was overruled; when its time is over; then the pair still counts, and says nothing more.
    keeping.deploy(letter(), agents("recommend"))
    keeping.start(variables={"letter": "x"})
    keeping.settle()
    (task,) = keeping.rows("user-tasks", state="CREATED")
    given = {"kind": "praise", "overrideReason": "irony of Mrs Smith"}
    keeping.engine.complete_user_task(task["userTaskKey"], given, actor=BEN)
    later(keeping, 31)
    (pair,) = keeping.rows("autonomy-pairs")
    assert (pair["agreed"], pair["output"], pair["decision"], pair["reason"]) == (False, None, None, None)
    (report,) = keeping.engine.autonomy_report("process")["tasks"]
    assert (report["pairs"], report["agreement"]["share"]) == (1, 0.0)


def test_without_a_time_all_is_kept(world: World, shop: Shop) -> None:
    # Given the default; when years have passed; then all is there.
    done(world)
    before = left(world)
    later(world, 3_000)
    assert left(world) == before


def test_it_is_done_once_on_each_database(stored: World, shop: Shop) -> None:
    # Given an instance in which an agent worked and a person decided, over for long; when it is retired twice
    done(stored, limits=LIMITS)
    stored.deploy(letter(), agents("recommend"))
    stored.start(variables={"letter": "x"})
    stored.settle()
    (task,) = stored.rows("user-tasks", state="CREATED")
    stored.engine.complete_user_task(task["userTaskKey"], {"kind": "praise"}, actor=BEN)
    stored.pass_time(days=40)
    retired = []
    for _ in range(2):
        with stored.context.store.begin() as uow:
            retired.append(uow.retire_agents(uow.now - timedelta(days=30), 100))
    # Then the second time there is nothing left of both.
    assert retired == [2, 0]
    assert stored.rows("tool-calls") == []
