"""Process instances: started, cancelled, their variables set."""

import pytest

from laneway.domain.errors import Conflict, Forbidden, InvalidInput, NotFound, TooLarge
from tests.commands.drawings import one_job, start_by, wait_for
from tests.support.drawing import Drawing, duration, extension, job, refers
from tests.support.world import World


def calling() -> Drawing:
    drawing = one_job(id="called")
    process = drawing.process("caller")
    called = extension('<zeebe:calledElement processId="called"/>')
    process.chain(process.node("startEvent"), process.node("callActivity", "call", called), process.node("endEvent"))
    return drawing


def test_an_instance_carries_what_it_was_started_with(stored: World) -> None:
    # Given a process; when it is started with variables, tags and a business id; then the instance has them.
    stored.deploy(one_job())
    started = stored.engine.start_instance(
        process_id="process", variables={"n": 1}, tags=["vip", "shop:7"], business_id="order-1"
    )
    row = stored.engine.get("process-instances", started.key)
    assert (row["tags"], row["businessId"], row["state"]) == (["vip", "shop:7"], "order-1", "ACTIVE")
    assert stored.one_job("work").tags == ("vip", "shop:7")


def test_an_unknown_process_is_not_found(world: World) -> None:
    # Given nothing deployed; when a process is started; then the name that is missing is said.
    with pytest.raises(NotFound, match="nowhere") as refused:
        world.start("nowhere")
    assert refused.value.code == "process_not_found"


def test_a_process_that_only_a_message_starts_is_not_started_without_it(world: World) -> None:
    # Given a process without a none start event; when it is started plainly, then at its start event; then only that works.
    drawing = start_by(refers("message", "Message_1"))
    drawing.message("Message_1", "go")
    world.deploy(drawing)
    with pytest.raises(InvalidInput) as refused:
        world.start()
    assert refused.value.code == "no_none_start_event"
    assert world.engine.start_instance(process_id="process", start_element_id="start").state == "ACTIVE"


@pytest.mark.parametrize(
    "options",
    [
        {"tags": ["1 not a tag"]},
        {"tags": ["a", "a"]},
        {"business_id": ""},
        {"variables": {"": 1}},
        {"definition_key": 5},
    ],
)
def test_a_start_that_makes_no_sense_is_refused(world: World, options: dict[str, object]) -> None:
    # Given a process; when it is started with what cannot be; then nothing starts.
    world.deploy(one_job())
    with pytest.raises(InvalidInput):
        world.engine.start_instance(process_id="process", **options)  # type: ignore[arg-type]
    assert world.rows("process-instances") == []


def test_variables_beyond_the_limit_are_refused() -> None:
    # Given a limit; when an instance is started with more; then the answer says how much is allowed.
    world = World(max_variables_bytes=1000)
    world.deploy(one_job())
    with pytest.raises(TooLarge, match="1,000"):
        world.start(variables={"text": "x" * 2000})
    world.close()


def test_cancelling_ends_all_that_is_alive(stored: World) -> None:
    # Given an instance with a called one in it; when the root is cancelled; then both end, and their job with them.
    stored.deploy(calling())
    key = stored.start("caller")
    (called,) = stored.rows("process-instances", processDefinitionId="called")
    held = stored.one_job("work")
    with pytest.raises(Conflict):
        stored.engine.cancel_instance(called["processInstanceKey"])
    stored.engine.cancel_instance(key)
    assert {row["state"] for row in stored.rows("process-instances")} == {"TERMINATED"}
    with pytest.raises(NotFound):
        stored.engine.complete_job(held.job.key)
    with pytest.raises(NotFound):
        stored.engine.cancel_instance(key)


def test_history_is_kept_whoever_asks(world: World) -> None:
    # Given a running instance; when it is to be deleted, also after its end; then it is refused both times.
    world.deploy(one_job())
    key = world.start()
    with pytest.raises(Conflict):
        world.engine.delete_instance(key)
    world.engine.cancel_instance(key)
    with pytest.raises(Forbidden):
        world.engine.delete_instance(key)


