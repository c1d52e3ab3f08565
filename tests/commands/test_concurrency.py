"""Several workers at once: on one instance, on one job, on one user task."""

import threading
from collections.abc import Callable

import pytest

from laneway.domain.errors import Conflict, LanewayError, NotFound
from tests.commands.drawings import one_job, one_user_task
from tests.support.drawing import Drawing, extension, job
from tests.support.world import World

BRANCHES = 8


def at_once(*works: Callable[[], None]) -> list[LanewayError]:
    """Run them in threads; what they raised."""
    raised: list[LanewayError] = []
    gate = threading.Barrier(len(works))

    def run(work: Callable[[], None]) -> None:
        gate.wait(10)
        try:
            work()
        except LanewayError as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return raised


def test_branches_of_one_instance_are_completed_side_by_side(stored: World) -> None:
    # Given an instance with parallel jobs
    drawing = Drawing()
    process = drawing.process()
    fork, join = process.node("parallelGateway", "fork"), process.node("parallelGateway", "join")
    process.chain(process.node("startEvent"), fork)
    for number in range(BRANCHES):
        process.chain(fork, process.node("serviceTask", f"task{number}", extension(job("work"))), join)
    process.chain(join, process.node("endEvent", "end"))
    stored.deploy(drawing)
    key = stored.start()
    jobs = [each.job.key for each in stored.activate("work")]
    # When all are completed at the same moment
    works = [lambda each=each, n=n: stored.engine.complete_job(each, {f"v{n}": n}) for n, each in enumerate(jobs)]
    raised = at_once(*works)  # type: ignore[arg-type]
    # Then each counts once, and the instance is complete
    assert raised == []
    assert (stored.state(key), len(stored.variables(key))) == ("COMPLETED", BRANCHES)
    sequences = [row["sequence"] for row in stored.laneway.store.history(key)]
    assert sequences == list(range(1, BRANCHES + 2))
    assert stored.engine.verify_audit()["first_bad"] is None


def test_one_job_is_completed_by_one(stored: World) -> None:
    # Given a job; when many complete it at once; then one does.
    stored.deploy(one_job())
    key = stored.start()
    job_key = stored.one_job("work").job.key
    raised = at_once(*[lambda: stored.engine.complete_job(job_key) for _ in range(6)])
    assert len(raised) == 5
    assert all(isinstance(error, NotFound) for error in raised)
    assert stored.state(key) == "COMPLETED"


def test_one_task_is_claimed_by_one(stored: World) -> None:
    # Given a user task; when many claim it at once; then one has it.
    stored.deploy(one_user_task())
    stored.start()
    (row,) = stored.rows("user-tasks")
    claims = [
        lambda name=name: stored.engine.assign_user_task(row["userTaskKey"], name, allow_override=False)
        for name in ("a", "b", "c", "d")
    ]
    raised = at_once(*claims)  # type: ignore[arg-type]
    assert len(raised) == 3
    assert all(isinstance(error, Conflict) for error in raised)


def test_jobs_are_handed_out_once_to_many_workers(stored: World) -> None:
    # Given jobs; when workers fetch them at once; then none is handed out twice.
    stored.deploy(one_job())
    for _ in range(20):
        stored.start()
    fetched: list[int] = []
    works = [lambda: fetched.extend(each.job.key for each in stored.activate("work", max_jobs=5)) for _ in range(6)]
    assert at_once(*works) == []
    assert len(fetched) == len(set(fetched))
    fetched.extend(each.job.key for each in stored.activate("work"))
    assert len(fetched) == 20


@pytest.mark.parametrize("idempotency_key", ["K", None])
def test_one_key_starts_one_instance_however_often_it_comes(stored: World, idempotency_key: str | None) -> None:
    # Given a process; when it is started many times at once, under one key or none; then the key makes the difference.
    stored.deploy(one_job())
    starts = [
        lambda: stored.engine.start_instance(process_id="process", idempotency_key=idempotency_key) for _ in range(5)
    ]
    assert at_once(*starts) == []  # type: ignore[arg-type]
    assert len(stored.rows("process-instances")) == (1 if idempotency_key else 5)
