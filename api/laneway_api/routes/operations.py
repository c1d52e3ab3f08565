"""Health, metrics, and the two pages that explain what is here."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from laneway_api import pages, probes
from laneway_api.metrics import OPEN_METRICS
from laneway_api.responses import Json
from laneway_api.routing import EngineOf, answers

probed = APIRouter(tags=["Operations"])
"""What a process answers that has no API."""
routes = APIRouter(tags=["Operations"])


@probed.get("/health/live", responses=answers(503))
async def get_liveness(request: Request) -> Response:
    """The process answers, and none of its workers has died. 503: it should be started again."""
    return probes.liveness(request.app.state.health)


@probed.get("/health/ready", responses=answers(503))
async def get_readiness(request: Request) -> Response:
    """The database answers, its schema is this version's, the workers work, and the server was not told to stop. 503 says what is wrong."""
    return await probes.readiness(request.app.state.health)


@probed.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}, OPEN_METRICS: {}}, "description": "Metrics"}},
)
def get_metrics(request: Request) -> Response:
    """Counters, gauges and histograms in Prometheus' text format, or in OpenMetrics where that is accepted: then with a trace for each bucket."""
    return probes.measured(request.app.state.metrics, request.headers.get("accept", ""))


routes.include_router(probed)


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
