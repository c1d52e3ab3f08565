"""Jobs: handed out under a lease, completed, failed, thrown, updated."""

import pytest

from laneway.domain.errors import Conflict, InvalidInput, NotFound
from laneway.domain.work import Actor
from tests.commands.drawings import one_job
from tests.support.drawing import Drawing, extension, job, refers
from tests.support.world import World


def test_a_job_is_handed_out_once_with_its_variables(stored: World) -> None:
    # Given an instance that waits for a worker
    stored.deploy(one_job())
    key = stored.start(variables={"order": 7, "note": "x"})
    # When two workers ask for work
    first = stored.activate("work", fetch_variables=["order"])
    second = stored.activate("work")
    # Then only one gets it, with the variables it asked for
    assert [(each.job.process_instance_key, each.variables) for each in first] == [(key, {"order": 7})]
    assert second == []


def test_completing_a_job_moves_the_token_and_merges_its_variables(stored: World) -> None:
    # Given an activated job; when it is completed; then the instance ends with its variables.
    stored.deploy(one_job())
    key = stored.start()
    stored.engine.complete_job(stored.one_job("work").job.key, {"paid": True})
    assert stored.state(key) == "COMPLETED"
    assert stored.variables(key) == {"paid": True}


def test_a_job_is_completed_once(stored: World) -> None:
    # Given a completed job; when it is completed again; then it is not found any more.
    stored.deploy(one_job())
    stored.start()
    job_key = stored.one_job("work").job.key
    stored.engine.complete_job(job_key)
    with pytest.raises(NotFound) as refused:
        stored.engine.complete_job(job_key)
    assert refused.value.code == "job_not_found"


def test_a_job_whose_lease_ran_out_is_handed_out_again(stored: World) -> None:
    # Given a worker that never came back; when its lease is over; then another one gets the job.
    stored.deploy(one_job())
    stored.start()
    lost = stored.one_job("work", timeout_ms=1000)
    stored.pass_time(seconds=2)
    found = stored.one_job("work")
    assert found.job.key == lost.job.key


def test_a_stale_lease_is_refused(stored: World) -> None:
    # Given a job that was handed out again after its lease ran out
    stored.deploy(one_job())
    key = stored.start()
    lost = stored.one_job("work", timeout_ms=1000, lease=True)
    stored.pass_time(seconds=2)
    held = stored.one_job("work", lease=True)
    # When the first worker comes back with its result
    with pytest.raises(Conflict) as refused:
        stored.engine.complete_job(lost.job.key, {"by": "late"}, lease_token=lost.job.lease_token)
    # Then it is refused, and the second one's is taken
    assert refused.value.code == "stale_lease"
    stored.engine.complete_job(held.job.key, {"by": "second"}, lease_token=held.job.lease_token)
    assert stored.variables(key) == {"by": "second"}


def test_a_failed_job_comes_back_after_its_back_off(stored: World) -> None:
    # Given a job that failed with retries left and a pause
    stored.deploy(one_job())
    stored.start()
    failed = stored.one_job("work")
    stored.engine.fail_job(failed.job.key, retries=2, error_message="busy", retry_back_off_ms=5000)
    # When workers ask at once, then after the pause
    at_once = stored.activate("work")
    stored.pass_time(seconds=6)
    later = stored.activate("work")
    # Then only the second gets it
    assert at_once == []
    assert [each.job.retries for each in later] == [2]


def test_completing_a_job_in_its_back_off_is_a_conflict(world: World) -> None:
    # Given a failed job that waits for its retry; when it is completed; then the answer says why not.
    world.deploy(one_job())
    world.start()
    failed = world.one_job("work")
    world.engine.fail_job(failed.job.key, retries=2, retry_back_off_ms=5000)
    with pytest.raises(Conflict, match="FAILED"):
        world.engine.complete_job(failed.job.key)


def test_without_retries_an_incident_is_raised_and_resolving_it_tries_again(stored: World) -> None:
    # Given a job that failed for good
    stored.deploy(one_job())
    key = stored.start()
    stored.engine.fail_job(stored.one_job("work").job.key, retries=0, error_message="no route", variables={"tried": 1})
    (incident,) = stored.rows("incidents", processInstanceKey=key, state="ACTIVE")
    assert (incident["errorType"], stored.activate("work")) == ("JOB_NO_RETRIES", [])
    assert "no route" in incident["errorMessage"]
    # When it is given retries and the incident is resolved
    with pytest.raises(Conflict, match="no retries"):
        stored.engine.resolve_incident(incident["incidentKey"])
    stored.engine.update_job(incident["jobKey"], retries=1)
    stored.engine.resolve_incident(incident["incidentKey"])
    # Then a worker gets it again, with the variables that the failure left with it
    again = stored.one_job("work")
    assert again.variables == {"tried": 1}
    stored.engine.complete_job(again.job.key)
    assert stored.state(key) == "COMPLETED"
    assert stored.rows("incidents", processInstanceKey=key, state="ACTIVE") == []


