"""Health, metrics, and the two pages that explain what is here."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from laneway_api import pages
from laneway_api.health import Health
from laneway_api.metrics import OPEN_METRICS, Metrics
from laneway_api.problems import problem
from laneway_api.responses import Json
from laneway_api.routing import EngineOf, answers

probes = APIRouter(tags=["Operations"])
"""What a process answers that has no API."""
routes = APIRouter(tags=["Operations"])


@probes.get("/health/live", responses=answers(503))
async def get_liveness(request: Request) -> Response:
    """The process answers, and none of its workers has died. 503: it should be started again."""
    health: Health = request.app.state.health
    dead = health.dead_workers()
    if dead:
        return problem(
            503, "worker_died", f"No longer at work: {', '.join(dead)}. Start the process again.", "/health/live"
        )
    return Json({"status": "UP"})


@probes.get("/health/ready", responses=answers(503))
async def get_readiness(request: Request) -> Response:
    """The database answers, its schema is this version's, the workers work, and the server was not told to stop. 503 says what is wrong."""
    health: Health = request.app.state.health
    checks, facts = await health.checks()
    told = {"checks": [check.as_dict() for check in checks], **facts}
    wrong = [check for check in checks if check.reason]
    if not wrong:
        return Json({"status": "UP", **told})
    detail = "; ".join(f"{check.name}: {check.reason}" for check in wrong)
    return problem(503, "not_ready", detail, "/health/ready", details=told, headers={"Retry-After": "1"})


@probes.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}, OPEN_METRICS: {}}, "description": "Metrics"}},
)
def get_metrics(request: Request) -> Response:
    """Counters, gauges and histograms in Prometheus' text format, or in OpenMetrics where that is accepted: then with a trace for each bucket."""
    metrics: Metrics = request.app.state.metrics
    page, kind = metrics.page(request.headers.get("accept", ""))
    return Response(page, media_type=kind)


routes.include_router(probes)


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
