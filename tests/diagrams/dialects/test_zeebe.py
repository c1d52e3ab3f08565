"""What Camunda 8 writes into diagrams becomes the specs of the domain."""

from __future__ import annotations

from laneway.domain.model import CallSpec, DecisionSpec, EventKind, JobSpec, ScriptSpec, ThrowSpec, UserTaskSpec
from tests.diagrams.dialects.extended import ext as _ext, extended as _with
from tests.diagrams.sheet import draw, in_line, model, one, task


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


def test_a_setting_that_nobody_knows_is_pointed_out() -> None:
    diagram = draw(in_line(_with("serviceTask", '<zeebe:taskDefinition type="rate" urgency="high"/>'), "t"))

    assert "urgency" in one(diagram, "kept_as_documentation").message
    assert model(diagram).node("t").properties["zeebe:taskDefinition.urgency"] == "high"


def test_linked_resources_are_known_to_the_worker() -> None:
    linked = '<zeebe:linkedResources><zeebe:linkedResource resourceId="r" resourceType="RPA"/></zeebe:linkedResources>'

    node = task(_with("serviceTask", '<zeebe:taskDefinition type="rpa"/>' + linked))

    assert node.work == JobSpec("rpa", 3, {"linkedResources": '[{"resourceId":"r","resourceType":"RPA"}]'})


def test_a_published_message_has_its_key() -> None:
    publish = _ext('<zeebe:publishMessage correlationKey="=orderId" messageId="x"/>')
    element = f'<endEvent id="t"><messageEventDefinition messageRef="m"/>{publish}</endEvent>'

    diagram = draw(
        in_line(element.replace("endEvent", "intermediateThrowEvent"), "t"), beside='<message id="m" name="paid"/>'
    )

    work = model(diagram).node("t").work
    assert isinstance(work, ThrowSpec)
    assert work.correlation_key is not None
    assert not isinstance(work.correlation_key, str)
    assert work.correlation_key.evaluate({"orderId": "1"}) == "1"
    assert "messageId" in one(diagram, "kept_as_documentation").message


def test_the_priority_of_a_job_is_a_header() -> None:
    inner = '<zeebe:taskDefinition type="rate"/><zeebe:jobPriorityDefinition priority="80"/>'

    assert task(_with("serviceTask", inner)).work == JobSpec("rate", 3, {"priority": "80"})
