"""Jobs handed out, in the shape of the wire: for the documented route and for its lean form."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from laneway import commands
from laneway.commands.awaiting import HandOver
from laneway.commands.context import ActivatedJob
from laneway.commands.topics import job_topic
from laneway.domain.work import Actor
from laneway_api.identity import ANONYMOUS, tenants
from laneway_api.listeners import headers_of_listener, task_of_listener
from laneway_api.responses import Json
from laneway_api.rows import shape
from laneway_api.schemas import jobs as schemas
from laneway_api.waiting import until

DEFAULT_HOLD = 10.0
LONGEST_HOLD = 600.0
_LISTENER_EVENTS = {"beforeAll": "BEFORE_ALL"}


def as_activated(found: ActivatedJob) -> dict[str, Any]:
    job = found.job
    task = task_of_listener(found.user_task, job.headers) if found.user_task is not None else None
    out = shape(
        schemas.ActivatedJob,
        {
            "jobKey": job.key,
            "type": job.type,
            "kind": job.purpose.value,
            "listenerEventType": _LISTENER_EVENTS.get(
                job.listener_event or "", (job.listener_event or "UNSPECIFIED").upper()
            ),
            "processDefinitionId": job.process_id,
            "processDefinitionVersion": job.process_version,
            "processDefinitionKey": job.process_definition_key,
            "processInstanceKey": job.process_instance_key,
            "rootProcessInstanceKey": job.root_key,
            "elementId": job.element_id,
            "elementInstanceKey": job.element_instance_key,
            "customHeaders": job.headers if task is None else headers_of_listener(task, job.headers),
            "userTask": task,
            "worker": job.worker,
            "retries": job.retries,
            "deadline": int(job.deadline.timestamp() * 1000) if job.deadline else 0,
            "variables": found.variables,
            "tenantId": job.tenant_id,
            "physicalTenantId": "default",
            "tags": list(found.tags),
            "businessId": found.business_id,
            "priority": job.priority,
            "jobLeaseToken": job.lease_token,
        },
    )
    if job.lease_token is None:
        del out["jobLeaseToken"]
    return out


async def activated(request: Request, body: schemas.ActivateJobs, actor: Actor) -> Response:
    asked = body.request_timeout or 0
    hold = min(asked / 1000, LONGEST_HOLD) if asked > 0 else DEFAULT_HOLD if asked == 0 else 0.0
    hand_over: HandOver = request.app.state.hand_over
    for_tenants = None if (body.tenant_filter or "").upper() == "ASSIGNED" else tenants(body.tenant_ids)
    command = commands.activate_jobs(
        type=body.type,
        worker=body.worker or "",
        timeout_ms=body.timeout,
        max_jobs=body.max_jobs_to_activate,
        fetch_variables=body.fetch_variable or None,
        tenant_ids=for_tenants,
        lease=bool(body.with_lease),
        actor=Actor("worker", body.worker) if actor is ANONYMOUS and body.worker else actor,
    )

    async def look() -> list[ActivatedJob] | None:
        return await hand_over(command) or None

    found = await until(look, request=request, topic=job_topic(body.type), timeout=hold, alike=for_tenants or ())
    return Json({"jobs": [as_activated(job) for job in found or ()]})
