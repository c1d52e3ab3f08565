"""The process that ships, driven from outside by the vendor's Python client: agents work inside, a worker outside."""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import Any

from camunda_orchestration_sdk.models import (
    AuditLogSearchQueryRequest,
    CreateDeploymentData,
    ElementInstanceSearchQuery,
    MessageCorrelationRequest,
    UserTaskAssignmentRequest,
    UserTaskCompletionRequest,
    UserTaskSearchQuery,
    VariableSearchQuery,
)
from camunda_orchestration_sdk.runtime.job_worker import ConnectedJobContext, WorkerConfig
from camunda_orchestration_sdk.types import File

from laneway.cases.folder import shipped_folder
from tests.api.test_sdk import client, eventually

ENQUIRY = {
    "id": "E-SDK-1",
    "channel": "email",
    "from": {"name": "Ada Fields", "email": "ada.fields@example.com"},
    "subject": "Where is my parcel?",
    "text": "My order AB-123456 was shipped last Monday and the parcel has still not arrived. "
    "The tracking has not changed for three days. When will it be delivered?",
}


def files_with_the_case_system_outside() -> list[tuple[str, bytes]]:
    """As shipped, but `log-case` is no agent: its jobs go to whoever asks for them over REST."""
    folder = shipped_folder()
    assert folder is not None
    out = []
    for name, content in folder.files():
        if name == "agents.yaml":
            content = content.replace(b"\n  log-case:\n", b"\n  log-case:\n    job_types: [kept-inside]\n")
        out.append((name, content))
    return out


def test_the_client_drives_the_shipped_process(address: str) -> None:
    async def drive() -> None:
        async with client(address) as camunda:
            # given
            files = [File(BytesIO(content), name) for name, content in files_with_the_case_system_outside()]
            deployment = await camunda.create_deployment(data=CreateDeploymentData(resources=files))
            found = [one.process_definition for one in deployment.deployments if one.process_definition is not None]
            assert [one.process_definition_id for one in found] == ["customer-service"]
            logged: list[dict[str, Any]] = []

            async def log_case(job: ConnectedJobContext) -> dict[str, Any]:
                logged.append(job.variables.to_dict())
                return {"record": "logged outside"}

            worker = camunda.create_job_worker(
                WorkerConfig(job_type="log-case", job_timeout_milliseconds=10_000, worker_name="case-system"), log_case
            )
            try:
                # when an enquiry arrives, the agents work and a person reviews
                arrived = await camunda.correlate_message(
                    data=MessageCorrelationRequest.from_dict(
                        {"name": "customer-enquiry", "variables": {"enquiry": ENQUIRY}}
                    )
                )
                key = arrived.process_instance_key
                mine = {"filter": {"processInstanceKey": key, "state": "CREATED", "candidateGroup": "service-agents"}}

                async def review() -> Any:
                    return (await camunda.search_user_tasks(data=UserTaskSearchQuery.from_dict(mine))).items

                (task,) = await eventually(review, 60)
                assert task.element_id == "ReviewResponse"
                await camunda.assign_user_task(task.user_task_key, data=UserTaskAssignmentRequest(assignee="anna"))
                form = await camunda.get_user_task_form(task.user_task_key)
                assert form is not None
                assert form.form_id == "review-response"
                answer = {
                    "decision": "approve",
                    "response": "Dear Ada Fields, we have opened the search today. Regards",
                }
                await camunda.complete_user_task(
                    task.user_task_key, data=UserTaskCompletionRequest.from_dict({"variables": answer})
                )

                # then the case system outside logs the case, and the instance has ended
                async def ended() -> bool:
                    return (await camunda.get_process_instance(key)).state.value == "COMPLETED"

                await eventually(ended, 60)
            finally:
                await worker.aclose()
            assert [one["enquiry_id"] for one in logged] == ["E-SDK-1"]

            of_instance = {"filter": {"processInstanceKey": key}, "page": {"limit": 200}}
            variables = await camunda.search_variables(data=VariableSearchQuery.from_dict(of_instance))
            values = {one.name: one.value for one in variables.items if one.scope_key == key}
            assert values["record"] == '"logged outside"'
            assert values["outcome"] == '"answered"'
            elements = await camunda.search_element_instances(data=ElementInstanceSearchQuery.from_dict(of_instance))
            passed = {one.element_id for one in elements.items}
            assert {"ClassifyEnquiry", "RetrieveKnowledge", "DraftResponse", "ReviewResponse", "LogCase"} <= passed
            assert "HandleSensitiveCase" not in passed
            trail = await camunda.search_audit_logs(data=AuditLogSearchQueryRequest.from_dict(of_instance))
            actors = {one.actor_id for one in trail.items}
            assert "classify-enquiry" in actors

    asyncio.run(drive())
