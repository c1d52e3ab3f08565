"""Agents over the API: which there are, what they are at, what was said."""

from typing import Any

import pytest
import yaml
from camunda_orchestration_sdk.models import (
    AgentDefinitionSearchQueryResult,
    AgentInstanceCreationRequest,
    AgentInstanceCreationResult,
    AgentInstanceHistorySearchQueryResult,
    AgentInstanceSearchQueryResult,
    AgentInstanceUpdateRequest,
    AgentInstanceUpdateResult,
)
from fastapi.testclient import TestClient

from laneway_api.app import create_app
from tests.agentic.script import Script, call, calls, says, world
from tests.support.drawing import Drawing, extension, job
from tests.support.world import World

ASKED = {"request": "Where is my order?", "customer": "c1"}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def said(request: pytest.FixtureRequest) -> Any:
    address = "sqlite://" if request.param == "sqlite" else str(request.getfixturevalue("postgres_database"))
    script = Script(calls(call("Delete"), call("Add", "1", terms={"a": 1, "b": 2})), says("3"))
    made = world(script, settings={"database_url": address})
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


def outside() -> World:
    """A task that an agent which works elsewhere does."""
    drawing = Drawing()
    process = drawing.process()
    process.chain(
        process.node("startEvent"),
        process.node("serviceTask", "Elsewhere", extension(job("elsewhere") + '<zeebe:agentDefinition name="x"/>')),
        process.node("endEvent"),
    )
    made = World()
    made.deploy(drawing)
    made.start()
    return made


def taken(client: Any) -> dict[str, Any]:
    asked = {"type": "elsewhere", "worker": "w", "timeout": 60_000, "maxJobsToActivate": 1, "withLease": True}
    (job,) = client.post("/jobs/activation", json=asked).json()["jobs"]
    return {
        "elementInstanceKey": job["elementInstanceKey"],
        "jobKey": job["jobKey"],
        "jobLeaseToken": job["jobLeaseToken"],
    }


def one(id: str, role: str, text: str = "", **more: Any) -> dict[str, Any]:
    content = [{"contentType": "TEXT", "text": text}] if text else []
    at = "2026-01-05T09:00:00.000Z"
    return {"historyItemId": id, "loopIteration": 1, "role": role, "content": content, "producedAt": at, **more}


SETUP = one(
    "setup",
    "CONFIGURATION",
    model="a-model",
    provider="theirs",
    systemPrompt=[{"contentType": "TEXT", "text": "You help."}],
    tools=[{"name": "look", "description": None, "elementId": None}],
    limits={"maxModelCalls": 3, "maxToolCalls": -1, "maxTokens": -1},
)
USED = {"inputTokens": 7, "outputTokens": 3, "reasoningTokenCount": 2, "durationMs": 40}


def statuses(client: Any, key: str) -> dict[str, str]:
    asked = {"filter": {"commitStatus": {"$in": ["PENDING", "COMMITTED", "DISCARDED"]}}}
    items = client.post(f"/agent-instances/{key}/history/search", json=asked).json()["items"]
    return {item["historyItemId"]: item["commitStatus"] for item in items}


def test_an_agent_elsewhere_tells_of_itself_and_it_is_committed_with_its_job() -> None:
    # Given a job of an agent that works elsewhere
    made = outside()
    with TestClient(create_app(made.laneway), base_url="http://localhost/v2") as client:
        under = taken(client)
        (definition,) = client.post("/agent-definitions/search", json={}).json()["items"]
        assert definition["agentType"] == "EXTERNAL_AGENT"

        # When it tells of itself, twice as far as it is not sure
        created = client.post("/agent-instances", json={**under, "history": [SETUP, one("ask", "USER", "Help!")]})
        assert created.status_code == 200, created.text
        key = created.json()["agentInstanceKey"]
        call = {"toolCallId": "1", "toolName": "look", "elementId": None, "arguments": {"at": 1}}
        said = one("said", "ASSISTANT", "I look.", toolCalls=[call], metrics=USED)
        for duplicate in (False, True):
            told = client.patch(
                f"/agent-instances/{key}", json={**under, "status": "TOOL_CALLING", "history": [said]}
            ).json()["createdHistory"]
            assert [each["isDuplicate"] for each in told] == [duplicate]

        # Then it counts at once, once, and is committed with the job
        found = client.get(f"/agent-instances/{key}").json()
        assert (found["status"], found["definition"]["model"], found["limits"]["maxModelCalls"]) == (
            "TOOL_CALLING",
            "a-model",
            3,
        )
        used = {
            name: found["metrics"][name] for name in ("inputTokens", "reasoningTokenCount", "modelCalls", "toolCalls")
        }
        assert used == {"inputTokens": 7, "reasoningTokenCount": 2, "modelCalls": 1, "toolCalls": 1}
        assert set(statuses(client, key).values()) == {"PENDING"}
        done = client.post(f"/jobs/{under['jobKey']}/completion", json={"jobLeaseToken": under["jobLeaseToken"]})
        assert done.status_code == 204
        assert statuses(client, key) == dict.fromkeys(("setup", "ask", "said"), "COMMITTED")
        assert client.get(f"/agent-instances/{key}").json()["status"] == "COMPLETED"

        # And it is found by its element instances, all of those that are asked for
        def count(*keys: str) -> int:
            body = {"filter": {"elementInstanceKeys": list(keys)}}
            return int(client.post("/agent-instances/search", json=body).json()["page"]["totalItems"])

        assert (count(under["elementInstanceKey"]), count(under["elementInstanceKey"], "1")) == (1, 0)
        assert count(under["elementInstanceKey"][:-1]) == 0
    made.close()


