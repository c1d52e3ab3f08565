"""The vendor's Python client, unchanged, against the server: what it parses it also checks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from camunda_orchestration_sdk import CamundaAsyncClient, CamundaClient
from camunda_orchestration_sdk.errors import NotFoundError
from camunda_orchestration_sdk.models import (
    AgentDefinitionSearchQuery,
    AgentInstanceSearchQuery,
    AuditLogSearchQueryRequest,
    ConditionalEvaluationInstruction,
    DecisionDefinitionSearchQuery,
    DecisionInstanceSearchQuery,
    DecisionRequirementsSearchQuery,
    ElementInstanceSearchQuery,
    IncidentSearchQuery,
    JobActivationRequest,
    JobSearchQuery,
    MessageCorrelationRequest,
    MessagePublicationRequest,
    MessageSubscriptionSearchQuery,
    ProcessCreationById,
    ProcessDefinitionSearchQuery,
    ProcessInstanceSearchQuery,
    ResourceSearchQuery,
    SignalBroadcastRequest,
    UserTaskAssignmentRequest,
    UserTaskCompletionRequest,
    UserTaskSearchQuery,
    UserTaskUpdateRequest,
    VariableSearchQuery,
)
from camunda_orchestration_sdk.runtime.job_worker import ConnectedJobContext, JobError, WorkerConfig

from tests.api.conftest import DIAGRAMS

FILES = ["order.bpmn", "approval.form", "payment.bpmn"]


async def eventually(look: Callable[[], Awaitable[Any]], seconds: float = 15.0) -> Any:
    """What ``look`` gives once it gives something."""
    for _ in range(int(seconds / 0.05)):
        found = await look()
        if found:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come")


def client(address: str) -> CamundaAsyncClient:
    return CamundaAsyncClient(configuration={"CAMUNDA_REST_ADDRESS": address})


def test_the_client_drives_an_instance_from_deployment_to_history(address: str) -> None:
    async def drive() -> None:
        async with client(address) as camunda:
            # given: the version of the API that the client was made for, and a deployment
            assert (await camunda.get_topology()).gateway_version.startswith("8.10")
            await camunda.get_status()
            deployment = await camunda.deploy_resources_from_files([DIAGRAMS / name for name in FILES])
            assert {one.process_definition_id for one in deployment.processes} == {"order", "payment"}
            assert [one.form_id for one in deployment.forms] == ["approval"]

            # when: its worker works
            seen: list[ConnectedJobContext] = []

            async def price(job: ConnectedJobContext) -> dict[str, Any]:
                seen.append(job)
                if job.variables.to_dict().get("secret"):
                    raise JobError("NO_PRICE", "not for sale")
                return {"price": 7}

            worker = camunda.create_job_worker(
                WorkerConfig(job_type="find-price", job_timeout_milliseconds=10_000, with_lease=True), price
            )
            try:
                started = await camunda.create_process_instance(
                    data=ProcessCreationById.from_dict(
                        {
                            "processDefinitionId": "order",
                            "variables": {"amount": 2},
                            "tags": ["sdk"],
                            "businessId": "B1",
                        }
                    )
                )
                wanted = UserTaskSearchQuery.from_dict(
                    {"filter": {"processInstanceKey": started.process_instance_key, "state": "CREATED"}}
                )

                async def task() -> Any:
                    return (await camunda.search_user_tasks(data=wanted)).items

                (found,) = await eventually(task)
            finally:
                await worker.aclose()
            assert any(job.process_instance_key == started.process_instance_key for job in seen)

            # and a person decides
            key = found.user_task_key
            await camunda.update_user_task(key, data=UserTaskUpdateRequest.from_dict({"changeset": {"priority": 80}}))
            await camunda.assign_user_task(key, data=UserTaskAssignmentRequest(assignee="anna"))
            await camunda.unassign_user_task(key)
            await camunda.assign_user_task(key, data=UserTaskAssignmentRequest(assignee="ben", allow_override=False))
            task_now = await camunda.get_user_task(key)
            assert (task_now.assignee, task_now.priority, task_now.tags) == ("ben", 80, ["sdk"])
            form = await camunda.get_user_task_form(key)
            assert form is not None
            assert form.form_id == "approval"
            seen_variables = await camunda.search_user_task_variables(key)
            assert {one.name for one in seen_variables.items} == {"amount", "price"}
            await camunda.complete_user_task(
                key, data=UserTaskCompletionRequest.from_dict({"variables": {"approved": True}})
            )

            # then
            instance = await camunda.get_process_instance(started.process_instance_key)
            assert (instance.state.value, instance.business_id) == ("COMPLETED", "B1")
            trail = await camunda.search_audit_logs(
                data=AuditLogSearchQueryRequest.from_dict(
                    {"filter": {"processInstanceKey": started.process_instance_key}, "sort": [{"field": "timestamp"}]}
                )
            )
            assert "COMPLETE" in {one.operation_type.value for one in trail.items}
            flows = await camunda.get_process_instance_sequence_flows(started.process_instance_key)
            assert [one.element_id for one in flows.items] == ["toPrice", "toApprove", "toDone"]
            statistics = await camunda.get_process_instance_statistics(started.process_instance_key)
            assert {one.element_id for one in statistics.items} >= {"Received", "Price", "Approve", "Done"}
            await camunda.get_process_instance_call_hierarchy(started.process_instance_key)
            await camunda.search_user_task_audit_logs(key)

    asyncio.run(drive())


def test_the_worker_throws_an_error_that_the_diagram_catches(address: str, deployed: dict[str, Any]) -> None:
    async def drive() -> None:
        async with client(address) as camunda:

            async def refuse(job: ConnectedJobContext) -> None:
                raise JobError("NO_PRICE", "not for sale")

            worker = camunda.create_job_worker(WorkerConfig("find-price", job_timeout_milliseconds=10_000), refuse)
            try:
                started = await camunda.create_process_instance(
                    data=ProcessCreationById.from_dict({"processDefinitionId": "order"})
                )

                async def ended() -> bool:
                    return (await camunda.get_process_instance(started.process_instance_key)).state.value == "COMPLETED"

                await eventually(ended)
            finally:
                await worker.aclose()

    asyncio.run(drive())


def test_messages_signals_and_cancellation(address: str, deployed: dict[str, Any]) -> None:
    with CamundaClient(configuration={"CAMUNDA_REST_ADDRESS": address}) as camunda:
        one, other = (
            camunda.create_process_instance(
                data=ProcessCreationById.from_dict(
                    {"processDefinitionId": "payment", "variables": {"invoice": invoice}}
                )
            ).process_instance_key
            for invoice in ("S-1", "S-2")
        )
        camunda.publish_message(
            data=MessagePublicationRequest.from_dict({"name": "paid", "correlationKey": "S-1", "timeToLive": 0})
        )
        correlated = camunda.correlate_message(
            data=MessageCorrelationRequest.from_dict({"name": "paid", "correlationKey": "S-2"})
        )
        assert correlated.process_instance_key == other
        assert camunda.get_process_instance(one).state.value == "COMPLETED"
        camunda.broadcast_signal(data=SignalBroadcastRequest(signal_name="nobody-waits"))
        asked = ConditionalEvaluationInstruction.from_dict({"variables": {"x": 1}})
        assert camunda.evaluate_conditionals(data=asked).process_instances == []
        third = camunda.create_process_instance(
            data=ProcessCreationById.from_dict({"processDefinitionId": "payment", "variables": {"invoice": "S-3"}})
        ).process_instance_key
        camunda.cancel_process_instance(third, data=None)
        assert camunda.get_process_instance(third).state.value == "TERMINATED"
        with pytest.raises(NotFoundError):
            camunda.cancel_process_instance(third, data=None)


def test_every_search_is_parsed(address: str, deployed: dict[str, Any], start: Any) -> None:
    start("order")
    with CamundaClient(configuration={"CAMUNDA_REST_ADDRESS": address}) as camunda:
        searches = {
            "process_definitions": ProcessDefinitionSearchQuery,
            "process_instances": ProcessInstanceSearchQuery,
            "element_instances": ElementInstanceSearchQuery,
            "user_tasks": UserTaskSearchQuery,
            "jobs": JobSearchQuery,
            "incidents": IncidentSearchQuery,
            "variables": VariableSearchQuery,
            "audit_logs": AuditLogSearchQueryRequest,
            "message_subscriptions": MessageSubscriptionSearchQuery,
            "decision_definitions": DecisionDefinitionSearchQuery,
            "decision_requirements": DecisionRequirementsSearchQuery,
            "decision_instances": DecisionInstanceSearchQuery,
            "resources": ResourceSearchQuery,
            "agent_definitions": AgentDefinitionSearchQuery,
            "agent_instances": AgentInstanceSearchQuery,
        }
        for noun, query in searches.items():
            found = getattr(camunda, f"search_{noun}")(data=query.from_dict({"page": {"limit": 3}}))
            assert found.page.total_items >= len(found.items)
        camunda.search_correlated_message_subscriptions()


def test_pages_follow_each_other_by_cursor(address: str, deployed: dict[str, Any], start: Any) -> None:
    keys = {start("echo")["processInstanceKey"] for _ in range(5)}
    seen: list[str] = []
    with CamundaClient(configuration={"CAMUNDA_REST_ADDRESS": address}) as camunda:
        page: dict[str, Any] = {"limit": 2}
        while True:
            query = {"filter": {"processInstanceKey": {"$in": sorted(keys)}}, "page": page}
            found = camunda.search_process_instances(data=ProcessInstanceSearchQuery.from_dict(query))
            if not found.items:
                break
            seen += [one.process_instance_key for one in found.items]
            page = {"limit": 2, "after": found.page.end_cursor}
    assert seen == sorted(keys)


def test_the_client_reads_what_else_it_asks_for(address: str, deployed: dict[str, Any]) -> None:
    with CamundaClient(configuration={"CAMUNDA_REST_ADDRESS": address}) as camunda:
        assert camunda.get_license().valid_license
        assert camunda.get_authentication().username == "anonymous"
        assert camunda.get_system_configuration().deployment.is_multi_tenancy_enabled is False
        definition = camunda.search_process_definitions(
            data=ProcessDefinitionSearchQuery.from_dict({"filter": {"processDefinitionId": "order"}})
        ).items[0]
        assert camunda.get_process_definition(definition.process_definition_key).version >= 1
        assert "bpmn:definitions" in str(camunda.get_process_definition_xml(definition.process_definition_key))
        jobs = camunda.activate_jobs(
            data=JobActivationRequest(type_="no-such-work", timeout=1000, max_jobs_to_activate=1, request_timeout=100)
        )
        assert jobs.jobs == []
