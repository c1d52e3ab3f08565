"""How the record of a command tells what happened in it: by a route where others did the same, else in full."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select

from laneway.domain.course import CourseTaken
from laneway.domain.definition import ProcessDefinition
from laneway.domain.leg import LegTaken
from laneway.domain.model import ProcessModel
from laneway.domain.transition import Transition
from laneway.domain.types import ElementState, ElementType
from laneway.store import packing, routes
from laneway.store.prepared import Statement
from laneway.store.routes import PLACES, ROOT, Known, OfLeg, Routes, Shape, Told
from laneway.store.tables import route, route_element
from laneway.store.units.base import BaseUnit
from laneway.store.upsert import unless_there

KEEPS_NO_ROW = frozenset({"timer", "signal"})
"""What is opened and closed in one transition and leaves nothing behind is not written at all."""

_ADD_ROUTE = Statement(unless_there(route), route.columns.keys())
_ADD_ELEMENT = Statement(unless_there(route_element), route_element.columns.keys())
_CONTENT = Statement(select(route.c.content).where(route.c.key == bindparam("route")), ("route",))
_COMPLETED = ElementState.COMPLETED


class Ended(NamedTuple):
    """An element instance that began and ended in the command. ``type``: None for that of its node."""

    place: int
    slot: int
    definition_key: int
    parent_place: int | None
    type: ElementType | None
    state: str


class ToldUnit(BaseUnit):
    _routes: Routes
    _definition: Callable[[int], ProcessDefinition]
    _remember_course: Callable[[CourseTaken, int, str, Known], None]

    def _tell(
        self, transition: Transition, base: int, tenant_id: str, model_of: Callable[[int], ProcessModel]
    ) -> tuple[Told, frozenset[int]]:
        """How the record with the key ``base`` tells the transition, and the keys of the elements that need no row so."""
        place = None
        if isinstance(transition, LegTaken):
            place = place_of_leg(transition, base, tenant_id)
            leg = None if place is None else self._routes.of_leg(place)
            if leg is not None:
                keys = transition.keys
                told = routes.told(leg.known, [keys[number] for number in leg.holes])
                return told, frozenset([base + far for far in leg.ended])
        root_key = transition.state.root_key
        definitions = {key for key, _, _ in transition.process_instances.values()}
        shaped = routes.shape_of_events(transition.log, base, root_key, definitions)
        if shaped is not None:
            ended = tuple(self._ended(transition, base))
            events, values = shaped
            shape = (tenant_id, ended, events)
            known = self._known(shape, model_of)
            if known is not None:
                if (
                    isinstance(transition, CourseTaken)
                    and self._routes.known(shape) is known  # stored by a transaction that was committed
                    and not values
                    and len(ended) == transition.course.keys
                ):
                    self._remember_course(transition, base, tenant_id, known)
                if place is not None and self._routes.known(shape) is known:
                    self._remember_leg(transition, place, known, values, ended)
                return routes.told(known, values), frozenset(base + one.place for one in ended)
        text = packing.events_text(transition.log)
        return Told(packing.pack(text), None, packing.digest(text)), frozenset()

    def _remember_leg(
        self,
        transition: Transition,
        place: tuple[Any, ...],
        known: Known,
        values: Sequence[Any],
        ended: Sequence[Ended],
    ) -> None:
        assert isinstance(transition, LegTaken)
        numbers = {key: number for number, key in enumerate(transition.keys)}
        if all(type(value) is int and value in numbers for value in values):
            holes = tuple(numbers[value] for value in values)
            self._routes.keep_leg(place, OfLeg(known, holes, tuple(one.place for one in ended)))

    def _ended(self, transition: Transition, base: int) -> Iterator[Ended]:
        """Element instances of the root that a route can tell, parents before children.

        One that work refers to keeps its row, and its parents keep theirs: their variables are looked up from there.
        """
        root_key = transition.state.root_key
        held = self._held(transition) if transition.opened else frozenset()
        places: dict[int, int] = {}
        for key, slot, definition_key, parent, process_key, type, state in sorted(self._born_and_ended(transition)):
            place = key - base
            if process_key != root_key or key in held or not 0 <= place < PLACES:
                continue
            parent_place: int | None
            if parent == root_key:
                parent_place = ROOT
            elif parent == 0:
                parent_place = None
            elif parent in places:
                parent_place = places[parent]
            else:
                continue
            places[key] = place
            yield Ended(place, slot, definition_key, parent_place, type, state)

    def _born_and_ended(self, transition: Transition) -> Iterator[tuple[int, int, int, int, int, Any, str]]:
        for key, slot, definition_key, parent, process_key in transition.passed:
            yield key, slot, definition_key, parent, process_key, None, _COMPLETED
        for key, end in transition.ended.items():
            element = transition.created.get(key)
            if element is not None and end.at == self.now:
                yield (
                    key,
                    element.slot,
                    element.definition_key,
                    element.parent,
                    element.process_key,
                    element.type,
                    end.state,
                )

    def _held(self, transition: Transition) -> frozenset[int]:
        gone = {one.key for one in transition.closed if one.kind in KEEPS_NO_ROW}
        held: set[int] = set()
        for opened in transition.opened:
            key = opened.element_instance_key
            while opened.key not in gone and key and key not in held:
                held.add(key)
                element = transition.created.get(key)
                key = 0 if element is None else element.parent
        return frozenset(held)

    def _known(self, shape: Shape, model_of: Callable[[int], ProcessModel]) -> Known | None:
        known = self._routes.known(shape) or self.found_routes.get(shape)
        if known is None and self._routes.seen_before(shape):
            known = self._stored(shape, model_of)
            if known is not None:
                self.found_routes[shape] = known
        return known

    def _stored(self, shape: Shape, model_of: Callable[[int], ProcessModel]) -> Known | None:
        """The route of a shape, stored unless it is there; None if another one has its key (which nobody will ever see)."""
        tenant_id, ended, events = shape
        elements = [self._element(one, model_of) for one in ended]
        content = routes.content_of(tenant_id, elements, events)
        known = routes.known_as(routes.digest_of(content))
        kept = self._content(known.key)
        if kept is None:
            # Whoever else is storing it stores the same: the key is a digest of the content.
            self._put(_ADD_ROUTE, {"key": known.key, "tenant_id": tenant_id, "content": packing.pack(content)})
            of_route = {"route_key": known.key, "tenant_id": tenant_id}
            if elements:
                self._put(_ADD_ELEMENT, *(of_route | one for one in elements))
        return known if kept in (None, content) else None

    def _content(self, key: int) -> bytes | None:
        kept = self._first(_CONTENT, {"route": key})
        return None if kept is None else packing.unpack(bytes(kept.content))

    def _element(self, ended: Ended, model_of: Callable[[int], ProcessModel]) -> dict[str, Any]:
        node = model_of(ended.definition_key).nodes[ended.slot]
        return {
            "place": ended.place,
            "process_definition_key": ended.definition_key,
            "process_id": self._definition(ended.definition_key).process_id,
            "parent_place": ended.parent_place,
            "element_id": node.id,
            "element_name": node.name,
            "type": (node.type if ended.type is None else ended.type).value,
            "state": str(ended.state),
        }


def place_of_leg(taken: LegTaken, base: int, tenant_id: str) -> tuple[Any, ...] | None:
    """What a route depends on, besides the leg; None where the keys given on the way do not follow one another, or others lie
    among them."""
    keys, given = taken.keys, taken.leg.given
    before = len(keys) - given
    far = 0
    if given:
        far = keys[before] - base
        if keys[-1] - keys[before] != given - 1 or far < 0 or far + given > PLACES:
            return None
    if any(base <= key < base + PLACES for key in keys[1:before]):
        return None
    return taken.leg, far, tenant_id
