"""The workloads that both sides run in memory: one shape, scripts and conditions in the language of each side.

A workload is drawn from nodes and flows, so that the same drawing gives FEEL for Laneway and Python for SpiffWorkflow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

from benchmarks.diagrams import process, scripts


@dataclass
class Drawing:
    """Nodes in their order, and the flows between them. Laneway's conditions and scripts need an ``=``, Python's do not."""

    feel: bool
    _nodes: list[tuple[str, str, str, str]] = field(default_factory=list)
    _flows: dict[tuple[str, str], str] = field(default_factory=dict)

    def node(self, kind: str, name: str, before: str = "", after: str = "") -> None:
        """``before`` and ``after`` stand around its incoming and outgoing flows, as the schema has them."""
        self._nodes.append((kind, name, before, after))

    def script(self, name: str, target: str, expression: str, loop: str = "") -> None:
        text = escape(expression)
        if self.feel:
            bound = f'<zeebe:script expression="={text}" resultVariable="{target}"/>'
            self.node("scriptTask", name, f"<extensionElements>{bound}</extensionElements>", loop)
        else:
            self.node("scriptTask", name, "", f"{loop}<script>{target} = {text}</script>")

    def flow(self, source: str, target: str, condition: str = "") -> None:
        self._flows[source, target] = condition

    def xml(self, defaults: Mapping[str, str] | None = None) -> bytes:
        """``defaults``: gateway → the target that its default flow leads to."""
        nodes = []
        for kind, name, before, after in self._nodes:
            ends = "".join(f"<incoming>{_id(flow)}</incoming>" for flow in self._flows if flow[1] == name)
            ends += "".join(f"<outgoing>{_id(flow)}</outgoing>" for flow in self._flows if flow[0] == name)
            target = (defaults or {}).get(name)
            default = f' default="{_id((name, target))}"' if target else ""
            nodes.append(f'<{kind} id="{name}" name="{name}"{default}>{before}{ends}{after}</{kind}>')
        return process("".join(nodes) + "".join(self._flow(*flow) for flow in self._flows.items()))

    def _flow(self, ends: tuple[str, str], condition: str) -> str:
        text = f"{'=' if self.feel else ''}{escape(condition)}"
        inner = f'<conditionExpression xsi:type="tFormalExpression">{text}</conditionExpression>' if condition else ""
        return f'<sequenceFlow id="{_id(ends)}" sourceRef="{ends[0]}" targetRef="{ends[1]}">{inner}</sequenceFlow>'


def _id(ends: tuple[str, str]) -> str:
    return f"f_{ends[0]}_{ends[1]}"


def exclusive(feel: bool) -> bytes:
    """start → a gateway with two conditions and a default → a script on each way → merge → end"""
    drawing = Drawing(feel)
    drawing.node("startEvent", "begin")
    drawing.node("exclusiveGateway", "which")
    drawing.flow("begin", "which")
    drawing.node("exclusiveGateway", "merge")
    for way, condition in {"high": "n > 1000", "middle": "n > 10", "low": ""}.items():
        drawing.script(way, "n", "n + 1")
        drawing.flow("which", way, condition)
        drawing.flow(way, "merge")
    drawing.node("endEvent", "finish")
    drawing.flow("merge", "finish")
    return drawing.xml({"which": "low"})


def parallel(feel: bool, branches: int = 4) -> bytes:
    """start → fork → a script on each branch, each with a variable of its own → join → end"""
    drawing = Drawing(feel)
    drawing.node("startEvent", "begin")
    _fork(drawing, "begin", "finish", branches)
    drawing.node("endEvent", "finish")
    return drawing.xml()


def _fork(drawing: Drawing, before: str, after: str, branches: int) -> None:
    drawing.node("parallelGateway", "fork")
    drawing.node("parallelGateway", "join")
    drawing.flow(before, "fork")
    for branch in range(branches):
        drawing.script(f"branch_{branch}", f"x{branch}", f"n + {branch}")
        drawing.flow("fork", f"branch_{branch}")
        drawing.flow(f"branch_{branch}", "join")
    drawing.flow("join", after)


def loop(feel: bool, rounds: int = 10) -> bytes:
    """start → merge → count → (again | end): ``rounds`` rounds"""
    drawing = Drawing(feel)
    drawing.node("startEvent", "begin")
    _circle(drawing, "begin", "finish", rounds)
    drawing.node("endEvent", "finish")
    return drawing.xml({"enough": "finish"})


def _circle(drawing: Drawing, before: str, after: str, rounds: int) -> None:
    drawing.node("exclusiveGateway", "again")
    drawing.script("count", "n", "n + 1")
    drawing.node("exclusiveGateway", "enough")
    drawing.flow(before, "again")
    drawing.flow("again", "count")
    drawing.flow("count", "enough")
    drawing.flow("enough", "again", f"n < {rounds}")
    drawing.flow("enough", after)


def mix(feel: bool) -> bytes:
    """start → script → three ways and a merge → three rounds of a loop → two branches side by side → script → end"""
    drawing = Drawing(feel)
    drawing.node("startEvent", "begin")
    drawing.script("prepare", "total", "n * 2")
    drawing.flow("begin", "prepare")
    drawing.node("exclusiveGateway", "which")
    drawing.flow("prepare", "which")
    drawing.node("exclusiveGateway", "merge")
    for way, condition in {"high": "total > 1000", "middle": "total > 10", "low": ""}.items():
        drawing.script(way, "total", "total + 1")
        drawing.flow("which", way, condition)
        drawing.flow(way, "merge")
    _circle(drawing, "merge", "fork", 3)
    _fork(drawing, "enough", "tell", 2)
    drawing.script("tell", "answer", "x0 + x1 + total")
    drawing.node("endEvent", "finish")
    drawing.flow("tell", "finish")
    return drawing.xml({"which": "low", "enough": "fork"})


def each(feel: bool) -> bytes:
    """start → a script for every item of a list, side by side, results collected → end"""
    drawing = Drawing(feel)
    drawing.node("startEvent", "begin")
    if feel:
        told = (
            '<extensionElements><zeebe:loopCharacteristics inputCollection="=items" inputElement="item" '
            'outputCollection="results" outputElement="=result"/></extensionElements>'
        )
    else:
        told = (
            "<loopDataInputRef>items</loopDataInputRef><loopDataOutputRef>results</loopDataOutputRef>"
            '<inputDataItem id="item" name="item"/><outputDataItem id="result" name="result"/>'
        )
    many = f"<multiInstanceLoopCharacteristics>{told}</multiInstanceLoopCharacteristics>"
    drawing.script("each", "result", "item + 1", many)
    drawing.node("endEvent", "finish")
    drawing.flow("begin", "each")
    drawing.flow("each", "finish")
    return drawing.xml()


@dataclass(frozen=True)
class Workload:
    """``given`` are the variables of the start; ``target`` is how many times faster than SpiffWorkflow it is to be."""

    name: str
    draw: Callable[[bool], bytes]
    given: Mapping[str, Any]
    target: int | None = None


WORKLOADS = (
    Workload("SEQ 5: five script tasks", lambda feel: scripts(5, feel=feel), {"n": 0}, 40),
    Workload("SEQ 50", lambda feel: scripts(50, feel=feel), {"n": 0}),
    Workload("SEQ 500", lambda feel: scripts(500, feel=feel), {"n": 0}),
    Workload("EXC: gateway, three ways, merge", exclusive, {"n": 50}, 40),
    Workload("PAR 4: four branches and a join", parallel, {"n": 0}, 80),
    Workload("LOOP 10: ten rounds", loop, {"n": 0}, 80),
    Workload("MIX: all of these", mix, {"n": 0}),
    Workload("MI 1,000: a script for each item", each, {"items": list(range(1_000))}),
)
