"""What each dialect says becomes the same few specs of the domain."""

from __future__ import annotations

import pytest

from laneway.domain.model import CallSpec, DecisionSpec, EventKind, JobSpec, ScriptSpec, UserTaskSpec
from tests.diagrams.sheet import draw, errors, in_line, model, one, task


def _ext(inner: str) -> str:
    return f"<extensionElements>{inner}</extensionElements>"


def _with(tag: str, inner: str, attributes: str = "") -> str:
    """An element ``t`` with extensions."""
    return f'<{tag} id="t" {attributes}>{_ext(inner)}</{tag}>'


# Camunda 8


def test_zeebe_job() -> None:
    node = task(
        f"""<serviceTask id="t">{
            _ext(
                '<zeebe:taskDefinition type="rate" retries="5"/><zeebe:taskHeaders>'
                '<zeebe:header key="a" value="b"/></zeebe:taskHeaders>'
            )
        }</serviceTask>"""
    )

    assert node.work == JobSpec("rate", 5, {"a": "b"})


def test_zeebe_job_type_may_be_an_expression() -> None:
    node = task(_with("serviceTask", '<zeebe:taskDefinition type="=kind"/>'))

    assert isinstance(node.work, JobSpec)
    assert not isinstance(node.work.type, str)
    assert node.work.type.evaluate({"kind": "x"}) == "x"


def test_zeebe_mappings() -> None:
    mapping = '<zeebe:ioMapping><zeebe:input source="=a.b" target="c.d"/><zeebe:input source="text" target="e"/><zeebe:output source="=x" target="y"/></zeebe:ioMapping>'

    node = task(_with("userTask", mapping))

    assert [each.target for each in node.inputs] == ["c.d", "e"]
    assert not isinstance(node.inputs[0].source, str)
    assert node.inputs[0].source.evaluate({"a": {"b": 1}}) == 1
    assert node.inputs[1].source == "text"
    assert [each.target for each in node.outputs] == ["y"]


def test_zeebe_user_task() -> None:
    node = task(
        f"""<userTask id="t">{
            _ext(
                '<zeebe:userTask/><zeebe:formDefinition formId="f"/>'
                '<zeebe:assignmentDefinition assignee="kim" candidateGroups="a,b" candidateUsers="=users"/>'
                '<zeebe:taskSchedule dueDate="2026-12-24T18:00:00Z" followUpDate="=later"/>'
                '<zeebe:priorityDefinition priority="70"/>'
            )
        }</userTask>"""
    )

    assert isinstance(node.work, UserTaskSpec)
    assert (node.work.assignee, node.work.candidate_groups, node.work.priority) == ("kim", "a,b", 70)
    assert (node.work.due_date, node.work.form_id) == ("2026-12-24T18:00:00Z", "f")
    assert not isinstance(node.work.candidate_users, (str, tuple))
    assert not isinstance(node.work.follow_up_date, str)


def test_zeebe_forms_by_key_and_reference() -> None:
    by_key = task(_with("userTask", '<zeebe:formDefinition formKey="k"/>'))
    external = task(_with("userTask", '<zeebe:formDefinition externalReference="r"/>'))

    assert isinstance(by_key.work, UserTaskSpec)
    assert isinstance(external.work, UserTaskSpec)
    assert (by_key.work.form_key, external.work.external_form) == ("k", "r")


def test_zeebe_call() -> None:
    called = '<zeebe:calledElement processId="other" propagateAllChildVariables="false" bindingType="versionTag" versionTag="v2"/>'

    assert task(_with("callActivity", called)).work == CallSpec("other", "versionTag", "v2", True, False)


def test_zeebe_decision() -> None:
    decision = '<zeebe:calledDecision decisionId="risk" resultVariable="r" bindingType="deployment"/>'

    assert task(_with("businessRuleTask", decision)).work == DecisionSpec("risk", "r", "deployment")


def test_zeebe_script() -> None:
    node = task(_with("scriptTask", '<zeebe:script expression="=a+1" resultVariable="r"/>'))

    assert isinstance(node.work, ScriptSpec)
    assert node.work.result_variable == "r"
    assert node.work.expression.evaluate({"a": 1}) == 2


def test_zeebe_subscription() -> None:
    message = f"""<message id="m" name="=kind">{_ext('<zeebe:subscription correlationKey="=orderId"/>')}</message>"""

    event = task('<receiveTask id="t" messageRef="m"/>', beside=message).event

    assert event is not None
    assert event.kind is EventKind.MESSAGE
    assert not isinstance(event.name, str)
    assert not isinstance(event.correlation_key, str)
    assert event.correlation_key is not None
    assert event.correlation_key.evaluate({"orderId": "1"}) == "1"


