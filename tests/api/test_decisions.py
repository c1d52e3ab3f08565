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


CHAIN = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="chain" name="Chain" namespace="n">
  <decision id="base" name="Base"><literalExpression><text>amount + 1</text></literalExpression></decision>
  <decision id="top" name="Top">
    <informationRequirement><requiredDecision href="#base"/></informationRequirement>
    <decisionTable id="t" hitPolicy="UNIQUE">
      <input id="i" label="Base"><inputExpression><text>Base</text></inputExpression></input>
      <output id="o" name="top"/>
      <rule id="r1"><inputEntry><text>&gt; 0</text></inputEntry><outputEntry><text>1</text></outputEntry></rule>
      <rule id="r2"><inputEntry><text>&gt; 5</text></inputEntry><outputEntry><text>2</text></outputEntry></rule>
    </decisionTable>
  </decision>
</definitions>"""


@pytest.fixture(scope="module")
def chain(api: httpx.Client) -> None:
    api.post("/deployments", files=[("resources", ("chain.dmn", CHAIN))]).raise_for_status()


def test_the_client_reads_every_decision_of_an_evaluation(address: str, api: httpx.Client, chain: None) -> None:
    # given
    with CamundaClient(configuration={"CAMUNDA_REST_ADDRESS": address}) as camunda:
        found = camunda.evaluate_decision(
            data=DecisionEvaluationByID.from_dict({"decisionDefinitionId": "top", "variables": {"amount": 2}})
        )
        # when
        kept = [
            camunda.get_decision_instance(one.decision_evaluation_instance_key) for one in found.evaluated_decisions
        ]

    # then
    assert [(one.decision_definition_id, one.result) for one in kept] == [("base", "3"), ("top", "1")]
    assert {one.root_decision_definition_key for one in kept} == {found.decision_definition_key}
    assert {one.process_instance_key for one in kept} == {None}
    assert {one.decision_evaluation_key for one in kept} == {found.decision_evaluation_key}


def test_an_evaluation_that_fails_tells_which_decision_and_why(address: str, api: httpx.Client, chain: None) -> None:
    # when
    with CamundaClient(configuration={"CAMUNDA_REST_ADDRESS": address}) as camunda:
        found = camunda.evaluate_decision(
            data=DecisionEvaluationByID.from_dict({"decisionDefinitionId": "top", "variables": {"amount": 9}})
        )

    # then
    assert (found.failed_decision_definition_id, found.output) == ("top", "null")
    assert "rule 1 (r1), rule 2 (r2)" in str(found.failure_message)
    asked = {
        "filter": {"decisionEvaluationKey": found.decision_evaluation_key},
        "sort": [{"field": "state", "order": "DESC"}],
    }
    rows = api.post("/decision-instances/search", json=asked).json()["items"]
    assert [(row["decisionDefinitionId"], row["state"], row["result"]) for row in rows] == [
        ("top", "FAILED", "null"),
        ("base", "EVALUATED", "10"),
    ]
    assert rows[0]["evaluationFailure"] == found.failure_message


FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({"state": "FAILED"}, ["top"]),
    ({"state": {"$neq": "FAILED"}}, ["base"]),
    ({"decisionDefinitionType": "LITERAL_EXPRESSION"}, ["base"]),
    ({"decisionDefinitionName": "Top", "decisionDefinitionVersion": 1}, ["top"]),
    ({"evaluationDate": {"$lt": "2020-01-01T00:00:00Z"}}, []),
    ({"evaluationDate": {"$gt": "2020-01-01T00:00:00Z"}}, ["base", "top"]),
    ({"processInstanceKey": "17"}, []),
]


@pytest.mark.parametrize(("wanted", "found"), FILTERS)
def test_instances_are_found_by_every_fact(
    api: httpx.Client, chain: None, wanted: dict[str, Any], found: list[str]
) -> None:
    body = {"decisionDefinitionId": "top", "variables": {"amount": 9}}
    key = api.post("/decision-definitions/evaluation", json=body).json()["decisionEvaluationKey"]

    page = api.post("/decision-instances/search", json={"filter": {"decisionEvaluationKey": key, **wanted}}).json()

    assert [row["decisionDefinitionId"] for row in page["items"]] == found
    assert page["page"]["totalItems"] == len(found)


def test_a_page_of_instances_ends_where_the_next_begins(api: httpx.Client, chain: None) -> None:
    body = {"decisionDefinitionId": "top", "variables": {"amount": 1}}
    key = api.post("/decision-definitions/evaluation", json=body).json()["decisionEvaluationKey"]
    mine = {"filter": {"decisionEvaluationKey": key}, "page": {"limit": 1}}

    first = api.post("/decision-instances/search", json=mine).json()
    mine["page"]["after"] = first["page"]["endCursor"]
    second = api.post("/decision-instances/search", json=mine).json()

    assert [page["items"][0]["decisionDefinitionId"] for page in (first, second)] == ["base", "top"]


def test_evaluations_are_not_deleted(api: httpx.Client, chain: None) -> None:
    body = {"decisionDefinitionId": "top", "variables": {"amount": 1}}
    key = api.post("/decision-definitions/evaluation", json=body).json()["decisionEvaluationKey"]

    assert api.post(f"/decision-instances/{key}/deletion").status_code == 403
    assert api.post("/decision-instances/17/deletion", json={}).status_code == 404
