"""Decisions and expressions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Path
from starlette.responses import Response

from laneway_api.identity import tenant
from laneway_api.responses import Json, done, encode
from laneway_api.routes.process_definitions import INERT
from laneway_api.routes.variables import visible_variables
from laneway_api.routing import (
    DecisionDefinitionKey,
    DecisionEvaluationKey,
    DecisionRequirementsKey,
    EngineOf,
    Who,
    answers,
    router,
)
from laneway_api.rows import page_of, shape
from laneway_api.schemas import decisions as schemas
from laneway_api.search import query

routes = router("Decisions")


@routes.post(
    "/decision-definitions/evaluation", response_model=schemas.DecisionResult, responses=answers(400, 404, 503)
)
def evaluate_decision(body: schemas.EvaluateDecision, engine: EngineOf, actor: Who) -> Response:
    """Evaluate a deployed decision over variables, outside of any process. One that fails says which and why."""
    found = engine.evaluate_decision(
        decision_id=body.decision_definition_id,
        decision_key=body.decision_definition_key,
        variables=body.variables,
        tenant_id=tenant(body.tenant_id),
        actor=actor,
        raises=False,
    )
    evaluated = [*found.details.get("requiredDecisions", ())]
    if not (found.details.get("skipped") and evaluated):
        evaluated.append(found.details)
    failed = next((one for one in evaluated if one.get("failure") is not None), None)
    decision = {
        "decisionDefinitionId": found.decision_id,
        "decisionDefinitionKey": found.key,
        "decisionDefinitionName": found.name or found.decision_id,
        "decisionDefinitionVersion": found.version,
        "decisionRequirementsId": found.requirements_id,
        "decisionRequirementsKey": found.requirements_key,
        "decisionEvaluationKey": found.evaluation_key,
        "decisionInstanceKey": found.evaluation_key,
        "evaluatedDecisions": [
            _evaluated(one, f"{found.evaluation_key}-{place}", found.tenant_id)
            for place, one in enumerate(evaluated, 1)
        ],
        "failedDecisionDefinitionId": failed["decisionId"] if failed is not None else None,
        "failureMessage": failed["failure"] if failed is not None else None,
        "output": _text(found.output),
        "tenantId": found.tenant_id,
    }
    return Json(shape(schemas.DecisionResult, decision))


def _text(value: Any) -> str:
    return encode(value).decode()


def _evaluated(details: Mapping[str, Any], address: str, tenant_id: str) -> dict[str, Any]:
    """One decision of an evaluation: the one asked for, or one that it requires."""
    return {
        "decisionDefinitionId": details["decisionId"],
        "decisionDefinitionKey": details["decisionKey"],
        "decisionDefinitionName": details["decisionName"] or details["decisionId"],
        "decisionDefinitionVersion": details["decisionVersion"],
        "decisionDefinitionType": details.get("decisionType", "UNKNOWN"),
        "decisionEvaluationInstanceKey": address,
        "output": _text(details.get("output")),
        "tenantId": tenant_id,
        **_why(details),
    }


def _why(details: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs and matched rules with their values as texts."""
    inputs = [{**one, "inputValue": _text(one["inputValue"])} for one in details.get("evaluatedInputs", ())]
    rules = []
    for rule in details.get("matchedRules", ()):
        at = {"ruleId": rule["ruleId"], "ruleIndex": rule["ruleIndex"]}
        outputs = [{**one, **at, "outputValue": _text(one["outputValue"])} for one in rule["evaluatedOutputs"]]
        rules.append({**at, "evaluatedOutputs": outputs})
    return {"evaluatedInputs": inputs, "matchedRules": rules}


@routes.post("/decision-definitions/search", response_model=schemas.DecisionDefinitions, responses=answers(400))
def search_decision_definitions(engine: EngineOf, body: schemas.DecisionDefinitionSearch | None = None) -> Response:
    """Find decisions."""
    return Json(page_of(schemas.DecisionDefinition, engine.search(query(schemas.SEARCHED, body))))


@routes.get(
    "/decision-definitions/{decisionDefinitionKey}",
    response_model=schemas.DecisionDefinition,
    responses=answers(400, 404),
)
def get_decision_definition(decision_definition_key: DecisionDefinitionKey, engine: EngineOf) -> Response:
    """One version of a decision."""
    return Json(shape(schemas.DecisionDefinition, engine.get("decision-definitions", decision_definition_key)))


