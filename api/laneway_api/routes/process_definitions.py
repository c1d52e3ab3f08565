"""Process definitions: what is deployed."""

from __future__ import annotations

from starlette.responses import Response

from laneway.domain.definition import FormDefinition
from laneway_api.responses import Json, encode
from laneway_api.routing import EngineOf, FormKey, ProcessDefinitionKey, answers, router
from laneway_api.rows import page_of, shape
from laneway_api.schemas import process_definitions as schemas
from laneway_api.search import query

routes = router("Process definitions")


def form_reply(form: FormDefinition | None) -> Response:
    """The form, or 204 where there is none."""
    if form is None:
        return Response(status_code=204)
    return Json(
        {
            "formKey": str(form.key),
            "formId": form.form_id,
            "version": form.version,
            "schema": encode(form.schema).decode(),
            "tenantId": form.tenant_id,
        }
    )


@routes.post("/process-definitions/search", response_model=schemas.ProcessDefinitions, responses=answers(400))
def search_process_definitions(engine: EngineOf, body: schemas.ProcessDefinitionSearch | None = None) -> Response:
    """Find process definitions; `isLatestVersion` leaves out the versions that were followed by another."""
    return Json(page_of(schemas.ProcessDefinition, engine.search(query(schemas.SEARCHED, body))))


@routes.get(
    "/process-definitions/{processDefinitionKey}",
    response_model=schemas.ProcessDefinition,
    responses=answers(400, 404),
)
def get_process_definition(process_definition_key: ProcessDefinitionKey, engine: EngineOf) -> Response:
    """One version of a process."""
    return Json(shape(schemas.ProcessDefinition, engine.get("process-definitions", process_definition_key)))


@routes.get(
    "/process-definitions/{processDefinitionKey}/xml",
    response_class=Response,
    responses=answers(400, 404, ok={200: {"content": {"text/xml": {}}, "description": "The diagram"}}),
)
def get_process_definition_xml(process_definition_key: ProcessDefinitionKey, engine: EngineOf) -> Response:
    """The diagram, byte for byte as it was deployed."""
    content = engine.definition_xml(process_definition_key)
    # The encoding is the file's own business (its XML declaration); a charset here would speak over it.
    return Response(content, headers={"content-type": "text/xml", **INERT})


INERT = {"content-security-policy": "sandbox; default-src 'none'"}
"""What was uploaded is shown, never run. (Every answer says ``nosniff``: ``guards``.)"""


@routes.get(
    "/process-definitions/{processDefinitionKey}/charter",
    response_model=schemas.ProcessCharter,
    responses=answers(400, 404),
)
def get_process_definition_charter(process_definition_key: ProcessDefinitionKey, engine: EngineOf) -> Response:
    """The twelve questions that a process must answer, as diagram, contracts and settings answer them, and what is missing (Laneway's own)."""
    charter = engine.definition_charter(process_definition_key)
    return Json({**charter, "processDefinitionKey": str(process_definition_key)})


@routes.get(
    "/process-definitions/{processDefinitionKey}/contents",
    response_model=schemas.ProcessContents,
    responses=answers(400, 404),
)
def get_process_definition_contents(process_definition_key: ProcessDefinitionKey, engine: EngineOf) -> Response:
    """What the diagram says: elements with documentation and lanes, flows, pools, message flows, data, annotations, groups and categories (Laneway's own)."""
    contents = engine.definition_contents(process_definition_key)
    return Json({**contents, "processDefinitionKey": str(process_definition_key)})


@routes.get(
    "/process-definitions/{processDefinitionKey}/form",
    response_model=schemas.Form,
    responses=answers(400, 404, ok={204: {"description": "It starts without a form"}}),
)
def get_start_process_form(process_definition_key: ProcessDefinitionKey, engine: EngineOf) -> Response:
    """The form that is filled in to start the process."""
    return form_reply(engine.start_form(process_definition_key))


@routes.get("/forms/{formKey}", response_model=schemas.Form, responses=answers(400, 404))
def get_form_by_key(form_key: FormKey, engine: EngineOf) -> Response:
    """One version of a form."""
    row = engine.get("forms", form_key)
    return Json(shape(schemas.Form, {**row, "schema": encode(row["schema"]).decode()}))
