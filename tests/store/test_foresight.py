"""What is read for several commands at once is what each of them would have read by itself."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from laneway import commands
from laneway.bootstrap import Laneway, build
from laneway.commands.context import StartedInstance
from laneway.commands.execution import Command
from laneway.domain.errors import LanewayError
from laneway.domain.work import Actor
from laneway.ports import Filter, SearchQuery
from laneway.settings import Settings
from tests.support.drawing import Drawing, extension, job

pytestmark = [pytest.mark.postgres]
WHO = Actor("worker", "w")


@pytest.fixture
def made(postgres_database: str) -> Iterator[Laneway]:
    with build(Settings(database_url=postgres_database, deploy_shipped=False, log_level="error")) as one:
        one.engine.deploy([("test.bpmn", drawn())])
        yield one


@pytest.fixture
def other(postgres_database: str, made: Laneway) -> Iterator[Laneway]:
    with build(Settings(database_url=postgres_database, deploy_shipped=False, log_level="error")) as one:
        yield one


def drawn(name: str = "joined") -> bytes:
    """Two jobs beside each other; in ``ending`` the end of ``a`` is that of all."""
    drawing = Drawing()
    joining = drawing.process("joining")
    fork, join = joining.node("parallelGateway", "fork"), joining.node("parallelGateway", "join")
    joining.chain(joining.node("startEvent"), fork)
    for side in ("a", "b"):
        joining.chain(fork, joining.node("serviceTask", side, extension(job(f"joining-{side}"))), join)
    joining.chain(join, joining.node("endEvent", name))
    ending = drawing.process("ending")
    split = ending.node("parallelGateway", "split")
    ending.chain(ending.node("startEvent"), split)
    stop = ending.node("endEvent", "stop", "<terminateEventDefinition/>")
    ending.chain(split, ending.node("serviceTask", "stops", extension(job("ending-a"))), stop)
    rest = ending.node("serviceTask", "rests", extension(job("ending-b")))
    ending.chain(split, rest, ending.node("endEvent", "rest"))
    return drawing.xml()


def jobs(made: Laneway, process_id: str, times: int = 1) -> tuple[list[int], list[int]]:
    for _ in range(times):
        made.engine.start_instance(process_id=process_id)
    found = [
        made.engine.activate_jobs(type=f"{process_id}-{name}", worker="w", timeout_ms=60_000, max_jobs=times)
        for name in ("a", "b")
    ]
    return [each.job.key for each in found[0]], [each.job.key for each in found[1]]


def completion(job_key: int) -> Command[None]:
    return commands.complete_job(job_key, {}, lease_token=None, actor=WHO, tenant_ids=None)


def outcome(done: Future[None]) -> str:
    try:
        done.result(30)
    except LanewayError as refused:
        return refused.code
    return "done"


def ended(made: Laneway) -> int:
    return made.engine.search(SearchQuery("process-instances", (Filter("state", "eq", "COMPLETED"),), limit=1)).total


@pytest.mark.parametrize("hot", [True, False])
def test_two_commands_of_one_instance_in_one_transaction(made: Laneway, hot: bool) -> None:
    # Given instances with two jobs each
    first, second = jobs(made, "joining", 3)
    if not hot:
        made.store._hot._states.clear()  # type: ignore[attr-defined]
    # When all are completed at once, then the second of each finds what the first has left.
    given = [key for pair in zip(first, second, strict=True) for key in pair]
    assert [outcome(done) for done in made.engine.submit(*map(completion, given))] == ["done"] * 6
    assert ended(made) == 3
    assert made.store.verify_audit()["first_bad"] is None


def test_a_job_that_the_command_before_it_has_ended(made: Laneway) -> None:
    # Given an instance in which the end of one job ends the other
    [stops], [other] = jobs(made, "ending")
    # When both are completed at once, then only the first is.
    assert [outcome(done) for done in made.engine.submit(completion(stops), completion(other))] == [
        "done",
        "job_not_found",
    ]
    assert made.store.verify_audit()["first_bad"] is None


def test_a_job_that_is_completed_twice_at_once(made: Laneway) -> None:
    # Given one job among others; when it is reported on twice at once, then it is done once, and the others are.
    first, second = jobs(made, "joining", 2)
    given = [first[0], first[0], second[0], first[1], second[1]]
    assert [outcome(done) for done in made.engine.submit(*map(completion, given))] == [
        "done",
        "job_not_found",
        "done",
        "done",
        "done",
    ]
    assert ended(made) == 2


def test_what_another_process_has_changed_is_seen(made: Laneway, other: Laneway) -> None:
    # Given instances in the memory of one process, of which another has completed half
    first, second = jobs(made, "joining", 4)
    for key in first:
        other.engine.carry_out(completion(key))
    # When the one completes the rest at once, then all have ended.
    assert {outcome(done) for done in made.engine.submit(*map(completion, second))} == {"done"}
    assert ended(made) == 4


def test_an_instance_that_another_transaction_holds_keeps_nobody_else_waiting(made: Laneway, other: Laneway) -> None:
    # Given three instances, one of which another process is changing
    first, _ = jobs(made, "joining", 3)
    with other.store.begin() as uow:
        job_of_it = uow.job(first[1])
        assert job_of_it is not None
        uow.load(job_of_it.root_key)
        # When jobs of all are completed, then those of the others are done meanwhile,
        outcomes = made.engine.submit(*map(completion, first))
        assert [outcome(outcomes[0]), outcome(outcomes[2])] == ["done", "done"]
        assert not outcomes[1].done()
    # and its own after it.
    assert outcome(outcomes[1]) == "done"


def test_who_starts_after_a_deployment_starts_what_was_deployed(made: Laneway, other: Laneway) -> None:
    # Given a process that has started the first version; when another deploys a second one, then all that start now have that.
    def start() -> Command[StartedInstance]:
        return commands.start_instance(
            process_id="joining",
            definition_key=None,
            version=None,
            variables={},
            tenant_id="<default>",
            actor=WHO,
            tags=(),
            business_id=None,
            start_element_id=None,
            idempotency_key=None,
        )

    assert {done.result(30).version for done in made.engine.submit(*(start() for _ in range(6)))} == {1}
    other.engine.deploy([("test.bpmn", drawn("otherwise"))])
    assert {done.result(30).version for done in made.engine.submit(*(start() for _ in range(6)))} == {2}
