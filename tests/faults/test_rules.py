"""Rules of storing that no other room's tests hold: each is here because a seeded bug went by unnoticed."""

from __future__ import annotations

import threading

from laneway.commands import audit
from laneway.domain.errors import NotFound
from laneway.domain.transition import Transition
from laneway.domain.work import SYSTEM, AuditEntry
from tests.commands.drawings import one_job
from tests.support.drawing import Drawing, extension, job
from tests.support.world import World
from tests.support.worlds import postgres_template, sqlite_template, stored

__all__ = ["postgres_template", "sqlite_template", "stored"]

WRITERS, ROUNDS = 4, 10


def counting() -> Drawing:
    """Jobs beside each other, as many as write at once."""
    drawing = Drawing()
    process = drawing.process()
    fork = process.node("parallelGateway", "fork")
    process.chain(process.node("startEvent"), fork)
    for number in range(WRITERS * ROUNDS):
        process.chain(fork, process.node("serviceTask", f"task{number}", extension(job("work"))))
    return drawing


def test_a_stale_step_writes_nothing(stored: World) -> None:
    # Given an instance, and a step that was decided on what it was before another came
    stored.deploy(one_job())
    key = stored.start(variables={"x": 0})
    store = stored.laneway.store
    with store.read() as uow:
        state = uow.load(key)
    assert state is not None
    stored.engine.set_variables(key, {"x": 1})
    stale = Transition(state)
    stale.variables[key, "x"] = 99
    # When it is stored
    try:
        with store.begin() as uow:
            definitions = stored.engine._context.definitions
            uow.apply(
                stale,
                expected_version=state.version,
                audit=_entry(),
                tenant_id="<default>",
                model_of=lambda _: definitions,  # type: ignore[arg-type,return-value]
            )
    except Exception as error:
        code = getattr(error, "code", repr(error))
    # Then nothing of it is there
    assert code == "instance_changed"
    assert stored.variables(key) == {"x": 1}
    assert stored.engine.verify_audit()["first_bad"] is None


def _entry() -> AuditEntry:
    return audit.entry("SetVariables", "UPDATE", "VARIABLE", 0, SYSTEM)


def test_a_job_that_has_ended_is_not_completed_again(stored: World) -> None:
    # Given an instance that goes on after a job, and that job's completion once more
    drawing = Drawing()
    process = drawing.process()
    first, second = (process.node("serviceTask", name, extension(job(name))) for name in ("first", "second"))
    process.chain(process.node("startEvent"), first, second, process.node("endEvent"))
    stored.deploy(drawing)
    key = stored.start()
    job_key = stored.one_job("first").job.key
    stored.engine.complete_job(job_key, {"x": 1})
    # When it comes, then it is told that the job has ended
    told = []
    for _ in range(2):
        try:
            stored.engine.complete_job(job_key, {"x": 2})
        except NotFound as error:
            told.append(error.code)
    assert told == ["job_not_found"] * 2
    assert stored.variables(key) == {"x": 1}


def test_writers_beside_each_other_lose_no_step(stored: World) -> None:
    # Given many jobs of one instance; when they are completed from several threads; then every one has its own version
    stored.deploy(counting())
    key = stored.start()
    jobs = [each.job.key for each in stored.activate("work")]
    failed: list[Exception] = []

    def write(mine: list[int]) -> None:
        try:
            for each in mine:
                stored.engine.complete_job(each, {f"v{each}": each})
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(jobs[number::WRITERS],)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert len(stored.variables(key)) == WRITERS * ROUNDS
    assert [row["sequence"] for row in stored.laneway.store.history(key)] == list(range(1, WRITERS * ROUNDS + 2))
