"""Element instances and variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Query
from starlette.responses import Response

from laneway.domain.errors import NotFound
from laneway.engine import Engine
from laneway.ports import Filter, Page
from laneway_api.responses import Json, done, encode
from laneway_api.routing import (
    AdHocSubProcessInstanceKey,
    ElementInstanceKey,
    EngineOf,
    VariableKey,
    Who,
    answers,
    router,
)
from laneway_api.rows import page_of, shape
from laneway_api.schemas import elements as schemas, incidents as incident_schemas
from laneway_api.search import MOST_ROWS, SearchBody, query

routes = router("Elements and variables")

LONGEST_VALUE = 8_192
"""Characters of a value in a search; all of it is given by its key, or with ``truncateValues=false``."""

TruncateValues = Annotated[bool, Query(alias="truncateValues", description="Cut long values short")]


def as_texts(page: Page, truncate: bool) -> Page:
    """Values as the wire has them: their JSON as a text."""
    items = []
    for row in page.items:
        value = encode(row["value"]).decode()
        cut = truncate and len(value) > LONGEST_VALUE
        items.append({**row, "value": value[:LONGEST_VALUE] if cut else value, "isTruncated": cut})
    return replace(page, items=items)


def visible_page(
    engine: Engine, task: Mapping[str, Any], body: SearchBody | None, truncate: bool, *, inner_only: bool
) -> dict[str, Any]:
    """Variables seen from a user task: of its element instance and of every scope around it."""
    scopes = _scopes(engine, task["elementInstanceKey"], task["processInstanceKey"])
    asked = query(schemas.OF_USER_TASK, body, fixed=(Filter("scopeKey", "in", scopes),))
    if inner_only:
        hidden = _hidden(engine, scopes)
        if hidden:
            asked = replace(asked, filters=(*asked.filters, Filter("variableKey", "notIn", hidden)))
    return page_of(schemas.FoundVariable, as_texts(engine.search(asked), truncate))


def visible_variables(engine: Engine, element_instance_key: int) -> dict[str, Any]:
    """Values by name, seen from a live or ended element instance (a process instance is one too)."""
    row = engine.get("element-instances", element_instance_key)
    scopes = _scopes(engine, element_instance_key, row["processInstanceKey"])
    seen: dict[str, Any] = {}
    for one in _variables_in(engine, scopes):
        seen.setdefault(one["name"], one["value"])
    return seen


def _scopes(engine: Engine, element_instance_key: int, process_instance_key: int) -> list[int]:
    """Keys of the scopes from the inside out; called processes see nothing of their callers."""
    scopes = [element_instance_key]
    while scopes[-1] != process_instance_key:
        try:
            scopes.append(int(engine.get("element-instances", scopes[-1])["elementInstanceScopeKey"]))
        except NotFound:
            return [*scopes, process_instance_key]
    return scopes


def _variables_in(engine: Engine, scopes: list[int]) -> list[dict[str, Any]]:
    """Rows of the variables in the scopes, those of the innermost first."""
    rows: list[dict[str, Any]] = []
    asked = query(schemas.VARIABLES, None, fixed=(Filter("scopeKey", "in", scopes),))
    asked = replace(asked, limit=MOST_ROWS)
    while True:
        page = engine.search(asked)
        rows += page.items
        if len(page.items) < MOST_ROWS:
            return sorted(rows, key=lambda row: scopes.index(row["scopeKey"]))
        asked = replace(asked, after=page.end_cursor)


def _hidden(engine: Engine, scopes: list[int]) -> list[int]:
    """Keys of the variables behind one of the same name that is further inside."""
    seen: set[str] = set()
    hidden = []
    for row in _variables_in(engine, scopes):
        if row["name"] in seen:
            hidden.append(row["variableKey"])
        seen.add(row["name"])
    return hidden


@routes.post("/element-instances/search", response_model=schemas.ElementInstances, responses=answers(400))
def search_element_instances(engine: EngineOf, body: schemas.ElementInstanceSearch | None = None) -> Response:
    """Find element instances: every pass through every element."""
    return Json(page_of(schemas.ElementInstance, engine.search(query(schemas.ELEMENTS, body))))


@routes.get(
    "/element-instances/{elementInstanceKey}", response_model=schemas.ElementInstance, responses=answers(400, 404)
)
def get_element_instance(element_instance_key: ElementInstanceKey, engine: EngineOf) -> Response:
    """One element instance."""
    return Json(shape(schemas.ElementInstance, engine.get("element-instances", element_instance_key)))


@routes.post(
    "/element-instances/{elementInstanceKey}/incidents/search",
    response_model=incident_schemas.Incidents,
    responses=answers(400, 404),
)
def search_element_instance_incidents(
    element_instance_key: ElementInstanceKey, engine: EngineOf, body: incident_schemas.IncidentSearch | None = None
) -> Response:
    """Incidents of one element instance."""
    engine.get("element-instances", element_instance_key)
    fixed = (Filter("elementInstanceKey", "eq", element_instance_key),)
    found = engine.search(query(incident_schemas.SEARCHED, body, fixed=fixed))
    return Json(page_of(incident_schemas.Incident, found))


@routes.put(
    "/element-instances/{elementInstanceKey}/variables",
    status_code=204,
    response_class=Response,
    responses=answers(400, 404, 503, 504),
)
def create_element_instance_variables(
    element_instance_key: ElementInstanceKey, body: schemas.SetVariables, engine: EngineOf, actor: Who
) -> Response:
    """Write variables at a live element; with the key of a process instance, in its root scope."""
    engine.set_variables(element_instance_key, body.variables, local=bool(body.local), actor=actor)
    return done()


@routes.post(
    "/element-instances/ad-hoc-activities/{adHocSubProcessInstanceKey}/activation",
    status_code=204,
    response_class=Response,
    responses=answers(400, 404, 409, 503, 504),
)
def activate_ad_hoc_sub_process_activities(
    ad_hoc_sub_process_instance_key: AdHocSubProcessInstanceKey,
    body: schemas.ActivateAdHocActivities,
    engine: EngineOf,
    actor: Who,
) -> Response:
    """Begin activities in a live ad-hoc sub-process, after ending what still runs in it if asked to."""
    engine.activate_ad_hoc_activities(
        ad_hoc_sub_process_instance_key,
        [(each.element_id, each.variables or {}) for each in body.elements],
        cancel_remaining=bool(body.cancel_remaining_instances),
        actor=actor,
    )
    return done()


@routes.post("/variables/search", response_model=schemas.FoundVariables, responses=answers(400))
def search_variables(
    engine: EngineOf, body: schemas.VariableSearch | None = None, truncate_values: TruncateValues = True
) -> Response:
    """Find variables; values are their JSON as a text, cut short when they are long."""
    return Json(
        page_of(schemas.FoundVariable, as_texts(engine.search(query(schemas.VARIABLES, body)), truncate_values))
    )


@routes.get("/variables/{variableKey}", response_model=schemas.Variable, responses=answers(400, 404))
def get_variable(variable_key: VariableKey, engine: EngineOf) -> Response:
    """One variable with all of its value."""
    row = engine.get("variables", variable_key)
    return Json(shape(schemas.Variable, {**row, "value": encode(row["value"]).decode()}))


@routes.get("/variables/{variableKey}/provenance", response_model=schemas.Provenance, responses=answers(400, 404))
def get_variable_provenance(variable_key: VariableKey, engine: EngineOf) -> Response:
    """Who wrote a variable, from which others, and whose words it holds (Laneway's own)."""
    return Json(shape(schemas.Provenance, engine.provenance(variable_key)))
