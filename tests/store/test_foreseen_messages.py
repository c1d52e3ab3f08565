"""Who waits for messages is read for several commands at once, and each finds what it would have found by itself."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from laneway import commands
from laneway.bootstrap import Laneway, build
from laneway.commands.context import CorrelatedMessage, StartedInstance
from laneway.commands.execution import Command
from laneway.domain.errors import LanewayError
from laneway.domain.types import DEFAULT_TENANT
from laneway.domain.work import Actor
from laneway.ports import Filter, SearchQuery
from laneway.settings import Settings
from tests.support.drawing import Drawing, refers

pytestmark = [pytest.mark.postgres]
WHO = Actor("user", "w")


@pytest.fixture
def made(postgres_database: str) -> Iterator[Laneway]:
    with build(Settings(database_url=postgres_database, deploy_shipped=False, log_level="error")) as one:
        one.engine.deploy([("test.bpmn", drawn())])
        yield one


@pytest.fixture
def other(postgres_database: str, made: Laneway) -> Iterator[Laneway]:
    with build(Settings(database_url=postgres_database, deploy_shipped=False, log_level="error")) as one:
        yield one


def drawn() -> bytes:
    """``once`` waits for a message of its order, ``twice`` for one after the other."""
    drawing = Drawing()
    drawing.message("told", "told", "=order")
    for name, times in (("once", 1), ("twice", 2)):
        process = drawing.process(name)
        waits = [
            process.node("intermediateCatchEvent", f"{name}-{number}", refers("message", "told"))
            for number in range(times)
        ]
        process.chain(process.node("startEvent"), *waits, process.node("endEvent"))
    return drawing.xml()


def begun(process_id: str, order: str) -> Command[StartedInstance]:
    return commands.start_instance(
        process_id=process_id,
        definition_key=None,
        version=None,
        variables={"order": order},
        tenant_id=DEFAULT_TENANT,
        actor=WHO,
        tags=(),
        business_id=None,
        start_element_id=None,
        idempotency_key=None,
    )


def told(order: str) -> Command[CorrelatedMessage]:
    return commands.correlate_message(
        "told", order, variables={"n": 1}, tenant_id=DEFAULT_TENANT, actor=WHO, idempotency_key=None
    )


def outcome(done: Future[object]) -> str:
    try:
        done.result(30)
    except LanewayError as refused:
        return refused.code
    return "done"


def outcomes(made: Laneway, *given: Command[object]) -> list[str]:
    return [outcome(done) for done in made.engine.submit(*given)]


def ended(made: Laneway) -> int:
    return made.engine.search(SearchQuery("process-instances", (Filter("state", "eq", "COMPLETED"),), limit=1)).total


@pytest.mark.parametrize("hot", [True, False])
def test_messages_that_come_together_reach_those_who_wait(made: Laneway, hot: bool) -> None:
    # Given instances that wait, each for its order
    orders = [f"o-{number}" for number in range(20)]
    outcomes(made, *(begun("once", order) for order in orders))
    if not hot:
        made.store._hot._states.clear()  # type: ignore[attr-defined]
    # When the messages of all come together, then each has its own.
    assert outcomes(made, *map(told, orders)) == ["done"] * 20
    assert ended(made) == 20
    assert made.store.verify_audit()["first_bad"] is None


def test_one_who_waits_gets_one_of_two_messages_that_come_together(made: Laneway) -> None:
    # Given one that waits; when two messages come together, and one for somebody else, then the second of the two reaches nobody.
    outcomes(made, begun("once", "o-1"), begun("once", "o-2"))
    assert outcomes(made, told("o-1"), told("o-1"), told("o-2")) == ["done", "message_not_correlated", "done"]
    assert ended(made) == 2


def test_one_who_waits_again_gets_the_second_message_of_the_same_transaction(made: Laneway) -> None:
    # Given one that waits twice for the same; when two messages come together, then it gets both.
    outcomes(made, begun("twice", "o-1"), begun("once", "o-2"))
    assert outcomes(made, told("o-1"), told("o-1"), told("o-2")) == ["done"] * 3
    assert ended(made) == 2


def test_one_who_begins_to_wait_in_the_same_transaction_is_reached(made: Laneway) -> None:
    # Given processes that are known; when one starts and its message comes together with others, then it is there for it.
    outcomes(made, begun("once", "o-1"), begun("once", "o-2"))
    assert outcomes(made, told("o-1"), begun("once", "o-3"), told("o-3"), told("o-2")) == ["done"] * 4
    assert ended(made) == 3


def test_a_meeting_that_another_transaction_is_at_keeps_nobody_else_waiting(made: Laneway, other: Laneway) -> None:
    # Given three that wait, and another process that looks who waits for the message of one
    outcomes(made, *(begun("once", f"o-{number}") for number in range(3)))
    with other.store.begin() as uow:
        assert uow.message_subscriptions("told", "o-1", DEFAULT_TENANT)
        # When the messages of all come together, then those of the others arrive meanwhile,
        done = made.engine.submit(*(told(f"o-{number}") for number in range(3)))
        assert [outcome(done[0]), outcome(done[2])] == ["done", "done"]
        assert not done[1].done()
    # and its own after it.
    assert outcome(done[1]) == "done"
    assert ended(made) == 3


def test_who_has_waited_since_another_process_looked_is_seen(made: Laneway, other: Laneway) -> None:
    # Given instances that one process has in memory, and that another has told of half the messages
    orders = [f"o-{number}" for number in range(6)]
    outcomes(made, *(begun("twice", order) for order in orders))
    outcomes(other, *map(told, orders[:3]))
    # When the one tells all of the next, then half have ended.
    assert outcomes(made, *map(told, orders)) == ["done"] * 6
    assert ended(made) == 3


def test_a_name_that_no_database_can_be_asked_for_harms_no_other_message(made: Laneway) -> None:
    # Given one that waits; when its message comes together with one whose key cannot be written, then it has it.
    outcomes(made, begun("once", "o-1"), begun("once", "o-2"))
    done = made.engine.submit(told("o-1"), told("o-2"), told("\ud800"))
    assert [outcome(each) for each in done[:2]] == ["done", "done"]
    assert done[2].exception(30) is not None
