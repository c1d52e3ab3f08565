"""What must be compiled first is compiled with no transaction open: nobody else waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

import laneway.decisions
import laneway.diagrams
from laneway.commands import complete_user_task
from laneway.commands.handing import Told
from laneway.domain.errors import Refused
from laneway.domain.types import DEFAULT_TENANT
from laneway.domain.work import SYSTEM
from tests.commands.drawings import one_job, one_user_task
from tests.decisions.drawing import decision, dmn, literal
from tests.durability.groups import PATIENCE
from tests.support.drawing import Drawing, extension
from tests.support.world import World

PERSON = ("person.bpmn", one_user_task(id="person").xml())


def forget(world: World) -> None:
    """As in a process that has just begun."""
    definitions = world.context.definitions
    definitions._processes.clear()
    definitions._decisions.clear()


def calling(id: str, called: str) -> tuple[str, bytes]:
    drawing = Drawing()
    process = drawing.process(id)
    inner = extension(f'<zeebe:calledElement processId="{called}"/>')
    process.chain(process.node("startEvent"), process.node("callActivity", "call", inner), process.node("endEvent"))
    return f"{id}.bpmn", drawing.xml()


def asking() -> tuple[str, bytes]:
    drawing = Drawing()
    process = drawing.process("asking")
    inner = extension('<zeebe:calledDecision decisionId="level" resultVariable="found"/>')
    process.chain(
        process.node("startEvent"), process.node("businessRuleTask", "decide", inner), process.node("endEvent")
    )
    return "asking.bpmn", drawing.xml()


class Held:
    """A function that waits to be let go on, the first time."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.began, self.goes_on = threading.Event(), threading.Event()
        self.calls = 0

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        self.calls += 1
        if self.calls == 1:
            self.began.set()
            assert self.goes_on.wait(PATIENCE)
        return self._function(*arguments, **named)


@pytest.fixture
def world(stored: World) -> World:
    rules = "rules.dmn", dmn(decision("level", literal('"high"')))
    called = "called.bpmn", one_job(id="called").xml()
    stored.engine.deploy([PERSON, called, calling("outer", "called"), asking(), rules])
    return stored


@contextmanager
def in_thread(work: Callable[[], Any]) -> Iterator[Future[Any]]:
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(work)


@pytest.mark.parametrize(
    ("process_id", "warm", "room", "function", "state"),
    [
        ("called", (), laneway.diagrams, "load", "ACTIVE"),
        ("outer", ("outer",), laneway.diagrams, "load", "ACTIVE"),
        ("asking", ("asking",), laneway.decisions, "load_decisions", "COMPLETED"),
    ],
    ids=["process", "called process", "decision"],
)
def test_others_commit_while_it_is_compiled(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    process_id: str,
    warm: tuple[str, ...],
    room: Any,
    function: str,
    state: str,
) -> None:
    # Given a task of another instance, and a definition that nobody has asked for yet
    person = world.start("person")
    (task,) = [row["userTaskKey"] for row in world.rows("user-tasks")]
    known = {row["processDefinitionId"]: row["processDefinitionKey"] for row in world.rows("process-definitions")}
    keep = world.context.definitions._processes._items
    kept = {known[name]: keep[known[name]] for name in ("person", *warm)}
    forget(world)
    keep.update(kept)
    held = Held(getattr(room, function))
    monkeypatch.setattr(room, function, held)
    with in_thread(lambda: world.start(process_id)) as started:
        assert held.began.wait(PATIENCE)
        # When the task is completed meanwhile
        world.engine.complete_user_task(task)
        # Then that is committed before the other goes on, and nothing of the other is lost
        assert (world.state(person), started.done()) == ("COMPLETED", False)
        held.goes_on.set()
        assert world.state(started.result(PATIENCE)) == state


def test_the_committer_does_not_compile_for_who_handed_over(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a command that was handed over, and needs what must be compiled
    first, second = world.start("person"), world.start("person")
    by_root = {row["processInstanceKey"]: row["userTaskKey"] for row in world.rows("user-tasks")}
    forget(world)
    held = Held(laneway.diagrams.load)
    heard: list[Told] = []
    over = threading.Event()

    def tell(told: list[Told]) -> None:
        heard.extend(told)
        over.set()

    desk = world.engine.desk(tell)
    with world.laneway.store.read() as uow:
        (key,) = {row["processDefinitionKey"] for row in world.rows("process-instances")}
        definition = world.context.definitions.process(uow, key)
    forget(world)
    monkeypatch.setattr(laneway.diagrams, "load", held)
    task = complete_user_task(by_root[first], {}, action=None, actor=SYSTEM, tenant_ids=(DEFAULT_TENANT,))
    desk.hand_over(task, "first")
    assert held.began.wait(PATIENCE)
    # When another is given, which finds what it needs
    world.context.definitions.keep(definition)
    world.engine.complete_user_task(by_root[second])
    # Then it does not wait
    assert (world.state(second), heard) == ("COMPLETED", [])
    held.goes_on.set()
    assert over.wait(PATIENCE)
    assert ([told[2] for told in heard], world.state(first)) == ([None], "COMPLETED")


def test_threads_that_need_the_same_have_it_compiled_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    forget(world)
    held = Held(laneway.diagrams.load)
    monkeypatch.setattr(laneway.diagrams, "load", held)
    with ThreadPoolExecutor(4) as pool:
        # When
        started = [pool.submit(world.start, "person") for _ in range(4)]
        assert held.began.wait(PATIENCE)
        held.goes_on.set()
        keys = [each.result(PATIENCE) for each in started]
    # Then
    assert ([world.state(key) for key in keys], held.calls) == (["ACTIVE"] * 4, 1)


def test_a_cache_that_holds_less_than_a_command_needs_lets_it_come_to_its_end(stored: World) -> None:
    # Given processes that call one another, and room for one of them
    called = "c.bpmn", one_job(id="c").xml()
    stored.engine.deploy([calling("a", "b"), calling("b", "c"), called])
    forget(stored)
    stored.context.definitions._processes._size = 1
    # When
    root = stored.start("a")
    # Then
    assert stored.active(root) == ["call"]
    assert len(stored.activate("work")) == 1


def test_what_cannot_be_read_any_more_is_refused_and_on_record(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a version of Laneway that finds nothing in the file
    forget(world)
    nothing = laneway.diagrams.load(one_job(id="other").xml(), "other.bpmn")
    monkeypatch.setattr(laneway.diagrams, "load", lambda *_, **__: nothing)
    # When
    with pytest.raises(Refused) as refused:
        world.start("person")
    # Then
    assert refused.value.code == "definition_unreadable"
    codes = [row["details"]["code"] for row in world.audits(result="FAIL")]
    assert codes == ["definition_unreadable"]
