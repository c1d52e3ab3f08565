"""Executable processes: everything must be said, and what does not run yet is refused by name."""

from __future__ import annotations

import pytest

from laneway.diagrams import load
from laneway.domain.contract import AgentContract
from laneway.domain.model import (
    CallSpec,
    EventKind,
    JobSpec,
    ScriptSpec,
    ThrowSpec,
    TimerKind,
    UserTaskSpec,
)
from laneway.domain.types import ElementType
from tests.diagrams.sheet import draw, errors, flows, found, in_line, model, one, sheet, task

ORDER = '<message id="m" name="Order"/>'


@pytest.mark.parametrize(
    ("said", "strict"),
    [
        (' isExecutable="true"', True),
        (' isExecutable="1"', True),
        (' isExecutable="false"', False),
        (' isExecutable="0"', False),
        ("", False),
    ],
)
def test_executable_says_true_or_one(said: str, strict: bool) -> None:
    data = sheet('<startEvent id="s"/>').replace(b' isExecutable="true"', said.encode())

    assert load(data, "x.bpmn").processes[0].executable is strict


def test_the_deployment_may_say_otherwise() -> None:
    assert not draw('<startEvent id="s"/>', walkthrough=True).processes[0].executable
    assert draw('<startEvent id="s"/>', executable=False, walkthrough=False).processes[0].executable


def test_slots_are_in_document_order_with_their_scopes() -> None:
    diagram = draw(
        '<startEvent id="s"/><subProcess id="u"><startEvent id="us"/><subProcess id="v"><task id="vt"/></subProcess>'
        '</subProcess><endEvent id="e"/>' + flows("s>u", "u>e")
    )

    loaded = model(diagram)
    assert [(node.id, node.parent) for node in loaded.nodes] == [
        ("p", -1), ("s", 0), ("u", 0), ("us", 2), ("v", 2), ("vt", 4), ("e", 0),
    ]  # fmt: skip
    assert loaded.slots["vt"] == 5
    assert loaded.node("u").start_nodes == (3,)
    assert loaded.node("v").start_nodes == (5,)
    assert loaded.nodes[0].start_nodes == (1,)


@pytest.mark.parametrize("tag", ["task", "manualTask"])
def test_abstract_and_manual_tasks_pass_through(tag: str) -> None:
    node = task(f'<{tag} id="t"/>')

    assert node.work is None
    assert not node.walkthrough


def test_a_user_task_is_human_work_with_its_lane_as_group() -> None:
    lanes = (
        '<laneSet><lane id="l" name="Sales"><childLaneSet><lane id="k" name="Inside"><flowNodeRef>t</flowNodeRef></lane>'
        "</childLaneSet></lane></laneSet>"
    )

    loaded = model(draw(lanes + in_line('<userTask id="t"/>', "t")))

    node = loaded.node("t")
    assert isinstance(node.work, UserTaskSpec)
    assert node.work.candidate_groups == ("Inside",)
    assert node.lanes == ("Sales", "Inside")
    assert [(lane.id, lane.parent, lane.nodes) for lane in loaded.lanes] == [("l", None, ()), ("k", "l", (2,))]


def test_candidates_in_the_diagram_win_over_the_lane() -> None:
    owner = (
        "<potentialOwner><resourceAssignmentExpression><formalExpression>user(kim), group(management)"
        "</formalExpression></resourceAssignmentExpression></potentialOwner>"
    )
    lane = '<laneSet><lane name="Sales"><flowNodeRef>t</flowNodeRef></lane></laneSet>'

    node = model(draw(lane + in_line(f'<userTask id="t">{owner}</userTask>', "t"))).node("t")

    assert isinstance(node.work, UserTaskSpec)
    assert node.work.candidate_groups == ("management",)
    assert node.work.candidate_users == ("kim",)


@pytest.mark.parametrize("tag", ["serviceTask", "sendTask", "businessRuleTask"])
def test_an_unbound_task_is_an_error_that_says_how_to_bind(tag: str) -> None:
    diagram = draw(in_line(f'<{tag} id="t" implementation="##WebService"/>', "t"))

    assert "bindings file (elements: t: jobType or agent)" in one(diagram, "unbound_task").fix


