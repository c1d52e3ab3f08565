"""Ad-hoc sub-processes over the wire: the vendor's Python client activates, and leads one as its worker."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from camunda_orchestration_sdk import CamundaClient
from camunda_orchestration_sdk.errors import BadRequestError, NotFoundError
from camunda_orchestration_sdk.models import (
    AdHocSubProcessActivateActivitiesInstruction,
    ElementInstanceSearchQuery,
    JobActivationRequest,
    JobCompletionRequest,
    ProcessCreationById,
)

from tests.api.conftest import deploy


@pytest.fixture
def camunda(address: str, api: httpx.Client) -> Any:
    deploy(api, "ad-hoc.bpmn")
    with CamundaClient(configuration={"CAMUNDA_REST_ADDRESS": address}) as client:
        yield client


def started(camunda: CamundaClient) -> Any:
    return camunda.create_process_instance(
        data=ProcessCreationById.from_dict({"processDefinitionId": "ad-hoc"})
    ).process_instance_key


def element(camunda: CamundaClient, instance: Any, element_id: str) -> Any:
    query = {"filter": {"processInstanceKey": instance, "elementId": element_id, "type": "AD_HOC_SUB_PROCESS"}}
    (found,) = camunda.search_element_instances(data=ElementInstanceSearchQuery.from_dict(query)).items
    return found.element_instance_key


def activate(camunda: CamundaClient, key: Any, **body: Any) -> None:
    instruction = AdHocSubProcessActivateActivitiesInstruction.from_dict(body)
    camunda.activate_ad_hoc_sub_process_activities(key, data=instruction)


def job(camunda: CamundaClient, type: str) -> Any:
    request = JobActivationRequest(type_=type, timeout=60_000, max_jobs_to_activate=1, request_timeout=5_000)
    (one,) = camunda.activate_jobs(data=request).jobs
    return one


def complete(camunda: CamundaClient, one: Any, **body: Any) -> None:
    camunda.complete_job(one.job_key, data=JobCompletionRequest.from_dict(body))


def test_activities_are_activated_and_a_worker_leads_the_next(camunda: CamundaClient) -> None:
    # Given an instance that waits in its first ad-hoc sub-process
    instance = started(camunda)
    key = element(camunda, instance, "LookInto")

    # When activities are activated from outside
    activate(camunda, key, elements=[{"elementId": "Ask", "variables": {"whom": "Ada"}}, {"elementId": "Read"}])
    asked = job(camunda, "ad-hoc-ask")
    assert asked.variables.to_dict()["whom"] == "Ada"
    activate(camunda, key, elements=[{"elementId": "Ask"}], cancelRemainingInstances=True)
    with pytest.raises(NotFoundError):
        complete(camunda, asked)
    complete(camunda, job(camunda, "ad-hoc-ask"))

    # Then the next one opens a job, whose result says what is done
    first = job(camunda, "ad-hoc-decide")
    assert [one["elementId"] for one in first.variables.to_dict()["adHocSubProcessElements"]] == ["Answer"]
    complete(
        camunda,
        first,
        result={"type": "adHocSubProcess", "activateElements": [{"elementId": "Answer", "variables": {"n": 1}}]},
    )
    complete(camunda, job(camunda, "ad-hoc-answer"), variables={"answer": 42})
    again = job(camunda, "ad-hoc-decide")
    assert again.variables.to_dict()["answers"] == [42]
    complete(camunda, again, result={"type": "adHocSubProcess", "isCompletionConditionFulfilled": True})
    assert camunda.get_process_instance(instance).state.value == "COMPLETED"


def test_what_cannot_be_activated_is_refused(camunda: CamundaClient, api: httpx.Client) -> None:
    instance = started(camunda)
    key = element(camunda, instance, "LookInto")
    with pytest.raises(BadRequestError):
        activate(camunda, key, elements=[{"elementId": "Answer"}])
    with pytest.raises(BadRequestError):
        activate(camunda, key, elements=[])
    for wrong in (instance, "1"):
        with pytest.raises(NotFoundError):
            activate(camunda, wrong, elements=[{"elementId": "Ask"}])
    camunda.cancel_process_instance(instance, data=None)
    with pytest.raises(NotFoundError):
        activate(camunda, key, elements=[{"elementId": "Ask"}])
    audit = api.post("/audit-logs/search", json={"filter": {"processInstanceKey": instance}}).json()["items"]
    assert {one["result"] for one in audit} == {"SUCCESS", "FAIL"}
