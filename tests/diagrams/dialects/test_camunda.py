"""What Camunda 7, Operaton and CIB seven writes into diagrams becomes the specs of the domain."""

from __future__ import annotations

import pytest

from laneway.domain.model import CallSpec, DecisionSpec, JobSpec, UserTaskSpec
from tests.diagrams.dialects.extended import extended as _with
from tests.diagrams.sheet import draw, in_line, model, task


@pytest.mark.parametrize("prefix", ["camunda", "operaton"])
def test_camunda_external_task(prefix: str) -> None:
    node = task(f'<serviceTask id="t" {prefix}:type="external" {prefix}:topic="rate"/>')

    assert node.work == JobSpec("rate")


@pytest.mark.parametrize("attribute", ['class="org.x.Y"', 'delegateExpression="${bean}"', 'expression="${bean.do(a)}"'])
def test_camunda_java_becomes_a_job_type_as_written(attribute: str) -> None:
    node = task(f'<serviceTask id="t" camunda:{attribute} camunda:asyncBefore="true"/>')

    assert node.work == JobSpec(attribute.split('"')[1])


def test_camunda_connector() -> None:
    connector = (
        "<camunda:connector><camunda:inputOutput><camunda:inputParameter name='url'>http://x</camunda:inputParameter>"
        "</camunda:inputOutput><camunda:connectorId>http-connector</camunda:connectorId></camunda:connector>"
    )

    node = task(_with("serviceTask", connector))

    assert node.work == JobSpec("http-connector")
    assert [(each.target, each.source) for each in node.inputs] == [("url", "http://x")]


def test_camunda_user_task() -> None:
    node = task(
        '<userTask id="t" camunda:assignee="${owner}" camunda:candidateGroups="a,b" camunda:candidateUsers="kim" '
        'camunda:dueDate="2026-12-24T18:00:00Z" camunda:followUpDate="P1D" camunda:priority="20" camunda:formKey="k" camunda:formRef="f"/>'
    )

    assert isinstance(node.work, UserTaskSpec)
    assert not isinstance(node.work.assignee, str)
    assert node.work.assignee is not None
    assert node.work.assignee.evaluate({"owner": "kim"}) == "kim"
    assert (node.work.candidate_groups, node.work.candidate_users, node.work.priority) == ("a,b", "kim", 20)
    assert (node.work.form_key, node.work.form_id, node.work.follow_up_date) == ("k", "f", "P1D")


def test_camunda_input_output_with_structures() -> None:
    inner = (
        "<camunda:inputOutput><camunda:inputParameter name='l'><camunda:list><camunda:value>a</camunda:value>"
        "<camunda:value>${b}</camunda:value></camunda:list></camunda:inputParameter>"
        "<camunda:inputParameter name='m'><camunda:map><camunda:entry key='k'>${b}</camunda:entry></camunda:map>"
        "</camunda:inputParameter><camunda:outputParameter name='o'>${b}</camunda:outputParameter></camunda:inputOutput>"
    )

    node = task(_with("userTask", inner))

    values = [each.source.evaluate({"b": 1}) for each in node.inputs if not isinstance(each.source, str)]
    assert values == [["a", 1], {"k": 1}]
    assert [each.target for each in node.outputs] == ["o"]


def test_camunda_call() -> None:
    inner = '<camunda:in source="a" target="b"/><camunda:in sourceExpression="${c}" target="d"/><camunda:out variables="all"/>'

    node = task(_with("callActivity", inner, 'calledElement="other" camunda:calledElementBinding="deployment"'))

    assert node.work == CallSpec("other", "deployment", None, False, True)
    assert [each.target for each in node.inputs] == ["b", "d"]


def test_camunda_decision() -> None:
    node = task(
        '<businessRuleTask id="t" camunda:decisionRef="risk" camunda:resultVariable="r" camunda:mapDecisionResult="singleEntry"/>'
    )

    assert node.work == DecisionSpec("risk", "r")


def test_camunda_multi_instance() -> None:
    loop = '<multiInstanceLoopCharacteristics camunda:collection="items" camunda:elementVariable="item"/>'

    spec = task(f'<userTask id="t">{loop}</userTask>').loop

    assert spec is not None
    assert spec.item == "item"
    assert not isinstance(spec.collection, str)
    assert spec.collection is not None
    assert spec.collection.evaluate({"items": [1]}) == [1]


def test_camunda_error_variables() -> None:
    body = in_line('<task id="t"/>', "t") + (
        '<boundaryEvent id="b" attachedToRef="t"><errorEventDefinition camunda:errorCodeVariable="c" '
        'camunda:errorMessageVariable="m"/></boundaryEvent>'
    )

    event = model(draw(body)).node("b").event

    assert event is not None
    assert (event.code_variable, event.message_variable) == ("c", "m")


def test_camunda_message_end_event_may_be_a_job() -> None:
    element = '<endEvent id="t"><messageEventDefinition camunda:type="external" camunda:topic="mail"/></endEvent>'

    assert task(element).work == JobSpec("mail")


def test_camunda_retry_cycle() -> None:
    element = _with(
        "serviceTask", "<camunda:failedJobRetryTimeCycle>R5/PT1M</camunda:failedJobRetryTimeCycle>", 'camunda:topic="x"'
    )

    assert task(element).work == JobSpec("x", 5)