def test_an_implementation_is_the_job_type() -> None:
    node = task('<serviceTask id="t" implementation="https://example.org/rate"/>')

    assert node.work == JobSpec("https://example.org/rate")


def test_an_operation_is_the_job_type() -> None:
    beside = '<interface id="i" name="I"><operation id="o" name="rate"><inMessageRef>m</inMessageRef></operation></interface>'

    node = task('<serviceTask id="t" operationRef="o"/>', beside=ORDER + beside)

    assert node.work == JobSpec("rate")


def test_a_job_type_of_a_contract_is_an_agent_job() -> None:
    contract = AgentContract("rater", "Rate", "kim", ("rate",), "local")

    node = task('<serviceTask id="t" implementation="rate"/>', contracts=[contract])

    assert node.work == JobSpec("rate", agent="rater")


def test_a_send_task_with_a_message_throws_it() -> None:
    node = task('<sendTask id="t" messageRef="m"/>', beside=ORDER)

    assert node.work == ThrowSpec("Order")


def test_a_receive_task_waits_for_its_message() -> None:
    node = task('<receiveTask id="t" messageRef="m"/>', beside=ORDER)

    assert node.event is not None
    assert (node.event.kind, node.event.name, node.work) == (EventKind.MESSAGE, "Order", None)


def test_a_receive_task_without_a_message_is_an_error() -> None:
    assert one(draw(in_line('<receiveTask id="t"/>', "t")), "event_undefined").element_id == "t"


def test_a_feel_script_runs_in_the_step() -> None:
    node = task('<scriptTask id="t" scriptFormat="feel"><script>a + 1</script></scriptTask>')

    assert isinstance(node.work, ScriptSpec)
    assert node.work.expression.evaluate({"a": 1}) == 2


def test_a_juel_script_runs_in_the_step() -> None:
    node = task('<scriptTask id="t" scriptFormat="juel"><script>${a + 1}</script></scriptTask>')

    assert isinstance(node.work, ScriptSpec)
    assert node.work.expression.language == "JUEL"


def test_a_python_script_is_an_internal_job() -> None:
    node = task(
        '<scriptTask id="t" scriptFormat="python" camunda:resultVariable="r"><script>f"${1}"</script></scriptTask>'
    )

    assert isinstance(node.work, JobSpec)
    assert (node.work.type, node.work.internal) == ("laneway:python", True)
    assert node.work.headers == {"script": 'f"${1}"', "resultVariable": "r"}


def test_a_python_script_that_does_not_parse_is_an_error() -> None:
    diagram = draw(in_line('<scriptTask id="t" scriptFormat="python"><script>a = = 1</script></scriptTask>', "t"))

    assert one(diagram, "expression_syntax").element_id == "t"


def test_a_script_task_without_script_is_refused() -> None:
    assert one(draw(in_line('<scriptTask id="t"/>', "t")), "script_missing").element_id == "t"


def test_a_call_activity_calls_its_process() -> None:
    assert task('<callActivity id="t" calledElement="other"/>').work == CallSpec("other")


def test_a_call_activity_without_process_is_refused() -> None:
    assert one(draw(in_line('<callActivity id="t"/>', "t")), "called_element_missing").element_id == "t"


def test_a_call_activity_may_call_a_global_user_task() -> None:
    node = task('<callActivity id="t" calledElement="g"/>', beside='<globalUserTask id="g" name="Ask"/>')

    assert isinstance(node.work, UserTaskSpec)


GATEWAY = '<startEvent id="s"/><{0} id="g"{1}/><endEvent id="a"/><endEvent id="b"/>' + flows("s>g")


def _flow(identifier: str, condition: str | None = None, language: str = "") -> str:
    inner = f"<conditionExpression{language}>{condition}</conditionExpression>" if condition else ""
    return f'<sequenceFlow id="{identifier}" name="to {identifier}" sourceRef="g" targetRef="{identifier[-1]}">{inner}</sequenceFlow>'