def test_variables_are_set_in_the_scope_that_is_named(stored: World) -> None:
    # Given a waiting task; when variables are set locally at it and at the instance; then each scope has its own.
    stored.deploy(one_job())
    key = stored.start(variables={"n": 1})
    (row,) = stored.rows("element-instances", processInstanceKey=key, elementId="task")
    stored.engine.set_variables(row["elementInstanceKey"], {"n": 2}, local=True)
    stored.engine.set_variables(key, {"m": 3})
    assert stored.variables(key) == {"n": 1, "m": 3}
    assert stored.one_job("work").variables == {"n": 2, "m": 3}


def test_variables_of_what_has_ended_are_not_set(world: World) -> None:
    # Given an instance that ended; when its variables are set; then it is not found.
    world.deploy(one_job())
    key = world.start()
    world.engine.cancel_instance(key)
    with pytest.raises(NotFound):
        world.engine.set_variables(key, {"n": 1})


def test_called_processes_share_the_fate_of_their_caller(stored: World) -> None:
    # Given a process that calls another; when the called one's job is done; then both are complete.
    stored.deploy(calling())
    key = stored.start("caller", {"n": 1})
    stored.engine.complete_job(stored.one_job("work").job.key, {"m": 2})
    assert stored.state(key) == "COMPLETED"
    assert stored.variables(key) == {"n": 1, "m": 2}


def test_awaiting_gives_the_variables_of_what_ended(world: World) -> None:
    # Given processes that end at once and that wait; when both are awaited; then the answers tell them apart.
    drawing = Drawing()
    process = drawing.process("quick")
    process.chain(process.node("startEvent"), process.node("endEvent"))
    world.deploy(drawing)
    world.deploy(one_job())
    quick = world.engine.create_and_await(
        process_id="quick", variables={"a": 1, "b": 2}, fetch_variables=["a"], timeout=1
    )
    slow = world.engine.create_and_await(process_id="process", timeout=0.05)
    assert (quick.state, quick.variables) == ("COMPLETED", {"a": 1})
    assert not slow.completed


def test_a_timer_fires_when_it_is_due_and_not_before(stored: World) -> None:
    # Given an instance that waits an hour; when half of it, then all of it has passed; then it goes on once.
    stored.deploy(wait_for(duration("PT1H")))
    key = stored.start()
    stored.pass_time(minutes=30)
    stored.settle()
    assert stored.state(key) == "ACTIVE"
    stored.pass_time(minutes=31)
    stored.settle()
    assert stored.state(key) == "COMPLETED"
    assert stored.commands(rootProcessInstanceKey=key) == ["StartInstance", "TriggerTimer"]


def test_a_timer_of_what_has_ended_does_nothing(world: World) -> None:
    # Given a cancelled instance with a timer; when the timer would be due; then nothing happens.
    world.deploy(wait_for(duration("PT1H")))
    key = world.start()
    world.engine.cancel_instance(key)
    world.pass_time(hours=2)
    world.settle()
    assert world.commands(rootProcessInstanceKey=key) == ["StartInstance", "CancelInstance"]


def test_an_interrupting_timer_takes_the_job_away(stored: World) -> None:
    # Given a task with a deadline; when it passes; then the job's worker comes too late.
    drawing = Drawing()
    process = drawing.process()
    process.chain(
        process.node("startEvent"),
        process.node("serviceTask", "task", extension(job("work"))),
        process.node("endEvent"),
    )
    process.node("boundaryEvent", "late", duration("PT1M"), attachedToRef="task")
    process.chain("late", process.node("endEvent", "overdue"))
    stored.deploy(drawing)
    key = stored.start()
    held = stored.one_job("work", timeout_ms=3_600_000)
    stored.pass_time(minutes=2)
    stored.settle()
    assert stored.state(key) == "COMPLETED"
    with pytest.raises(NotFound):
        stored.engine.complete_job(held.job.key)