def test_an_incident_is_resolved_once(world: World) -> None:
    # Given a resolved incident; when it is resolved again; then it is not found.
    world.deploy(one_job())
    world.start()
    world.engine.fail_job(world.one_job("work").job.key, retries=0)
    (incident,) = world.rows("incidents")
    world.engine.update_job(incident["jobKey"], retries=1)
    world.engine.resolve_incident(incident["incidentKey"])
    with pytest.raises(NotFound):
        world.engine.resolve_incident(incident["incidentKey"])


def test_a_thrown_error_takes_the_path_of_its_catcher(stored: World) -> None:
    # Given a task with an error boundary event
    drawing = Drawing()
    drawing.error("Error_1", "NO_STOCK")
    process = drawing.process()
    process.chain(
        process.node("startEvent"),
        process.node("serviceTask", "task", extension(job("work"))),
        process.node("endEvent"),
    )
    process.node("boundaryEvent", "caught", refers("error", "Error_1"), attachedToRef="task")
    process.chain("caught", process.node("endEvent", "sold_out"))
    stored.deploy(drawing)
    key = stored.start()
    # When its worker throws that error
    stored.engine.throw_error(stored.one_job("work").job.key, "NO_STOCK", variables={"missing": 3})
    # Then the token leaves by the boundary event
    assert stored.state(key) == "COMPLETED"
    assert "sold_out" in {row["elementId"] for row in stored.rows("element-instances", processInstanceKey=key)}
    (row,) = stored.rows("jobs", processInstanceKey=key)
    assert row["state"] == "ERROR_THROWN"


def test_an_error_that_nobody_catches_is_an_incident(world: World) -> None:
    # Given a task without a catcher; when its worker throws an error; then a person must look.
    world.deploy(one_job())
    world.start()
    world.engine.throw_error(world.one_job("work").job.key, "NO_STOCK")
    (incident,) = world.rows("incidents")
    assert incident["errorType"] == "UNHANDLED_ERROR_EVENT"


def test_a_lease_is_extended_only_while_it_is_held(world: World) -> None:
    # Given a job that nobody holds; when its timeout is changed; then that is a conflict, until someone holds it.
    world.deploy(one_job())
    world.start()
    (row,) = world.rows("jobs")
    with pytest.raises(Conflict, match="CREATED"):
        world.engine.update_job(row["jobKey"], timeout_ms=1000)
    held = world.one_job("work", timeout_ms=1000)
    world.engine.update_job(held.job.key, timeout_ms=60_000)
    world.pass_time(seconds=2)
    assert world.activate("work") == []


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"type": " "}, "job_type_missing"),
        ({"timeout_ms": 0}, "timeout_invalid"),
        ({"max_jobs": 0}, "max_jobs_invalid"),
    ],
)
def test_an_activation_that_makes_no_sense_is_refused(world: World, options: dict[str, object], code: str) -> None:
    # Given nothing; when jobs are asked for in a way that cannot be met; then the code says what is wrong.
    given = {"type": "work", "timeout_ms": 1000, "max_jobs": 1, **options}
    with pytest.raises(InvalidInput) as refused:
        world.engine.activate_jobs(**given)  # type: ignore[arg-type]
    assert refused.value.code == code


def test_an_unknown_key_is_not_found_whatever_its_size(world: World) -> None:
    # Given no jobs; when one is completed by a key that cannot be; then it is not found, no fault of the database.
    for key in (1, 0, -5, 10**24):
        with pytest.raises(NotFound):
            world.engine.complete_job(key)


def test_acknowledged_and_rejected_commands_are_in_the_audit_trail(stored: World) -> None:
    # Given a worker that completes its job twice
    stored.deploy(one_job())
    key = stored.start()
    job_key = stored.one_job("work").job.key
    stored.engine.complete_job(job_key, {"secret": "s3cr3t"}, actor=Actor("worker", "mailer"))
    with pytest.raises(NotFound):
        stored.engine.complete_job(job_key, actor=Actor("worker", "mailer"))
    # When the trail is read
    records = stored.audits(rootProcessInstanceKey=key)
    # Then both are there, who gave them, and no value of a variable
    assert [(each["details"]["command"], each["result"]) for each in records] == [
        ("StartInstance", "SUCCESS"),
        ("CompleteJob", "SUCCESS"),
        ("CompleteJob", "FAIL"),
    ]
    assert records[1]["actorId"] == "mailer"
    assert (records[1]["before"], records[1]["after"]) == (1, 2)
    assert records[2]["details"]["code"] == "job_not_found"
    assert "s3cr3t" not in str(records)
    assert stored.engine.verify_audit()["first_bad"] is None


def test_something_of_another_tenant_is_not_found(world: World) -> None:
    # Given a job; when someone of another tenant completes it; then the answer is that of an unknown key.
    world.deploy(one_job())
    world.start()
    job_key = world.one_job("work").job.key
    with pytest.raises(NotFound) as of_other:
        world.engine.complete_job(job_key, tenant_ids=("other",))
    with pytest.raises(NotFound) as unknown:
        world.engine.complete_job(job_key + 1, tenant_ids=("other",))
    assert of_other.value.message.replace(str(job_key), "") == unknown.value.message.replace(str(job_key + 1), "")