@pytest.mark.parametrize("tag", ["exclusiveGateway", "inclusiveGateway"])
def test_a_missing_condition_is_an_error_that_names_the_flow(tag: str) -> None:
    diagram = draw(GATEWAY.format(tag, "") + _flow("f_a", "x") + _flow("f_b"))

    problem = one(diagram, "missing_condition")
    assert problem.element_id == "g"
    assert "f_b «to f_b»" in problem.message


def test_the_default_flow_needs_no_condition() -> None:
    loaded = model(draw(GATEWAY.format("exclusiveGateway", ' default="f_b"') + _flow("f_a", "x") + _flow("f_b")))

    node = loaded.node("g")
    assert node.default_flow is not None
    assert loaded.flows[node.default_flow].id == "f_b"
    assert node.work is None


def test_a_condition_of_the_default_flow_is_pointed_out() -> None:
    diagram = draw(GATEWAY.format("exclusiveGateway", ' default="f_b"') + _flow("f_a", "x") + _flow("f_b", "y"))

    assert one(diagram, "condition_ignored").element_id == "f_b"


@pytest.mark.parametrize(
    ("condition", "language", "kind"),
    [
        ("=x > 1", "", "FEEL"),
        ("x > 1", "", "FEEL"),
        ("${x > 1}", "", "JUEL"),
        ("x > 1", ' language="http://www.w3.org/1999/XPath"', "FEEL"),
        ("x > 1", ' language="https://www.omg.org/spec/DMN/20191111/FEEL/"', "FEEL"),
    ],
)
def test_the_language_rule_of_conditions(condition: str, language: str, kind: str) -> None:
    body = GATEWAY.format("exclusiveGateway", ' default="f_b"')
    escaped = condition.replace(">", "&gt;")

    loaded = model(draw(body + _flow("f_a", escaped, language) + _flow("f_b")))

    compiled = loaded.flows[1].condition
    assert compiled is not None
    assert compiled.language == kind
    assert compiled.evaluate_boolean({"x": 2}) is True


def test_a_condition_that_does_not_parse_names_column_and_hint() -> None:
    diagram = draw(GATEWAY.format("exclusiveGateway", ' default="f_b"') + _flow("f_a", "a == 1") + _flow("f_b"))

    problem = one(diagram, "expression_syntax")
    assert (problem.element_id, problem.element_name, problem.column) == ("f_a", "to f_a", 3)
    assert "=" in problem.fix
    assert not found(diagram, "missing_condition")


def test_several_flows_out_of_a_task_are_a_split() -> None:
    body = '<startEvent id="g"/><endEvent id="a"/><endEvent id="b"/>' + _flow("f_a") + _flow("f_b", "x")

    loaded = model(draw(body))

    assert loaded.node("g").outgoing == (0, 1)
    assert loaded.flows[1].condition is not None


@pytest.mark.parametrize(
    ("inner", "kind", "text"),
    [
        ("<timeDuration>PT1H</timeDuration>", TimerKind.DURATION, "PT1H"),
        ("<timeDate>2026-12-24T18:00:00Z</timeDate>", TimerKind.DATE, "2026-12-24T18:00:00Z"),
        ("<timeCycle>R3/PT10M</timeCycle>", TimerKind.CYCLE, "R3/PT10M"),
        ("<timeCycle>R/2026-01-01T00:00:00Z/P1D</timeCycle>", TimerKind.CYCLE, "R/2026-01-01T00:00:00Z/P1D"),
        ("<timeCycle>0 9 * * MON-FRI</timeCycle>", TimerKind.CYCLE, "0 9 * * MON-FRI"),
        ("<timeCycle>@daily</timeCycle>", TimerKind.CYCLE, "@daily"),
    ],
)
def test_fixed_timers(inner: str, kind: TimerKind, text: str) -> None:
    element = (
        f'<intermediateCatchEvent id="t"><timerEventDefinition>{inner}</timerEventDefinition></intermediateCatchEvent>'
    )

    event = task(element).event

    assert event is not None
    assert (event.kind, event.timer_kind, event.timer) == (EventKind.TIMER, kind, text)


