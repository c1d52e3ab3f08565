"""What a diagram says of how an external task ended becomes a BPMN error (Camunda 7, "External Tasks")."""

from typing import Any

import pytest

from tests.support.world import World

CAMUNDA = "http://camunda.org/schema/1.0/bpmn"


def diagram(*mappings: str) -> bytes:
    """``charge``, an external task, with a boundary event for the error DECLINED that leads to the user task ``ask``."""
    said = "".join(f'<c:errorEventDefinition errorRef="declined" expression="{each}"/>' for each in mappings)
    return (
        f'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:c="{CAMUNDA}" targetNamespace="urn:t">'
        '<error id="declined" errorCode="DECLINED"/><process id="process" isExecutable="true"><startEvent id="start"/>'
        f'<serviceTask id="charge" c:type="external" c:topic="charge"><extensionElements>{said}</extensionElements>'
        '</serviceTask><boundaryEvent id="caught" attachedToRef="charge"><errorEventDefinition errorRef="declined"/>'
        '</boundaryEvent><userTask id="ask"/><endEvent id="end"/>'
        '<sequenceFlow id="f1" sourceRef="start" targetRef="charge"/><sequenceFlow id="f2" sourceRef="charge" targetRef="end"/>'
        '<sequenceFlow id="f3" sourceRef="caught" targetRef="ask"/></process></definitions>'
    ).encode()


def deploy(stored: World, data: bytes) -> None:
    stored.engine.deploy([("process.bpmn", data)])


def open_user_tasks(stored: World) -> list[str]:
    return [task["elementId"] for task in stored.rows("user-tasks", state="CREATED")]


def incidents(stored: World, key: int) -> list[dict[str, Any]]:
    return stored.rows("incidents", processInstanceKey=key, state="ACTIVE")


def test_a_result_that_means_an_error_throws_it(stored: World) -> None:
    # Given a task whose result may mean an error
    deploy(stored, diagram("${code == 51}"))
    key = stored.start()
    # When its worker completes it with such a result
    stored.engine.complete_job(stored.one_job("charge").job.key, {"code": 51})
    # Then the error is caught, with what the worker gave
    assert open_user_tasks(stored) == ["ask"]
    assert stored.variables(key) == {"code": 51}


def test_a_result_may_call_its_variables_anything(stored: World) -> None:
    # Given the same; when the worker gives variables called as the engine calls its own; then they are variables.
    deploy(stored, diagram("${run == 51}"))
    key = stored.start()
    given = {"run": 51, "element": 1, "condition": 2, "what": 3}
    stored.engine.complete_job(stored.one_job("charge").job.key, given)
    assert open_user_tasks(stored) == ["ask"]
    assert stored.variables(key) == given


def test_another_result_completes_the_task(stored: World) -> None:
    # Given the same; when the result means no error; then the task is complete.
    deploy(stored, diagram("${code == 51}"))
    key = stored.start()
    stored.engine.complete_job(stored.one_job("charge").job.key, {"code": 0})
    assert stored.state(key) == "COMPLETED"


@pytest.mark.parametrize("retries", [3, 0])
def test_a_failure_that_means_an_error_throws_it_whatever_retries_are_left(stored: World, retries: int) -> None:
    # Given a task whose failure may mean an error
    deploy(
        stored,
        diagram(
            "${externalTask.getErrorMessage() == 'down'}",
            "${externalTask.errorMessage != null &amp;&amp; externalTask.errorMessage.contains('declined')}",
        ),
    )
    stored.start()
    # When its worker lets it fail with such a message
    stored.engine.fail_job(stored.one_job("charge").job.key, retries=retries, error_message="card declined")
    # Then the error is caught, and nothing is left to retry
    assert open_user_tasks(stored) == ["ask"]
    assert stored.activate("charge") == []


def test_another_failure_is_retried_and_then_an_incident(stored: World) -> None:
    # Given the same
    deploy(stored, diagram("${externalTask.errorMessage == 'declined'}"))
    key = stored.start()
    # When it fails for another reason, twice
    stored.engine.fail_job(stored.one_job("charge").job.key, retries=1, error_message="no network")
    stored.engine.fail_job(stored.one_job("charge").job.key, retries=0, error_message="no network")
    # Then it is held for a person
    assert [each["errorType"] for each in incidents(stored, key)] == ["JOB_NO_RETRIES"]


def test_an_expression_that_fails_is_an_incident_whose_resolving_gives_the_work_out_again(stored: World) -> None:
    # Given an expression that cannot be evaluated
    deploy(stored, diagram("${code.size() > 1}"))
    key = stored.start()
    # When its worker completes the job
    stored.engine.complete_job(stored.one_job("charge").job.key, {"code": 7})
    # Then an incident says so, and resolving it opens the work once more
    (incident,) = incidents(stored, key)
    assert "error mapping" in incident["errorMessage"]
    stored.engine.resolve_incident(int(incident["incidentKey"]))
    assert len(stored.activate("charge")) == 1
