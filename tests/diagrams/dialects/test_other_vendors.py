"""jBPM, Bonita, Signavio, Bizagi, ADONIS and Trisotech: what their files say of execution."""

from __future__ import annotations

import pytest

from laneway.domain.model import DecisionSpec, JobSpec, TimerKind, UserTaskSpec
from tests.diagrams.dialects.extended import ext, extended
from tests.diagrams.sheet import draw, errors, found, in_line, model, one, task

JBPM = 'xmlns:drools="http://www.jboss.org/drools"'


IMPORT = '<drools:import name="java.util.List"/>'


def _inputs(**given: str) -> str:
    inputs = "".join(f'<dataInput id="i_{name}" name="{name}"/>' for name in given)
    references = "".join(f"<dataInputRefs>i_{name}</dataInputRefs>" for name in given)
    associations = "".join(
        f"<dataInputAssociation><targetRef>i_{name}</targetRef><assignment><from>{value}</from><to>i_{name}</to>"
        "</assignment></dataInputAssociation>"
        for name, value in given.items()
    )
    return f"<ioSpecification>{inputs}<inputSet>{references}</inputSet><outputSet/></ioSpecification>{associations}"


# jBPM


def test_a_work_item_is_a_job_of_its_task_name() -> None:
    node = task(f'<task id="t" drools:taskName="Email">{_inputs(To="kim@example.org")}</task>', attributes=JBPM)

    assert node.work == JobSpec("Email", 3, {"To": "kim@example.org"})


def test_data_inputs_of_a_user_task_say_who_does_it() -> None:
    inputs = _inputs(GroupId="sales", ActorId="#{owner}", TaskName="review", Priority="2", Skippable="true")

    node = task(f'<userTask id="t" drools:dg="x">{inputs}</userTask>', attributes=JBPM)

    assert isinstance(node.work, UserTaskSpec)
    assert (node.work.candidate_groups, node.work.form_key, node.work.priority) == ("sales", "review", 80)
    assert node.work.headers == {"Skippable": "true"}
    assert node.work.assignee is not None
    assert not isinstance(node.work.assignee, str)
    assert node.work.assignee.evaluate({"owner": "kim"}) == "kim"


def test_several_actors_are_candidates() -> None:
    node = task(f'<userTask id="t" drools:dg="x">{_inputs(ActorId="kim,lee")}</userTask>', attributes=JBPM)

    assert isinstance(node.work, UserTaskSpec)
    assert (node.work.assignee, node.work.candidate_users) == (None, "kim,lee")


@pytest.mark.parametrize("condition", ["autocomplete", 'getActivityInstanceAttribute("numberOfActiveInstances") == 0'])
def test_an_ad_hoc_sub_process_that_ends_by_itself_needs_no_condition(condition: str) -> None:
    inside = f'<userTask id="inside"/><completionCondition>{condition}</completionCondition>'

    node = task(f'<adHocSubProcess id="t" drools:dg="x">{inside}</adHocSubProcess>', attributes=JBPM)

    assert node.ad_hoc is not None
    assert node.ad_hoc.completion_condition is None


def test_a_rule_flow_group_is_a_job() -> None:
    node = task(
        '<businessRuleTask id="t" drools:ruleFlowGroup="rating" implementation="http://www.jboss.org/drools/rule"/>',
        attributes=JBPM,
    )

    assert node.work == JobSpec("rules:rating", 3, {"ruleFlowGroup": "rating"})


def test_a_dmn_rule_task_is_a_decision() -> None:
    attributes = 'id="t" drools:dg="x" implementation="http://www.jboss.org/drools/dmn"'
    inputs = _inputs(model="Risk", decision="rate")

    node = task(f"<businessRuleTask {attributes}>{inputs}</businessRuleTask>", attributes=JBPM)

    assert node.work == DecisionSpec("rate")


def test_an_operation_of_a_java_interface_is_a_job() -> None:
    interface = """<interface id="i" name="Rating" implementationRef="org.example.Rating">
        <operation id="o" name="rate" implementationRef="rate"/></interface>"""

    by_attributes = task(
        '<serviceTask id="t" implementation="Java" drools:serviceinterface="org.example.Rating" drools:serviceoperation="rate"/>',
        attributes=JBPM,
    )
    by_reference = task('<serviceTask id="t" implementation="Java" operationRef="o"/>', beside=interface)

    assert by_attributes.work == by_reference.work == JobSpec("org.example.Rating.rate")


