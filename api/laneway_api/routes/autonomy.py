"""The dial of autonomy: set, confirm, withdraw, find; the evidence for it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from laneway_api.responses import Json
from laneway_api.routing import EngineOf, Who, answers, in_path, router
from laneway_api.rows import page_of, shape
from laneway_api.schemas import autonomy as schemas
from laneway_api.schemas.common import InKey, Short
from laneway_api.search import query

routes = router("Autonomy")

AutonomySettingKey = Annotated[InKey, in_path("autonomySettingKey")]


@routes.post("/autonomy/settings", response_model=schemas.AutonomySetting, responses=answers(400, 403, 404, 503))
def set_autonomy(body: schemas.SetAutonomy, engine: EngineOf, actor: Who) -> Response:
    """Set the level of an agent task for activations from now on; what raises it waits for another person (Laneway's own)."""
    setting = engine.set_autonomy(
        body.process_definition_id, body.level, body.reason, element_id=body.element_id, actor=actor
    )
    return Json(shape(schemas.AutonomySetting, engine.get("autonomy-settings", setting.key)))


@routes.post("/autonomy/settings/search", response_model=schemas.AutonomySettings, responses=answers(400))
def search_autonomy_settings(engine: EngineOf, body: schemas.AutonomySettingSearch | None = None) -> Response:
    """Find settings of autonomy: pending, active, replaced, withdrawn (Laneway's own)."""
    return Json(page_of(schemas.AutonomySetting, engine.search(query(schemas.SETTINGS, body))))


@routes.get(
    "/autonomy/settings/{autonomySettingKey}", response_model=schemas.AutonomySetting, responses=answers(400, 404)
)
def get_autonomy_setting(autonomy_setting_key: AutonomySettingKey, engine: EngineOf) -> Response:
    """One setting of autonomy (Laneway's own)."""
    return Json(shape(schemas.AutonomySetting, engine.get("autonomy-settings", autonomy_setting_key)))


@routes.post(
    "/autonomy/settings/{autonomySettingKey}/confirmation",
    response_model=schemas.AutonomySetting,
    responses=answers(400, 403, 404, 409, 503),
)
def confirm_autonomy(autonomy_setting_key: AutonomySettingKey, engine: EngineOf, actor: Who) -> Response:
    """Confirm a level that another person asked for: it holds from now on (Laneway's own)."""
    engine.confirm_autonomy(autonomy_setting_key, actor=actor)
    return Json(shape(schemas.AutonomySetting, engine.get("autonomy-settings", autonomy_setting_key)))


@routes.post(
    "/autonomy/settings/{autonomySettingKey}/withdrawal",
    response_model=schemas.AutonomySetting,
    responses=answers(400, 404, 409, 503),
)
def withdraw_autonomy(autonomy_setting_key: AutonomySettingKey, engine: EngineOf, actor: Who) -> Response:
    """Drop a level that was asked for and not confirmed (Laneway's own)."""
    engine.withdraw_autonomy(autonomy_setting_key, actor=actor)
    return Json(shape(schemas.AutonomySetting, engine.get("autonomy-settings", autonomy_setting_key)))


@routes.post("/autonomy/pairs/search", response_model=schemas.AutonomyPairs, responses=answers(400))
def search_autonomy_pairs(engine: EngineOf, body: schemas.AutonomyPairSearch | None = None) -> Response:
    """Find what agent and person answered side by side (Laneway's own)."""
    return Json(page_of(schemas.AutonomyPair, engine.search(query(schemas.PAIRS, body))))


@routes.get("/autonomy/report", response_model=schemas.AutonomyReport, responses=answers(400))
def get_autonomy_report(
    engine: EngineOf,
    process_definition_id: Annotated[
        Short | None, Query(alias="processDefinitionId", description="Only of this process")
    ] = None,
) -> Response:
    """Per agent task agreement with its interval of 95 %, calibration, cost, time, and whether to raise or lower it (Laneway's own)."""
    return Json(engine.autonomy_report(process_definition_id))


@routes.post("/autonomy/replay", response_model=schemas.AgentReplay, responses=answers(400, 404))
def replay_agent(body: schemas.ReplayAgent, engine: EngineOf, request: Request, actor: Who) -> Response:
    """Give an agent's past inputs to it again under another contract, and tell what differs; nothing outside is touched (Laneway's own)."""
    settings = request.app.state.settings
    found = engine.replay(
        request.app.state.agents,
        body.agent,
        body.contract.encode(),
        process_id=body.process_definition_id,
        version=body.process_definition_version,
        element_id=body.element_id,
        since=body.since,
        until=body.until,
        limit=body.limit,
        allow_hosts=settings.replay_hosts,
        allow_secrets=settings.replay_secrets,
        actor=actor,
    )
    return Json(_keys_as_texts(found))


def _keys_as_texts(found: dict[str, Any]) -> dict[str, Any]:
    keys = ("jobKey", "processInstanceKey")
    rows = [{**row, **{key: str(row[key]) for key in keys}} for row in found["differences"]]
    return {**found, "differences": rows}
