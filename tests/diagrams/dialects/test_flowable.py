"""What Flowable and Activiti writes into diagrams becomes the specs of the domain."""

from __future__ import annotations

import pytest

from laneway.domain.model import DecisionSpec, EventKind, JobSpec, ThrowSpec, UserTaskSpec
from tests.diagrams.dialects.extended import ext as _ext, extended as _with
from tests.diagrams.sheet import draw, model, task


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
    assert decision.work == DecisionSpec("risk", result="variables")


@pytest.mark.parametrize("kind", ["http", "shell", "camel", "mule"])
def test_a_task_of_a_kind_is_a_job_with_its_fields(kind: str) -> None:
    fields = (
        "<flowable:field name='url'><flowable:string>http://x</flowable:string></flowable:field>"
        "<flowable:field name='body'><flowable:expression>${order.id}</flowable:expression></flowable:field>"
        "<flowable:field name='made' expression='${bean.make()}'/>"
    )

    node = task(_with("serviceTask", fields, f'flowable:type="{kind}"'))

    assert node.work == JobSpec(kind, 3, {"url": "http://x", "body": "${order.id}", "made": "${bean.make()}"})
    (mapping,) = node.inputs
    assert mapping.target == "body"
    assert not isinstance(mapping.source, str)
    assert mapping.source.evaluate({"order": {"id": 7}}) == 7


def test_the_index_of_an_instance_counts_from_nought() -> None:
    loop = '<multiInstanceLoopCharacteristics flowable:collection="items" flowable:elementVariable="item" flowable:elementIndexVariable="i"/>'

    (mapping,) = task(f'<userTask id="t">{loop}</userTask>').inputs

    assert mapping.target == "i"
    assert not isinstance(mapping.source, str)
    assert mapping.source.evaluate({"loopCounter": 1}) == 0


def test_aggregated_variables_are_an_output_collection() -> None:
    aggregation = _ext(
        '<flowable:variableAggregation target="reviews"><variable source="score"/><variable source="user.name" target="who"/>'
        "</flowable:variableAggregation>"
    )
    loop = f'<multiInstanceLoopCharacteristics flowable:collection="items">{aggregation}</multiInstanceLoopCharacteristics>'

    spec = task(f'<userTask id="t">{loop}</userTask>').loop

    assert spec is not None
    assert spec.output_collection == "reviews"
    assert spec.output_item is not None
    assert spec.output_item.evaluate({"score": 1, "user": {"name": "kim"}}) == {"score": 1, "who": "kim"}


def test_an_event_of_the_registry_is_a_message() -> None:
    event = (
        "<flowable:eventType>paid</flowable:eventType><flowable:eventOutParameter source='amount' target='sum'/>"
        "<flowable:eventCorrelationParameter name='order' value='${orderId}'/>"
    )

    node = task(_with("receiveTask", event))

    assert node.event is not None
    assert (node.event.kind, node.event.name) == (EventKind.MESSAGE, "paid")
    assert node.event.correlation_key is not None
    assert not isinstance(node.event.correlation_key, str)
    assert node.event.correlation_key.evaluate({"orderId": "1"}) == "1"
    assert [each.target for each in node.outputs] == ["sum"]


def test_a_task_that_sends_an_event_throws_a_message() -> None:
    event = "<flowable:eventType>paid</flowable:eventType><flowable:eventInParameter source='${sum}' target='amount'/>"

    node = task(_with("serviceTask", event, 'flowable:type="send-event"'))

    assert node.work == ThrowSpec("paid")
    assert [each.target for each in node.inputs] == ["amount"]


def test_a_start_event_of_the_registry_starts_by_message() -> None:
    body = f"""<startEvent id="s">{_ext("<flowable:eventType>paid</flowable:eventType>")}</startEvent>"""

    event = model(draw(body)).node("s").event

    assert event is not None
    assert (event.kind, event.name) == (EventKind.MESSAGE, "paid")


def test_settings_written_as_elements_are_headers() -> None:
    node = task(_with("serviceTask", "<flowable:requestMethod>GET</flowable:requestMethod>", 'flowable:type="http"'))

    assert node.work == JobSpec("http", 3, {"requestMethod": "GET"})