def test_a_timer_may_be_an_expression() -> None:
    element = (
        '<intermediateCatchEvent id="t"><timerEventDefinition><timeDuration>=wait</timeDuration>'
        "</timerEventDefinition></intermediateCatchEvent>"
    )

    event = task(element).event

    assert event is not None
    assert not isinstance(event.timer, str)
    assert event.timer is not None
    assert event.timer.evaluate({"wait": "PT1S"}) == "PT1S"


@pytest.mark.parametrize(
    "inner",
    [
        "<timeDuration>1 hour</timeDuration>",
        "<timeDuration>__import__('os')</timeDuration>",
        "<timeDate>tomorrow</timeDate>",
        "<timeCycle>R0/PT1H</timeCycle>",
        "<timeCycle>every day</timeCycle>",
        "<timeCycle>R3/PT1H/PT1H</timeCycle>",
    ],
)
def test_a_timer_that_says_nothing_readable_is_an_error(inner: str) -> None:
    element = (
        f'<intermediateCatchEvent id="t"><timerEventDefinition>{inner}</timerEventDefinition></intermediateCatchEvent>'
    )

    assert one(draw(in_line(element, "t")), "timer_text").element_id == "t"


def test_references_give_names_and_codes() -> None:
    beside = (
        '<signal id="g" name="Go"/><error id="r" name="Bad" errorCode="E1"/><error id="q" name="Only a name"/>'
        '<escalation id="c" escalationCode="C1"/>'
    )
    body = (
        '<startEvent id="s"/><task id="t"/>'
        '<boundaryEvent id="b1" attachedToRef="t"><errorEventDefinition errorRef="r"/></boundaryEvent>'
        '<boundaryEvent id="b2" attachedToRef="t"><errorEventDefinition errorRef="q"/></boundaryEvent>'
        '<boundaryEvent id="b3" attachedToRef="t"><errorEventDefinition/></boundaryEvent>'
        '<boundaryEvent id="b4" attachedToRef="t" cancelActivity="false"><escalationEventDefinition escalationRef="c"/>'
        "</boundaryEvent>"
        '<boundaryEvent id="b5" attachedToRef="t" cancelActivity="0"><signalEventDefinition signalRef="g"/></boundaryEvent>'
    )

    loaded = model(draw(body + flows("s>t"), beside=beside))

    events = {f"b{number}": loaded.node(f"b{number}") for number in range(1, 6)}
    assert [node.event.code for node in events.values() if node.event] == ["E1", "Only a name", None, "C1", None]
    assert events["b5"].event is not None
    assert events["b5"].event.name == "Go"
    assert [node.interrupting for node in events.values()] == [True, True, True, False, False]
    assert loaded.node("t").boundary_events == tuple(node.slot for node in events.values())
    assert {node.attached_to for node in events.values()} == {loaded.slots["t"]}


def test_an_event_definition_may_stand_beside_the_process() -> None:
    beside = '<timerEventDefinition id="shared"><timeDuration>PT5S</timeDuration></timerEventDefinition>'

    node = task(
        '<intermediateCatchEvent id="t"><eventDefinitionRef>shared</eventDefinitionRef></intermediateCatchEvent>',
        beside=beside,
    )

    assert node.event is not None
    assert (node.event.kind, node.event.timer) == (EventKind.TIMER, "PT5S")


def test_a_correlation_property_is_the_correlation_key() -> None:
    beside = (
        ORDER + '<correlationProperty id="c"><correlationPropertyRetrievalExpression messageRef="m">'
        "<messagePath>orderId</messagePath></correlationPropertyRetrievalExpression></correlationProperty>"
    )

    event = task('<receiveTask id="t" messageRef="m"/>', beside=beside).event

    assert event is not None
    assert event.message_key is not None
    ((name, retrieval),) = event.message_key.properties
    assert (name, retrieval.evaluate({"orderId": "7"})) == ("c", "7")


