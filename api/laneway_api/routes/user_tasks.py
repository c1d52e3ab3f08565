"""User tasks: find, claim, assign, complete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from laneway.ports import Filter
from laneway_api.responses import Json, done
from laneway_api.routes.process_definitions import form_reply
from laneway_api.routes.variables import TruncateValues, visible_page
from laneway_api.routing import EngineOf, UserTaskKey, Who, answers, router
from laneway_api.rows import page_of, shape
from laneway_api.schemas import audit_logs, elements, process_definitions as definition_schemas, user_tasks as schemas
from laneway_api.search import query

routes = router("User tasks")
_CHANGED = answers(400, 404, 409, 503, 504)
_OWN = ("question", "choices", "chooseMany")


def as_user_task(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row for the wire; what Camunda's API does not know stands there only where it says something."""
    if not row["choices"]:
        out = shape(schemas.UserTask, row)
        return {name: value for name, value in out.items() if name not in _OWN}
    choices = [{"id": flow_id, "name": name} for flow_id, name in row["choices"]]
    return shape(schemas.UserTask, {**row, "choices": choices})


@routes.post("/user-tasks/search", response_model=schemas.UserTasks, responses=answers(400))
def search_user_tasks(engine: EngineOf, body: schemas.UserTaskSearch | None = None) -> Response:
    """Find user tasks: by state, assignee, candidate group, process, due date, variables …"""
    found = engine.search(query(schemas.SEARCHED, body))
    return Json(page_of(schemas.UserTask, found, as_user_task))


@routes.get("/user-tasks/{userTaskKey}", response_model=schemas.UserTask, responses=answers(400, 404))
def get_user_task(user_task_key: UserTaskKey, engine: EngineOf) -> Response:
    """One user task."""
    return Json(as_user_task(engine.get("user-tasks", user_task_key)))


@routes.patch("/user-tasks/{userTaskKey}", status_code=204, response_class=Response, responses=_CHANGED)
def update_user_task(
    user_task_key: UserTaskKey, engine: EngineOf, actor: Who, body: schemas.UpdateUserTask | None = None
) -> Response:
    """Change due date, follow-up date, candidates or priority; what the changeset leaves out stays."""
    changes: dict[str, Any] = {}
    if body is not None and body.changeset is not None:
        for name in body.changeset.model_fields_set:
            value = getattr(body.changeset, name)
            if value is not None or name.endswith("date"):
                changes[name] = value or None if name.endswith("date") else value
            elif name.startswith("candidate"):
                changes[name] = []
    engine.update_user_task(user_task_key, changes, action=body.action if body else None, actor=actor)
    return done()


@routes.post("/user-tasks/{userTaskKey}/assignment", status_code=204, response_class=Response, responses=_CHANGED)
def assign_user_task(
    user_task_key: UserTaskKey, body: schemas.AssignUserTask, engine: EngineOf, actor: Who
) -> Response:
    """Give it to a person; with `allowOverride` false only if nobody has it yet (a claim)."""
    engine.assign_user_task(
        user_task_key, body.assignee, allow_override=body.allow_override is not False, action=body.action, actor=actor
    )
    return done()


@routes.delete("/user-tasks/{userTaskKey}/assignee", status_code=204, response_class=Response, responses=_CHANGED)
def unassign_user_task(user_task_key: UserTaskKey, engine: EngineOf, actor: Who) -> Response:
    """Give it back, so that any candidate may claim it."""
    engine.unassign_user_task(user_task_key, actor=actor)
    return done()


@routes.post("/user-tasks/{userTaskKey}/completion", status_code=204, response_class=Response, responses=_CHANGED)
def complete_user_task(
    user_task_key: UserTaskKey, engine: EngineOf, actor: Who, body: schemas.CompleteUserTask | None = None
) -> Response:
    """Complete it with what the person decided. Variables must fit the task's form; every field at fault is named."""
    engine.complete_user_task(
        user_task_key, body.variables if body else None, action=body.action if body else None, actor=actor
    )
    return done()


@routes.get(
    "/user-tasks/{userTaskKey}/form",
    response_model=definition_schemas.Form,
    responses=answers(400, 404, ok={204: {"description": "It has no form"}}),
)
def get_user_task_form(user_task_key: UserTaskKey, engine: EngineOf) -> Response:
    """The form of the task, in the version that its instance is pinned to."""
    return form_reply(engine.user_task_form(user_task_key))


@routes.post(
    "/user-tasks/{userTaskKey}/variables/search",
    response_model=elements.FoundVariables,
    responses=answers(400, 404),
)
def search_user_task_variables(
    user_task_key: UserTaskKey,
    engine: EngineOf,
    body: elements.UserTaskVariableSearch | None = None,
    truncate_values: TruncateValues = True,
) -> Response:
    """The variables that the person sees with the task, of its own scope and of those around it."""
    return Json(visible_page(engine, engine.get("user-tasks", user_task_key), body, truncate_values, inner_only=False))


@routes.post(
    "/user-tasks/{userTaskKey}/effective-variables/search",
    response_model=elements.FoundVariables,
    responses=answers(400, 404),
)
def search_user_task_effective_variables(
    user_task_key: UserTaskKey,
    engine: EngineOf,
    body: elements.UserTaskVariableSearch | None = None,
    truncate_values: TruncateValues = True,
) -> Response:
    """As the variables, each name once: the innermost scope wins."""
    return Json(visible_page(engine, engine.get("user-tasks", user_task_key), body, truncate_values, inner_only=True))


@routes.post(
    "/user-tasks/{userTaskKey}/audit-logs/search", response_model=audit_logs.AuditLogs, responses=answers(400, 404)
)
def search_user_task_audit_logs(
    user_task_key: UserTaskKey, engine: EngineOf, body: audit_logs.UserTaskAuditLogSearch | None = None
) -> Response:
    """Who did what with the task."""
    engine.get("user-tasks", user_task_key)
    fixed = (Filter("userTaskKey", "eq", user_task_key),)
    return Json(page_of(audit_logs.AuditLog, engine.search(query(audit_logs.OF_USER_TASK, body, fixed=fixed))))
