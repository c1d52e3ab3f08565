"""Small diagrams as text, and short ways to look at what was loaded from them."""

from __future__ import annotations

from typing import Any

from laneway.diagrams import Diagram, load
from laneway.domain.model import FlowNode, ProcessModel
from laneway.domain.problem import Problem

NAMESPACES = " ".join(
    f'xmlns:{prefix}="{uri}"'
    for prefix, uri in {
        "zeebe": "http://camunda.org/schema/zeebe/1.0",
        "camunda": "http://camunda.org/schema/1.0/bpmn",
        "operaton": "http://operaton.org/schema/1.0/bpmn",
        "flowable": "http://flowable.org/bpmn",
        "activiti": "http://activiti.org/bpmn",
        "spiffworkflow": "http://spiffworkflow.org/bpmn/schema/1.0/core",
        "xsi": "http://www.w3.org/2001/XMLSchema-instance",
        "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
        "dc": "http://www.omg.org/spec/DD/20100524/DC",
    }.items()
)


def sheet(body: str, *, executable: bool | None = True, beside: str = "", attributes: str = "") -> bytes:
    """One process ``p`` with ``body``; ``beside`` stands next to it."""
    said = "" if executable is None else f' isExecutable="{str(executable).lower()}"'
    return (
        f'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" {NAMESPACES} {attributes}>'
        f'{beside}<process id="p" name="P"{said}>{body}</process></definitions>'
    ).encode()


def flows(*pairs: str) -> str:
    """``"a>b"`` for each flow; ids are ``a_b``."""
    return "".join(
        f'<sequenceFlow id="{a}_{b}" sourceRef="{a}" targetRef="{b}"/>' for a, b in (pair.split(">") for pair in pairs)
    )


def in_line(element: str, identifier: str) -> str:
    """``element`` between a start and an end event; an end event ends by itself."""
    if element.startswith("<endEvent"):
        return f'<startEvent id="s"/>{element}{flows(f"s>{identifier}")}'
    return f'<startEvent id="s"/>{element}<endEvent id="e"/>{flows(f"s>{identifier}", f"{identifier}>e")}'


def draw(
    body: str, *, executable: bool | None = True, beside: str = "", attributes: str = "", **kwargs: Any
) -> Diagram:
    return load(sheet(body, executable=executable, beside=beside, attributes=attributes), "sheet.bpmn", **kwargs)


def model(diagram: Diagram) -> ProcessModel:
    """The one process of a diagram that must have no errors."""
    assert errors(diagram) == []
    return diagram.processes[0]


def task(element: str, identifier: str = "t", **kwargs: Any) -> FlowNode:
    """The loaded node of ``element``, which must load without errors."""
    return model(draw(in_line(element, identifier), **kwargs)).node(identifier)


def errors(diagram: Diagram) -> list[Problem]:
    return [problem for problem in diagram.problems if problem.severity == "error"]


def found(diagram: Diagram, rule: str) -> list[Problem]:
    return [problem for problem in diagram.problems if problem.rule == rule]


def one(diagram: Diagram, rule: str) -> Problem:
    """The one finding of ``rule``."""
    (problem,) = found(diagram, rule)
    return problem