def test_version_package_imports_and_metadata_are_kept() -> None:
    metadata = '<drools:metaData name="elementname"><drools:metaValue>x</drools:metaValue></drools:metaData>'
    metadata += '<drools:metaData name="owner"><drools:metaValue>kim</drools:metaValue></drools:metaData>'
    body = f'<process id="p" isExecutable="true" drools:packageName="org.example" drools:version="1.2">{ext(metadata + IMPORT)}<startEvent id="s"/></process>'
    from laneway.diagrams import load

    diagram = load(
        f'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" {JBPM}>{body}</definitions>'.encode(),
        "a.bpmn",
    )

    loaded = model(diagram)
    assert loaded.version_tag == "1.2"
    assert loaded.properties["packageName"] == "org.example"
    assert loaded.properties["owner"] == "kim"
    assert loaded.properties["jbpm:import"] == [{"name": "java.util.List"}]


@pytest.mark.parametrize(
    ("element", "inner"),
    [
        ("userTask", '<drools:metaData name="customActivationCondition"><drools:metaValue>a</drools:metaValue></drools:metaData>'),
        ('callActivity calledElement="p" drools:waitForCompletion="false"', ""),
    ],
)  # fmt: skip
def test_what_changes_what_a_jbpm_process_does_is_refused(element: str, inner: str) -> None:
    name, _, attributes = element.partition(" ")

    diagram = draw(in_line(extended(name, inner, attributes), "t"), attributes=JBPM)

    assert one(diagram, "not_supported_yet").element_id == "t"


def test_scripts_on_entry_and_exit_are_jobs() -> None:
    inner = "".join(
        f'<drools:{name} scriptFormat="http://www.java.com/java"><drools:script>x();</drools:script></drools:{name}>'
        for name in ("onEntry-script", "onExit-script")
    )

    node = task(extended("userTask", inner), attributes=JBPM)

    assert [(each.event, each.type) for each in node.listeners] == [("start", "script:java"), ("end", "script:java")]
    assert node.listeners[0].headers["script"] == "x();"


@pytest.mark.parametrize(
    ("name", "written", "kind", "timer"),
    [
        ("timeDuration", "1d2h3m4s500ms", TimerKind.DURATION, "P1DT2H3M4.5S"),
        ("timeDuration", "500", TimerKind.DURATION, "P0DT0H0M0.5S"),
        ("timeDuration", "PT5S", TimerKind.DURATION, "PT5S"),
        ("timeCycle", "10s", TimerKind.CYCLE, "R/P0DT0H0M10S"),
        ("timeCycle", "5m###5m", TimerKind.CYCLE, "R/P0DT0H5M0S"),
    ],
)
def test_times_as_jbpm_writes_them(name: str, written: str, kind: TimerKind, timer: str) -> None:
    definition = f"<timerEventDefinition><{name}>{written}</{name}></timerEventDefinition>"
    body = in_line('<userTask id="t"/>', "t") + (
        f'<boundaryEvent id="b" attachedToRef="t" drools:dg="x" cancelActivity="false">{definition}</boundaryEvent>'
    )

    event = model(draw(body, attributes=JBPM)).node("b").event

    assert event is not None
    assert (event.timer_kind, event.timer) == (kind, timer)


# Bonita


def test_a_bonita_connector_is_a_job() -> None:
    interface = (
        '<interface id="i" name="mail"><operation id="o" name="Execemail" implementationRef="c:email"/></interface>'
    )
    node = task(
        '<serviceTask id="t" implementation="BonitaConnector" operationRef="o"/>',
        beside=interface,
        attributes='exporter="BonitaSoft"',
    )

    assert node.work == JobSpec("email")


# Signavio


def test_signavio_keys_are_properties_and_an_adapter_is_a_job() -> None:
    said = {"bgcolor": "#ffffff", "risk": "high", "userstory": "[]", "adapterclassname": "org.x.Y", "adaptertype": "z"}
    inner = "".join(f'<s:signavioMetaData metaKey="{key}" metaValue="{value}"/>' for key, value in said.items())

    node = task(extended("serviceTask", inner, 'xmlns:s="http://www.signavio.com"'))

    assert node.work == JobSpec("org.x.Y", 3, {"adaptertype": "z"})
    assert node.properties["risk"] == "high"
    assert not node.properties.keys() & {"bgcolor", "userstory"}