def test_starts_of_a_process() -> None:
    body = (
        '<startEvent id="s"/><startEvent id="m"><messageEventDefinition messageRef="o"/></startEvent>'
        '<subProcess id="u" triggeredByEvent="true"><startEvent id="us" isInterrupting="false">'
        '<messageEventDefinition messageRef="o"/></startEvent></subProcess>'
        '<subProcess id="v" triggeredByEvent="false"><startEvent id="vs"/></subProcess>'
    )

    loaded = model(draw(body + flows("s>v"), beside='<message id="o" name="Order"/>'))

    process = loaded.nodes[0]
    assert process.start_nodes == (loaded.slots["s"],)
    assert process.event_starts == (loaded.slots["m"],)
    assert process.event_sub_processes == (loaded.slots["u"],)
    assert loaded.node("u").type is ElementType.EVENT_SUB_PROCESS
    assert loaded.node("u").start_nodes == (loaded.slots["us"],)
    assert not loaded.node("us").interrupting
    assert loaded.node("v").type is ElementType.SUB_PROCESS


def test_without_start_events_nodes_without_incoming_flow_start() -> None:
    body = (
        '<task id="a"/><task id="b"/><task id="c"/>'
        '<boundaryEvent id="x" attachedToRef="a"><errorEventDefinition/></boundaryEvent>'
        '<subProcess id="u" triggeredByEvent="1"><startEvent id="us"><errorEventDefinition/></startEvent></subProcess>'
    )

    loaded = model(draw(body + flows("a>b")))

    assert [loaded.nodes[slot].id for slot in loaded.nodes[0].start_nodes] == ["a", "c"]


def test_only_triggered_starts_cannot_be_started_by_hand() -> None:
    body = '<startEvent id="m"><messageEventDefinition messageRef="o"/></startEvent>'

    process = model(draw(body, beside='<message id="o" name="Order"/>')).nodes[0]

    assert process.start_nodes == ()


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ('<userTask id="t"><multiInstanceLoopCharacteristics behavior="Complex"><loopCardinality>2</loopCardinality>'
         "<complexBehaviorDefinition><condition>true</condition><event><cancelEventDefinition/></event>"
         "</complexBehaviorDefinition></multiInstanceLoopCharacteristics></userTask>", "throws cancel"),
    ],
)  # fmt: skip
def test_what_does_not_run_yet_is_refused_by_name_and_kept(body: str, what: str) -> None:
    diagram = draw(in_line(body, "t"), beside='<message id="o" name="Order"/>')

    assert any(what in problem.message for problem in found(diagram, "not_supported_yet"))
    assert "t" in diagram.processes[0].slots


@pytest.mark.parametrize(
    "element",
    [
        '<intermediateCatchEvent id="t"/>',
        '<intermediateCatchEvent id="t"><messageEventDefinition/></intermediateCatchEvent>',
        '<intermediateCatchEvent id="t"><timerEventDefinition/></intermediateCatchEvent>',
        '<intermediateCatchEvent id="t"><signalEventDefinition/></intermediateCatchEvent>',
        '<intermediateThrowEvent id="t"><messageEventDefinition/></intermediateThrowEvent>',
        '<intermediateThrowEvent id="t"><escalationEventDefinition/></intermediateThrowEvent>',
        '<endEvent id="t"><errorEventDefinition/></endEvent>',
    ],
)
def test_an_event_that_says_too_little_is_an_error(element: str) -> None:
    assert one(draw(in_line(element, "t")), "event_undefined").element_id == "t"


def test_multi_instance_over_data() -> None:
    loop = (
        "<multiInstanceLoopCharacteristics isSequential='true'><loopDataInputRef>d</loopDataInputRef>"
        "<loopDataOutputRef>r</loopDataOutputRef><inputDataItem id='i' name='item'/><outputDataItem id='o' name='out'/>"
        "<completionCondition>done</completionCondition></multiInstanceLoopCharacteristics>"
    )
    data = '<dataObject id="x"/><dataObjectReference id="d" name="orders" dataObjectRef="x"/><dataObject id="r" name="results"/>'

    loaded = model(draw(data + in_line(f'<userTask id="t">{loop}</userTask>', "t")))

    spec = loaded.node("t").loop
    assert spec is not None
    assert (spec.kind, spec.item, spec.output_collection) == ("SEQUENTIAL", "item", "results")
    assert not isinstance(spec.collection, str)
    assert spec.collection is not None
    assert spec.collection.evaluate({"orders": [1]}) == [1]
    assert spec.output_item is not None
    assert spec.completion_condition is not None


