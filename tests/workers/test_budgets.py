"""Limits: what a call can use is set aside before it; a call that a limit has no room for is not made, and takes its path."""

import json
import multiprocessing
import os
import signal
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from laneway.bootstrap import build
from laneway.commands.budgets import Call, SetAside, reserve, settle
from laneway.commands.context import Context
from laneway.domain.errors import InvalidInput
from laneway.domain.limits import AgentLimits, Limit
from laneway.domain.types import JobKind, JobState
from laneway.domain.work import Job
from laneway.queries.budgets import in_units
from laneway.settings import Settings
from tests.support.world import ANNA, World
from tests.workers.test_agents import GOOD, agents, ends, letter

D = Decimal
ONE_CALL = {"day": {"calls": 1}}


def of_day(world: World, measure: str) -> dict[str, Any]:
    (row,) = world.rows("budgets", measure=measure, span="day")
    return in_units(row)


def test_what_was_used_takes_the_place_of_what_was_set_aside(stored: World) -> None:
    # Given an agent with a limit on tokens, and one on money, that tells what it used
    answer = {**GOOD, "usage": {"inputTokens": 100, "outputTokens": 20, "cost": 0.25, "currency": "EUR"}}
    limits = {"currency": "EUR", "call": {"tokens": 1000, "money": 1}, "day": {"tokens": 5000, "money": 2}}
    stored.deploy(letter(), agents(answer, limits=limits))
    key = stored.start(variables={"letter": "x"})
    # When it has answered
    stored.settle()
    # Then that is spent, nothing is set aside, and the record says what was
    assert stored.state(key) == "COMPLETED"
    told = {measure: of_day(stored, measure) for measure in ("tokens", "money", "calls")}
    assert {name: (row["spent"], row["reserved"], row["most"]) for name, row in told.items()} == {
        "tokens": (120, 0, 5000),
        "money": (D("0.25"), 0, 2),
        "calls": (1, 0, None),
    }
    assert stored.audits(rootProcessInstanceKey=key)[-1]["details"]["budget"][0]["reserved"]["tokens"] == "1000"


def test_what_nobody_tells_counts_as_much_as_was_set_aside(world: World) -> None:
    # Given an agent that tells nothing, and one that tells another currency; when they answer; then all counts.
    answer = {**GOOD, "usage": {"cost": 0.1, "currency": "USD"}}
    limits = {"currency": "EUR", "call": {"tokens": 1000, "money": 1}, "day": {"tokens": 5000, "money": 2}}
    world.deploy(letter(), agents(answer, limits=limits))
    world.start(variables={"letter": "x"})
    world.settle()
    assert (of_day(world, "tokens")["spent"], of_day(world, "money")["spent"]) == (1000, 1)


@pytest.mark.parametrize(
    ("limits", "on", "end"),
    [
        (ONE_CALL, {"over_budget": {"error": "DOWN"}}, "end_down"),
        ({**ONE_CALL, "on_breach": "hand_over"}, {"handed_over": {"escalation": "UNSURE"}}, "end_unsure"),
    ],
)
def test_a_call_without_room_takes_the_path_of_its_contract(world: World, limits: Any, on: Any, end: str) -> None:
    # Given an agent that may be called once a day; when it is needed twice; then the second job goes where the contract says.
    world.deploy(letter(), agents(GOOD, limits=limits, on=on))
    first, second = (world.start(variables={"letter": "x"}) for _ in range(2))
    world.settle()
    assert (ends(world, first), ends(world, second)) == ({"done"}, {end})


def test_stop_is_an_incident_for_the_owner_and_a_new_day_has_a_new_budget(world: World) -> None:
    # Given an agent that has used up its day
    world.deploy(letter(), agents(GOOD, limits=ONE_CALL))
    keys = [world.start(variables={"letter": "x"}) for _ in range(2)]
    world.settle()
    (incident,) = world.rows("incidents")
    assert "over_budget for head-of-mail" in incident["errorMessage"]
    # When it is tried again on the same day, then it is refused again; on the next day it is not
    world.engine.resolve_incident(incident["incidentKey"])
    world.settle()
    assert world.state(keys[1]) == "ACTIVE"
    world.pass_time(days=1)
    (incident,) = world.rows("incidents", state="ACTIVE")
    world.engine.resolve_incident(incident["incidentKey"])
    world.settle()
    assert world.state(keys[1]) == "COMPLETED"


def test_who_resolves_the_incident_of_a_limit_that_asks_lets_one_more_call_go(stored: World) -> None:
    # Given an agent that asks beyond one call a day, and three jobs
    stored.deploy(letter(), agents(GOOD, limits={**ONE_CALL, "on_breach": "ask"}))
    for _ in range(3):
        stored.start(variables={"letter": "x"})
    stored.settle()
    first, second = stored.rows("incidents", state="ACTIVE")
    assert {first["errorType"], second["errorType"]} == {"BUDGET_EXCEEDED"}
    # When a person resolves one of them, then that job is done, the other still waits
    stored.engine.resolve_incident(first["incidentKey"], actor=ANNA)
    stored.settle()
    assert [row["incidentKey"] for row in stored.rows("incidents", state="ACTIVE")] == [second["incidentKey"]]
    assert of_day(stored, "calls")["spent"] == 2