def test_zeebe_multi_instance() -> None:
    loop = _ext(
        '<zeebe:loopCharacteristics inputCollection="=items" inputElement="item" outputCollection="results" outputElement="=result"/>'
    )

    spec = task(
        f'<userTask id="t"><multiInstanceLoopCharacteristics>{loop}</multiInstanceLoopCharacteristics></userTask>'
    ).loop

    assert spec is not None
    assert (spec.kind, spec.item, spec.output_collection) == ("PARALLEL", "item", "results")
    assert spec.output_item is not None


def test_zeebe_message_throw_event_may_be_a_job() -> None:
    element = f"""<intermediateThrowEvent id="t"><messageEventDefinition/>{_ext('<zeebe:taskDefinition type="mail"/>')}</intermediateThrowEvent>"""

    assert task(element).work == JobSpec("mail")


def test_zeebe_version_tag_and_properties_of_the_process() -> None:
    extensions = _ext(
        '<zeebe:versionTag value="v1"/><zeebe:properties><zeebe:property name="owner" value="kim"/></zeebe:properties>'
    )

    diagram = draw(extensions + in_line('<task id="t"/>', "t"))

    loaded = model(diagram)
    assert loaded.version_tag == "v1"
    assert loaded.properties["owner"] == "kim"
    assert not [problem for problem in diagram.problems if problem.rule == "owner_missing"]


@pytest.mark.parametrize(
    "listener",
    [
        '<zeebe:executionListeners><zeebe:executionListener eventType="start" type="x"/></zeebe:executionListeners>',
        '<zeebe:taskListeners><zeebe:taskListener eventType="creating" type="x"/></zeebe:taskListeners>',
        '<camunda:executionListener class="x" event="start"/>',
        '<camunda:taskListener class="x" event="create"/>',
        "<flowable:taskListener class='x' event='create'/>",
        "<spiffworkflow:preScript>x = 1</spiffworkflow:preScript>",
        "<spiffworkflow:postScript>x = 1</spiffworkflow:postScript>",
    ],
)
def test_what_changes_behaviour_and_does_not_run_is_refused(listener: str) -> None:
    assert one(draw(in_line(_with("userTask", listener), "t")), "not_supported_yet").element_id == "t"


# Camunda 7 and its forks


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


# Flowable and Activiti


@pytest.mark.parametrize("prefix", ["flowable", "activiti"])
def test_flowable_service_and_user_task(prefix: str) -> None:
    field = f'<{prefix}:field name="to"><{prefix}:string>kim</{prefix}:string></{prefix}:field>'
    service = task(_with("serviceTask", field, f'{prefix}:type="mail"'))
    user = task(f'<userTask id="t" {prefix}:candidateGroups="a" {prefix}:formKey="k"/>')

    assert service.work == JobSpec("mail", 3, {"to": "kim"})
    assert isinstance(user.work, UserTaskSpec)
    assert (user.work.candidate_groups, user.work.form_key) == ("a", "k")


def test_flowable_external_worker_and_decision() -> None:
    worker = task('<serviceTask id="t" flowable:type="external-worker" flowable:topic="rate"/>')
    field = "<flowable:field name='decisionTableReferenceKey'><flowable:string>risk</flowable:string></flowable:field>"
    decision = task(_with("serviceTask", field, 'flowable:type="dmn"'))

    assert worker.work == JobSpec("rate")
    assert decision.work == DecisionSpec("risk")


# SpiffWorkflow


def test_spiffworkflow_service_task() -> None:
    operator = (
        '<spiffworkflow:serviceTaskOperator id="http/Get" resultVariable="r"><spiffworkflow:parameters>'
        '<spiffworkflow:parameter id="url" type="str" value="\'http://x\'"/></spiffworkflow:parameters></spiffworkflow:serviceTaskOperator>'
    )

    node = task(_with("serviceTask", operator))

    assert node.work == JobSpec("http/Get", 3, {"resultVariable": "r"})
    assert [each.target for each in node.inputs] == ["url"]


def test_spiffworkflow_decision_and_form() -> None:
    decision = task(_with("businessRuleTask", "<spiffworkflow:calledDecisionId>risk</spiffworkflow:calledDecisionId>"))
    properties = "<spiffworkflow:properties><spiffworkflow:property name='formJsonSchemaFilename' value='f.json'/></spiffworkflow:properties>"
    user = task(_with("userTask", properties))

    assert decision.work == DecisionSpec("risk")
    assert isinstance(user.work, UserTaskSpec)
    assert user.work.form_key == "f.json"


def test_unknown_extensions_are_noted_and_harmless() -> None:
    element = _with("userTask", """<x:y xmlns:x="http://www.boc-group.com"/>""")

    diagram = draw(in_line(element, "t"))

    assert errors(diagram) == []
    assert model(diagram).node("t").properties["extensions"] == ["http://www.boc-group.com"]


def test_a_start_form_is_kept_with_the_start_event() -> None:
    form = _ext('<zeebe:formDefinition formId="f"/>')

    assert model(draw(f'<startEvent id="s">{form}</startEvent>')).node("s").properties["formId"] == "f"
