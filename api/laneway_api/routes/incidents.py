"""Incidents: find and resolve."""

from __future__ import annotations

from starlette.responses import Response

from laneway_api.responses import Json, done
from laneway_api.routing import EngineOf, IncidentKey, Who, answers, router
from laneway_api.rows import page_of, shape
from laneway_api.schemas import incidents as schemas
from laneway_api.search import query

routes = router("Incidents")


@routes.post("/incidents/search", response_model=schemas.Incidents, responses=answers(400))
def search_incidents(engine: EngineOf, body: schemas.IncidentSearch | None = None) -> Response:
    """Find incidents, open and resolved."""
    return Json(page_of(schemas.Incident, engine.search(query(schemas.SEARCHED, body))))


@routes.get("/incidents/{incidentKey}", response_model=schemas.Incident, responses=answers(400, 404))
def get_incident(incident_key: IncidentKey, engine: EngineOf) -> Response:
    """One incident."""
    return Json(shape(schemas.Incident, engine.get("incidents", incident_key)))


@routes.post(
    "/incidents/{incidentKey}/resolution",
    status_code=204,
    response_class=Response,
    responses=answers(400, 404, 409, 503),
)
def resolve_incident(
    incident_key: IncidentKey, engine: EngineOf, actor: Who, body: schemas.ResolveIncident | None = None
) -> Response:
    """The cause was removed: try again what the incident holds. A job without retries must be given some first."""
    engine.resolve_incident(incident_key, actor=actor)
    return done()
