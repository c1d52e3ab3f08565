"""Process instances: start, look, cancel, history."""

from __future__ import annotations

from dataclasses import asdict

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response

from laneway.commands.context import StartedInstance
from laneway.commands.topics import instance_topic
from laneway.domain.errors import NotFound, Overloaded
from laneway.domain.types import DEFAULT_TENANT
from laneway.engine import Engine
from laneway.ports import Filter, SearchQuery
from laneway_api.admission import Admission
from laneway_api.identity import tenant
from laneway_api.problems import TimedOut
from laneway_api.responses import Json, done
from laneway_api.routing import EngineOf, IdempotencyKey, ProcessInstanceKey, Who, answers, router
from laneway_api.rows import page_of, shape
from laneway_api.schemas import incidents as incident_schemas, process_instances as schemas
from laneway_api.search import query
from laneway_api.waiting import until

routes = router("Process instances")

DEFAULT_WAIT = 10.0
LONGEST_WAIT = 600.0


@routes.post("/process-instances", response_model=schemas.CreatedProcessInstance, responses=answers(400, 404, 503, 504))
async def create_process_instance(
    request: Request,
    body: schemas.CreateProcessInstance,
    engine: EngineOf,
    actor: Who,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Start an instance of a deployed process, by the key of a version or by its id.

    With `awaitCompletion` the answer comes when the instance has ended, with its variables; 504 says that it goes on.
    """

    def start() -> StartedInstance:
        definition_key, version = body.process_definition_key, body.process_definition_version
        if body.process_definition_version_tag is not None:
            definition_key = _tagged(engine, body.process_definition_id or "", body.process_definition_version_tag)
        return engine.start_instance(
            process_id=body.process_definition_id if definition_key is None else None,
            definition_key=definition_key,
            version=None if definition_key is not None else version,
            variables=body.variables,
            tenant_id=tenant(body.tenant_id),
            actor=actor,
            tags=body.tags or (),
            business_id=body.business_id,
            start_element_id=body.start_instructions[0].element_id if body.start_instructions else None,
            idempotency_key=idempotency_key,
        )

    started = await run_sync(start)
    if body.await_completion:
        wait = body.request_timeout / 1000 if body.request_timeout and body.request_timeout > 0 else DEFAULT_WAIT
        started = await _ended(request, engine, started, body.fetch_variables, min(wait, LONGEST_WAIT))
    return Json(
        shape(
            schemas.CreatedProcessInstance,
            {
                "processDefinitionId": started.process_id,
                "processDefinitionVersion": started.version,
                "processDefinitionKey": started.definition_key,
                "processInstanceKey": started.key,
                "tenantId": started.tenant_id,
                "variables": started.variables,
                "tags": list(started.tags),
                "businessId": started.business_id,
            },
        )
    )


async def _ended(
    request: Request, engine: Engine, started: StartedInstance, names: list[str] | None, timeout: float
) -> StartedInstance:
    def ask() -> StartedInstance | None:
        now = engine.await_completion(started, timeout=0, fetch_variables=names)
        return now if now.completed else None

    admission: Admission = request.app.state.admission

    async def look() -> StartedInstance | None:
        return await run_sync(ask, limiter=admission.looks)

    topic = instance_topic(started.key)
    try:
        ended = await until(look, request=request, topic=topic, timeout=timeout)
    except Overloaded:
        ended = None  # no room to wait for it; but it was started, and the answer must say so
    if ended is None:
        raise TimedOut(
            "completion_timeout",
            f"Process instance {started.key} was started and has not ended within {timeout:g} seconds; it goes on",
            {"processInstanceKey": str(started.key)},
        )
    return ended


def _tagged(engine: Engine, process_id: str, tag: str) -> int:
    filters = (Filter("processDefinitionId", "eq", process_id), Filter("versionTag", "eq", tag))
    found = engine.search(
        SearchQuery("process-definitions", filters, sort=(("version", "DESC"),), limit=1, tenant_ids=(DEFAULT_TENANT,))
    )
    if not found.items:
        raise NotFound("process_not_found", f"No version of process {process_id!r} carries the tag {tag!r}")
    return int(found.items[0]["processDefinitionKey"])


@routes.post("/process-instances/search", response_model=schemas.ProcessInstances, responses=answers(400))
def search_process_instances(engine: EngineOf, body: schemas.ProcessInstanceSearch | None = None) -> Response:
    """Find process instances, running and ended, root and called."""
    return Json(page_of(schemas.ProcessInstance, engine.search(query(schemas.SEARCHED, body))))


@routes.get(
    "/process-instances/{processInstanceKey}", response_model=schemas.ProcessInstance, responses=answers(400, 404)
)
def get_process_instance(process_instance_key: ProcessInstanceKey, engine: EngineOf) -> Response:
    """One process instance."""
    return Json(shape(schemas.ProcessInstance, engine.get("process-instances", process_instance_key)))


@routes.post(
    "/process-instances/{processInstanceKey}/cancellation",
    status_code=204,
    response_class=Response,
    responses=answers(400, 404, 409, 503, 504),
)
def cancel_process_instance(
    process_instance_key: ProcessInstanceKey,
    engine: EngineOf,
    actor: Who,
    body: schemas.CancelProcessInstance | None = None,
) -> Response:
    """End a root instance and all that runs under it."""
    engine.cancel_instance(process_instance_key, actor=actor)
    return done()


@routes.post(
    "/process-instances/{processInstanceKey}/deletion",
    status_code=204,
    response_class=Response,
    responses=answers(400, 403, 404, 409, 503),
)
def delete_process_instance(
    process_instance_key: ProcessInstanceKey,
    engine: EngineOf,
    actor: Who,
    body: schemas.CancelProcessInstance | None = None,
) -> Response:
    """Refused: history is kept. The answer says why."""
    engine.delete_instance(process_instance_key, actor=actor)
    return done()


@routes.post(
    "/process-instances/{processInstanceKey}/incidents/search",
    response_model=incident_schemas.Incidents,
    responses=answers(400, 404),
)
def search_process_instance_incidents(
    process_instance_key: ProcessInstanceKey, engine: EngineOf, body: incident_schemas.IncidentSearch | None = None
) -> Response:
    """Incidents of one process instance and of those that it called."""
    row = engine.get("process-instances", process_instance_key)
    root = row["rootProcessInstanceKey"] == process_instance_key
    fixed = Filter("rootProcessInstanceKey" if root else "processInstanceKey", "eq", process_instance_key)
    found = engine.search(query(incident_schemas.SEARCHED, body, fixed=(fixed,)))
    return Json(page_of(incident_schemas.Incident, found))


@routes.get(
    "/process-instances/{processInstanceKey}/sequence-flows",
    response_model=schemas.SequenceFlows,
    responses=answers(400, 404),
)
def get_process_instance_sequence_flows(process_instance_key: ProcessInstanceKey, engine: EngineOf) -> Response:
    """The sequence flows that the instance took, each once."""
    row = engine.get("process-instances", process_instance_key)
    flows = engine.taken_flows(process_instance_key)
    items = [
        shape(schemas.SequenceFlow, {**row, "sequenceFlowId": f"{process_instance_key}_{flow}", "elementId": flow})
        for flow in flows
    ]
    return Json({"items": items})


@routes.get(
    "/process-instances/{processInstanceKey}/statistics/element-instances",
    response_model=schemas.ElementStatisticsList,
    responses=answers(400, 404),
)
def get_process_instance_statistics(process_instance_key: ProcessInstanceKey, engine: EngineOf) -> Response:
    """Per element, how many of its element instances are in which state."""
    rows = engine.element_statistics(process_instance_key)
    return Json({"items": [shape(schemas.ElementStatistics, row) for row in rows]})


@routes.get(
    "/process-instances/{processInstanceKey}/call-hierarchy",
    response_model=list[schemas.CallHierarchyEntry],
    responses=answers(400, 404),
)
def get_process_instance_call_hierarchy(process_instance_key: ProcessInstanceKey, engine: EngineOf) -> Response:
    """The instances that called one another down to this one, the root first."""
    rows = [engine.get("process-instances", process_instance_key)]
    while rows[-1]["parentProcessInstanceKey"] is not None:
        rows.append(engine.get("process-instances", rows[-1]["parentProcessInstanceKey"]))
    named = [
        {**row, "processDefinitionName": row["processDefinitionName"] or row["processDefinitionId"]} for row in rows
    ]
    return Json([shape(schemas.CallHierarchyEntry, row) for row in reversed(named)])


@routes.get(
    "/process-instances/{processInstanceKey}/history", response_model=schemas.Timeline, responses=answers(400, 404)
)
def get_process_instance_history(process_instance_key: ProcessInstanceKey, engine: EngineOf) -> Response:
    """What happened, in order and readable: who or what did what, when, on which data. Of the whole root (Laneway's own)."""
    items = []
    for entry in engine.history(process_instance_key):
        row = asdict(entry)
        for name in ("element_id", "element_name", "element_instance_key", "process_instance_key"):
            head, *rest = name.split("_")
            row[head + "".join(part.title() for part in rest)] = row.pop(name)
        items.append(shape(schemas.TimelineEntry, row))
    return Json({"items": items})