# Bizagi


def test_bizagi_properties_are_kept_without_colours() -> None:
    inner = """<b:BizagiExtensions xmlns:b="http://www.bizagi.com/bpmn20"><b:BizagiProperties>
        <b:BizagiProperty name="bgColor" value="White"/><b:BizagiProperty name="cost" value="5"/></b:BizagiProperties>
        </b:BizagiExtensions>"""

    node = task(extended("userTask", inner))

    assert node.properties["cost"] == "5"
    assert "bgColor" not in node.properties


# ADONIS


def _boc(**elements: str) -> str:
    return "".join(f'<{name} xmlns="http://www.boc-group.com">{text}</{name}>' for name, text in elements.items())


def test_adonis_assigns() -> None:
    group = task(extended("userTask", _boc(Assignee="group(owner)"))).work
    user = task(extended("userTask", _boc(Assignee="user(kim)"))).work

    assert isinstance(group, UserTaskSpec)
    assert isinstance(user, UserTaskSpec)
    assert (group.candidate_groups, user.assignee) == (("owner",), "kim")


def test_adonis_mail_is_a_job_with_its_texts_filled_in() -> None:
    node = task(extended("sendTask", _boc(MailTo="${email}", MailSubject="Hello")))

    assert node.work == JobSpec("mail", 3, {"to": "${email}", "subject": "Hello"})
    assert [each.target for each in node.inputs] == ["to"]


def test_adonis_owner_of_the_process() -> None:
    assert (
        model(draw(ext(_boc(Owner="group(Sales)")) + in_line('<userTask id="t"/>', "t"))).properties["owner"] == "Sales"
    )


# Trisotech


def _trisotech(text: str) -> str:
    return f"""<t:dataInputBindings xmlns:t="http://www.trisotech.com/2015/triso/modeling"><c:context xmlns:c="urn:dmn">
        <c:contextEntry><c:variable name="Days"/><c:literalExpression><c:text>{text}</c:text></c:literalExpression>
        </c:contextEntry></c:context></t:dataInputBindings>"""


def test_trisotech_bindings_are_inputs() -> None:
    node = task(extended("userTask", _trisotech("order.days + 1")))

    (mapping,) = node.inputs
    assert mapping.target == "Days"
    assert not isinstance(mapping.source, str)
    assert mapping.source.evaluate({"order": {"days": 2}}) == 3


def test_a_trisotech_binding_that_cannot_be_read_is_kept_and_pointed_out() -> None:
    diagram = draw(in_line(extended("userTask", _trisotech("Current Status.days ??")), "t"))

    assert errors(diagram) == []
    assert [each.element_id for each in found(diagram, "kept_as_documentation")] == ["t"]


def test_a_trisotech_link_names_the_decision() -> None:
    link = """<t:copyOfLink xmlns:t="http://www.trisotech.com/2014/triso/bpmn" id="rate" itemName="Rate"
        graphType="http://www.trisotech.com/graph/1.0/decision/element#DecisionService"/>"""

    assert task(extended("businessRuleTask", link)).work == DecisionSpec("rate")


def test_what_one_dialect_binds_another_does_not_change() -> None:
    link = """<t:copyOfLink xmlns:t="http://www.trisotech.com/2014/triso/bpmn" id="rate" graphType="decision"/>"""
    job = '<zeebe:taskDefinition type="DMN"/>'

    assert task(extended("businessRuleTask", job + link)).work == JobSpec("DMN")


# Data by the standard's own functions


@pytest.mark.parametrize(
    "text", ["bpmn:getDataObject('approved')", "not(getDataObject('refused'))", "getDataObject('kind') = 'a'"]
)
def test_data_may_be_called_by_the_functions_of_the_standard(text: str) -> None:
    body = f"""<startEvent id="s"/><exclusiveGateway id="g" default="h"/><endEvent id="e"/><endEvent id="f"/>
        <sequenceFlow id="a" sourceRef="s" targetRef="g"/><sequenceFlow id="h" sourceRef="g" targetRef="f"/>
        <sequenceFlow id="c" sourceRef="g" targetRef="e"><conditionExpression>{text}</conditionExpression></sequenceFlow>"""

    condition = model(draw(body)).flows[2].condition

    assert condition is not None
    assert condition.evaluate_boolean({"approved": True, "refused": False, "kind": "a"})
