"""What whoever watches a process is told: for the documented routes and for their lean forms."""

from __future__ import annotations

from starlette.responses import Response

from laneway_api.health import Health
from laneway_api.metrics import Metrics
from laneway_api.problems import problem
from laneway_api.responses import Json


def liveness(health: Health) -> Response:
    dead = health.dead_workers()
    if dead:
        return problem(
            503, "worker_died", f"No longer at work: {', '.join(dead)}. Start the process again.", "/health/live"
        )
    return Json({"status": "UP"})


async def readiness(health: Health) -> Response:
    checks, facts = await health.checks()
    told = {"checks": [check.as_dict() for check in checks], **facts}
    wrong = [check for check in checks if check.reason]
    if not wrong:
        return Json({"status": "UP", **told})
    detail = "; ".join(f"{check.name}: {check.reason}" for check in wrong)
    return problem(503, "not_ready", detail, "/health/ready", details=told, headers={"Retry-After": "1"})


def measured(metrics: Metrics, accept: str) -> Response:
    """Asks the database: not for the event loop."""
    page, kind = metrics.page(accept)
    return Response(page, media_type=kind)
