"""What Camunda 7, Operaton and CIB seven writes into diagrams becomes the specs of the domain."""

from __future__ import annotations

import pytest

from laneway.domain.model import CallSpec, DecisionSpec, JobSpec, ListenerSpec, UserTaskSpec
from laneway.expressions import ExpressionError
from tests.diagrams.dialects.extended import ext as _ext, extended as _with
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


def test_camunda_map_keys_may_be_expressions() -> None:
    inner = (
        '<camunda:inputOutput><camunda:inputParameter name="rates"><camunda:map><camunda:entry key="${country}">19'
        '</camunda:entry><camunda:entry key="other">7</camunda:entry></camunda:map></camunda:inputParameter>'
        "</camunda:inputOutput>"
    )

    (mapping,) = task(_with("userTask", inner)).inputs

    assert not isinstance(mapping.source, str)
    assert mapping.source.evaluate({"country": "de"}) == {"de": "19", "other": "7"}
    with pytest.raises(ExpressionError, match="must be a text"):
        mapping.source.evaluate({"country": 49})


def test_camunda_call() -> None:
    inner = '<camunda:in source="a" target="b"/><camunda:in sourceExpression="${c}" target="d"/><camunda:out variables="all"/>'

    node = task(_with("callActivity", inner, 'calledElement="other" camunda:calledElementBinding="deployment"'))

    assert node.work == CallSpec("other", "deployment", None, False, True, ("b", "d"))
    assert [each.target for each in node.inputs] == ["b", "d"]


def test_camunda_source_expression_without_an_expression_is_the_text_itself() -> None:
    inner = '<camunda:in sourceExpression="urgent" target="priority"/><camunda:in sourceExpression="${a}" target="b"/>'

    node = task(_with("callActivity", inner, 'calledElement="other"'))

    assert node.inputs[0].source == "urgent"
    assert not isinstance(node.inputs[1].source, str)
    assert node.inputs[1].source.evaluate({"a": 1}) == 1


@pytest.mark.parametrize(
    ("said", "result"),
    [("", "resultList"), ('camunda:mapDecisionResult="singleEntry"', "singleEntry")],
)
def test_camunda_decision(said: str, result: str) -> None:
    node = task(f'<businessRuleTask id="t" camunda:decisionRef="risk" camunda:resultVariable="r" {said}/>')

    assert node.work == DecisionSpec("risk", "r", result=result)


def test_camunda_decision_without_a_variable_gives_its_result_the_usual_name() -> None:
    assert task('<businessRuleTask id="t" camunda:decisionRef="risk"/>').work == DecisionSpec(
        "risk", "decisionResult", result="resultList"
    )


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


@pytest.mark.parametrize(("cycle", "retries"), [("R5/PT1M", 5), ("PT1M,PT5M", 3), ("PT1M", 2)])
def test_camunda_retry_cycle(cycle: str, retries: int) -> None:
    inner = f"<camunda:failedJobRetryTimeCycle>{cycle}</camunda:failedJobRetryTimeCycle>"

    assert task(_with("serviceTask", inner, 'camunda:topic="x"')).work == JobSpec(
        "x", retries, {"retryTimeCycle": cycle}
    )


def test_outputs_of_a_connector_come_before_those_of_its_task() -> None:
    def outputs(name: str) -> str:
        return f"<camunda:inputOutput><camunda:outputParameter name='{name}'>x</camunda:outputParameter></camunda:inputOutput>"

    inner = (
        outputs("own")
        + f"<camunda:connector>{outputs('its')}<camunda:connectorId>c</camunda:connectorId></camunda:connector>"
    )

    assert [each.target for each in task(_with("serviceTask", inner)).outputs] == ["its", "own"]


def test_form_fields_are_shown_with_the_task() -> None:
    field = "<camunda:formField id='a' type='enum'><camunda:value id='x' name='X'/></camunda:formField>"

    node = task(_with("userTask", f"<camunda:formData>{field}</camunda:formData>"))

    assert isinstance(node.work, UserTaskSpec)
    assert node.work.headers["formFields"] == '[{"id":"a","type":"enum","values":[{"id":"x","name":"X"}]}]'
    assert node.properties["formFields"] == [{"id": "a", "type": "enum", "values": [{"id": "x", "name": "X"}]}]


@pytest.mark.parametrize(
    ("listener", "expected"),
    [
        ('<camunda:executionListener class="org.x.Y" event="start"/>', ListenerSpec("start", "org.x.Y")),
        (
            '<camunda:executionListener delegateExpression="${bean}" event="end"><camunda:field name="a" stringValue="b"/>'
            "</camunda:executionListener>",
            ListenerSpec("end", "${bean}", headers={"a": "b"}),
        ),
        (
            '<camunda:executionListener event="start"><camunda:script scriptFormat="groovy">f()</camunda:script>'
            "</camunda:executionListener>",
            ListenerSpec("start", "script:groovy", headers={"script": "f()", "scriptFormat": "groovy"}),
        ),
        (
            '<camunda:executionListener event="end"><camunda:script scriptFormat="python">a = 1</camunda:script>'
            "</camunda:executionListener>",
            ListenerSpec("end", "laneway:python", headers={"script": "a = 1"}, internal=True),
        ),
    ],
)
def test_a_listener_is_a_job(listener: str, expected: ListenerSpec) -> None:
    node = task(_with("serviceTask", listener, 'camunda:topic="x"'))

    found = node.listeners[0]
    assert (found.event, found.type, found.internal) == (expected.event, expected.type, expected.internal)
    assert {**expected.headers}.items() <= {**found.headers}.items()


def test_a_listener_is_heard_at_the_moment_that_its_element_has() -> None:
    listener = _ext('<camunda:executionListener class="x" event="{}"/>')
    body = f"""<startEvent id="s">{listener.format("start")}</startEvent><exclusiveGateway id="g">{listener.format("end")}
        </exclusiveGateway><endEvent id="e"/><sequenceFlow id="a" sourceRef="s" targetRef="g"/>
        <sequenceFlow id="b" sourceRef="g" targetRef="e"/>"""

    loaded = model(draw(body))

    assert [each.event for each in loaded.node("s").listeners] == ["end"]
    assert [each.event for each in loaded.node("g").listeners] == ["start"]