_XML = answers(400, 404, ok={200: {"content": {"text/xml": {}}, "description": "The decisions"}})


def _xml(engine: EngineOf, row: Mapping[str, Any]) -> Response:
    content = engine.resource(row["resourceKey"]).content
    return Response(content, headers={"content-type": "text/xml", **INERT})


@routes.get("/decision-definitions/{decisionDefinitionKey}/xml", response_class=Response, responses=_XML)
def get_decision_definition_xml(decision_definition_key: DecisionDefinitionKey, engine: EngineOf) -> Response:
    """The DMN file of a decision, byte for byte."""
    return _xml(engine, engine.get("decision-definitions", decision_definition_key))


@routes.post("/decision-requirements/search", response_model=schemas.DecisionRequirementsPage, responses=answers(400))
def search_decision_requirements(engine: EngineOf, body: schemas.DecisionRequirementsSearch | None = None) -> Response:
    """Find DMN files."""
    return Json(page_of(schemas.DecisionRequirements, engine.search(query(schemas.REQUIREMENTS, body))))


@routes.get(
    "/decision-requirements/{decisionRequirementsKey}",
    response_model=schemas.DecisionRequirements,
    responses=answers(400, 404),
)
def get_decision_requirements(decision_requirements_key: DecisionRequirementsKey, engine: EngineOf) -> Response:
    """One version of a DMN file."""
    return Json(shape(schemas.DecisionRequirements, engine.get("decision-requirements", decision_requirements_key)))


@routes.get("/decision-requirements/{decisionRequirementsKey}/xml", response_class=Response, responses=_XML)
def get_decision_requirements_xml(decision_requirements_key: DecisionRequirementsKey, engine: EngineOf) -> Response:
    """The DMN file, byte for byte."""
    return _xml(engine, engine.get("decision-requirements", decision_requirements_key))


@routes.post("/decision-instances/search", response_model=schemas.DecisionInstances, responses=answers(400))
def search_decision_instances(engine: EngineOf, body: schemas.DecisionInstanceSearch | None = None) -> Response:
    """Find evaluations of decisions, within processes and outside of them."""
    found = engine.search(query(schemas.INSTANCES, body))
    for row in found.items:
        row["result"] = _text(row["result"])
    return Json(page_of(schemas.DecisionInstance, found))


@routes.get(
    "/decision-instances/{decisionEvaluationInstanceKey}",
    response_model=schemas.DecisionInstanceInFull,
    responses=answers(400, 404),
)
def get_decision_instance(
    decision_evaluation_instance_key: Annotated[
        str, Path(alias="decisionEvaluationInstanceKey", pattern=r"^[0-9]{1,25}-[0-9]{1,4}$")
    ],
    engine: EngineOf,
) -> Response:
    """One evaluation, with its inputs and the rules that matched."""
    row = engine.get("decision-instances", decision_evaluation_instance_key)
    full = {**row, **_why(row["details"]), "result": _text(row["result"])}
    return Json(shape(schemas.DecisionInstanceInFull, full))


@routes.post(
    "/decision-instances/{decisionEvaluationKey}/deletion",
    status_code=204,
    response_class=Response,
    responses=answers(400, 403, 404, 503),
)
def delete_decision_instance(
    decision_evaluation_key: DecisionEvaluationKey,
    engine: EngineOf,
    actor: Who,
    body: schemas.DeleteDecisionEvaluation | None = None,
) -> Response:
    """Refused: what was decided is kept. The answer says why."""
    engine.delete_decision_evaluation(decision_evaluation_key, actor=actor)
    return done()


@routes.post("/expression/evaluation", response_model=schemas.ExpressionResult, responses=answers(400, 404))
def evaluate_expression(body: schemas.EvaluateExpression, engine: EngineOf, actor: Who) -> Response:
    """Evaluate FEEL (`= …`) or JUEL (`${…}`) over variables: those that `scopeKey` sees, and those given."""
    tenant(body.tenant_id)
    seen = {} if body.scope_key is None else visible_variables(engine, body.scope_key)
    found = engine.evaluate_expression(body.expression, seen | (body.variables or {}), actor=actor)
    return Json(
        {
            "expression": found.expression,
            "result": found.result,
            "warnings": [{"message": message} for message in found.warnings],
            "referencedSecrets": [],
        }
    )
