"""A small process for the runner's own tests: one agent, one person, one timer."""

from typing import Any

from laneway.cases.case import Case, parse_case

DIAGRAM = b"""<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    id="d" targetNamespace="t">
  <bpmn:process id="small" name="Small" isExecutable="true">
    <bpmn:startEvent id="Begun" />
    <bpmn:sequenceFlow id="f1" sourceRef="Begun" targetRef="Guess" />
    <bpmn:serviceTask id="Guess" name="Guess">
      <bpmn:extensionElements><zeebe:taskDefinition type="guess" /></bpmn:extensionElements>
    </bpmn:serviceTask>
    <bpmn:sequenceFlow id="f2" sourceRef="Guess" targetRef="Decide" />
    <bpmn:userTask id="Decide" name="Decide">
      <bpmn:extensionElements>
        <zeebe:userTask /><zeebe:assignmentDefinition candidateGroups="deciders" />
      </bpmn:extensionElements>
    </bpmn:userTask>
    <bpmn:boundaryEvent id="Late" attachedToRef="Decide" cancelActivity="false">
      <bpmn:timerEventDefinition id="t1"><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">P1D</bpmn:timeDuration>
      </bpmn:timerEventDefinition>
    </bpmn:boundaryEvent>
    <bpmn:sequenceFlow id="f3" sourceRef="Late" targetRef="Reminded" />
    <bpmn:endEvent id="Reminded" />
    <bpmn:sequenceFlow id="f4" sourceRef="Decide" targetRef="Decided" />
    <bpmn:endEvent id="Decided" name="Decided" />
  </bpmn:process>
</bpmn:definitions>
"""

AGENTS = b"""
version: 1
agents:
  guess:
    purpose: Guess a number
    owner: nobody-in-particular
    adapter: scripted
    config: {answers: {"*": {output: {guess: 4}, confidence: 0.9}}}
    input: {type: object}
    output: {type: object, required: [guess], properties: {guess: {type: integer}}}
    confidence: {threshold: 0.5}
    retries: {attempts: 2, backoff: PT30S}
"""

FILES = [("small.bpmn", DIAGRAM), ("agents.yaml", AGENTS)]


def case(**keys: Any) -> Case:
    """A case of the small process with ``keys`` over what passes."""
    import json

    document: dict[str, Any] = {
        "title": "small",
        "process": "small",
        "start": {},
        "steps": [{"complete": "Decide", "by": "grace"}],
        "expect": {"state": "COMPLETED"},
    }
    return parse_case(json.dumps(document | keys).encode(), "small.yaml")
