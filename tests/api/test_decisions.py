"""Decisions over the API: deployed, asked directly, recorded where a process asked."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from camunda_orchestration_sdk import CamundaClient
from camunda_orchestration_sdk.models import DecisionEvaluationByID

from tests.api.conftest import DIAGRAMS, deploy


@pytest.fixture(scope="module")
def deployment(api: httpx.Client) -> dict[str, Any]:
    return deploy(api, "discount.dmn", "offer.bpmn")


def test_a_dmn_file_is_deployed_with_its_decisions(api: httpx.Client, deployment: dict[str, Any]) -> None:
    found = {kind: value for one in deployment["deployments"] for kind, value in one.items() if value is not None}
    assert found["decisionDefinition"]["decisionDefinitionId"] == "discount"
    assert found["decisionRequirements"]["resourceName"] == "discount.dmn"
    key = found["decisionDefinition"]["decisionDefinitionKey"]
    assert api.get(f"/decision-definitions/{key}").json()["name"] == "Discount"
    assert api.get(f"/decision-definitions/{key}/xml").content == (DIAGRAMS / "discount.dmn").read_bytes()
    requirements = found["decisionRequirements"]["decisionRequirementsKey"]
    assert api.get(f"/decision-requirements/{requirements}").json()["decisionRequirementsId"] == "discounts"
    assert api.get(f"/decision-requirements/{requirements}/xml").status_code == 200


def test_the_client_evaluates_a_decision_and_learns_why(address: str, deployment: dict[str, Any]) -> None:
    with CamundaClient(configuration={"CAMUNDA_REST_ADDRESS": address}) as camunda:
        found = camunda.evaluate_decision(
            data=DecisionEvaluationByID.from_dict({"decisionDefinitionId": "discount", "variables": {"amount": 120}})
        )
    assert found.output == "7.5"
    (decision,) = found.evaluated_decisions
    assert [(one.input_name, one.input_value) for one in decision.evaluated_inputs] == [("Amount", "120")]
    assert [(one.rule_id, one.rule_index) for one in decision.matched_rules] == [("large", 1)]
    assert decision.matched_rules[0].evaluated_outputs[0].output_value == "7.5"


def test_an_unknown_decision_is_a_404(api: httpx.Client) -> None:
    answer = api.post("/decision-definitions/evaluation", json={"decisionDefinitionId": "nothing"})
    assert (answer.status_code, answer.json()["code"]) == (404, "decision_not_found")


def test_what_a_process_decided_can_be_looked_up(api: httpx.Client, address: str, deployment: dict[str, Any]) -> None:
    # given
    body = {"processDefinitionId": "offer", "variables": {"amount": 3}, "awaitCompletion": True}
    started = api.post("/process-instances", json=body).json()
    assert started["variables"]["percent"] == 0

    # when
    mine = {"filter": {"processInstanceKey": started["processInstanceKey"]}}
    (row,) = api.post("/decision-instances/search", json=mine).json()["items"]

    # then
    assert (row["decisionDefinitionId"], row["result"], row["state"]) == ("discount", "0", "EVALUATED")
    with CamundaClient(configuration={"CAMUNDA_REST_ADDRESS": address}) as camunda:
        full = camunda.get_decision_instance(row["decisionEvaluationInstanceKey"])
    assert [one.rule_id for one in full.matched_rules] == ["small"]
