"""Decisions (DMN) and expressions."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from laneway_api.rows import Falls, Key
from laneway_api.schemas.common import Command, InKey, Instant, Name, PageInfo, Text, Variables, Wire
from laneway_api.search import SearchBody, Searched

SEARCHED = Searched(
    "decision-definitions",
    {
        "decisionDefinitionKey": "key",
        "decisionDefinitionId": "text",
        "name": "text",
        "version": "integer",
        "isLatestVersion": "boolean",
        "decisionRequirementsId": "text",
        "decisionRequirementsKey": "key",
        "decisionRequirementsName": "text",
        "decisionRequirementsVersion": "integer",
        "tenantId": "text",
    },
    (
        "decisionDefinitionKey", "decisionDefinitionId", "name", "version", "decisionRequirementsId",
        "decisionRequirementsKey", "decisionRequirementsName", "decisionRequirementsVersion", "tenantId",
    ),
)  # fmt: skip


class DecisionDefinition(Wire):
    decision_definition_key: Key
    decision_definition_id: str
    name: str
    version: int
    decision_requirements_id: str
    decision_requirements_key: Key
    decision_requirements_name: str
    decision_requirements_version: int
    tenant_id: str


class DecisionDefinitions(Wire):
    items: list[DecisionDefinition]
    page: PageInfo


class DecisionDefinitionSearch(SearchBody):
    searched = SEARCHED


class EvaluateDecision(Command):
    """Evaluate by `decisionDefinitionKey`, or the latest version of `decisionDefinitionId`."""

    decision_definition_id: Name | None = None
    decision_definition_key: InKey | None = None
    variables: Variables | None = None
    tenant_id: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.decision_definition_id is None) == (self.decision_definition_key is None):
            raise ValueError("give either decisionDefinitionId or decisionDefinitionKey")
        return self


class EvaluatedInput(Wire):
    input_id: str
    input_name: str
    input_value: str


class EvaluatedOutput(Wire):
    output_id: str
    output_name: str
    output_value: str
    rule_id: str | None
    rule_index: int | None


class MatchedRule(Wire):
    rule_id: str
    rule_index: int = Field(description="Position in the table, from 1")
    evaluated_outputs: list[EvaluatedOutput]


class EvaluatedDecision(Wire):
    decision_definition_id: str
    decision_definition_key: Key
    decision_definition_name: str
    decision_definition_version: int
    decision_definition_type: str
    decision_evaluation_instance_key: str
    output: str
    tenant_id: str
    matched_rules: list[MatchedRule]
    evaluated_inputs: list[EvaluatedInput]


class DecisionResult(Wire):
    decision_definition_id: str
    decision_definition_key: Key
    decision_definition_name: str
    decision_definition_version: int
    decision_evaluation_key: Key
    decision_instance_key: Key
    decision_requirements_id: str
    decision_requirements_key: Key
    evaluated_decisions: list[EvaluatedDecision]
    failed_decision_definition_id: str | None
    failure_message: str | None
    output: str = Field(description="The result's JSON as a text")
    tenant_id: str


class EvaluateExpression(Command):
    expression: Text
    tenant_id: str | None = None
    scope_key: InKey | None = Field(default=None, description="An element or process instance: what it sees counts too")
    variables: Variables | None = None


class ExpressionWarning(Wire):
    message: str


class ExpressionResult(Wire):
    expression: str
    result: Any
    warnings: list[ExpressionWarning]
    referenced_secrets: list[dict[str, Any]]


REQUIREMENTS = Searched(
    "decision-requirements",
    {
        "decisionRequirementsKey": "key",
        "decisionRequirementsId": "text",
        "decisionRequirementsName": "text",
        "resourceName": "text",
        "version": "integer",
        "tenantId": "text",
    },
    ("decisionRequirementsKey", "decisionRequirementsId", "decisionRequirementsName", "version", "tenantId"),
)
INSTANCES = Searched(
    "decision-instances",
    {
        "decisionEvaluationKey": "key",
        "decisionEvaluationInstanceKey": "text",
        "state": "enum",
        "evaluationDate": "date",
        "evaluationFailure": "text",
        "decisionDefinitionId": "text",
        "decisionDefinitionKey": "key",
        "decisionDefinitionName": "text",
        "decisionDefinitionVersion": "integer",
        "decisionDefinitionType": "enum",
        "decisionRequirementsKey": "key",
        "rootDecisionDefinitionKey": "key",
        "elementInstanceKey": "key",
        "processInstanceKey": "key",
        "rootProcessInstanceKey": "key",
        "processDefinitionKey": "key",
        "businessId": "text",
        "tenantId": "text",
    },
    (
        "decisionEvaluationKey", "decisionEvaluationInstanceKey", "state", "evaluationDate", "evaluationFailure",
        "decisionDefinitionId", "decisionDefinitionKey", "decisionDefinitionName", "decisionDefinitionVersion",
        "decisionDefinitionType", "rootDecisionDefinitionKey", "elementInstanceKey", "processInstanceKey",
        "processDefinitionKey", "businessId", "tenantId",
    ),
)  # fmt: skip


class DeleteDecisionEvaluation(Command):
    operation_reference: int | None = None


class DecisionRequirements(Wire):
    """A DMN file with the decisions in it."""

    decision_requirements_key: Key
    decision_requirements_id: str
    decision_requirements_name: str
    resource_name: str
    version: int
    tenant_id: str


class DecisionRequirementsPage(Wire):
    items: list[DecisionRequirements]
    page: PageInfo


class DecisionRequirementsSearch(SearchBody):
    searched = REQUIREMENTS


class DecisionInstance(Wire):
    """One decision of an evaluation: the one asked for, or one that it requires."""

    decision_evaluation_instance_key: str
    decision_evaluation_key: Key
    state: Annotated[Literal["EVALUATED", "FAILED", "UNKNOWN", "UNSPECIFIED"], Falls("UNKNOWN")]
    evaluation_date: Instant
    evaluation_failure: str | None
    decision_definition_id: str
    decision_definition_key: Key
    decision_definition_name: str
    decision_definition_version: int
    decision_definition_type: Annotated[
        Literal["DECISION_TABLE", "LITERAL_EXPRESSION", "UNKNOWN", "UNSPECIFIED"], Falls("UNKNOWN")
    ]
    root_decision_definition_key: Key
    element_instance_key: Key | None
    process_instance_key: Key | None
    root_process_instance_key: Key | None
    process_definition_key: Key | None
    business_id: str | None
    result: str = Field(description="The result's JSON as a text")
    tenant_id: str


class DecisionInstances(Wire):
    items: list[DecisionInstance]
    page: PageInfo


class DecisionInstanceInFull(DecisionInstance):
    evaluated_inputs: list[EvaluatedInput]
    matched_rules: list[MatchedRule]


class DecisionInstanceSearch(SearchBody):
    searched = INSTANCES
