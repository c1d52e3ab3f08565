"""Health, metrics, and the two pages that explain what is here."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from laneway.domain.errors import Overloaded
from laneway_api import pages
from laneway_api.metrics import CONTENT_TYPE, Metrics
from laneway_api.responses import Json
from laneway_api.routing import EngineOf, answers

routes = APIRouter(tags=["Operations"])


@routes.get("/health/live", responses=answers())
def get_liveness() -> Response:
    """The process answers."""
    return Json({"status": "UP"})


@routes.get("/health/ready", responses=answers(503))
def get_readiness(request: Request, engine: EngineOf) -> Response:
    """The database answers, and the server is not going down."""
    if request.app.state.closing.begun:
        raise Overloaded("closing", "The server is going down")
    return Json({"status": "UP", "databaseTime": engine.now()})


@routes.get(
    "/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}, "description": "Metrics"}}
)
def get_metrics(request: Request) -> Response:
    """Counters and gauges in Prometheus' text format."""
    metrics: Metrics = request.app.state.metrics
    return Response(metrics.page(), media_type=CONTENT_TYPE)


@routes.get("/", response_class=HTMLResponse, include_in_schema=False)
def get_start_page(request: Request, engine: EngineOf) -> Response:
    """What is here, what is deployed, what waits."""
    return HTMLResponse(pages.start(engine, str(request.base_url).rstrip("/")), headers=pages.HEADERS)


@routes.get("/openapi.json", include_in_schema=False)
def get_openapi_document(request: Request) -> Response:
    """The OpenAPI document. Made in a worker thread: it takes long enough to hold up others in the event loop."""
    return Json(request.app.openapi())


@routes.get("/docs", response_class=HTMLResponse, include_in_schema=False)
def get_docs_page(request: Request) -> Response:
    """Every route with what it takes and gives, made of the OpenAPI document; needs no network."""
    return HTMLResponse(pages.reference(request.app.openapi()), headers=pages.HEADERS)
