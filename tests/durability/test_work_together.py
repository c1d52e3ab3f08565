"""Commands on work that share a transaction: each gives what it would have given by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis import given, settings, strategies as st

from laneway import commands
from laneway.commands.execution import Attempt, Command, Unit
from laneway.domain.errors import LanewayError, NotFound
from laneway.domain.types import DEFAULT_TENANT, JobState
from laneway.domain.work import SYSTEM
from tests.durability.groups import ENTRY
from tests.durability.test_hot import differences
from tests.support.drawing import Drawing, extension
from tests.support.examples import examples
from tests.support.world import World

TENANTS = (DEFAULT_TENANT,)
Do = Callable[[Command[Any]], Any]

OPERATIONS = st.one_of(
    st.tuples(st.just("start"), st.integers(1, 3)),
    st.tuples(st.just("activate"), st.integers(1, 3)),
    st.tuples(st.just("complete"), st.integers(0, 5)),
    st.tuples(st.just("fail"), st.integers(0, 5)),
    st.tuples(st.just("urgent"), st.integers(0, 5)),
    st.tuples(st.just("refused"), st.just(0)),
)


def drawn() -> Drawing:
    drawing = Drawing()
    process = drawing.process()
    nodes = [
        process.node("serviceTask", name, extension('<zeebe:taskDefinition type="work"/>')) for name in ("one", "two")
    ]
    process.chain(process.node("startEvent"), *nodes, process.node("endEvent"))
    return drawing


class Played:
    """What operations give, told without keys."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self._roots: list[int] = []
        self._jobs: list[int] = []

    def do(self, do: Do, what: str, number: int) -> None:
        if what == "start":
            for _ in range(number):
                self._roots.append(do(start()).key)
        elif what == "activate":
            found = do(activation(number))
            self._jobs += [each.job.key for each in found]
            self.told.append([self._job(each) for each in found])
        elif what == "refused":
            self._try(do, completion(1))
        elif self._jobs:
            key = self._jobs[number % len(self._jobs)]
            if what == "complete":
                self._try(do, completion(key))
            elif what == "fail":
                self._try(do, failure(key))
            else:
                self._try(do, urgency(key))

    def _job(self, each: Any) -> tuple[Any, ...]:
        job = each.job
        return (
            self._roots.index(job.root_key),
            job.element_id,
            job.retries,
            job.priority,
            job.version,
            each.variables,
            each.tags,
        )

    def _try(self, do: Do, command: Command[Any]) -> None:
        try:
            do(command)
            self.told.append("done")
        except LanewayError as refused:
            self.told.append(refused.code)


def start() -> Command[Any]:
    return commands.start_instance(
        process_id="process",
        definition_key=None,
        version=None,
        variables={"n": [1]},
        tenant_id=DEFAULT_TENANT,
        actor=SYSTEM,
        tags=("a",),
        business_id=None,
        start_element_id=None,
        idempotency_key=None,
    )


def activation(most: int) -> Command[Any]:
    return commands.activate_jobs(
        type="work",
        worker="w",
        timeout_ms=60_000,
        max_jobs=most,
        fetch_variables=None,
        tenant_ids=TENANTS,
        lease=False,
        actor=SYSTEM,
    )


def completion(key: int) -> Command[Any]:
    return commands.complete_job(key, {"n": 2}, lease_token=None, actor=SYSTEM, tenant_ids=TENANTS)


def failure(key: int) -> Command[None]:
    return changing(key, state=JobState.FAILED, retries=2, worker="", deadline=None)


def urgency(key: int) -> Command[None]:
    return changing(key, priority=5)


def changing(key: int, **changes: Any) -> Command[None]:
    def work(unit: Unit) -> None:
        job = unit.uow.job(key)
        if job is None or job.ended_at is not None:
            raise NotFound("job_not_found", "it has ended")
        unit.uow.update_job(job, **changes)

    return Command(ENTRY, work)


@contextmanager
def world() -> Iterator[World]:
    made = World()
    try:
        made.deploy(drawn())
        yield made
    finally:
        made.close()


@given(st.lists(OPERATIONS, min_size=3, max_size=25))
@settings(max_examples=examples(12))
def test_what_shares_a_transaction_gives_what_it_would_have_given_alone(operations: list[tuple[str, int]]) -> None:
    # Given operations on jobs; when they are done in one transaction; then each gives what it gives in one of its own,
    alone, shared = Played(), Played()
    with world() as one:
        alone.do(one.engine.carry_out, "start", 3)
        for what, number in operations:
            alone.do(one.engine.carry_out, what, number)
    with world() as other:
        shared.do(other.engine.carry_out, "start", 3)
        with other.context.store.batch() as batch:

            def run(command: Command[Any]) -> Any:
                attempt = Attempt(other.context, command)
                attempt.run(batch)
                return attempt.outcome()[1]

            for what, number in operations:
                shared.do(run, what, number)
        # and what is in memory afterwards is as it is stored.
        assert differences(other.laneway) == []
        assert other.laneway.store.verify_audit()["first_bad"] is None
    assert shared.told == alone.told
