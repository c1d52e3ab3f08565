"""Jobs: what workers ask for, and what they report."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from laneway import commands
from laneway.commands.awaiting import HandOver
from laneway.commands.context import ActivatedJob
from laneway.commands.topics import job_topic
from laneway.domain.work import Actor
from laneway_api.identity import ANONYMOUS, Who, tenants
from laneway_api.listeners import headers_of_listener, task_of_listener
from laneway_api.responses import Json, done
from laneway_api.routing import EngineOf, JobKey, answers, router
from laneway_api.rows import page_of, shape
from laneway_api.schemas import jobs as schemas
from laneway_api.search import query
from laneway_api.waiting import until

routes = router("Jobs")

DEFAULT_HOLD = 10.0
LONGEST_HOLD = 600.0
_LISTENER_EVENTS = {"beforeAll": "BEFORE_ALL"}
_REPORTED = answers(400, 404, 409, 503)


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


@routes.post("/jobs/activation", response_model=schemas.ActivatedJobs, responses=answers(400, 503))
async def activate_jobs(request: Request, body: schemas.ActivateJobs, actor: Who) -> Response:
    """Take jobs of a type under a lease. Without any the request is held (`requestTimeout`) until there are, then `[]`."""
    return await activated(request, body, actor)


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


@routes.post("/jobs/{jobKey}/completion", status_code=204, response_class=Response, responses=_REPORTED)
def complete_job(job_key: JobKey, engine: EngineOf, actor: Who, body: schemas.CompleteJob | None = None) -> Response:
    """The work is done; the variables go where the element's output mappings say."""
    body = body or schemas.CompleteJob()
    engine.complete_job(job_key, body.variables, result=body.result, lease_token=body.job_lease_token, actor=actor)
    return done()


@routes.post("/jobs/{jobKey}/failure", status_code=204, response_class=Response, responses=_REPORTED)
def fail_job(job_key: JobKey, engine: EngineOf, actor: Who, body: schemas.FailJob | None = None) -> Response:
    """The work failed. With retries left it is handed out again after the back-off, else an incident is raised."""
    body = body or schemas.FailJob()
    engine.fail_job(
        job_key,
        retries=body.retries or 0,
        error_message=body.error_message,
        retry_back_off_ms=body.retry_back_off or 0,
        variables=body.variables,
        lease_token=body.job_lease_token,
        actor=actor,
    )
    return done()


@routes.post("/jobs/{jobKey}/error", status_code=204, response_class=Response, responses=_REPORTED)
def throw_job_error(job_key: JobKey, body: schemas.ThrowJobError, engine: EngineOf, actor: Who) -> Response:
    """Throw a BPMN error at the element: the nearest error event that catches the code goes on."""
    engine.throw_error(
        job_key,
        body.error_code,
        error_message=body.error_message,
        variables=body.variables,
        lease_token=body.job_lease_token,
        actor=actor,
    )
    return done()


@routes.patch("/jobs/{jobKey}", status_code=204, response_class=Response, responses=_REPORTED)
def update_job(job_key: JobKey, body: schemas.UpdateJob, engine: EngineOf, actor: Who) -> Response:
    """Change what is left of it: retries, lease, priority."""
    changes = body.changeset
    engine.update_job(
        job_key, retries=changes.retries, timeout_ms=changes.timeout, priority=changes.priority, actor=actor
    )
    return done()


@routes.post("/jobs/search", response_model=schemas.Jobs, responses=answers(400))
def search_jobs(engine: EngineOf, body: schemas.JobSearch | None = None) -> Response:
    """Find jobs, open and done."""
    return Json(page_of(schemas.Job, engine.search(query(schemas.SEARCHED, body))))
