"""Approvals: find, claim, approve, reject, edit. Calls of tools: find, and say what came of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from starlette.responses import Response

from laneway.commands.approvals import arguments_hash
from laneway_api.responses import Json, done
from laneway_api.routing import EngineOf, Who, answers, in_path, router
from laneway_api.rows import page_of, shape
from laneway_api.schemas import approvals as schemas
from laneway_api.schemas.common import InKey
from laneway_api.search import query

routes = router("Approvals")

ApprovalKey = Annotated[InKey, in_path("approvalKey")]
ToolCallKey = Annotated[InKey, in_path("toolCallKey")]
DECIDED: dict[str, Any] = {
    "status_code": 204,
    "response_class": Response,
    "responses": answers(400, 403, 404, 409, 503),
}


@routes.post("/approvals/search", response_model=schemas.Approvals, responses=answers(400))
def search_approvals(engine: EngineOf, body: schemas.ApprovalSearch | None = None) -> Response:
    """Find what agents are about to do and may not do by themselves (Laneway's own)."""
    return Json(page_of(schemas.Approval, engine.search(query(schemas.SEARCHED, body)), _shaped))


@routes.get("/approvals/{approvalKey}", response_model=schemas.Approval, responses=answers(400, 404))
def get_approval(approval_key: ApprovalKey, engine: EngineOf) -> Response:
    """One approval, with exactly what is going to be done (Laneway's own)."""
    return Json(_shaped(engine.get("approvals", approval_key)))


@routes.post("/approvals/{approvalKey}/assignment", **DECIDED)
def claim_approval(approval_key: ApprovalKey, engine: EngineOf, actor: Who) -> Response:
    """Say that you look at it (Laneway's own)."""
    engine.claim_approval(approval_key, actor=actor)
    return done()


@routes.post("/approvals/{approvalKey}/approval", **DECIDED)
def approve(approval_key: ApprovalKey, body: schemas.Approve, engine: EngineOf, actor: Who) -> Response:
    """Let exactly the arguments that you saw run, once, before it expires (Laneway's own).

    Who started the instance or edited the arguments cannot.
    """
    engine.approve(approval_key, body.arguments_hash, reason=body.reason, actor=actor)
    return done()


@routes.post("/approvals/{approvalKey}/rejection", **DECIDED)
def reject_approval(approval_key: ApprovalKey, body: schemas.Reject, engine: EngineOf, actor: Who) -> Response:
    """It never runs; the agent is told why, and goes on (Laneway's own)."""
    engine.reject_approval(approval_key, body.reason, actor=actor)
    return done()


@routes.patch("/approvals/{approvalKey}", **DECIDED)
def edit_approval(approval_key: ApprovalKey, body: schemas.EditApproval, engine: EngineOf, actor: Who) -> Response:
    """Put other arguments in the place of the agent's; another person approves them (Laneway's own)."""
    engine.edit_approval(approval_key, body.arguments, actor=actor)
    return done()


@routes.post("/tool-calls/search", response_model=schemas.ToolCalls, responses=answers(400))
def search_tool_calls(engine: EngineOf, body: schemas.ToolCallSearch | None = None) -> Response:
    """Find calls of tools that agents asked for, and what came of them (Laneway's own)."""
    return Json(page_of(schemas.ToolCall, engine.search(query(schemas.SEARCHED_CALLS, body))))


@routes.get("/tool-calls/{toolCallKey}", response_model=schemas.ToolCall, responses=answers(400, 404))
def get_tool_call(tool_call_key: ToolCallKey, engine: EngineOf) -> Response:
    """One call of a tool (Laneway's own)."""
    return Json(shape(schemas.ToolCall, engine.get("tool-calls", tool_call_key)))


@routes.post("/tool-calls/{toolCallKey}/outcome", **DECIDED)
def tell_outcome(tool_call_key: ToolCallKey, body: schemas.TellOutcome, engine: EngineOf, actor: Who) -> Response:
    """Say what came of a call that was sent and never answered; then resolve its incident (Laneway's own)."""
    engine.tell_outcome(tool_call_key, body.outcome, body.reason, result=body.result, actor=actor)
    return done()


def _shaped(row: Mapping[str, Any]) -> dict[str, Any]:
    return shape(schemas.Approval, {**row, "argumentsHash": arguments_hash(row["arguments"])})