def test_what_was_told_under_a_lease_that_is_over_is_discarded() -> None:
    made = outside()
    with TestClient(create_app(made.laneway), base_url="http://localhost/v2") as client:
        # Given an agent that told something and was lost
        first = taken(client)
        key = client.post("/agent-instances", json={**first, "history": [SETUP, one("ask", "USER", "?")]}).json()[
            "agentInstanceKey"
        ]
        made.pass_time(minutes=5)
        made.settle()

        # When another one takes the job, and tells it anew; then the first one can tell nothing more.
        second = taken(client)
        told = client.patch(f"/agent-instances/{key}", json={**second, "history": [one("ask", "USER", "?")]}).json()
        assert [each["isDuplicate"] for each in told["createdHistory"]] == [False]
        late = client.patch(f"/agent-instances/{key}", json={**first, "history": [one("late", "USER", "!")]})
        assert late.status_code == 409
        client.post(f"/jobs/{second['jobKey']}/completion", json={"jobLeaseToken": second["jobLeaseToken"]})
        asked = {"filter": {"commitStatus": {"$in": ["COMMITTED", "DISCARDED"]}}}
        items = client.post(f"/agent-instances/{key}/history/search", json=asked).json()["items"]
        assert [(item["historyItemId"], item["commitStatus"]) for item in items] == [
            ("setup", "DISCARDED"),
            ("ask", "DISCARDED"),
            ("ask", "COMMITTED"),
        ]
    made.close()


@pytest.mark.parametrize("how", ["cancelled", "failed"])
def test_what_was_told_at_work_that_came_to_nothing_is_discarded(how: str) -> None:
    # Given an agent elsewhere that has told something
    made = outside()
    with TestClient(create_app(made.laneway), base_url="http://localhost/v2") as client:
        under = taken(client)
        created = client.post("/agent-instances", json={**under, "history": [SETUP, one("ask", "USER", "?")]})
        key = created.json()["agentInstanceKey"]
        # When its element is cancelled, or its job fails for good
        if how == "cancelled":
            (row,) = made.rows("process-instances")
            made.engine.cancel_instance(row["processInstanceKey"])
        else:
            failed = {"jobLeaseToken": under["jobLeaseToken"], "retries": 0, "errorMessage": "down"}
            assert client.post(f"/jobs/{under['jobKey']}/failure", json=failed).status_code == 204
        # Then nothing of it is pending any more, and it is told whether the agent goes on.
        assert set(statuses(client, key).values()) == {"DISCARDED"}
        found = client.get(f"/agent-instances/{key}").json()
        assert (found["status"] == "COMPLETED") is (how == "cancelled")
    made.close()


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"history": []}, 400),
        ({"history": [one("ask", "USER", "?")]}, 400),
        ({"history": [SETUP, one("said", "ASSISTANT", "!")]}, 400),
        ({"history": [SETUP, one("ask", "USER", "?", metrics=USED)]}, 400),
        ({"history": [SETUP, one("ask", "USER", "?", model="m")]}, 400),
        ({"history": [SETUP], "jobLeaseToken": "another"}, 409),
        ({"history": [SETUP], "jobKey": "1"}, 404),
        ({"history": [SETUP], "elementInstanceKey": "1"}, 404),
    ],
)
def test_what_cannot_be_told_is_refused(change: dict[str, Any], status: int) -> None:
    made = outside()
    with TestClient(create_app(made.laneway), base_url="http://localhost/v2") as client:
        refused = client.post("/agent-instances", json={**taken(client), **change})
        assert refused.status_code == status, refused.text
        assert client.post("/agent-instances/search", json={}).json()["items"] == []
    made.close()


def test_the_vendor_s_client_tells_of_an_agent() -> None:
    made = outside()
    with TestClient(create_app(made.laneway), base_url="http://localhost/v2") as client:
        under = taken(client)
        body = AgentInstanceCreationRequest.from_dict({**under, "history": [SETUP]}).to_dict()
        result = AgentInstanceCreationResult.from_dict(client.post("/agent-instances", json=body).json())
        assert len(result.created_history) == 1
        again = client.post("/agent-instances", json=body)
        assert again.status_code == 409
        body = AgentInstanceUpdateRequest.from_dict({**under, "status": "IDLE"}).to_dict()
        told = client.patch(f"/agent-instances/{result.agent_instance_key}", json=body)
        assert AgentInstanceUpdateResult.from_dict(told.json()).created_history == []
    made.close()
