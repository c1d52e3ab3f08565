"""What every route file uses: routers, the engine, documented failures."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path
from starlette.requests import Request

from laneway.domain.errors import InvalidInput
from laneway.domain.work import Actor
from laneway.engine import Engine
from laneway_api import identity
from laneway_api.bodies import GatedRoute
from laneway_api.schemas.common import InKey

_MEANINGS = {
    400: "What was sent cannot be understood or done; `problems` or `detail` names the field",
    403: "Not allowed",
    404: "There is no such thing, or it has ended",
    409: "The state of the thing does not allow it",
    413: "More bytes than this server takes",
    415: "An encoding or a content type that is not read",
    422: "The files were understood and cannot be run; `problems` names every element at fault",
    500: "A fault of the server, logged under the id given",
    503: "Too busy just now: try again",
    504: "It did not come in time; it goes on",
}


def answers(*statuses: int, ok: dict[int | str, dict[str, Any]] | None = None) -> dict[int | str, dict[str, Any]]:
    """The failures of a route, for its documentation; ``problems.of_error`` keeps to them. ``ok``: what else it may answer."""
    return {
        **(ok or {}),
        **{
            status: {
                "description": _MEANINGS[status],
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }
            for status in (*statuses, 500)
        },
    }


async def engine_of(request: Request) -> Engine:
    engine = request.app.state.engine
    assert isinstance(engine, Engine)
    return engine


async def actor_of(request: Request) -> Actor:
    """The user name of a Basic header (RFC 7617); ``anonymous`` without one."""
    given = request.headers.get("authorization", "").encode("latin-1")
    actor = identity.actor_of(given, request.scope.get("client"), request.app.state.settings.trusted_proxies)
    if actor is None:
        raise InvalidInput("authorization_invalid", "The Authorization header holds no Basic user:password")
    return actor


EngineOf = Annotated[Engine, Depends(engine_of)]
Who = Annotated[Actor, Depends(actor_of)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="The same key with the same request gives the first reply again, and does nothing twice",
    ),
]


def in_path(name: str) -> Any:
    return Path(alias=name, description="Its key")


ProcessInstanceKey = Annotated[InKey, in_path("processInstanceKey")]
ProcessDefinitionKey = Annotated[InKey, in_path("processDefinitionKey")]
UserTaskKey = Annotated[InKey, in_path("userTaskKey")]
JobKey = Annotated[InKey, in_path("jobKey")]
IncidentKey = Annotated[InKey, in_path("incidentKey")]
ElementInstanceKey = Annotated[InKey, in_path("elementInstanceKey")]
AdHocSubProcessInstanceKey = Annotated[InKey, in_path("adHocSubProcessInstanceKey")]
VariableKey = Annotated[InKey, in_path("variableKey")]
AuditLogKey = Annotated[InKey, in_path("auditLogKey")]
DecisionDefinitionKey = Annotated[InKey, in_path("decisionDefinitionKey")]
DecisionEvaluationKey = Annotated[InKey, in_path("decisionEvaluationKey")]
DecisionRequirementsKey = Annotated[InKey, in_path("decisionRequirementsKey")]
ResourceKey = Annotated[InKey, in_path("resourceKey")]
FormKey = Annotated[InKey, in_path("formKey")]


def router(tag: str) -> APIRouter:
    return APIRouter(prefix="/v2", tags=[tag], route_class=GatedRoute)