def test_a_limit_that_degrades_puts_another_model_in_the_place_of_the_contract_s(world: World) -> None:
    # Given an agent whose better model may be asked once a day; when it is needed twice; then the record names the other one.
    limits = {"day": {"calls": {"most": 1, "on_breach": "degrade", "degrade_to": "small"}}}
    config = {"answers": {"*": GOOD}, "model": "big"}
    world.deploy(letter(), agents(GOOD, config=config, limits=limits))
    keys = [world.start(variables={"letter": "x"}) for _ in range(2)]
    world.settle()
    notes = [world.audits(rootProcessInstanceKey=key)[-1]["details"]["budget"][0] for key in keys]
    assert [world.state(key) for key in keys] == ["COMPLETED"] * 2
    assert [note.get("degradedTo") for note in notes] == [None, "small"]


def test_the_operator_s_limits_hold_for_agents_without_any() -> None:
    # Given an operator who allows two calls a day; when an agent without limits is needed three times; then once in vain.
    world = World(agent_budget=json.dumps({"tenant": {"calls": 2}}))
    world.deploy(letter(), agents(GOOD))
    keys = [world.start(variables={"letter": "x"}) for _ in range(3)]
    world.settle()
    assert [world.state(key) for key in keys] == ["COMPLETED", "COMPLETED", "ACTIVE"]
    world.close()


@pytest.mark.parametrize("text", ["{", '{"tenant": {"money": 2}}', '{"tenant": {"robots": 2}}', "[]", "{}"])
def test_operator_s_limits_that_are_none_are_refused_at_the_start(text: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        World(agent_budget=text)
    assert wrong.value.code == "agent_budget_invalid"


# Many at once, and workers that die

LIMITS = AgentLimits((Limit("tenant", "money", D(10)),), {"calls": D(1), "money": D("0.5")}, "EUR")


def job_of(context: Context, key: int) -> Call:
    job = Job(
        key=key, root_key=key, process_instance_key=key, process_definition_key=1, process_id="p", process_version=1,
        element_instance_key=key, element_id="e", type="t", kind=JobKind.AGENT, state=JobState.ACTIVATED, retries=1, headers={},
    )  # fmt: skip
    return Call(job, "agent", "model", LIMITS, 60.0, {**LIMITS.call})


def spend(address: str, seed: int) -> int:
    """Reserve until there is no room, settling every other call with less; gives how much was really spent, in hundredths."""
    spent = 0
    with build(Settings(database_url=address)) as laneway:
        context = laneway.engine._context
        for number in range(100):
            held = reserve(context, job_of(context, seed * 1000 + number + 1))
            if not isinstance(held, SetAside):
                return spent
            actual = D("0.5") if (seed + number) % 2 else D("0.2")
            settle(context, "<default>", held.key, {"money": actual, "calls": D(1)})
            spent += int(actual * 100)
    raise AssertionError("the limit never stopped it")


def child(address: str, seed: int, results: Any) -> None:
    results.put(spend(address, seed))


def dies(address: str) -> None:
    with build(Settings(database_url=address)) as laneway:
        context = laneway.engine._context
        assert isinstance(reserve(context, job_of(context, 7)), SetAside)
        os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'laneway.db'}"
    found: str = request.getfixturevalue("postgres_database")
    return found


def processes() -> Any:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["laneway.bootstrap", "laneway.store", "tests.workers.test_budgets"])
    return context


def test_eight_processes_never_spend_more_than_the_limit(address: str) -> None:
    # Given eight processes on one database
    build(Settings(database_url=address)).close()
    made = processes()
    results = made.Queue()
    workers = [made.Process(target=child, args=(address, seed, results)) for seed in range(8)]
    # When all of them call until they are stopped
    for worker in workers:
        worker.start()
    spent = sum(results.get(timeout=60) for _ in workers)
    for worker in workers:
        worker.join(60)
    # Then all together spent no more than the limit, and no less than what leaves no room for one more call
    assert 950 < spent <= 1000
    with build(Settings(database_url=address)) as laneway:
        from laneway.ports import Filter, SearchQuery

        (row,) = laneway.engine.search(SearchQuery("budgets", (Filter("measure", "eq", "money"),))).items
        assert (row["spent"], row["reserved"]) == (spent * 10_000, 0)


def test_eight_threads_never_set_aside_more_than_the_limit(stored: World) -> None:
    # Given eight threads; when all of them set aside until there is no room; then exactly the limit is set aside.
    held: list[int] = []

    def work(seed: int) -> None:
        for number in range(100):
            found = reserve(stored.context, job_of(stored.context, seed * 1000 + number + 1))
            if not isinstance(found, SetAside):
                return
            held.append(found.key)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(held) == len(set(held)) == 20


def test_what_a_killed_process_had_set_aside_counts_and_is_spent_in_the_end(address: str) -> None:
    # Given a process that is killed between setting aside and the call's end
    build(Settings(database_url=address)).close()
    made = processes()
    process = made.Process(target=dies, args=(address,))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    # When others look, then it still counts; when its call would have been over, then it is spent
    world = World(address)
    (row,) = world.rows("budgets", measure="money")
    assert (row["spent"], row["reserved"]) == (0, 500_000)
    world.clock.now = row["lastUpdatedDate"]
    world.pass_time(seconds=61)
    world.settle()
    (row,) = world.rows("budgets", measure="money")
    assert (row["spent"], row["reserved"]) == (500_000, 0)
    world.close()


def test_a_call_that_was_given_up_and_ends_after_all_is_corrected(world: World) -> None:
    # Given a reservation that counts as lost; when its call tells what it used; then that is what is spent.
    held = reserve(world.context, job_of(world.context, 1))
    assert isinstance(held, SetAside)
    world.pass_time(minutes=2)
    world.settle()
    settle(world.context, "<default>", held.key, {"money": D("0.1")})
    settle(world.context, "<default>", held.key, {"money": D("0.4")})
    (row,) = world.rows("budgets", measure="money")
    assert (row["spent"], row["reserved"]) == (100_000, 0)
