"""Agents of the diagrams: which there are, what they are at, and what was said."""

from __future__ import annotations

from typing import Annotated

from starlette.responses import Response

from laneway.ports import Filter
from laneway_api.responses import Json
from laneway_api.routing import EngineOf, Who, answers, in_path, router
from laneway_api.rows import page_of, shape
from laneway_api.schemas import agents as schemas
from laneway_api.schemas.common import InKey
from laneway_api.search import query

routes = router("Agents")

AgentDefinitionKey = Annotated[InKey, in_path("agentDefinitionKey")]
AgentInstanceKey = Annotated[InKey, in_path("agentInstanceKey")]


@routes.post("/agent-definitions/search", response_model=schemas.AgentDefinitions, responses=answers(400))
def search_agent_definitions(engine: EngineOf, body: schemas.AgentDefinitionSearch | None = None) -> Response:
    """Find the elements of process definitions that agents work on."""
    return Json(page_of(schemas.AgentDefinition, engine.search(query(schemas.DEFINITIONS, body))))


@routes.get(
    "/agent-definitions/{agentDefinitionKey}", response_model=schemas.AgentDefinition, responses=answers(400, 404)
)
def get_agent_definition(agent_definition_key: AgentDefinitionKey, engine: EngineOf) -> Response:
    """One element that agents work on."""
    return Json(shape(schemas.AgentDefinition, engine.get("agent-definitions", agent_definition_key)))


@routes.post(
    "/agent-instances", response_model=schemas.CreatedAgentInstance, responses=answers(400, 403, 404, 409, 503)
)
def create_agent_instance(body: schemas.CreateAgentInstance, engine: EngineOf, actor: Who) -> Response:
    """Tell of an agent that works elsewhere, under the lease of its job; what it says is committed with the job."""
    key, written = engine.create_agent_instance(body.under(), [each.as_item() for each in body.history], actor=actor)
    return Json({"agentInstanceKey": str(key), "createdHistory": schemas.created(written)})


@routes.patch(
    "/agent-instances/{agentInstanceKey}",
    response_model=schemas.UpdatedAgentInstance,
    responses=answers(400, 403, 404, 409, 503),
)
def update_agent_instance(
    agent_instance_key: AgentInstanceKey, body: schemas.UpdateAgentInstance, engine: EngineOf, actor: Who
) -> Response:
    """Tell what such an agent is at, and what was said; an item that is sent again is written once."""
    items = [each.as_item() for each in body.history or ()]
    written = engine.update_agent_instance(agent_instance_key, body.under(), body.status, items, actor=actor)
    return Json({"createdHistory": schemas.created(written)})


@routes.post("/agent-instances/search", response_model=schemas.AgentInstances, responses=answers(400))
def search_agent_instances(engine: EngineOf, body: schemas.AgentInstanceSearch | None = None) -> Response:
    """Find agents at work, and those that have ended, with what they used."""
    return Json(page_of(schemas.AgentInstance, engine.search(query(schemas.INSTANCES, body)), schemas.instance))


@routes.get("/agent-instances/{agentInstanceKey}", response_model=schemas.AgentInstance, responses=answers(400, 404))
def get_agent_instance(agent_instance_key: AgentInstanceKey, engine: EngineOf) -> Response:
    """One agent at work."""
    return Json(schemas.instance(engine.get("agent-instances", agent_instance_key)))


@routes.post(
    "/agent-instances/{agentInstanceKey}/history/search",
    response_model=schemas.History,
    responses=answers(400, 404),
)
def search_agent_instance_history(
    agent_instance_key: AgentInstanceKey, engine: EngineOf, body: schemas.AgentHistorySearch | None = None
) -> Response:
    """What was said, in its order: configuration, prompts, answers with their calls, results. Committed items, unless `commitStatus` asks for others."""
    engine.get("agent-instances", agent_instance_key)
    fixed = [Filter("agentInstanceKey", "eq", agent_instance_key)]
    if body is None or "commitStatus" not in (body.filter or {}):
        fixed.append(Filter("commitStatus", "eq", "COMMITTED"))
    found = engine.search(query(schemas.HISTORY, body, fixed=fixed))
    return Json(page_of(schemas.HistoryItem, found, schemas.item))
