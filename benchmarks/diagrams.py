"""The diagrams that both sides run: the same shape, scripts and conditions in the language of each."""

from __future__ import annotations

import itertools

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="https://example.org/bench">'
)


def sequence(tasks: int) -> bytes:
    """start → ``tasks`` abstract tasks → end"""
    names = ["begin", *(f"task_{index}" for index in range(tasks)), "finish"]
    nodes = [f'<task id="{name}" name="{name}">{_ends(name, names)}</task>' for name in names[1:-1]]
    flows = [
        f'<sequenceFlow id="flow_{index}" sourceRef="{source}" targetRef="{target}"/>'
        for index, (source, target) in enumerate(itertools.pairwise(names))
    ]
    return _process(
        f'<startEvent id="begin"><outgoing>flow_0</outgoing></startEvent>{"".join(nodes)}'
        f'<endEvent id="finish"><incoming>flow_{tasks}</incoming></endEvent>{"".join(flows)}'
    )


def _ends(name: str, names: list[str]) -> str:
    index = int(name.removeprefix("task_"))
    return f"<incoming>flow_{index}</incoming><outgoing>flow_{index + 1}</outgoing>"


def scripts(tasks: int, *, feel: bool) -> bytes:
    """The same with script tasks that count: FEEL for Laneway, Python for SpiffWorkflow."""
    inner = (
        '<extensionElements><zeebe:script expression="=n + 1" resultVariable="n"/></extensionElements>'
        if feel
        else "<script>n = n + 1</script>"
    )
    text = sequence(tasks).decode()
    text = text.replace("<task ", "<scriptTask ").replace("</task>", "</scriptTask>")
    if feel:
        return text.replace("<incoming>flow_", inner + "<incoming>flow_", tasks).encode()
    return text.replace("</scriptTask>", inner + "</scriptTask>").encode()


def circle(rounds: int, *, feel: bool) -> bytes:
    """start → merge → count → split → (again | end): ``rounds`` rounds."""
    less = f"=n &lt; {rounds}" if feel else f"n &lt; {rounds}"
    count = (
        '<extensionElements><zeebe:script expression="=n + 1" resultVariable="n"/></extensionElements>' if feel else ""
    )
    script = "" if feel else "<script>n = n + 1</script>"
    return _process(
        '<startEvent id="begin"><outgoing>f1</outgoing></startEvent>'
        '<exclusiveGateway id="merge"><incoming>f1</incoming><incoming>f4</incoming><outgoing>f2</outgoing></exclusiveGateway>'
        f'<scriptTask id="count">{count}<incoming>f2</incoming><outgoing>f3</outgoing>{script}</scriptTask>'
        '<exclusiveGateway id="enough" default="f5"><incoming>f3</incoming><outgoing>f4</outgoing><outgoing>f5</outgoing></exclusiveGateway>'
        '<endEvent id="finish"><incoming>f5</incoming></endEvent>'
        '<sequenceFlow id="f1" sourceRef="begin" targetRef="merge"/>'
        '<sequenceFlow id="f2" sourceRef="merge" targetRef="count"/>'
        '<sequenceFlow id="f3" sourceRef="count" targetRef="enough"/>'
        '<sequenceFlow id="f4" sourceRef="enough" targetRef="merge">'
        f'<conditionExpression xsi:type="tFormalExpression">{less}</conditionExpression></sequenceFlow>'
        '<sequenceFlow id="f5" sourceRef="enough" targetRef="finish"/>'
    )


def _process(inner: str) -> bytes:
    return f'{HEAD}<process id="bench" isExecutable="true">{inner}</process></definitions>'.encode()
