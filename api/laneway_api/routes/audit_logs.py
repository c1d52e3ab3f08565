"""The audit trail."""

from __future__ import annotations

from starlette.responses import Response

from laneway_api.responses import Json
from laneway_api.routing import AuditLogKey, EngineOf, answers, router
from laneway_api.rows import page_of, shape
from laneway_api.schemas import audit_logs as schemas
from laneway_api.search import query

routes = router("Audit trail")


@routes.post("/audit-logs/search", response_model=schemas.AuditLogs, responses=answers(400))
def search_audit_logs(engine: EngineOf, body: schemas.AuditLogSearch | None = None) -> Response:
    """Find commands, carried out and rejected: who gave them, on what, and what came of it."""
    return Json(page_of(schemas.AuditLog, engine.search(query(schemas.SEARCHED, body))))


@routes.get("/audit-logs/{auditLogKey}", response_model=schemas.AuditLog, responses=answers(400, 404))
def get_audit_log(audit_log_key: AuditLogKey, engine: EngineOf) -> Response:
    """One entry of the trail."""
    return Json(shape(schemas.AuditLog, engine.get("audit-logs", audit_log_key)))
