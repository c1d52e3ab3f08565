"""Deployments: files in, definitions out; and checking files without deploying them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Depends, Query
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from laneway.domain.definition import Deployment
from laneway.domain.errors import InvalidInput, UnsupportedEncoding
from laneway_api.identity import tenant
from laneway_api.responses import Json
from laneway_api.routes.process_definitions import INERT
from laneway_api.routing import EngineOf, IdempotencyKey, ResourceKey, Who, answers, router
from laneway_api.rows import page_of, shape
from laneway_api.schemas import deployments as schemas
from laneway_api.search import query

routes = router("Deployments")

MOST_FILES = 500
_FILES_IN = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["resources"],
                    "properties": {
                        "resources": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "description": "Diagrams, decisions, forms, agents.yaml, *.bindings.yaml, knowledge",
                        },
                        "tenantId": {"type": "string"},
                    },
                }
            }
        },
    }
}


class Upload:
    """What a multipart body brought: the files in order, under the names that they were sent with."""

    def __init__(self, files: Sequence[tuple[str, bytes]], tenant_id: str | None) -> None:
        self.files = files
        self.tenant_id = tenant_id


async def uploaded(request: Request) -> Upload:
    """Files of the repeated part ``resources``; clients may name the parts otherwise. A file's name is data, never a path."""
    content_type = request.headers.get("content-type", "")
    if content_type.split(";")[0].strip().lower() != "multipart/form-data":
        raise UnsupportedEncoding(
            "content_type_unsupported",
            "Send the files as multipart/form-data, each in a part named resources: curl -F resources=@process.bpmn …",
        )
    files: list[tuple[str, bytes]] = []
    tenant_id: str | None = None
    async with request.form(max_files=MOST_FILES, max_fields=10) as form:
        for name, part in form.multi_items():
            if isinstance(part, UploadFile):
                files.append((part.filename or "", await part.read()))
            elif name == "tenantId":
                tenant_id = part
            else:
                raise InvalidInput(
                    "part_unknown",
                    f"The part {name[:100]!r} has no file name; files go into resources, with their names",
                )
    if not files or any(not name for name, _ in files):
        raise InvalidInput("resources_missing", "Send at least one file with its name in a part named resources")
    return Upload(files, tenant_id)


Uploaded = Annotated[Upload, Depends(uploaded)]
Walkthrough = Annotated[
    bool | None,
    Query(description="Run as a walkthrough (true) or strictly (false), whatever `isExecutable` says"),
]


@routes.post(
    "/deployments",
    response_model=schemas.Deployment,
    responses=answers(400, 413, 415, 422, 503),
    openapi_extra=_FILES_IN,
)
def create_deployment(
    upload: Uploaded,
    engine: EngineOf,
    actor: Who,
    walkthrough: Walkthrough = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Deploy files together. What is deployed already comes back with its keys; a diagram with errors is a 422 that
    names every element at fault, and nothing is deployed."""
    deployment = engine.deploy(
        upload.files,
        tenant_id=tenant(upload.tenant_id),
        actor=actor,
        walkthrough=walkthrough,
        idempotency_key=idempotency_key,
    )
    return Json(
        {
            "deploymentKey": str(deployment.key),
            "tenantId": deployment.tenant_id,
            "deployments": [shape(schemas.Deployed, one) for one in _found(deployment)],
        }
    )


def _found(deployment: Deployment) -> list[dict[str, Any]]:
    files = {one.key: one for one in deployment.resources}
    out: list[dict[str, Any]] = [
        {
            "processDefinition": {
                "processDefinitionId": process.process_id,
                "processDefinitionVersion": process.version,
                "resourceName": process.resource_name,
                "tenantId": process.tenant_id,
                "processDefinitionKey": process.key,
            }
        }
        for process in deployment.processes
    ]
    requirements: dict[int, dict[str, Any]] = {}
    for decision in deployment.decisions:
        out.append(
            {
                "decisionDefinition": {
                    "decisionDefinitionId": decision.decision_id,
                    "version": decision.version,
                    "name": decision.name or decision.decision_id,
                    "tenantId": decision.tenant_id,
                    "decisionRequirementsId": decision.requirements_id,
                    "decisionDefinitionKey": decision.key,
                    "decisionRequirementsKey": decision.requirements_key,
                }
            }
        )
        file = files.get(decision.resource_key)
        requirements[decision.requirements_key] = {
            "decisionRequirements": {
                "decisionRequirementsId": decision.requirements_id,
                "decisionRequirementsName": decision.requirements_name or decision.requirements_id,
                "version": decision.version,
                "resourceName": file.name if file else "",
                "tenantId": decision.tenant_id,
                "decisionRequirementsKey": decision.requirements_key,
            }
        }
    out.extend(requirements.values())
    out.extend(
        {
            "form": {
                "formId": form.form_id,
                "version": form.version,
                "resourceName": form.resource_name,
                "tenantId": form.tenant_id,
                "formKey": form.key,
            }
        }
        for form in deployment.forms
    )
    out.extend(
        {
            "resource": {
                "resourceId": file.name,
                "resourceName": file.name,
                "version": 1,
                "tenantId": file.tenant_id,
                "resourceKey": file.key,
            }
        }
        for file in deployment.resources
        if file.kind not in ("process", "decision", "form")
    )
    return out


@routes.post(
    "/deployments/check",
    response_model=schemas.CheckReport,
    responses=answers(400, 413, 415),
    openapi_extra=_FILES_IN,
)
def check_deployment(upload: Uploaded, engine: EngineOf, walkthrough: Walkthrough = None) -> Response:
    """Read files as a deployment would and report every finding; nothing is written (Laneway's own)."""
    report = engine.check(upload.files, walkthrough=walkthrough)
    return Json(
        {
            "deployable": report.deployable,
            "problems": [problem.as_dict() for problem in report.problems],
            "processes": [dict(process) for process in report.processes],
        }
    )


@routes.post("/resources/search", response_model=schemas.Resources, responses=answers(400))
def search_resources(engine: EngineOf, body: schemas.ResourceSearch | None = None) -> Response:
    """Find deployed files."""
    return Json(page_of(schemas.Resource, engine.search(query(schemas.SEARCHED, body))))


@routes.get("/resources/{resourceKey}", response_model=schemas.Resource, responses=answers(400, 404))
def get_resource(resource_key: ResourceKey, engine: EngineOf) -> Response:
    """One deployed file, without its content."""
    return Json(shape(schemas.Resource, engine.get("resources", resource_key)))


@routes.get(
    "/resources/{resourceKey}/content/binary",
    response_class=Response,
    responses=answers(400, 404, ok={200: {"content": {"application/octet-stream": {}}, "description": "The file"}}),
)
def get_resource_content_binary(resource_key: ResourceKey, engine: EngineOf) -> Response:
    """The content of a deployed file, byte for byte."""
    content = engine.resource(resource_key).content
    headers = {"content-disposition": "attachment", **INERT}
    return Response(content, media_type="application/octet-stream", headers=headers)
