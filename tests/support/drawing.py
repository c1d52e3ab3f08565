"""Draw a process in Python and get BPMN XML: for tests that need many diagrams, or ones that Hypothesis makes up."""

from __future__ import annotations

from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="definitions" targetNamespace="https://example.org/test">'
)


class Scope:
    """A process or sub-process being drawn. Every method gives the id of what it drew."""

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        self.elements: list[tuple[str, str, str, str, Scope | None]] = []
        self.flows: list[tuple[str, str, str, str | None]] = []
        self.defaults: dict[str, str] = {}
        self.associations: list[tuple[str, str]] = []

    def node(self, kind: str, id: str | None = None, inner: str = "", **attributes: str) -> str:
        id = id or self.drawing.fresh(kind)
        text = "".join(f" {name.replace('_', ':')}={quoteattr(value)}" for name, value in attributes.items())
        self.elements.append((kind, id, text, inner, None))
        return id

    def flow(self, source: str, target: str, condition: str | None = None, *, default: bool = False) -> str:
        id = self.drawing.fresh("flow")
        self.flows.append((id, source, target, condition))
        if default:
            self.defaults[source] = id
        return id

    def chain(self, *ids: str) -> None:
        for source, target in pairwise(ids):
            self.flow(source, target)

    def compensate(self, id: str, handler: str, kind: str = "userTask", inner: str = "") -> str:
        """A compensation event on ``id``, connected with a ``handler`` drawn beside it."""
        event = self.node("boundaryEvent", f"{id}_event", "<compensateEventDefinition/>", attachedToRef=id)
        self.associations.append((event, handler))
        return self.node(kind, handler, inner, isForCompensation="true")

    def sub(
        self, id: str | None = None, inner: str = "", kind: str = "subProcess", **attributes: str
    ) -> tuple[str, Scope]:
        id = id or self.drawing.fresh("subProcess")
        scope = Scope(self.drawing)
        text = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
        self.elements.append((kind, id, text, inner, scope))
        return id, scope

    def xml(self) -> str:
        out: list[str] = []
        for kind, id, text, inner, scope in self.elements:
            if id in self.defaults:
                text += f' default="{self.defaults[id]}"'
            if scope is not None:
                inner += scope.xml()
            out.append(f'<{kind} id="{id}" name="{id}"{text}>{inner}</{kind}>')
        for id, source, target, condition in self.flows:
            expression = f"<conditionExpression>{escape(condition)}</conditionExpression>" if condition else ""
            out.append(f'<sequenceFlow id="{id}" sourceRef="{source}" targetRef="{target}">{expression}</sequenceFlow>')
        for source, target in self.associations:
            out.append(f'<association id="{source}_to_{target}" sourceRef="{source}" targetRef="{target}"/>')
        return "".join(out)


class Drawing:
    """One file; ``process`` may be called several times."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self.globals: list[str] = []
        self.processes: list[tuple[str, Scope]] = []

    def fresh(self, kind: str) -> str:
        self._counts[kind] = self._counts.get(kind, 0) + 1
        return f"{kind}_{self._counts[kind]}"

    def process(self, id: str = "process") -> Scope:
        scope = Scope(self)
        self.processes.append((id, scope))
        return scope

    def message(self, id: str, name: str, correlation_key: str | None = None) -> str:
        inner = (
            f"<extensionElements><zeebe:subscription correlationKey={quoteattr(correlation_key)}/></extensionElements>"
            if correlation_key
            else ""
        )
        self.globals.append(f"<message id={quoteattr(id)} name={quoteattr(name)}>{inner}</message>")
        return id

    def signal(self, id: str, name: str) -> str:
        self.globals.append(f"<signal id={quoteattr(id)} name={quoteattr(name)}/>")
        return id

    def error(self, id: str, code: str) -> str:
        self.globals.append(f"<error id={quoteattr(id)} name={quoteattr(id)} errorCode={quoteattr(code)}/>")
        return id

    def escalation(self, id: str, code: str) -> str:
        self.globals.append(f"<escalation id={quoteattr(id)} name={quoteattr(id)} escalationCode={quoteattr(code)}/>")
        return id

    def xml(self) -> bytes:
        processes = "".join(
            f'<process id="{id}" name="{id}" isExecutable="true">{scope.xml()}</process>'
            for id, scope in self.processes
        )
        return f'<?xml version="1.0" encoding="UTF-8"?>{HEAD}{"".join(self.globals)}{processes}</definitions>'.encode()


def extension(inner: str) -> str:
    return f"<extensionElements>{inner}</extensionElements>"


def mapping(inputs: dict[str, str] | None = None, outputs: dict[str, str] | None = None) -> str:
    """A zeebe ioMapping: target → source expression."""
    rows = [f"<zeebe:input source={quoteattr(s)} target={quoteattr(t)}/>" for t, s in (inputs or {}).items()]
    rows += [f"<zeebe:output source={quoteattr(s)} target={quoteattr(t)}/>" for t, s in (outputs or {}).items()]
    return f"<zeebe:ioMapping>{''.join(rows)}</zeebe:ioMapping>"


def job(type: str) -> str:
    return f"<zeebe:taskDefinition type={quoteattr(type)}/>"


def duration(text: str) -> str:
    return f"<timerEventDefinition><timeDuration>{escape(text)}</timeDuration></timerEventDefinition>"


def cycle(text: str) -> str:
    return f"<timerEventDefinition><timeCycle>{escape(text)}</timeCycle></timerEventDefinition>"


def refers(kind: str, reference: str | None = None) -> str:
    """An event definition such as ``refers("error", "Error_1")``."""
    text = f" {kind}Ref={quoteattr(reference)}" if reference else ""
    return f"<{kind}EventDefinition{text}/>"


def when(condition: str, filter: str = "") -> str:
    """A conditional event definition; ``filter`` is a zeebe conditionalFilter's attributes."""
    within = extension(f"<zeebe:conditionalFilter {filter}/>") if filter else ""
    return (
        f"<conditionalEventDefinition>{within}<condition>{escape(condition)}</condition></conditionalEventDefinition>"
    )