def test_multi_instance_by_cardinality() -> None:
    loop = (
        "<multiInstanceLoopCharacteristics><loopCardinality>${3}</loopCardinality></multiInstanceLoopCharacteristics>"
    )

    spec = task(f'<userTask id="t">{loop}</userTask>').loop

    assert spec is not None
    assert spec.kind == "PARALLEL"
    assert not isinstance(spec.cardinality, str)
    assert spec.cardinality is not None
    assert spec.cardinality.evaluate({}) == 3


def test_standard_loop() -> None:
    loop = '<standardLoopCharacteristics testBefore="true" loopMaximum="3"><loopCondition>x</loopCondition></standardLoopCharacteristics>'

    spec = task(f'<userTask id="t">{loop}</userTask>').loop

    assert spec is not None
    assert (spec.kind, spec.test_before, spec.maximum) == ("STANDARD", True, 3)


@pytest.mark.parametrize("loop", ["<standardLoopCharacteristics/>", "<multiInstanceLoopCharacteristics/>"])
def test_a_loop_without_end_is_an_error(loop: str) -> None:
    assert one(draw(in_line(f'<userTask id="t">{loop}</userTask>', "t")), "loop_undefined").element_id == "t"


def test_pools_become_models_with_their_message_flows() -> None:
    beside = (
        '<collaboration id="c"><participant id="a" name="Buyer" processRef="p"/><participant id="b" name="Seller" processRef="q"/>'
        '<messageFlow id="f" name="order" sourceRef="a" targetRef="b"/></collaboration>'
        '<process id="q" isExecutable="false"><startEvent id="qs"/></process>'
    )

    diagram = draw('<startEvent id="s"/><textAnnotation id="x"><text>Note</text></textAnnotation>', beside=beside)

    assert {each.process_id: (each.participant, each.executable) for each in diagram.processes} == {
        "p": ("Buyer", True),
        "q": ("Seller", False),
    }
    p = next(each for each in diagram.processes if each.process_id == "p")
    assert p.properties["messageFlows"] == [{"id": "f", "name": "order", "sourceRef": "a", "targetRef": "b"}]
    assert p.properties["textAnnotations"] == [{"id": "x", "text": "Note"}]


def test_documentation_is_kept_with_its_element() -> None:
    said = "<documentation>{}</documentation>"
    body = (
        said.format("Why")
        + f'<startEvent id="s"/><task id="t">{said.format("How")}</task>'
        + f'<sequenceFlow id="f" sourceRef="s" targetRef="t">{said.format("When")}</sequenceFlow>'
        + f'<dataObject id="d">{said.format("What")}</dataObject>'
    )

    loaded = model(draw(body))

    assert (loaded.documentation, loaded.node("t").documentation) == ("Why", "How")
    assert loaded.properties["sequenceFlows"] == {"f": {"documentation": "When"}}
    assert loaded.properties["dataObjects"] == [{"id": "d", "documentation": "What"}]


def test_data_associations_that_change_data_are_mappings() -> None:
    data = (
        "<ioSpecification><dataInput id='i' name='in'/><inputSet/><outputSet/></ioSpecification><dataInputAssociation>"
        "<targetRef>i</targetRef><assignment><from>1</from><to>in</to></assignment></dataInputAssociation>"
    )

    diagram = draw(in_line(f'<task id="t">{data}</task>', "t"))

    assert [mapping.target for mapping in diagram.processes[0].node("t").inputs] == ["in"]
    assert errors(diagram) == []


@pytest.mark.parametrize("link", ['name="over\nthere"', "", 'id="{0}" name="{0}"'])
def test_links_meet_however_modellers_write_their_names(link: str) -> None:
    body = (
        f'<task id="a"/><intermediateThrowEvent id="t" name="over there"><linkEventDefinition {link.format("d1")}/>'
        f'</intermediateThrowEvent><intermediateCatchEvent id="c" name="over there"><linkEventDefinition '
        f'{link.format("d2")}/></intermediateCatchEvent><task id="b"/>' + flows("a>t", "c>b")
    )

    loaded = model(draw(body))

    events = (loaded.node("t").event, loaded.node("c").event)
    assert [event.name for event in events if event is not None] == ["over there", "over there"]
