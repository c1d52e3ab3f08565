"""What is drawn beside the flow is kept and served."""

from __future__ import annotations

import httpx

DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="https://example.org/test">
  <category id="c"><categoryValue id="cv" value="Money"/></category>
  <collaboration id="k">
    <participant id="us" name="Us" processRef="drawn"/>
    <participant id="them" name="Them"/>
    <messageFlow id="mf" name="asks" sourceRef="them" targetRef="decide"/>
  </collaboration>
  <process id="drawn" name="Drawn" isExecutable="true">
    <documentation>Why it is there</documentation>
    <laneSet id="ls"><lane id="outer" name="Sales">
      <childLaneSet id="cl"><lane id="inner" name="Clerks"><flowNodeRef>decide</flowNodeRef></lane></childLaneSet>
    </lane></laneSet>
    <startEvent id="start"/>
    <userTask id="decide" name="Decide"><documentation>With care</documentation></userTask>
    <sequenceFlow id="flow" sourceRef="start" targetRef="decide"/>
    <group id="g" categoryValueRef="cv"/>
    <textAnnotation id="note"><text>Mind the gap</text></textAnnotation>
    <association id="a" sourceRef="decide" targetRef="note"/>
    <dataObject id="order" name="order"/>
  </process>
</definitions>"""


def test_all_that_a_diagram_says_is_served(api: httpx.Client) -> None:
    files = {"resources": ("drawn.bpmn", DIAGRAM.encode(), "application/xml")}
    deployed = api.post("/deployments", files=files).json()["deployments"]
    key = deployed[0]["processDefinition"]["processDefinitionKey"]

    answer = api.get(f"/process-definitions/{key}/contents")
    said = answer.json()

    assert answer.status_code == 200
    assert (said["processDefinitionKey"], said["documentation"], said["participant"]) == (key, "Why it is there", "Us")
    decide = next(one for one in said["elements"] if one["elementId"] == "decide")
    assert (decide["documentation"], decide["lanes"], decide["parentId"]) == ("With care", ["Sales", "Clerks"], "drawn")
    assert [one["laneId"] for one in said["lanes"]] == ["outer", "inner"]
    assert said["sequenceFlows"][0]["targetId"] == "decide"
    assert said["messageFlows"] == [{"id": "mf", "name": "asks", "sourceRef": "them", "targetRef": "decide"}]
    assert said["textAnnotations"][0]["text"] == "Mind the gap"
    assert said["categories"] == [{"id": "cv", "value": "Money"}]
    assert said["groups"] == [{"id": "g", "categoryValueRef": "cv"}]
    assert said["dataObjects"][0]["name"] == "order"
    assert api.get("/process-definitions/1/contents").status_code == 404


def test_work_in_lanes_is_for_the_innermost(api: httpx.Client) -> None:
    api.post("/deployments", files={"resources": ("drawn.bpmn", DIAGRAM.encode(), "application/xml")})
    api.post("/process-instances", json={"processDefinitionId": "drawn"})

    (task,) = api.post("/user-tasks/search", json={"filter": {"elementId": "decide"}}).json()["items"]

    assert task["candidateGroups"] == ["Clerks"]
