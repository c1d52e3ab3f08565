"""What SpiffWorkflow writes into diagrams becomes the specs of the domain."""

from __future__ import annotations

from laneway.diagrams import load
from laneway.domain.model import DecisionSpec, JobSpec, UserTaskSpec
from tests.diagrams.dialects.extended import extended as _with
from tests.diagrams.sheet import model, task


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

    assert decision.work == DecisionSpec("risk", result="columns")
    assert isinstance(user.work, UserTaskSpec)
    assert user.work.form_key == "f.json"


def test_scripts_around_an_element_are_python_done_here() -> None:
    inner = "<spiffworkflow:preScript>x = a + 1</spiffworkflow:preScript><spiffworkflow:postScript>y = x</spiffworkflow:postScript>"

    node = task(_with("userTask", inner))

    assert [(each.event, each.type, each.internal) for each in node.listeners] == [
        ("start", "laneway:python", True),
        ("end", "laneway:python", True),
    ]
    assert [each.headers["script"] for each in node.listeners] == ["x = a + 1", "y = x"]
    assert [each.target for each in node.data_outputs] == ["x"]


def test_a_payload_with_fixed_keys_is_what_the_message_carries() -> None:
    definition = (
        '<messageEventDefinition messageRef="m"><extensionElements><spiffworkflow:messagePayload>'
        "{'amount': order['sum'], 'kind': 'paid'}</spiffworkflow:messagePayload></extensionElements></messageEventDefinition>"
    )

    node = task(
        f'<intermediateThrowEvent id="t">{definition}</intermediateThrowEvent>', beside='<message id="m" name="m"/>'
    )

    assert [each.target for each in node.inputs] == ["amount", "kind"]


def test_unmarked_texts_of_a_spiffworkflow_file_are_python() -> None:
    body = (
        "<process id='p' isExecutable='true'><startEvent id='s'/><scriptTask id='t'><script>x = 1</script></scriptTask>"
        "<sequenceFlow id='a' sourceRef='s' targetRef='t'/></process>"
    )
    file = f'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core">{body}</definitions>'

    node = model(load(file.encode(), "spiff.bpmn")).node("t")

    assert isinstance(node.work, JobSpec)
    assert (node.work.type, node.work.internal) == ("laneway:python", True)
