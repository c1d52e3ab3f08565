"""What a golden database holds. Written so that the code of every released schema can make it: no tests' helpers, and of
Laneway only what has been there since the first one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

MADE_AT = datetime(2026, 1, 5, 9, tzinfo=UTC)

DIAGRAM = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
             xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="golden" targetNamespace="https://example.org/golden">
  <message id="Paid" name="paid"><extensionElements><zeebe:subscription correlationKey="=order"/></extensionElements></message>
  <signal id="Go" name="go"/>
  <process id="waits" name="Waits for everything" isExecutable="true">
    <startEvent id="begin"/>
    <sequenceFlow id="f0" sourceRef="begin" targetRef="fork"/>
    <parallelGateway id="fork"/>
    <sequenceFlow id="f1" sourceRef="fork" targetRef="pack"/>
    <sequenceFlow id="f2" sourceRef="fork" targetRef="approve"/>
    <sequenceFlow id="f3" sourceRef="fork" targetRef="rest"/>
    <sequenceFlow id="f4" sourceRef="fork" targetRef="paid"/>
    <sequenceFlow id="f5" sourceRef="fork" targetRef="signalled"/>
    <sequenceFlow id="f6" sourceRef="fork" targetRef="join"/>
    <sequenceFlow id="f7" sourceRef="fork" targetRef="called"/>
    <serviceTask id="pack"><extensionElements><zeebe:taskDefinition type="pack"/></extensionElements></serviceTask>
    <userTask id="approve" name="Approve it"><extensionElements><zeebe:userTask/>
      <zeebe:assignmentDefinition candidateGroups="clerks"/></extensionElements></userTask>
    <intermediateCatchEvent id="rest"><timerEventDefinition><timeDuration xsi:type="tFormalExpression">PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>
    <intermediateCatchEvent id="paid"><messageEventDefinition messageRef="Paid"/></intermediateCatchEvent>
    <intermediateCatchEvent id="signalled"><signalEventDefinition signalRef="Go"/></intermediateCatchEvent>
    <callActivity id="called"><extensionElements><zeebe:calledElement processId="child"/></extensionElements></callActivity>
    <sequenceFlow id="j1" sourceRef="pack" targetRef="join"/>
    <sequenceFlow id="j2" sourceRef="approve" targetRef="join"/>
    <sequenceFlow id="j3" sourceRef="rest" targetRef="join"/>
    <sequenceFlow id="j4" sourceRef="paid" targetRef="join"/>
    <sequenceFlow id="j5" sourceRef="signalled" targetRef="join"/>
    <sequenceFlow id="j6" sourceRef="called" targetRef="join"/>
    <parallelGateway id="join"/>
    <sequenceFlow id="f8" sourceRef="join" targetRef="end"/>
    <endEvent id="end"/>
  </process>
  <process id="child" name="Child" isExecutable="true">
    <startEvent id="child_begin"/>
    <sequenceFlow id="c1" sourceRef="child_begin" targetRef="items"/>
    <serviceTask id="items"><extensionElements><zeebe:taskDefinition type="item"/></extensionElements>
      <multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=[1,2]" inputElement="item"/></extensionElements></multiInstanceLoopCharacteristics>
    </serviceTask>
    <sequenceFlow id="c2" sourceRef="items" targetRef="child_end"/>
    <endEvent id="child_end"/>
  </process>
  <process id="held" name="Held by an incident" isExecutable="true">
    <startEvent id="held_begin"/>
    <sequenceFlow id="h1" sourceRef="held_begin" targetRef="choose"/>
    <exclusiveGateway id="choose" default="h3"/>
    <sequenceFlow id="h2" sourceRef="choose" targetRef="held_yes"><conditionExpression xsi:type="tFormalExpression">=ok</conditionExpression></sequenceFlow>
    <sequenceFlow id="h3" sourceRef="choose" targetRef="held_no"/>
    <endEvent id="held_yes"/>
    <endEvent id="held_no"/>
  </process>
  <process id="failed" name="A job without retries" isExecutable="true">
    <startEvent id="failed_begin"/>
    <sequenceFlow id="x1" sourceRef="failed_begin" targetRef="fragile"/>
    <serviceTask id="fragile"><extensionElements><zeebe:taskDefinition type="fragile"/></extensionElements></serviceTask>
    <sequenceFlow id="x2" sourceRef="fragile" targetRef="failed_end"/>
    <endEvent id="failed_end"/>
  </process>
</definitions>
"""


def play(engine: Any) -> None:
    """Two instances that wait for everything, one of them half way; two with incidents; one that has ended; a kept message."""
    engine.deploy([("golden.bpmn", DIAGRAM)])
    for order in ("A", "B"):
        engine.start_instance(process_id="waits", variables={"order": order, "amount": 12.5, "list": [1, {"a": None}]})
    (job,) = engine.activate_jobs(type="pack", worker="maker", timeout_ms=60_000, max_jobs=1)
    engine.complete_job(job.job.key, {"packed": True})
    engine.activate_jobs(type="item", worker="maker", timeout_ms=60_000, max_jobs=1)
    engine.publish_message("paid", "A", variables={"paid": 1}, message_id="m-1", idempotency_key="pay-A")
    engine.publish_message("unknown", "Z", time_to_live_ms=3_600_000 * 24 * 30)
    engine.start_instance(process_id="held", variables={"ok": "neither yes nor no"})
    engine.start_instance(process_id="held", variables={"ok": True})
    engine.start_instance(process_id="failed")
    (fragile,) = engine.activate_jobs(type="fragile", worker="maker", timeout_ms=60_000, max_jobs=1)
    engine.fail_job(fragile.job.key, retries=0, error_message="it broke")
