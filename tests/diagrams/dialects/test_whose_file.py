"""Elements without a word of an engine are read as the engine reads them whose namespace the file declares."""

from __future__ import annotations

import pytest

from laneway.diagrams import Diagram, load
from laneway.domain.model import CallSpec, EventKind, JobSpec
from tests.diagrams.sheet import errors, found, in_line, model, one

ENGINES = {
    "camunda": "http://camunda.org/schema/1.0/bpmn",
    "flowable": "http://flowable.org/bpmn",
    "activiti": "http://activiti.org/bpmn",
    "jbpm": "http://www.jboss.org/drools",
    "zeebe": "http://camunda.org/schema/zeebe/1.0",
}
FAMILY = pytest.mark.parametrize("engine", ["camunda", "flowable", "activiti"])
THROW = """<startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="z"/><endEvent id="z">{}</endEvent>"""


def _file(body: str, engine: str, attributes: str = "") -> Diagram:
    root = f'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:x="{ENGINES[engine]}" {attributes}'
    text = f'<definitions {root}><process id="p" isExecutable="true">{body}</process></definitions>'
    return load(text.encode(), "file.bpmn")


@FAMILY
def test_a_call_passes_what_is_named_and_no_more(engine: str) -> None:
    diagram = _file(in_line('<callActivity id="t" calledElement="other"/>', "t"), engine)

    assert model(diagram).node("t").work == CallSpec("other", "latest", None, False, False)


def test_a_call_of_camunda_8_passes_everything() -> None:
    diagram = _file(in_line('<callActivity id="t" calledElement="other"/>', "t"), "zeebe")

    assert model(diagram).node("t").work == CallSpec("other", "latest", None, True, True)


@FAMILY
def test_a_receive_task_without_a_message_is_called_by_its_id(engine: str) -> None:
    diagram = _file(in_line('<receiveTask id="t"/>', "t"), engine)

    event = model(diagram).node("t").event
    assert event is not None
    assert event.name == "t"
    assert one(diagram, "kept_as_documentation").element_id == "t"


@pytest.mark.parametrize("engine", ["camunda", "flowable", "activiti", "jbpm"])
def test_a_reference_to_no_error_is_its_code(engine: str) -> None:
    diagram = _file(THROW.format('<errorEventDefinition errorRef="late"/>'), engine)

    event = model(diagram).node("z").event
    assert event is not None
    assert (event.kind, event.code) == (EventKind.ERROR, "late")
    assert [each.severity for each in found(diagram, "dangling_reference")] == ["warning"]


def test_a_reference_to_no_signal_is_its_name_in_jbpm_alone() -> None:
    body = THROW.format('<signalEventDefinition signalRef="late"/>')

    event = model(_file(body, "jbpm")).node("z").event
    assert event is not None
    assert event.name == "late"
    assert [each.rule for each in errors(_file(body, "camunda"))] == ["dangling_reference"]


def test_scripts_and_conditions_are_in_the_language_of_the_file() -> None:
    body = in_line("<scriptTask id='t'><script>f(x);</script></scriptTask>", "t")

    diagram = _file(body, "jbpm", 'expressionLanguage="http://www.mvel.org/2.0"')

    work = model(diagram).node("t").work
    assert isinstance(work, JobSpec)
    assert work.type == "script:mvel"
