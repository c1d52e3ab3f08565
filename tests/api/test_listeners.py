"""Listeners over the wire: the vendor's Python client does their jobs."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from camunda_orchestration_sdk import CamundaClient
from camunda_orchestration_sdk.errors import BadRequestError, ConflictError
from camunda_orchestration_sdk.models import (
    IncidentSearchQuery,
    JobActivationRequest,
    JobCompletionRequest,
    JobFailRequest,
    JobSearchQuery,
    ProcessCreationById,
    UserTaskAssignmentRequest,
    UserTaskCompletionRequest,
    UserTaskSearchQuery,
    UserTaskUpdateRequest,
)

from tests.api.conftest import deploy


@pytest.fixture
def camunda(address: str, api: httpx.Client) -> Any:
    deploy(api, "listened.bpmn")
    with CamundaClient(configuration={"CAMUNDA_REST_ADDRESS": address}) as client:
        yield client


def started(camunda: CamundaClient) -> Any:
    return camunda.create_process_instance(
        data=ProcessCreationById.from_dict({"processDefinitionId": "listened"})
    ).process_instance_key


def job(camunda: CamundaClient, type: str) -> Any:
    request = JobActivationRequest(type_=type, timeout=60_000, max_jobs_to_activate=1, request_timeout=5_000)
    (one,) = camunda.activate_jobs(data=request).jobs
    return one


def complete(camunda: CamundaClient, one: Any, **body: Any) -> None:
    camunda.complete_job(one.job_key, data=JobCompletionRequest.from_dict(body))


def task(camunda: CamundaClient, instance: Any) -> Any:
    query = UserTaskSearchQuery.from_dict({"filter": {"processInstanceKey": instance}})
    (found,) = camunda.search_user_tasks(data=query).items
    return found


def test_listeners_say_what_they_are_and_decide_over_a_user_task(camunda: CamundaClient) -> None:
    # Given an instance whose start listener is at work
    instance = started(camunda)
    listener = job(camunda, "listened-start")
    assert (listener.kind.value, listener.listener_event_type.value) == ("EXECUTION_LISTENER", "START")
    assert listener.custom_headers.to_dict()["what"] == "rates"
    query = {"filter": {"processInstanceKey": instance, "kind": "EXECUTION_LISTENER", "listenerEventType": "START"}}
    assert len(camunda.search_jobs(data=JobSearchQuery.from_dict(query)).items) == 1
    complete(camunda, listener, variables={"rate": 2})

    # When the task is assigned, the listener corrects that
    key = task(camunda, instance).user_task_key
    camunda.assign_user_task(key, data=UserTaskAssignmentRequest(assignee="anna"))
    assert task(camunda, instance).state.value == "ASSIGNING"
    with pytest.raises(ConflictError):
        camunda.assign_user_task(key, data=UserTaskAssignmentRequest(assignee="ben"))
    assigning = job(camunda, "listened-assigning")
    assert (assigning.kind.value, assigning.listener_event_type.value) == ("TASK_LISTENER", "ASSIGNING")
    told = assigning.user_task
    assert (told.assignee, told.changed_attributes, told.action) == ("anna", ["assignee"], "assign")
    assert (told.candidate_groups, told.user_task_key) == (["clerks"], key)
    with pytest.raises(BadRequestError):
        complete(camunda, assigning, result={"type": "userTask", "corrections": {"priority": 200}})
    corrections = {"assignee": "carl", "priority": 80, "candidateGroups": ["chiefs"], "dueDate": "2030-01-01T00:00:00Z"}
    complete(camunda, assigning, result={"type": "userTask", "corrections": corrections})
    now = task(camunda, instance)
    assert (now.state.value, now.assignee, now.priority, now.candidate_groups) == ("CREATED", "carl", 80, ["chiefs"])
    assert now.due_date.isoformat().startswith("2030-01-01")
    found = UserTaskSearchQuery.from_dict({"filter": {"processInstanceKey": instance, "candidateGroup": "chiefs"}})
    assert len(camunda.search_user_tasks(data=found).items) == 1

    # And it is changed, and completed: denied once
    camunda.update_user_task(key, data=UserTaskUpdateRequest.from_dict({"changeset": {"priority": 10, "dueDate": ""}}))
    complete(camunda, job(camunda, "listened-updating"))
    assert (task(camunda, instance).priority, task(camunda, instance).due_date) == (10, None)
    answer = UserTaskCompletionRequest.from_dict({"variables": {"approved": True}, "action": "approve"})
    camunda.complete_user_task(key, data=answer)
    completing = job(camunda, "listened-completing")
    assert completing.user_task.action == "approve"
    complete(camunda, completing, result={"type": "userTask", "denied": True, "deniedReason": "not yet"})
    assert task(camunda, instance).state.value == "CREATED"
    camunda.complete_user_task(key, data=answer)
    complete(camunda, job(camunda, "listened-completing"))

    # Then
    assert task(camunda, instance).state.value == "COMPLETED"
    assert camunda.get_process_instance(instance).state.value == "COMPLETED"


def test_a_listener_without_retries_is_an_incident_of_its_kind(camunda: CamundaClient) -> None:
    instance = started(camunda)
    listener = job(camunda, "listened-start")
    camunda.fail_job(listener.job_key, data=JobFailRequest(retries=0, error_message="no rates"))
    query = IncidentSearchQuery.from_dict({"filter": {"processInstanceKey": instance}})
    (incident,) = camunda.search_incidents(data=query).items
    assert incident.error_type.value == "EXECUTION_LISTENER_NO_RETRIES"
    camunda.cancel_process_instance(instance, data=None)
