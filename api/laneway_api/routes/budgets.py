"""Budgets: find and look up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from starlette.responses import Response

from laneway.queries.budgets import in_units
from laneway_api.responses import Json
from laneway_api.routing import EngineOf, answers, in_path, router
from laneway_api.rows import page_of, shape
from laneway_api.schemas import budgets as schemas
from laneway_api.schemas.common import InKey
from laneway_api.search import query

routes = router("Budgets")

BudgetKey = Annotated[InKey, in_path("budgetKey")]


def _shaped(row: Mapping[str, Any]) -> dict[str, Any]:
    return shape(schemas.Budget, in_units(row))


@routes.post("/budgets/search", response_model=schemas.Budgets, responses=answers(400))
def search_budgets(engine: EngineOf, body: schemas.BudgetSearch | None = None) -> Response:
    """Find what agents with limits have used, per job, instance, day, process and tenant (Laneway's own)."""
    return Json(page_of(schemas.Budget, engine.search(query(schemas.SEARCHED, body)), _shaped))


@routes.get("/budgets/{budgetKey}", response_model=schemas.Budget, responses=answers(400, 404))
def get_budget(budget_key: BudgetKey, engine: EngineOf) -> Response:
    """One budget (Laneway's own)."""
    return Json(_shaped(engine.get("budgets", budget_key)))
