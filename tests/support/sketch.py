"""Draw once, get both: the XML that Laneway runs, and the ``Net`` that the token game plays."""

from __future__ import annotations

from itertools import pairwise

from tests.support.drawing import Drawing, Scope, cycle, duration, extension, job, mapping, refers
from tests.support.token_game import Arc, Net, Part, Times

EVENTS = {
    "timer": duration("PT1H"),
    "cycle": cycle("R3/PT20M"),
    "message": refers("message", "m"),
    "signal": refers("signal", "s"),
    "error": refers("error", "e"),
    "escalation": refers("escalation", "x"),
    "terminate": "<terminateEventDefinition/>",
    "compensation": "<compensateEventDefinition/>",
}
GATEWAYS = {"exclusive": "exclusiveGateway", "parallel": "parallelGateway", "inclusive": "inclusiveGateway"}
COUNT = extension('<zeebe:script expression="=count + 1" resultVariable="count"/>')
START_COUNT = extension(mapping({"count": "=0"}))


class Sheet:
    """A process or sub-process on both sides."""

    def __init__(self, sketch: Sketch, scope: Scope, net: Net) -> None:
        self.sketch, self.scope, self.net = sketch, scope, net

    def _part(self, id: str, kind: str, **more: object) -> Part:
        part = Part(id, kind, self.net, **more)  # type: ignore[arg-type]
        self.net.parts.append(part)
        return part

    def task(self, kind: str = "userTask", times: Times | None = None, loop: str = "") -> Part:
        inner = extension(job("work")) if kind == "serviceTask" else ""
        works = kind in ("userTask", "serviceTask")
        return self._part(self.scope.node(kind, None, inner + loop), "work" if works else "pass", times=times)

    def count(self) -> Part:
        return self._part(self.scope.node("scriptTask", None, COUNT), "count")

    def gateway(self, kind: str) -> Part:
        return self._part(self.scope.node(GATEWAYS[kind]), kind)

    def complex(self, needs: int) -> Part:
        inner = f"<activationCondition>=activationCount &gt;= {needs}</activationCondition>"
        return self._part(self.scope.node("complexGateway", None, inner), "complex", needs=needs)

    def race(self) -> Part:
        return self._part(self.scope.node("eventBasedGateway"), "race")

    def start(self, event: str = "", *, interrupting: bool = True, code: str | None = None) -> Part:
        more = {"isInterrupting": str(interrupting).lower()} if event else {}
        id = self.scope.node("startEvent", None, _definition(event, code), **more)
        part = self._part(id, "pass", event=event, interrupting=interrupting, code=code)
        self.net.starts.append(part)
        return part

    def end(self, event: str = "", code: str | None = None) -> Part:
        id = self.scope.node("endEvent", None, _definition(event, code))
        return self._part(id, "throw" if event else "pass", event=event, code=code)

    def throw(self, event: str, code: str | None = None) -> Part:
        id = self.scope.node("intermediateThrowEvent", None, _definition(event, code))
        return self._part(id, "throw", event=event, code=code)

    def catch(self, event: str) -> Part:
        return self._part(self.scope.node("intermediateCatchEvent", None, EVENTS[event]), "catch", event=event)

    def jump(self) -> tuple[Part, Part]:
        """A link: where it leaves and where it arrives."""
        name = self.sketch.drawing.fresh("link")
        definition = f'<linkEventDefinition name="{name}"/>'
        arrive = self._part(self.scope.node("intermediateCatchEvent", None, definition), "pass")
        leave = self._part(
            self.scope.node("intermediateThrowEvent", None, definition), "throw", event="link", link=arrive
        )
        return leave, arrive

    def border(self, host: Part, event: str, *, interrupting: bool = True, code: str | None = None) -> Part:
        id = self.scope.node(
            "boundaryEvent",
            None,
            _definition(event, code),
            attachedToRef=host.id,
            cancelActivity=str(interrupting).lower(),
        )
        part = self._part(id, "boundary", event=event, interrupting=interrupting, code=code)
        host.border.append(part)
        return part

    def undone_by(self, activity: Part) -> Part:
        """A user task that compensates ``activity``."""
        id = self.sketch.drawing.fresh("undo")
        self.scope.compensate(activity.id, id)
        activity.undone_at = f"{activity.id}_event"
        activity.undo = self._part(id, "work")
        return activity.undo

    def sub(self, *, counts: bool = False, times: Times | None = None, loop: str = "") -> tuple[Part, Sheet]:
        id, scope = self.scope.sub(None, (START_COUNT if counts else "") + loop)
        net = Net(id, counts=counts)
        return self._part(id, "scope", inside=net, times=times), Sheet(self.sketch, scope, net)

    def handler(self) -> Sheet:
        """An event sub-process."""
        id, scope = self.scope.sub(triggeredByEvent="true")
        net = Net(id)
        self.net.handlers.append(self._part(id, "scope", inside=net))
        return Sheet(self.sketch, scope, net)

    def call(self) -> tuple[Part, Sheet]:
        called = self.sketch.drawing.fresh("called")
        sheet = self.sketch.process(called)
        id = self.scope.node("callActivity", None, extension(f'<zeebe:calledElement processId="{called}"/>'))
        return self._part(id, "call", inside=sheet.net), sheet

    def flow(
        self,
        source: Part,
        target: Part,
        condition: bool | set[int] | None = None,
        *,
        below: int | None = None,
        first: bool | None = None,
        default: bool = False,
    ) -> None:
        """``condition``: always or never, or if the counter is one of these; ``below``: while it is below; ``first``:
        in the first or in the second phase of a complex gateway."""
        text, holds = None, None
        if below is not None:
            text, holds = f"=count < {below}", lambda count: count < below
        elif first is not None:
            text = "=waitingForStart" if first else "=not(waitingForStart)"
        elif isinstance(condition, set):
            text, holds = f"=list contains({sorted(condition)}, count)", lambda count: count in condition
        elif condition is not None:
            text, holds = f"={str(condition).lower()}", lambda count: condition
        arc = Arc(
            self.scope.flow(source.id, target.id, text, default=default), source, target, holds, first is not False
        )
        source.out.append(arc)
        target.into.append(arc)
        if default:
            source.default = arc

    def chain(self, *parts: Part) -> None:
        for source, target in pairwise(parts):
            self.flow(source, target)


class Sketch:
    """One file. ``net`` is the process ``made_up``."""

    def __init__(self) -> None:
        self.drawing = Drawing()
        self.drawing.error("e", "E")
        self.drawing.error("e2", "OTHER")
        self.drawing.escalation("x", "X")
        self.drawing.escalation("x2", "OTHER")
        self.drawing.message("m", "news", '="k"')
        self.drawing.signal("s", "alarm")
        self.main = self.process("made_up")

    def process(self, id: str) -> Sheet:
        return Sheet(self, self.drawing.process(id), Net(id))

    @property
    def net(self) -> Net:
        return self.main.net

    def xml(self) -> bytes:
        return self.drawing.xml()


def _definition(event: str, code: str | None) -> str:
    """``code`` is "E", "X" or "OTHER"; None catches all."""
    if event not in ("error", "escalation"):
        return EVENTS.get(event, "")
    letter = event[0] if event == "error" else "x"
    return refers(event, None if code is None else letter + ("2" if code == "OTHER" else ""))
