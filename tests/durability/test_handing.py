"""Commands that no thread waits for: they share transactions with all others, and whoever handed them over is told after the commit."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from laneway.bootstrap import build
from laneway.commands import assign_user_task, complete_user_task
from laneway.commands.awaiting import HandOver
from laneway.commands.execution import Command, Unit
from laneway.commands.handing import Desk, Told
from laneway.domain.errors import Conflict, NotFound, Overloaded, StaleState
from laneway.domain.types import DEFAULT_TENANT
from laneway.domain.work import SYSTEM, Actor
from laneway.settings import Settings
from tests.commands.drawings import one_user_task
from tests.durability.groups import ENTRY, PATIENCE, Group, outcome
from tests.support.drawing import Drawing, refers
from tests.support.world import World


class Ears:
    """A desk, and what it was told of: a list for each time."""

    def __init__(self, world: World) -> None:
        self.heard: list[list[Told]] = []
        self.desk: Desk = world.engine.desk(self.heard.append)

    def all(self, count: int) -> dict[Any, Told]:
        """By ticket, once there are as many."""
        end = time.monotonic() + 60
        while sum(map(len, self.heard)) < count:
            assert time.monotonic() < end, f"only {sum(map(len, self.heard))} were told of"
            time.sleep(0.005)
        return {told[0]: told for told in (each for once in self.heard for each in once)}


@pytest.fixture
def ears(stored: World) -> Ears:
    stored.deploy(one_user_task())
    return Ears(stored)


def completion(key: int, actor: Actor = SYSTEM) -> Command[None]:
    return complete_user_task(key, {"done": True}, action=None, actor=actor, tenant_ids=(DEFAULT_TENANT,))


def claim(key: int, who: str) -> Command[None]:
    return assign_user_task(
        key, who, allow_override=False, action=None, actor=Actor("user", who), tenant_ids=(DEFAULT_TENANT,)
    )


def tasks(world: World, count: int) -> list[int]:
    for _ in range(count):
        world.start()
    return [row["userTaskKey"] for row in world.rows("user-tasks")]


def states(world: World, keys: list[int]) -> set[str]:
    return {str(world.engine.get("user-tasks", key)["state"]) for key in keys}


def test_what_is_handed_over_together_is_committed_and_told_of_once(stored: World, ears: Ears) -> None:
    # Given a transaction that is open
    keys = tasks(stored, 5)
    group = Group(stored)
    group.commits = 0
    began, queued = threading.Event(), threading.Event()

    def hold(_: Unit) -> None:
        began.set()
        assert queued.wait(PATIENCE)

    first = group._pool.submit(group.command(hold))
    assert began.wait(PATIENCE)
    # When commands are handed over meanwhile, one by one or together
    for key in keys[:2]:
        ears.desk.hand_over(completion(key), key)
    ears.desk.hand_over_all(*(ears.desk.made(completion(key), key) for key in keys[2:]))
    # Then nobody is told of them before the commit, and one commit holds them all
    assert ears.heard == []
    queued.set()
    assert outcome(first) is None
    assert set(ears.all(5)) == set(keys)
    assert (len(ears.heard), group.commits) == (1, 1)
    assert states(stored, keys) == {"COMPLETED"}
    group.close()


def test_futures_have_their_results_after_the_commit_and_not_before(stored: World, ears: Ears) -> None:
    # Given a transaction that is open
    keys = tasks(stored, 2)
    group = Group(stored)
    group.commits = 0
    began, queued = threading.Event(), threading.Event()

    def hold(_: Unit) -> None:
        began.set()
        assert queued.wait(PATIENCE)

    first = group._pool.submit(group.command(hold))
    assert began.wait(PATIENCE)
    # When commands are submitted meanwhile, one of which is refused
    futures = stored.engine.submit(completion(keys[0]), completion(1), completion(keys[1]))
    # Then none is done before the commit, none can be taken back, and one commit holds them all
    assert [(future.done(), future.cancel()) for future in futures] == [(False, False)] * 3
    queued.set()
    assert outcome(first) is None
    assert [type(future.exception(PATIENCE)) for future in futures] == [type(None), NotFound, type(None)]
    assert group.commits == 1
    assert states(stored, keys) == {"COMPLETED"}
    group.close()


def test_each_is_told_of_its_own_fate(stored: World, ears: Ears) -> None:
    # Given three tasks, the second of them Anna's
    keys = tasks(stored, 3)
    stored.engine.assign_user_task(keys[1], "anna")
    # When they are completed, the second by Ben, and one that is none
    for key in keys:
        ears.desk.hand_over(completion(key, Actor("user", "ben")), key)
    ears.desk.hand_over(completion(1), 1)
    # Then what was refused is refused, on record, and has harmed no other
    told = ears.all(4)
    assert [told[key][2] for key in (keys[0], keys[2])] == [None, None]
    assert isinstance(told[keys[1]][2], Conflict)
    assert isinstance(told[1][2], NotFound)
    assert len([row for row in stored.audits(entityKey=keys[1]) if row["result"] == "FAIL"]) == 1
    assert stored.engine.verify_audit()["first_bad"] is None


def test_of_200_claims_exactly_one_wins(stored: World, ears: Ears) -> None:
    # Given one task; when 200 people claim it at once
    (key,) = tasks(stored, 1)
    for number in range(200):
        ears.desk.hand_over(claim(key, f"person {number}"), number)
    # Then one has it, and the others are told so
    told = ears.all(200)
    won = [ticket for ticket, _, error in told.values() if error is None]
    assert len(won) == 1
    assert {type(error) for _, _, error in told.values() if error is not None} == {Conflict}
    assert stored.engine.get("user-tasks", key)["assignee"] == f"person {won[0]}"


def test_a_stale_one_is_tried_again_while_others_go_on(stored: World, ears: Ears) -> None:
    # Given a command that finds its fence stale the first two times
    tries: list[int] = []

    def stale(_: Unit) -> str:
        tries.append(1)
        if len(tries) < 3:
            raise StaleState("stale", "made up")
        return "done"

    # When it is handed over; then it is done at last, in transactions of its own.
    ears.desk.hand_over(Command(ENTRY, stale), "it")
    assert ears.all(1)["it"] == ("it", "done", None)
    assert len(tries) == 3


def test_what_it_threw_is_delivered_before_it_is_told_of(stored: World) -> None:
    # Given a task behind which a message is thrown that starts another process
    drawing = Drawing()
    drawing.message("Go", "go")
    thrower = drawing.process("thrower")
    thrower.chain(
        thrower.node("startEvent", "begin"),
        thrower.node("userTask", "work"),
        thrower.node("endEvent", "throw", refers("message", "Go")),
    )
    catcher = drawing.process("catcher")
    catcher.chain(catcher.node("startEvent", "caught", refers("message", "Go")), catcher.node("endEvent", "end"))
    stored.deploy(drawing)
    stored.engine.start_instance(process_id="thrower")
    ears = Ears(stored)
    # When it is completed; then the other has started.
    ears.desk.hand_over(completion(stored.rows("user-tasks")[0]["userTaskKey"]), 1)
    assert ears.all(1)[1][2] is None
    assert {row["processDefinitionId"] for row in stored.rows("process-instances")} == {"thrower", "catcher"}


def test_the_lead_goes_between_threads_and_commands_that_were_handed_over(stored: World, ears: Ears) -> None:
    # Given transactions of one command each
    keys = tasks(stored, 30)
    group = Group(stored)
    group.context.committer._most_commands = 1
    # When commands of threads and such that were handed over come mixed
    futures = []
    for at, key in enumerate(keys):
        if at % 2:
            ears.desk.hand_over(completion(key), key)
        else:
            futures.append(group._pool.submit(stored.engine.complete_user_task, key))
    # Then all are done, and nobody is at work any more
    assert [outcome(future) for future in futures] == [None] * 15
    assert {told[2] for told in ears.all(15).values()} == {None}
    assert stored.engine.drain(PATIENCE)
    assert states(stored, keys) == {"COMPLETED"}
    group.close()


def test_who_closes_waits_for_what_was_handed_over(tmp_path: Path) -> None:
    # Given a command at work that was handed over
    made = build(Settings(database_url=f"sqlite:///{tmp_path / 'laneway.db'}"))
    began, go_on = threading.Event(), threading.Event()
    heard: list[list[Told]] = []

    def slow(_: Unit) -> str:
        began.set()
        go_on.wait(PATIENCE)
        return "done"

    desk = made.engine.desk(heard.append)
    desk.hand_over(Command(ENTRY, slow), 1)
    assert began.wait(PATIENCE)
    # When all is closed; then it is done first.
    threading.Timer(0.2, go_on.set).start()
    made.close()
    assert heard == [[(1, "done", None)]]


def test_who_closes_waits_for_what_is_left_of_commands_after_their_transaction(tmp_path: Path) -> None:
    # Given a command that finds its fence stale again and again, and waits a little in between
    made = build(Settings(database_url=f"sqlite:///{tmp_path / 'laneway.db'}"))
    tried = threading.Event()
    tries: list[int] = []

    def stale(_: Unit) -> str:
        tries.append(1)
        tried.set()
        if len(tries) < 19:
            raise StaleState("stale", "made up")
        return "done"

    (outcome,) = made.engine.submit(Command(ENTRY, stale))
    assert tried.wait(PATIENCE)
    # When all is closed; then it is done first.
    made.close()
    assert outcome.done()
    assert outcome.result() == "done"


def test_where_no_thread_can_be_started_one_is_told_so_and_the_next_one_is_done(
    stored: World, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a host on which no thread can be started
    (key,) = tasks(stored, 1)

    def full(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as host:
        host.setattr(threading.Thread, "start", full)
        # When a command is handed over, by a program or from an event loop; then it is refused, and neither waits.
        with pytest.raises(Overloaded) as refused:
            stored.engine.submit(completion(key))
        assert refused.value.code == "too_busy"
        assert type(asyncio.run(awaited(stored, completion(key)))) is Overloaded
        # As is one that is left to be done after its transaction
        ears.desk.hand_over(Command(ENTRY, lambda _: None, alone=True), "alone")
        assert isinstance(ears.all(1)["alone"][2], RuntimeError)
    # And when there is room again, then it is done.
    (outcome,) = stored.engine.submit(completion(key))
    assert outcome.result(PATIENCE) is None
    assert states(stored, [key]) == {"COMPLETED"}
    assert stored.engine.drain(PATIENCE)


async def awaited(world: World, command: Command[None]) -> BaseException | None:
    try:
        await asyncio.wait_for(HandOver(world.engine.desk)(command), PATIENCE)
    except Exception as error:
        return error
    return None


def test_no_more_than_so_many_wait_for_their_turn(stored: World, ears: Ears) -> None:
    # Given a transaction that is open, and room for three that wait
    keys = tasks(stored, 4)
    group = Group(stored)
    group.context.committer._most_waiting = 3
    began, over = threading.Event(), threading.Event()

    def hold(_: Unit) -> None:
        began.set()
        assert over.wait(PATIENCE)

    first = group._pool.submit(group.command(hold))
    assert began.wait(PATIENCE)
    # When four are handed over, then the fourth is told to come again, and the others are done
    accepted = stored.engine.submit(*map(completion, keys[:3]))
    with pytest.raises(Overloaded) as refused:
        stored.engine.submit(completion(keys[3]))
    assert refused.value.code == "too_busy"
    over.set()
    assert outcome(first) is None
    assert [each.exception(PATIENCE) for each in accepted] == [None] * 3
    assert [stored.engine.get("user-tasks", key)["state"] for key in keys] == ["COMPLETED"] * 3 + ["CREATED"]
    group.close()


def test_killed_between_the_commit_and_what_it_would_have_told(tmp_path: Path) -> None:
    # Given a process that hands over completions, killed after its first commit, the second, the third …; then looked at
    program = [sys.executable, "-m", "tests.durability.handed", str(tmp_path)]
    found = subprocess.run(program, capture_output=True, text=True, timeout=100)
    assert found.returncode == 0, found.stderr
    # Then it died, nothing that it was told of as done is lost, and nothing was done twice
    told = json.loads(found.stdout)
    assert told["deaths"] >= 3
    assert told["faults"] == []
