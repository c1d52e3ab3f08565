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
    return process(
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


def jobs(tasks: int, job_type: str) -> bytes:
    """The sequence with service tasks: each is a job of ``job_type`` for a worker."""
    text = sequence(tasks).decode().replace("<task ", "<serviceTask ").replace("</task>", "</serviceTask>")
    work = f'<extensionElements><zeebe:taskDefinition type="{job_type}"/></extensionElements>'
    return text.replace("<incoming>flow_", work + "<incoming>flow_", tasks).encode()


def kinds(kind: str, tasks: int) -> bytes:
    """start → ``tasks`` user or service tasks → end"""
    bound = {"userTask": "<zeebe:userTask/>", "serviceTask": '<zeebe:taskDefinition type="work"/>'}[kind]
    text = sequence(tasks).decode()
    text = text.replace("<task ", f"<{kind} ").replace("</task>", f"</{kind}>")
    inner = f"<extensionElements>{bound}</extensionElements>"
    return text.replace("<incoming>flow_", f"{inner}<incoming>flow_", tasks).encode()


def waits() -> bytes:
    """start → a message under the variable ``order`` → end"""
    bound = '<extensionElements><zeebe:subscription correlationKey="=order"/></extensionElements>'
    drawn = process(
        '<startEvent id="begin"/><intermediateCatchEvent id="told"><messageEventDefinition messageRef="m"/>'
        '</intermediateCatchEvent><endEvent id="finish"/><sequenceFlow id="f1" sourceRef="begin" targetRef="told"/>'
        '<sequenceFlow id="f2" sourceRef="told" targetRef="finish"/>'
    )
    return drawn.replace(b"<process ", f'<message id="m" name="told">{bound}</message><process '.encode(), 1)


def circle(rounds: int, *, feel: bool) -> bytes:
    """start → merge → count → split → (again | end): ``rounds`` rounds."""
    less = f"=n &lt; {rounds}" if feel else f"n &lt; {rounds}"
    count = (
        '<extensionElements><zeebe:script expression="=n + 1" resultVariable="n"/></extensionElements>' if feel else ""
    )
    script = "" if feel else "<script>n = n + 1</script>"
    return process(
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


def person(rounds: int) -> bytes:
    """The same circle with a user task in it: each round is a step of its own."""
    text = circle(rounds, feel=True).decode()
    text = text.replace(
        '<sequenceFlow id="f3" sourceRef="count"',
        '<sequenceFlow id="f6" sourceRef="do" targetRef="enough"/><sequenceFlow id="f3" sourceRef="count"',
    ).replace('sourceRef="count" targetRef="enough"', 'sourceRef="count" targetRef="do"')
    return (
        text.replace('<endEvent id="finish">', '<userTask id="do"/><endEvent id="finish">')
        .replace("<incoming>f3</incoming><outgoing>f4", "<incoming>f6</incoming><outgoing>f4")
        .encode()
    )


def items(count: int, *, sequential: bool, kind: str = "scriptTask") -> bytes:
    """start → multi-instance over ``count`` items, results collected → end"""
    script = '<zeebe:script expression="=item + 1" resultVariable="result"/>' if kind == "scriptTask" else ""
    loop = (
        f'<multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}"><extensionElements>'
        '<zeebe:loopCharacteristics inputCollection="=items" inputElement="item" outputCollection="results" '
        'outputElement="=result"/></extensionElements></multiInstanceLoopCharacteristics>'
    )
    return process(
        f'<startEvent id="begin"/><{kind} id="each"><extensionElements>{script}</extensionElements>{loop}</{kind}>'
        '<endEvent id="finish"/><sequenceFlow id="f1" sourceRef="begin" targetRef="each"/>'
        '<sequenceFlow id="f2" sourceRef="each" targetRef="finish"/>'
    )


def branches(count: int, kind: str = "task", gateway: str = "parallelGateway") -> bytes:
    """start → split → ``count`` tasks side by side → join → end"""
    return process(
        f'<startEvent id="begin"/><endEvent id="finish"/>{_block("0", count, kind, gateway)}'
        '<sequenceFlow id="first" sourceRef="begin" targetRef="split_0"/>'
        '<sequenceFlow id="last" sourceRef="join_0" targetRef="finish"/>'
    )


def blocks(count: int, gateway: str = "parallelGateway") -> bytes:
    """``count`` blocks of two branches, one after another."""
    inner = "".join(_block(str(index), 2, "task", gateway) for index in range(count))
    flows = "".join(
        f'<sequenceFlow id="on_{index}" sourceRef="join_{index}" targetRef="split_{index + 1}"/>'
        for index in range(count - 1)
    )
    return process(
        f'<startEvent id="begin"/><endEvent id="finish"/>{inner}{flows}'
        '<sequenceFlow id="first" sourceRef="begin" targetRef="split_0"/>'
        f'<sequenceFlow id="last" sourceRef="join_{count - 1}" targetRef="finish"/>'
    )


def _block(name: str, branches: int, kind: str, gateway: str) -> str:
    condition = "<conditionExpression>=true</conditionExpression>" if gateway == "inclusiveGateway" else ""
    tasks = "".join(
        f'<{kind} id="t_{name}_{index}"/>'
        f'<sequenceFlow id="i_{name}_{index}" sourceRef="split_{name}" targetRef="t_{name}_{index}">{condition}</sequenceFlow>'
        f'<sequenceFlow id="o_{name}_{index}" sourceRef="t_{name}_{index}" targetRef="join_{name}"/>'
        for index in range(branches)
    )
    return f'<{gateway} id="split_{name}"/><{gateway} id="join_{name}"/>{tasks}'


def nested(depth: int) -> bytes:
    """Sub-processes in one another, a task in each."""
    inner = ""
    for level in reversed(range(depth)):
        inner = (
            f'<subProcess id="sub_{level}"><startEvent id="s_{level}"/><task id="t_{level}"/>'
            f'<sequenceFlow id="a_{level}" sourceRef="s_{level}" targetRef="t_{level}"/>{inner}'
            + (f'<sequenceFlow id="b_{level}" sourceRef="t_{level}" targetRef="sub_{level + 1}"/>' if inner else "")
            + "</subProcess>"
        )
    return process(f'<startEvent id="begin"/>{inner}<sequenceFlow id="first" sourceRef="begin" targetRef="sub_0"/>')


def process(inner: str) -> bytes:
    """A file with one executable process, ``bench``."""
    return f'{HEAD}<process id="bench" isExecutable="true">{inner}</process></definitions>'.encode()
