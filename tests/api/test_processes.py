"""The main path over plain HTTP: deploy, start, work, decide, look."""

from __future__ import annotations

from typing import Any

import httpx

from tests.api.conftest import deploy


def test_a_deployment_tells_what_was_found(deployed: dict[str, Any]) -> None:
    found = [kind for one in deployed["deployments"] for kind, value in one.items() if value is not None]
    assert sorted(found) == ["form", "processDefinition", "processDefinition", "processDefinition"]


def test_an_instance_runs_through_a_job_and_a_user_task(api: httpx.Client, start: Any) -> None:
    # given
    key = start("order", variables={"amount": 12}, tags=["urgent"], businessId="order-7")["processInstanceKey"]

    # when a worker does its part
    wanted = {"type": "find-price", "timeout": 60_000, "maxJobsToActivate": 32, "worker": "pricer"}
    jobs = [job for job in api.post("/jobs/activation", json=wanted).json()["jobs"] if job["processInstanceKey"] == key]
    assert len(jobs) == 1
    assert jobs[0]["variables"] == {"amount": 12}
    assert jobs[0]["customHeaders"] == {"currency": "EUR"}
    assert jobs[0]["tags"] == ["urgent"]
    assert api.post(f"/jobs/{jobs[0]['jobKey']}/completion", json={"variables": {"price": 3}}).status_code == 204

    # and a person theirs
    mine = {"filter": {"processInstanceKey": key, "candidateGroup": {"$in": ["buyers"]}, "state": "created"}}
    task = api.post("/user-tasks/search", json=mine).json()["items"][0]
    assert (task["name"], task["priority"], task["businessId"]) == ("Approve the order", 60, "order-7")
    address = f"/user-tasks/{task['userTaskKey']}"
    assert api.get(f"{address}/form").json()["formId"] == "approval"
    assert api.post(f"{address}/assignment", json={"assignee": "anna"}).status_code == 204
    assert api.get(address).json()["assignee"] == "anna"
    assert api.post(f"{address}/completion", json={"variables": {"approved": True}}).status_code == 204

    # then it has ended, and what happened can be read
    assert api.get(f"/process-instances/{key}").json()["state"] == "COMPLETED"
    values = api.post("/variables/search", json={"filter": {"processInstanceKey": key}}).json()["items"]
    assert {one["name"]: one["value"] for one in values} == {"amount": "12", "price": "3", "approved": "true"}
    flows = api.get(f"/process-instances/{key}/sequence-flows").json()["items"]
    assert [one["elementId"] for one in flows] == ["toPrice", "toApprove", "toDone"]
    elements = api.get(f"/process-instances/{key}/statistics/element-instances").json()["items"]
    assert {"elementId": "Approve", "active": 0, "canceled": 0, "incidents": 0, "completed": 1} in elements
    history = api.get(f"/process-instances/{key}/history").json()["items"]
    assert {"ElementActivated", "JobCreated", "UserTaskCreated", "command"} <= {one["kind"] for one in history}
    audit = api.post("/audit-logs/search", json={"filter": {"processInstanceKey": key}}).json()["items"]
    assert {"CREATE", "COMPLETE", "ASSIGN"} <= {one["operationType"] for one in audit}


