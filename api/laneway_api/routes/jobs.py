"""Jobs: what workers ask for, and what they report."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from laneway_api.activation import activated
from laneway_api.responses import Json, done
from laneway_api.routing import EngineOf, JobKey, Who, answers, router
from laneway_api.rows import page_of
from laneway_api.schemas import jobs as schemas
from laneway_api.search import query

routes = router("Jobs")

_REPORTED = answers(400, 404, 409, 503)


@routes.post("/jobs/activation", response_model=schemas.ActivatedJobs, responses=answers(400, 503))
async def activate_jobs(request: Request, body: schemas.ActivateJobs, actor: Who) -> Response:
    """Take jobs of a type under a lease. Without any the request is held (`requestTimeout`) until there are, then `[]`."""
    return await activated(request, body, actor)


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
