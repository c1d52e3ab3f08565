"""The token game of BPMN 2.0, chapter 13, played as the book tells it: tokens lie on flows, parts take and give them.

It is slow, looks at everything at every move, and keeps nothing but what is alive; it shares no line and no idea with
the runtime, which must do the same. A ``Net`` is what ``tests.support.sketch`` draws.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

COMES = ("message", "timer", "cycle", "signal")
"""Events that come from outside, one by one; the others are thrown inside."""
CYCLES = 3
"""How often a cycle (``R3/…``) comes."""


_numbers = itertools.count(1)


@dataclass(eq=False)
class Arc:
    id: str
    source: Part
    target: Part
    holds: Callable[[int], bool] | None = None
    """Its condition, of the counter in the scope; None: it has none."""
    first: bool = True
    """Off a complex gateway: it gets its token when the gateway is activated, else when it is reset."""


@dataclass(frozen=True)
class Times:
    """A loop. ``enough``: so many completed instances complete the activity."""

    total: int
    together: bool = False
    enough: int | None = None


@dataclass(eq=False)
class Part:
    """A node. ``kind`` is pass, count, work, exclusive, parallel, inclusive, complex, race, scope, call, catch, boundary, throw."""

    id: str
    kind: str
    net: Net
    into: list[Arc] = field(default_factory=list)
    out: list[Arc] = field(default_factory=list)
    default: Arc | None = None
    event: str = ""
    code: str | None = None
    interrupting: bool = True
    border: list[Part] = field(default_factory=list)
    inside: Net | None = None
    times: Times | None = None
    link: Part | None = None
    needs: int = 0
    """Of a complex gateway: so many flows with a token activate it."""
    undo: Part | None = None
    undone_at: str = ""
    """The handler that compensates it, and the boundary event that leads there."""


@dataclass(eq=False)
class Net:
    """What is drawn in a process or sub-process. ``handlers`` are its event sub-processes."""

    id: str
    parts: list[Part] = field(default_factory=list)
    starts: list[Part] = field(default_factory=list)
    handlers: list[Part] = field(default_factory=list)
    counts: bool = False


class Live:
    """Something that goes on: an activity, or a scope with tokens and what goes on in it."""

    def __init__(self, part: Part, above: Live | None, net: Net | None = None) -> None:
        self.part, self.above, self.net = part, above, net
        self.number = next(_numbers)
        self.body = self.round = self.interrupted = self.alive = False
        self.tokens: Counter[Arc] = Counter()
        self.going: list[Live] = []
        self.count = self.done = self.begun = 0
        self.completed: list[Part] = []
        """Of a scope: what has been completed in it and can be compensated."""
        self.served: dict[Part, list[Arc]] = {}
        """Of a scope: complex gateways that wait for their reset, with the flows that activated them."""
        self.thrown_by: Live | None = None
        """Of a handler: the event that waits for it."""
        self.undoing: list[Part] = []
        """Of a compensation event: what is still to be undone, the latest last."""

    def __iter__(self) -> Iterator[Live]:
        yield self
        for live in list(self.going):
            yield from live


@dataclass(eq=False)
class Offer:
    """Something that may happen next: work that may be completed, an event that may come."""

    part: Part
    live: Live
    left: int = 1


class Stuck(Exception):
    """A token waits at a join for ever: the net is not sound."""


class Ambiguous(Exception):
    """Which of two inclusive joins goes first would make a difference, and the book does not say."""


class Game:
    def __init__(self, net: Net) -> None:
        self.offers: list[Offer] = []
        self.told: Counter[tuple[str, str]] = Counter()
        self.uncaught: list[str] = []
        self.root = Live(Part(net.id, "scope", net), None, net)
        self._tell("activated", self.root)
        self.root.alive = True
        self._open(self.root)
        self._settle()

    @property
    def ended(self) -> bool:
        return not self.root.alive

    def take(self, offer: Offer) -> Counter[tuple[str, str]]:
        """Let it happen; what was activated, completed and terminated until nothing moves any more."""
        self.told = Counter()
        live, part = offer.live, offer.part
        offer.left -= 1
        if part is live.part:
            self._leave(live)
        elif live.part.kind == "race":
            self._leave(live, [])
            assert live.above
            self._pass(part, live.above)
        elif part.kind == "boundary":
            self._on_border(live, part, offer)
        else:
            self._handle(live, part, offer)
        self._settle()
        return self.told

    # Moves

    def _settle(self) -> None:
        while self._move() or self._reset() or self._join_inclusive() or self._finish():
            pass
        self.offers = [offer for offer in self.offers if offer.live.alive and offer.left]

    def _move(self) -> bool:
        for scope in self.root if self.root.alive else ():
            for arc in list(scope.tokens):
                part = arc.target
                if part.kind == "inclusive" and len(part.into) > 1:
                    continue
                if part.kind == "complex":
                    full = [each for each in part.into if scope.tokens[each]]
                    if part in scope.served or len(full) < part.needs:
                        continue
                    self._consume(scope, full)
                    scope.served[part] = full
                    self._gate(part, scope, first=True)
                    return True
                if part.kind == "parallel":
                    if not all(scope.tokens[each] for each in part.into):
                        continue
                    self._consume(scope, part.into)
                else:
                    self._consume(scope, [arc])
                self._enter(part, scope)
                return True
        return False

    def _reset(self) -> bool:
        """13.4.5: a complex gateway has been activated, and the rest has come too (here every flow gets one token)."""
        for scope in self.root if self.root.alive else ():
            for part, served in scope.served.items():
                rest = [arc for arc in part.into if arc not in served]
                if all(scope.tokens[arc] for arc in rest):
                    self._consume(scope, rest)
                    del scope.served[part]
                    self._gate(part, scope, first=False)
                    return True
        return False

    def _gate(self, part: Part, scope: Live, *, first: bool) -> None:
        self._pass(part, scope, [arc for arc in part.out if arc.first is first])

    @staticmethod
    def _consume(scope: Live, arcs: list[Arc]) -> None:
        for arc in arcs:
            scope.tokens[arc] -= 1
            assert scope.tokens[arc] >= 0
            if not scope.tokens[arc]:
                del scope.tokens[arc]

    def _join_inclusive(self) -> bool:
        """13.4.3, when nothing else moves."""
        for scope in self.root if self.root.alive else ():
            joins = {arc.target for arc in scope.tokens if arc.target.kind == "inclusive"}
            ready = [join for join in joins if self._enabled(scope, join)]
            for join in ready:
                if any(reaches(join, other, None) for other in ready if other is not join):
                    raise Ambiguous
            if ready:
                part = ready[0]
                self._consume(scope, [arc for arc in part.into if scope.tokens[arc]])
                self._enter(part, scope)
                return True
        return False

    @staticmethod
    def _enabled(scope: Live, join: Part) -> bool:
        """No token elsewhere can reach an empty flow of it, unless it can reach one with a token too."""
        full = [arc for arc in join.into if scope.tokens[arc]]
        empty = [arc for arc in join.into if not scope.tokens[arc]]
        at = {arc.target for arc in scope.tokens if arc.target is not join} | {live.part for live in scope.going}
        for part in at:
            begins = {part, *part.border}
            for place in begins:
                if any(reaches(place, arc.source, join) for arc in empty) and not any(
                    reaches(place, arc.source, join) for arc in full
                ):
                    return False
        return True

    def _finish(self) -> bool:
        """13.2.1: a scope is complete when no token is left in it and nothing goes on."""
        for scope in self.root if self.root.alive else ():
            if scope.net is not None and not scope.body and not scope.going:
                if scope.tokens:
                    raise Stuck(f"{scope.part.id}: {[arc.id for arc in scope.tokens]}")
                self._complete_scope(scope)
                return True
        return False

    def _complete_scope(self, scope: Live) -> None:
        if scope.above is not None and scope.above.part.kind == "call":
            call = scope.above
            self._end("completed", scope)
            self._leave(call)
        elif scope.above is None:
            self._end("completed", scope)
        else:
            self._leave(scope)

    # Parts

    def _enter(self, part: Part, scope: Live, *, round: bool = False) -> None:
        live = Live(part, scope)
        live.alive, live.round = True, round
        scope.going.append(live)
        self._tell("activated", live)
        if not round:
            self.offers += [Offer(event, live, often(event)) for event in part.border if event.event in COMES]
        if part.times is not None and not round:
            live.body = True
            if part.times.total == 0:
                self._leave(live)
            for _ in range(part.times.total if part.times.together else min(1, part.times.total)):
                live.begun += 1
                self._enter(part, live, round=True)
        else:
            self._begin(live)

    def _begin(self, live: Live) -> None:
        part = live.part
        if part.kind in ("work", "catch"):
            self.offers.append(Offer(part, live))
        elif part.kind == "race":
            self.offers += [Offer(arc.target, live) for arc in part.out]
        elif part.kind == "scope":
            live.net = part.inside
            self._open(live)
        elif part.kind == "call":
            assert part.inside
            called = Live(Part(part.inside.id, "scope", part.net), live, part.inside)
            called.alive = True
            live.going.append(called)
            self._tell("activated", called)
            self._open(called)
        elif part.kind == "throw":
            self._throw(live)
        else:
            if part.kind == "count":
                self._counter(live).count += 1
            self._leave(live)

    def _open(self, scope: Live) -> None:
        """Begin in a scope: what its event sub-processes wait for, and its start."""
        assert scope.net
        for handler in scope.net.handlers:
            assert handler.inside
            self.offers += [Offer(each, scope, often(each)) for each in handler.inside.starts if each.event in COMES]
        for part in scope.net.starts:
            self._enter(part, scope)

    def _leave(self, live: Live, arcs: list[Arc] | None = None) -> None:
        """It is complete, and gives tokens."""
        scope = live.above
        assert scope
        if live.round:
            self._end("completed", live)
            self._after_round(scope)
            return
        chosen = self._choose(live.part, scope) if arcs is None else arcs
        self._end("completed", live)
        if live.part.undo is not None:
            scope.completed.append(live.part)
        if live.thrown_by is not None:
            self._undo_next(live.thrown_by)
        for arc in chosen:
            scope.tokens[arc] += 1

    def _after_round(self, body: Live) -> None:
        body.done += 1
        times = body.part.times
        assert times
        if body.done == times.total or body.done == times.enough:
            for live in list(body.going):
                self._cancel(live)
            self._leave(body)
        elif not times.together:
            body.begun += 1
            self._enter(body.part, body, round=True)

    def _choose(self, part: Part, scope: Live) -> list[Arc]:
        """13.4 and 13.2.1."""
        if part.kind == "parallel":
            return part.out
        count = self._counter(scope).count
        conditional = [arc for arc in part.out if arc.holds is not None]
        held = [arc for arc in conditional if arc.holds and arc.holds(count)]
        always = [arc for arc in part.out if arc.holds is None and arc is not part.default]
        if part.kind == "exclusive" and held:
            return held[:1]
        if not held and part.default is not None:
            return [*always, part.default]
        assert held or always or not part.out, f"no flow of {part.id} holds"
        return [*always, *held]

    @staticmethod
    def _counter(live: Live) -> Live:
        while live.above is not None and not (live.net is not None and live.net.counts):
            live = live.above
        return live

    def _pass(self, part: Part, scope: Live, arcs: list[Arc] | None = None) -> None:
        """An event that has come already, a gateway whose time has come."""
        live = Live(part, scope)
        live.alive = True
        scope.going.append(live)
        self._tell("activated", live)
        self._leave(live, arcs)

    # Events

    def _throw(self, live: Live) -> None:
        part, scope = live.part, live.above
        assert scope
        if part.event == "link":
            assert part.link
            self._leave(live, [])
            self._enter(part.link, scope)
        elif part.event == "compensation":
            live.undoing, scope.completed = scope.completed, []
            self._undo_next(live)
        elif part.event == "terminate":
            for other in list(scope.going):
                if other is not live:
                    self._cancel(other)
            scope.tokens.clear()
            scope.served.clear()
            self._leave(live, [])
        else:
            caught = self._catcher(live, part.event, part.code)
            if caught is not None:
                where, event = caught
                if event.kind == "boundary":
                    self._on_border(where, event, None)
                else:
                    self._handle(where, event, None)
            elif part.event == "error":
                raise Stuck(f"the error of {part.id} is caught nowhere")
            if live.alive:
                self._leave(live)

    def _undo_next(self, event: Live) -> None:
        """13.5.5: handlers in the reverse order of completion; the event is complete when they are."""
        assert event.above
        if not event.undoing:
            self._leave(event)
            return
        activity = event.undoing.pop()
        handler = activity.undo
        assert handler
        self.told.update({("activated", activity.undone_at): 1, ("completed", activity.undone_at): 1})
        self._enter(handler, event.above)
        event.above.going[-1].thrown_by = event

    @staticmethod
    def _catcher(live: Live, kind: str, code: str | None) -> tuple[Live, Part] | None:
        """10.5.1: the innermost that matches; in one place one that names the code goes before one that names none."""
        while live.above is not None:
            scope = live.above
            events = [] if live.round else [*live.part.border]
            found = _best(events, kind, code)
            if found is not None:
                return live, found
            if scope.net is not None and not scope.interrupted and live.part not in scope.net.handlers:
                starts = [start for each in scope.net.handlers for start in (each.inside.starts if each.inside else [])]
                found = _best(starts, kind, code)
                if found is not None:
                    return scope, found
            live = scope
        return None

    def _on_border(self, host: Live, event: Part, offer: Offer | None) -> None:
        scope = host.above
        assert scope
        if event.interrupting:
            self._cancel(host)
        elif offer is not None and event.event in ("message", "signal"):
            offer.left = 1
        self._pass(event, scope)

    def _handle(self, scope: Live, start: Part, offer: Offer | None) -> None:
        """13.5.4: an event sub-process; an interrupting one ends all else in its scope."""
        assert scope.net
        if start.interrupting:
            for live in list(scope.going):
                self._cancel(live)
            scope.tokens.clear()
            scope.served.clear()
            scope.interrupted = True
            self.offers = [
                each for each in self.offers if each.live is not scope or each.part.kind in ("boundary", "work")
            ]
        elif offer is not None and start.event in ("message", "signal"):
            offer.left = 1
        handler = next(each for each in scope.net.handlers if each.inside is start.net)
        live = Live(handler, scope, handler.inside)
        live.alive = True
        scope.going.append(live)
        self._tell("activated", live)
        self._pass(start, live)

    def _cancel(self, live: Live) -> None:
        for inner in list(live.going):
            self._cancel(inner)
        self._end("terminated", live)

    def _end(self, how: str, live: Live) -> None:
        assert live.alive
        self._tell(how, live)
        live.alive = False
        if live.above is not None:
            live.above.going.remove(live)

    def _tell(self, what: str, live: Live) -> None:
        self.told[what, live.part.id] += 1


def often(event: Part) -> int:
    return CYCLES if event.event == "cycle" and not event.interrupting else 1


def _best(events: list[Part], kind: str, code: str | None) -> Part | None:
    exact = [event for event in events if event.event == kind and event.code == code]
    open_to_all = [event for event in events if event.event == kind and event.code is None]
    return next(iter([*exact, *open_to_all]), None)


def reaches(begin: Part, goal: Part, without: Part | None) -> bool:
    """Whether a token at ``begin`` can come to ``goal`` and not through ``without``."""
    seen, todo = {begin}, [begin]
    while todo:
        part = todo.pop()
        if part is goal:
            return True
        nexts = [arc.target for arc in part.out] + part.border + ([part.link] if part.link else [])
        for other in nexts:
            if other not in seen and other is not without:
                seen.add(other)
                todo.append(other)
    return False
