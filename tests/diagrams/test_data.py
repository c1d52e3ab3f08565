"""Data associations that cannot be carried out, and how they are named."""

from __future__ import annotations

import pytest

from laneway.diagrams import load
from tests.support.drawing import Drawing, extension, job


def drawn(assignment: str) -> bytes:
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    inner = (
        extension(job("work"))
        + '<ioSpecification><dataInput id="in" name="in"/><inputSet/><outputSet/></ioSpecification>'
        + f"<dataInputAssociation><targetRef>in</targetRef>{assignment}</dataInputAssociation>"
    )
    process.node("serviceTask", "task", inner)
    process.chain("start", "task")
    return drawing.xml()


@pytest.mark.parametrize(
    "assignment",
    [
        "<assignment><from>1</from><to>in/total</to></assignment>",
        "<assignment><from>@total</from><to>in</to></assignment>",
    ],
)
def test_an_assignment_in_another_language_is_named_with_its_element(assignment: str) -> None:
    strict = load(drawn(assignment), "test.bpmn")
    walked = load(drawn(assignment), "test.bpmn", walkthrough=True)

    (problem,) = [each for each in strict.problems if each.severity == "error"]
    assert (problem.rule, problem.element_id) == ("data_association", "task")
    assert problem.fix
    assert walked.deployable
    assert "kept_as_documentation" in {each.rule for each in walked.problems}


def test_an_assignment_that_does_not_parse_names_its_element() -> None:
    diagram = load(drawn("<assignment><from>1 +</from><to>in</to></assignment>"), "test.bpmn")

    (problem,) = [each for each in diagram.problems if each.severity == "error"]
    assert (problem.rule, problem.element_id) == ("expression_syntax", "task")


@pytest.mark.parametrize("given", ["", "<from/>", "<from>  </from>"])
def test_an_assignment_that_nobody_has_filled_in_assigns_nothing(given: str) -> None:
    diagram = load(drawn(f"<assignment>{given}<to>in</to></assignment>"), "test.bpmn")

    assert [each for each in diagram.problems if each.severity == "error"] == []
    (process,) = diagram.processes
    assert next(node for node in process.nodes if node.id == "task").inputs == ()
