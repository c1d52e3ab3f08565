"""Kill switches: set, lift, find."""

from __future__ import annotations

from typing import Annotated

from starlette.responses import Response

from laneway_api.responses import Json, done
from laneway_api.routing import EngineOf, Who, answers, in_path, router
from laneway_api.rows import page_of, shape
from laneway_api.schemas import kill_switches as schemas
from laneway_api.schemas.common import InKey
from laneway_api.search import query

routes = router("Kill switches")

KillSwitchKey = Annotated[InKey, in_path("killSwitchKey")]


@routes.post("/kill-switches", response_model=schemas.KillSwitch, responses=answers(400, 503))
def create_kill_switch(body: schemas.SetKillSwitch, engine: EngineOf, actor: Who) -> Response:
    """Stop an agent, a model, a tool or the agents of a process, in all processes within a second (Laneway's own).

    Jobs are not taken until it is lifted, or go the way that their contract names under `on: killed`. A call that is under way is broken
    off, and what it says is dropped.
    """
    switch = engine.set_kill_switch(body.scope, body.name, body.reason, actor=actor)
    return Json(shape(schemas.KillSwitch, engine.get("kill-switches", switch.key)))


@routes.post("/kill-switches/search", response_model=schemas.KillSwitches, responses=answers(400))
def search_kill_switches(engine: EngineOf, body: schemas.KillSwitchSearch | None = None) -> Response:
    """Find kill switches, standing and lifted (Laneway's own)."""
    return Json(page_of(schemas.KillSwitch, engine.search(query(schemas.SEARCHED, body))))


@routes.get("/kill-switches/{killSwitchKey}", response_model=schemas.KillSwitch, responses=answers(400, 404))
def get_kill_switch(kill_switch_key: KillSwitchKey, engine: EngineOf) -> Response:
    """One kill switch (Laneway's own)."""
    return Json(shape(schemas.KillSwitch, engine.get("kill-switches", kill_switch_key)))


@routes.post(
    "/kill-switches/{killSwitchKey}/lifting",
    status_code=204,
    response_class=Response,
    responses=answers(400, 404, 409, 503),
)
def lift_kill_switch(
    kill_switch_key: KillSwitchKey, body: schemas.LiftKillSwitch, engine: EngineOf, actor: Who
) -> Response:
    """Lift a kill switch: what waited goes on, unless another one holds it (Laneway's own)."""
    engine.lift_kill_switch(kill_switch_key, body.reason, actor=actor)
    return done()
