"""Agents over the API: which there are, what they are at, what was said."""

from typing import Any

import pytest
import yaml
from camunda_orchestration_sdk.models import (
    AgentDefinitionSearchQueryResult,
    AgentInstanceHistorySearchQueryResult,
    AgentInstanceSearchQueryResult,
)
from fastapi.testclient import TestClient

from laneway_api.app import create_app
from tests.agentic.script import Script, call, calls, says, world
from tests.support.drawing import Drawing, extension, job
from tests.support.world import World

ASKED = {"request": "Where is my order?", "customer": "c1"}


@pytest.fixture
def said() -> Any:
    script = Script(calls(call("Delete"), call("Add", "1", terms={"a": 1, "b": 2})), says("3"))
    made = world(script)
    made.start(variables=ASKED)
    made.settle()
    with TestClient(create_app(made.laneway), base_url="http://localhost/v2") as client:
        yield client
    made.close()


def test_definitions_are_the_elements_that_agents_work_on(said: Any) -> None:
    (definition,) = said.post("/agent-definitions/search", json={}).json()["items"]
    assert (definition["agentType"], definition["elementId"], definition["name"]) == (
        "AI_AGENT_SUB_PROCESS",
        "Helper",
        "Help the customer",
    )
    assert said.get(f"/agent-definitions/{definition['agentDefinitionKey']}").json() == definition


def test_an_instance_says_what_it_used_and_its_history_what_was_said(said: Any) -> None:
    # Given a conversation with a call that was refused; when it is asked for
    (instance,) = said.post("/agent-instances/search", json={"filter": {"status": "COMPLETED"}}).json()["items"]
    key = instance["agentInstanceKey"]
    assert said.get(f"/agent-instances/{key}").json() == instance
    items = said.post(f"/agent-instances/{key}/history/search", json={}).json()["items"]

    # Then
    assert instance["definition"]["systemPrompt"] == [{"contentType": "TEXT", "text": "You help customers."}]
    assert (instance["metrics"]["modelCalls"], instance["metrics"]["inputTokens"], instance["cost"]) == (
        2,
        150,
        "0.015",
    )
    assert instance["limits"] == {"maxModelCalls": 5, "maxToolCalls": -1, "maxTokens": -1}
    roles = [item["role"] for item in items]
    assert roles == ["CONFIGURATION", "USER", "ASSISTANT", "TOOL_RESULT", "TOOL_RESULT", "ASSISTANT"]
    asked = items[2]
    assert [one["toolName"] for one in asked["toolCalls"]] == ["Delete", "Add"]
    assert asked["toolCalls"][1]["arguments"] == {"terms": {"a": 1, "b": 2}}
    assert "There is no tool" in asked["details"]["refused"]["id-Delete"]
    assert items[-1]["content"] == [{"contentType": "TEXT", "text": "3"}]
    assert {item["commitStatus"] for item in items} == {"COMMITTED"}
    assert (
        said.post(f"/agent-instances/{key}/history/search", json={"filter": {"role": "USER"}}).json()["page"][
            "totalItems"
        ]
        == 1
    )
    assert said.get("/agent-instances/1").status_code == 404


def test_the_vendor_s_client_reads_all_of_it(said: Any) -> None:
    for path, result in (
        ("/agent-definitions/search", AgentDefinitionSearchQueryResult),
        ("/agent-instances/search", AgentInstanceSearchQueryResult),
    ):
        parsed = result.from_dict(said.post(path, json={}).json())
        assert len(parsed.items) == 1
    key = said.post("/agent-instances/search", json={}).json()["items"][0]["agentInstanceKey"]
    history = said.post(f"/agent-instances/{key}/history/search", json={}).json()
    assert len(AgentInstanceHistorySearchQueryResult.from_dict(history).items) == 6


def test_an_agent_that_answers_once_has_an_instance_per_job() -> None:
    # Given a plain agent task
    drawing = Drawing()
    process = drawing.process()
    process.chain(
        process.node("startEvent"),
        process.node("serviceTask", "Classify", extension(job("classify"))),
        process.node("endEvent"),
    )
    contract = {
        "purpose": "Classifies",
        "owner": "head",
        "job_types": ["classify"],
        "adapter": "scripted",
        "config": {"answers": {"*": {"output": {"kind": "complaint"}, "confidence": 0.9, "rationale": "it says so"}}},
        "input": {"type": "object", "properties": {"letter": {"type": "string"}}},
        "output": {"type": "object"},
        "guardrails": {"before": [{"use": "personal_data"}]},
    }
    made = World()
    made.deploy(drawing, ("agents.yaml", yaml.safe_dump({"version": 1, "agents": {"classifier": contract}}).encode()))
    made.start(variables={"letter": "I am anna@example.com"})
    made.settle()

    # When its history is asked for
    with TestClient(create_app(made.laneway), base_url="http://localhost/v2") as client:
        (instance,) = client.post("/agent-instances/search", json={}).json()["items"]
        items = client.post(f"/agent-instances/{instance['agentInstanceKey']}/history/search", json={}).json()["items"]

    # Then it has what went to the agent, guarded as it was, and what came back
    assert (instance["status"], instance["metrics"]["modelCalls"]) == ("COMPLETED", 1)
    assert [item["role"] for item in items] == ["CONFIGURATION", "USER", "ASSISTANT"]
    assert items[1]["content"][0]["object"] == {"letter": "I am [email]"}
    assert items[2]["content"][0]["object"] == {"kind": "complaint"}
    assert (items[2]["details"]["confidence"], items[2]["details"]["rationale"]) == ("0.9", "it says so")
    made.close()