def test_completion_is_awaited_and_numbers_keep_their_digits(api: httpx.Client, start: Any) -> None:
    body = (
        b'{"processDefinitionId":"echo","awaitCompletion":true,"fetchVariables":["exact"],'
        b'"variables":{"exact":1.10,"long":123456789012345678901234567890,"other":1}}'
    )
    answer = api.post("/process-instances", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 200, answer.text
    assert '"exact":1.10' in answer.text
    assert "other" not in answer.text


def test_a_wait_that_is_too_short_is_a_504_and_the_instance_goes_on(api: httpx.Client, start: Any) -> None:
    body = {"processDefinitionId": "order", "awaitCompletion": True, "requestTimeout": 50}
    answer = api.post("/process-instances", json=body)
    assert answer.status_code == 504
    key = answer.json()["details"]["processInstanceKey"]
    assert api.get(f"/process-instances/{key}").json()["state"] == "ACTIVE"


def test_a_message_finds_its_instance(api: httpx.Client, start: Any) -> None:
    key = start("payment", variables={"invoice": "R-1"})["processInstanceKey"]
    waiting = {"filter": {"processInstanceKey": key, "messageSubscriptionState": "CREATED"}}
    assert api.post("/message-subscriptions/search", json=waiting).json()["page"]["totalItems"] == 1
    answer = api.post(
        "/messages/correlation", json={"name": "paid", "correlationKey": "R-1", "variables": {"by": "bank"}}
    )
    assert answer.json()["processInstanceKey"] == key
    assert api.get(f"/process-instances/{key}").json()["state"] == "COMPLETED"
    again = api.post("/messages/correlation", json={"name": "paid", "correlationKey": "R-1"})
    assert (again.status_code, again.json()["code"]) == (404, "message_not_correlated")


def test_a_failed_job_becomes_an_incident_that_can_be_resolved(api: httpx.Client, start: Any) -> None:
    # given
    key = start("order")["processInstanceKey"]
    found = api.post("/jobs/search", json={"filter": {"processInstanceKey": key}}).json()["items"]
    job = f"/jobs/{found[0]['jobKey']}"
    wanted = {"type": "find-price", "timeout": 60_000, "maxJobsToActivate": 100}
    api.post("/jobs/activation", json=wanted)

    # when
    assert api.post(f"{job}/failure", json={"retries": 0, "errorMessage": "no catalogue"}).status_code == 204

    # then
    assert api.get(f"/process-instances/{key}").json()["hasIncident"] is True
    open_ones = api.post(f"/process-instances/{key}/incidents/search", json={}).json()["items"]
    assert (open_ones[0]["errorType"], open_ones[0]["jobKey"]) == ("JOB_NO_RETRIES", found[0]["jobKey"])
    resolution = f"/incidents/{open_ones[0]['incidentKey']}/resolution"
    assert api.patch(job, json={"changeset": {"retries": 2}}).status_code == 204
    assert api.post(resolution).status_code == 204
    assert api.get(f"/incidents/{open_ones[0]['incidentKey']}").json()["state"] == "RESOLVED"


def test_an_error_that_a_worker_throws_is_caught_in_the_diagram(api: httpx.Client, start: Any) -> None:
    key = start("order")["processInstanceKey"]
    wanted = {"type": "find-price", "timeout": 60_000, "maxJobsToActivate": 100}
    jobs = api.post("/jobs/activation", json=wanted).json()["jobs"]
    job = next(job["jobKey"] for job in jobs if job["processInstanceKey"] == key)
    assert api.post(f"/jobs/{job}/error", json={"errorCode": "NO_PRICE"}).status_code == 204
    flows = api.get(f"/process-instances/{key}/sequence-flows").json()["items"]
    assert "toUnknown" in [one["elementId"] for one in flows]


def test_cancelling_ends_an_instance_once(api: httpx.Client, start: Any) -> None:
    key = start("order")["processInstanceKey"]
    assert api.post(f"/process-instances/{key}/cancellation").status_code == 204
    assert api.get(f"/process-instances/{key}").json()["state"] == "TERMINATED"
    again = api.post(f"/process-instances/{key}/cancellation", json={})
    assert (again.status_code, again.json()["code"]) == (404, "process_instance_not_found")


def test_the_same_idempotency_key_starts_nothing_twice(api: httpx.Client, start: Any) -> None:
    body = {"processDefinitionId": "echo", "variables": {"n": 1}}
    headers = {"Idempotency-Key": "once-only"}
    first = api.post("/process-instances", json=body, headers=headers)
    second = api.post("/process-instances", json=body, headers=headers)
    other = api.post("/process-instances", json={"processDefinitionId": "echo"}, headers=headers)
    assert first.json()["processInstanceKey"] == second.json()["processInstanceKey"]
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_variables_are_set_at_a_live_instance(api: httpx.Client, start: Any) -> None:
    key = start("payment", variables={"invoice": "R-2"})["processInstanceKey"]
    assert api.put(f"/element-instances/{key}/variables", json={"variables": {"note": "x"}}).status_code == 204
    found = api.post("/variables/search", json={"filter": {"scopeKey": key, "name": "note"}}).json()["items"]
    assert api.get(f"/variables/{found[0]['variableKey']}").json()["value"] == '"x"'


def test_a_diagram_comes_back_byte_for_byte(api: httpx.Client, deployed: dict[str, Any]) -> None:
    from tests.api.conftest import DIAGRAMS

    key = deployed["deployments"][0]["processDefinition"]["processDefinitionKey"]
    found = api.get(f"/process-definitions/{key}").json()
    assert api.get(f"/process-definitions/{key}/xml").content == (DIAGRAMS / found["resourceName"]).read_bytes()


def test_files_are_checked_without_deploying(api: httpx.Client, deployed: dict[str, Any]) -> None:
    broken = b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p"><startEvent id="a"/>'
    report = api.post("/deployments/check", files=[("resources", ("broken.bpmn", broken))])
    assert report.status_code == 200, report.text
    assert report.json()["deployable"] is False
    assert report.json()["problems"][0]["file"] == "broken.bpmn"


def test_a_signal_is_sent_and_an_expression_evaluated(api: httpx.Client) -> None:
    assert api.post("/signals/broadcast", json={"signalName": "all-clear"}).json()["tenantId"] == "<default>"
    answer = api.post("/expression/evaluation", json={"expression": "= a * 2", "variables": {"a": 2.10}})
    assert answer.json()["result"] == 4.2


def test_an_expression_that_gives_null_says_why(api: httpx.Client) -> None:
    # given a function of texts that is called with a number
    body = {"expression": "= string length(a) > 3", "variables": {"a": 7}}
    # when
    found = api.post("/expression/evaluation", json=body).json()
    # then the warnings stand beside the null, as they do in Camunda 8
    assert found["result"] is None
    assert "string length doesn't take (number)" in found["warnings"][0]["message"]
    assert api.post("/expression/evaluation", json={"expression": "= 1 + 1"}).json()["warnings"] == []


def test_an_expression_sees_the_variables_of_a_scope(api: httpx.Client, start: Any) -> None:
    key = start("payment", variables={"invoice": "R-3", "amount": 4})["processInstanceKey"]
    inner = api.post("/element-instances/search", json={"filter": {"processInstanceKey": key, "elementId": "Wait"}})
    scope = inner.json()["items"][0]["elementInstanceKey"]
    api.put(f"/element-instances/{scope}/variables", json={"variables": {"amount": 5}, "local": True})
    for scope_key, result in ((key, 40), (scope, 50)):
        body = {"expression": "= amount * factor", "scopeKey": scope_key, "variables": {"factor": 10}}
        assert api.post("/expression/evaluation", json=body).json()["result"] == result


def test_a_person_sees_each_variable_of_a_task_once_with_its_innermost_value(api: httpx.Client, start: Any) -> None:
    # given a task with a variable of its own that hides one of the process
    key = start("order", variables={"amount": 1, "note": "x" * 10_000})["processInstanceKey"]
    wanted = {"type": "find-price", "timeout": 60_000, "maxJobsToActivate": 1000}
    jobs = api.post("/jobs/activation", json=wanted).json()["jobs"]
    job = next(job["jobKey"] for job in jobs if job["processInstanceKey"] == key)
    api.post(f"/jobs/{job}/completion")
    task = api.post("/user-tasks/search", json={"filter": {"processInstanceKey": key}}).json()["items"][0]
    inner = {"variables": {"amount": 2}, "local": True}
    assert api.put(f"/element-instances/{task['elementInstanceKey']}/variables", json=inner).status_code == 204

    # when
    address = f"/user-tasks/{task['userTaskKey']}"
    effective = api.post(f"{address}/effective-variables/search", json={}).json()["items"]
    everything = api.post(f"{address}/variables/search", json={"filter": {"name": "amount"}}).json()["items"]
    whole = api.post(f"{address}/variables/search?truncateValues=false", json={"filter": {"name": "note"}}).json()[
        "items"
    ]

    # then
    assert {(one["name"], len(one["value"]), one["isTruncated"]) for one in effective} == {
        ("amount", 1, False),
        ("note", 8192, True),
    }
    assert next(one["value"] for one in effective if one["name"] == "amount") == "2"
    assert sorted(one["value"] for one in everything) == ["1", "2"]
    assert (len(whole[0]["value"]), whole[0]["isTruncated"]) == (10_002, False)


def test_a_decision_that_the_diagram_leaves_open_is_a_task_with_its_choices(api: httpx.Client) -> None:
    # given a diagram without conditions
    deploy(api, "choice.bpmn")
    key = api.post("/process-instances", json={"processDefinitionId": "choice"}).json()["processInstanceKey"]

    # when a person is asked
    (task,) = api.post("/user-tasks/search", json={"filter": {"processInstanceKey": key}}).json()["items"]
    assert task["choices"] == [{"id": "toStay", "name": "stay"}, {"id": "toGo", "name": "go"}]
    address = f"/user-tasks/{task['userTaskKey']}"
    assert api.get(address).json() == task
    wrong = api.post(f"{address}/completion", json={"variables": {}})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "choice_required")
    assert api.post(f"{address}/completion", json={"variables": {"choice": "go"}}).status_code == 204

    # then that way is taken
    flows = api.get(f"/process-instances/{key}/sequence-flows").json()["items"]
    assert [one["elementId"] for one in flows] == ["toFork", "toGo"]
