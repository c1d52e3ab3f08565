"""Jobs, user tasks and incidents: handed out once, changed under a fence, closed with their element."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from laneway.domain.errors import StaleState
from laneway.domain.transition import IncidentOpened
from laneway.domain.types import DEFAULT_TENANT, ElementType, JobKind, JobState, UserTaskState
from laneway.domain.work import Job
from laneway.ports import Filter, SearchQuery
from laneway.store import SqlStore
from tests.store.build import Clock, Step, deploy, start


def activate(store: SqlStore, **options: Any) -> list[Job]:
    wanted: dict[str, Any] = {
        "kind": JobKind.EXTERNAL,
        "types": ["check"],
        "worker": "w1",
        "timeout_ms": 60_000,
        "limit": 10,
        "tenant_ids": [DEFAULT_TENANT],
    }
    with store.begin() as uow:
        return list(uow.activate_jobs(**wanted | options))


def change(store: SqlStore, job: Job, **changes: Any) -> Job:
    with store.begin() as uow:
        return uow.update_job(job, **changes)


def stored(store: SqlStore, key: int) -> Job:
    with store.read() as uow:
        job = uow.job(key)
    assert job is not None
    return job


def test_a_job_is_handed_out_once_under_a_lease(store: SqlStore, clock: Clock) -> None:
    definition = deploy(store)
    root = start(store, definition)

    (job,) = activate(store)
    assert (job.state, job.worker, job.deadline) == (JobState.ACTIVATED, "w1", clock.now + timedelta(minutes=1))
    assert (job.process_id, job.process_version, job.root_key, job.headers) == ("order", 1, root, {"a": "b"})
    assert (job.lease_token, job.retries, job.kind, job.created_at) == (None, 3, JobKind.EXTERNAL, clock.now)
    assert stored(store, job.key) == job
    assert activate(store) == []

    clock.advance(seconds=61)
    (again,) = activate(store, worker="w2", lease=True)
    assert (again.key, again.worker, again.version) == (job.key, "w2", job.version + 1)
    assert again.lease_token


def test_only_what_was_asked_for(store: SqlStore) -> None:
    definition = deploy(store)
    with store.begin() as uow:
        step = Step(uow, definition.key)
        task = step.element(2, ElementType.SERVICE_TASK)
        step.job(task, "agent job", kind=JobKind.AGENT, agent="classify")
        step.job(task, "other")
        step.job(task, "check")
        step.job(task, "check", retries=0)
        step.apply()
    other = deploy(store, tenant_id="other")
    start(store, other)

    assert [job.type for job in activate(store, types=["agent job", "check"])] == ["check"]
    assert [job.agent for job in activate(store, kind=JobKind.AGENT, types=None)] == ["classify"]
    assert [job.type for job in activate(store, types=None, limit=1)] == ["other"]
    assert activate(store, types=None) == []
    assert [job.tenant_id for job in activate(store, tenant_ids=["other", "x"])] == ["other"]


def test_by_priority_then_age(store: SqlStore) -> None:
    definition = deploy(store)
    for _ in range(3):
        start(store, definition)
    jobs = activate(store)
    for job, priority in zip(jobs, (1, 5, 5), strict=True):
        change(store, job, priority=priority, state=JobState.CREATED, deadline=None)

    assert [job.key for job in activate(store)] == [jobs[1].key, jobs[2].key, jobs[0].key]


def test_a_failed_job_waits_for_its_back_off(store: SqlStore, clock: Clock) -> None:
    start(store, deploy(store))
    (job,) = activate(store)
    later = clock.now + timedelta(seconds=30)
    change(store, job, state=JobState.FAILED, retries=2, retry_at=later, error_message="down", deadline=None)

    assert activate(store) == []
    with store.read() as uow:
        assert uow.next_job_available(JobKind.EXTERNAL, ["check"], [DEFAULT_TENANT]) == later
        assert uow.next_job_available(JobKind.AGENT, None, [DEFAULT_TENANT]) is None
    clock.advance(seconds=30)
    (again,) = activate(store)
    assert (again.retries, again.error_message, again.retry_at) == (2, "down", None)


def test_a_job_without_retries_is_not_handed_out_until_it_gets_some(store: SqlStore) -> None:
    start(store, deploy(store))
    (job,) = activate(store)
    failed = change(store, job, state=JobState.FAILED, retries=0)
    assert activate(store) == []

    change(store, failed, state=JobState.RETRIES_UPDATED, retries=1)
    assert [one.key for one in activate(store)] == [job.key]


def test_the_fence_of_a_job(store: SqlStore) -> None:
    start(store, deploy(store))
    (job,) = activate(store)
    change(store, job, retries=2)

    with pytest.raises(StaleState):
        change(store, job, retries=1)
    assert stored(store, job.key).retries == 2


def test_a_job_with_an_incident_is_held_until_it_is_resolved(store: SqlStore) -> None:
    definition = deploy(store)
    root = start(store, definition)
    (job,) = activate(store)
    with store.begin() as uow:
        held = uow.update_job(job, state=JobState.FAILED, deadline=None)
        step = Step(uow, definition.key, uow.load(root))
        incident_key = uow.ids.next()
        task = step.state.elements[job.element_instance_key]
        task.incident = incident_key
        step.touch(task)
        step.open(IncidentOpened(incident_key, task.key, root, definition.key, "check", "UNKNOWN", "look", job.key))
        step.apply()
    assert activate(store) == []
    with store.begin() as uow:
        uow.update_job(held, retries=5)
    assert activate(store) == []

    with store.begin() as uow:
        incident = uow.incident(incident_key)
        assert incident is not None
        assert uow.job_of_incident(incident) == stored(store, job.key)
        assert uow.job_of_incident(replace(incident, job_key=None)) is None
        step = Step(uow, definition.key, uow.load(root))
        step.close("incident", incident_key, "resolved")
        step.apply()
    assert [one.key for one in activate(store)] == [job.key]


@pytest.mark.parametrize(
    ("reason", "state"),
    [("completed", JobState.COMPLETED), ("canceled", JobState.CANCELED), ("error", JobState.ERROR_THROWN)],
)
def test_a_closed_job_ends(store: SqlStore, clock: Clock, reason: str, state: JobState) -> None:
    definition = deploy(store)
    root = start(store, definition)
    with store.begin() as uow:
        step = Step(uow, definition.key, uow.load(root))
        task = list(step.state.elements.values())[-1]
        (key,) = task.waits
        step.close("job", key, reason)
        step.end(task)
        step.apply()

    job = stored(store, key)
    assert (job.state, job.ended_at) == (state, clock.now)
    assert activate(store) == []


def test_a_job_that_its_command_ended_keeps_its_error(store: SqlStore) -> None:
    definition = deploy(store)
    root = start(store, definition)
    (job,) = activate(store)
    with store.begin() as uow:
        uow.update_job(job, state=JobState.ERROR_THROWN, error_code="E1", error_message="no")
        step = Step(uow, definition.key, uow.load(root))
        step.close("job", job.key)
        step.apply()

    ended = stored(store, job.key)
    assert (ended.state, ended.error_code, ended.error_message) == (JobState.ERROR_THROWN, "E1", "no")


def test_user_tasks(store: SqlStore, clock: Clock) -> None:
    definition = deploy(store, forms=[("letter", 1)])
    due = clock.now + timedelta(days=1)
    with store.begin() as uow:
        step = Step(uow, definition.key)
        element = step.element(3, ElementType.USER_TASK)
        opened = step.user_task(
            element,
            due_date=due,
            form_id="letter",
            choices=[["a", "A"]],
            choose_many=True,
            question="Which?",
            headers={"h": "1"},
        )
        numbered = step.user_task(element, form_key="4711")
        foreign = step.user_task(element, form_key="camunda-forms:bpmn:x", candidate_groups=[], candidate_users=[])
        step.apply()
        form = uow.latest_form("letter", DEFAULT_TENANT)
    assert form is not None

    with store.read() as uow:
        task = uow.user_task(opened.key)
        assert task is not None
        assert (task.state, task.due_date, task.created_at, task.completed_at) == (
            UserTaskState.CREATED,
            due,
            clock.now,
            None,
        )
        assert (task.form_id, task.form_key, task.external_form) == ("letter", form.key, None)
        assert (task.choices, task.choose_many, task.question, task.headers) == (
            [["a", "A"]],
            True,
            "Which?",
            {"h": "1"},
        )
        assert (task.candidate_groups, task.candidate_users) == (["sales", "service"], ["ann"])
        assert (task.process_name, task.process_version, task.element_id) == ("Order", 1, "approve")
        one, other = uow.user_task(numbered.key), uow.user_task(foreign.key)
        assert one is not None
        assert other is not None
        assert (one.form_key, other.form_key, other.external_form) == (4711, None, "camunda-forms:bpmn:x")

    with store.begin() as uow:
        claimed = uow.update_user_task(task, assignee="ann", candidate_groups=["legal"])
        assert claimed.version == task.version + 1
    with pytest.raises(StaleState), store.begin() as uow:
        uow.update_user_task(task, assignee="bob")

    def of_group(name: str) -> int:
        return store.search(SearchQuery("user-tasks", (Filter("candidateGroup", "eq", name),))).total

    assert (of_group("sales"), of_group("legal")) == (1, 1)

    with store.begin() as uow:
        step = Step(uow, definition.key, uow.load(step.root))
        step.close("user_task", opened.key)
        step.close("user_task", numbered.key, "canceled")
        step.apply()
        done, gone = uow.user_task(opened.key), uow.user_task(numbered.key)
    assert done is not None
    assert gone is not None
    assert (done.state, done.completed_at, done.assignee) == (UserTaskState.COMPLETED, clock.now, "ann")
    assert gone.state is UserTaskState.CANCELED


def test_what_is_not_there(store: SqlStore) -> None:
    with store.read() as uow:
        assert uow.job(1) is None
        assert uow.user_task(1) is None
        assert uow.incident(1) is None
        assert uow.variables([1]) == {1: {}}
        assert uow.variables([]) == {}
