"""Rows of what instances do that go a known leg: prepared once for all of them, and each fills in its keys and the time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from laneway.domain.definition import FormDefinition
from laneway.domain.leg import LegTaken, Opening
from laneway.domain.model import ProcessModel
from laneway.domain.place import NOBODY, Alive
from laneway.domain.state import ElementInstance
from laneway.domain.transition import JobOpened, MessageSubscriptionOpened, Opened, Transition, UserTaskOpened
from laneway.domain.types import ElementState
from laneway.store import json, routes
from laneway.store.prepared import Statement, insert_into
from laneway.store.routes import Told
from laneway.store.tables import element_instance, user_task
from laneway.store.units.course import TOLD_BY_A_ROUTE
from laneway.store.units.messages import meeting
from laneway.store.units.opened import OpenedRows
from laneway.store.units.told import ToldUnit, place_of_leg

_INSERT_ELEMENT = insert_into(element_instance)
_INSERT_USER_TASK = insert_into(user_task)
_KEY, _ELEMENT, _ROOT, _AT, _COMPUTED = range(5)
"""What an instance has of its own of a row of work, in this order; behind it what was computed on the way."""
_OF_ITS_OWN = {
    "key": _KEY,
    "user_task_key": _KEY,
    "element_instance_key": _ELEMENT,
    "process_instance_key": _ROOT,
    "root_key": _ROOT,
    "created_at": _AT,
    "updated_at": _AT,
    "available_at": _AT,
}
_TEXTS = frozenset({"assignee", "correlation_key"})
"""Of what is computed, what the driver takes as it is."""
TOUCHED = frozenset({JobOpened, UserTaskOpened, MessageSubscriptionOpened})
"""What is asked for one by one, so that who asks is told whether it is in the buffer."""


class ElementRow(NamedTuple):
    """Of an element that is alive where the leg leads. Numbers are those of the place there."""

    number: int
    parent: int
    before: tuple[Any, ...]
    after: tuple[Any, ...]
    runtime: str | None


class TouchedRow(NamedTuple):
    """Of an element that was alive before. ``waits``: it has keys in what its row keeps of it, so that this is made each time. ``root``: it
    is that of the root, which has no other row than the root's own."""

    place: int
    number: int
    state: str
    runtime: str | None
    waits: bool
    root: bool


class WorkRow(NamedTuple):
    """Of work that opens: ``pick`` takes it out of what the instance has of its own, and of ``fixed``."""

    statement: Statement
    opening: int
    pick: Callable[[Sequence[Any]], tuple[Any, ...]]
    fixed: tuple[Any, ...]

    def row(self, own: Sequence[Any]) -> tuple[Any, ...]:
        return self.pick((*own, *self.fixed))


class RowsOfLeg(NamedTuple):
    """``work``: None where rows depend on more than what is kept here, a form above all. ``root``: what the row of a root that the leg
    starts keeps of its element, the last columns of it."""

    created: tuple[ElementRow, ...]
    touched: tuple[TouchedRow, ...]
    ended: tuple[int, ...]
    work: tuple[WorkRow, ...] | None
    root: tuple[Any, ...]


class LegUnit(ToldUnit):
    latest_form: Callable[[str, str], FormDefinition | None]

    def _known_leg(
        self, transition: Transition, base: int, tenant_id: str, model_of: Callable[[int], ProcessModel]
    ) -> tuple[Told, RowsOfLeg] | None:
        """How the record ``base`` tells it, and its rows; None where this process does not know that its route is stored."""
        if not isinstance(transition, LegTaken):
            return None
        place = place_of_leg(transition, base, tenant_id)
        found = None if place is None else self._routes.of_leg(place)
        if place is None or found is None or len(found.ended) != len(transition.leg.passed):
            return None
        rows = self._routes.rows_of_leg(place)
        if rows is None:
            rows = self._prepared(transition, tenant_id, model_of)
            self._routes.keep_rows_of_leg(place, rows)
        keys = transition.keys
        return routes.told(found.known, [keys[number] for number in found.holes]), rows

    def _prepared(self, taken: LegTaken, tenant_id: str, model_of: Callable[[int], ProcessModel]) -> RowsOfLeg:
        leg, keys, definition_key = taken.leg, taken.keys, taken.definition_key
        shape = () if leg.end is None else leg.end.shape
        at = () if leg.rests is None else leg.rests(keys)
        nodes = model_of(definition_key).nodes
        process_id = self._definition(definition_key).process_id
        alive = leg.end.elements(at) if leg.end is not None else {}

        def created(one: Alive) -> ElementRow:
            node = nodes[one.slot]
            before = (definition_key, process_id)
            after = (one.slot, node.id, node.name, one.type.value, one.state.value)
            return ElementRow(one.number, one.parent, before, after, runtime_text(alive[at[one.number]]))

        born = {at[shape[place].number] for place in leg.created_there}
        gone = {keys[one.number] for one in leg.ended}
        touched = {keys[number] for number in leg.touched} - born - gone
        return RowsOfLeg(
            tuple(created(shape[place]) for place in leg.created_there if shape[place].parent != NOBODY),
            tuple(
                TouchedRow(
                    place,
                    one.number,
                    one.state.value,
                    runtime_text(alive[at[one.number]]),
                    bool(one.waits),
                    one.parent == NOBODY,
                )
                for place, one in enumerate(shape)
                if at[one.number] in touched
            ),
            tuple(one.number for one in leg.ended if keys[one.number] not in born and one.parent != NOBODY),
            self._prepared_work(taken, tenant_id),
            next(
                (
                    (one.slot, state_of_root(one.state.value), runtime_text(alive[at[one.number]]), None)
                    for one in shape
                    if one.parent == NOBODY
                ),
                TOLD_BY_A_ROUTE,
            ),
        )

    def _prepared_work(self, taken: LegTaken, tenant_id: str) -> tuple[WorkRow, ...] | None:
        make = self._opened_rows(taken.keys[0], tenant_id)
        work: list[WorkRow] = []
        for number, (opening, opened) in enumerate(zip(taken.leg.opened, taken.opened, strict=True)):
            if isinstance(opened, UserTaskOpened) and (opened.form_id is not None or opened.form_key is not None):
                return None
            computed = {opening.type._fields[3 + place]: which for place, which in opening.computed}
            if not computed.keys() <= _TEXTS:
                return None
            for table, row in make.of(opened):
                statement = insert_into(table)
                work.append(self._work_row(statement, number, row, computed))
        return tuple(work)

    def _work_row(self, statement: Statement, number: int, row: dict[str, Any], computed: dict[str, int]) -> WorkRow:
        shape = statement.shape(self._writes().driver.dialect)
        given = shape.given(row)
        own = _COMPUTED + len(computed)
        which = {name: _COMPUTED + place for place, name in enumerate(computed)}
        fixed: list[Any] = []
        picks: list[int] = []
        for name, value in zip(shape.places, given, strict=True):
            at = which.get(name, _OF_ITS_OWN.get(name))
            if at is None or (value is None and name not in computed):
                picks.append(own + len(fixed))
                fixed.append(value)
            else:
                picks.append(at)
        return WorkRow(statement, number, itemgetter(*picks), tuple(fixed))

    def _opened_rows(self, root_key: int, tenant_id: str) -> OpenedRows:
        return OpenedRows(
            root_key,
            tenant_id,
            self.now,
            self._definition,
            lambda form_id: self.latest_form(form_id, tenant_id),
        )

    def _move_elements(
        self, taken: LegTaken, rows: RowsOfLeg, tenant_id: str, update: Statement, update_root: Statement
    ) -> None:
        """As ``_write_elements``. ``update``: changes one, given its ``row``, ``state``, ``ended_at``, ``incident_key`` and
        ``runtime``; ``update_root``: that of the root, given its ``row``, ``element_state``, ``runtime`` and ``incident_key``."""
        root_key, at, keys = taken.keys[0], self._at(), taken.state.keys
        if rows.created:
            self._put_ready(
                _INSERT_ELEMENT,
                [
                    (
                        keys[number],
                        tenant_id,
                        root_key,
                        root_key,
                        *before,
                        0 if parent == NOBODY else keys[parent],
                        *after,
                        at,
                        None,
                        None,
                        runtime,
                    )
                    for number, parent, before, after, runtime in rows.created
                ],
                [keys[one.number] for one in rows.created],
            )
        if not rows.touched and not rows.ended:
            return
        changed: list[Sequence[Any]] = []
        moved: list[int] = []
        dialect = self._writes().driver.dialect
        for place, number, state, runtime, waits, root in rows.touched:
            if waits:
                assert taken.leg.end is not None
                [element] = taken.leg.end.some((place,), keys).values()
                runtime = runtime_text(element)
            if root:
                of_root = (root_key, state_of_root(state), runtime, None)
                self._put_ready(update_root, [update_root.picking(dialect)(of_root)], [root_key])
                continue
            moved.append(keys[number])
            changed.append((keys[number], state, None, None, runtime))
        for number in rows.ended:
            key = taken.keys[number]
            moved.append(key)
            changed.append((key, "COMPLETED", at, None, None))
        if changed:
            self._put_ready(update, list(map(update.picking(dialect), changed)), moved)

    def _open_work(self, taken: LegTaken, rows: Sequence[WorkRow], tenant_id: str) -> None:
        root_key, at = taken.keys[0], self._at()
        openings: Sequence[Opening] = taken.leg.opened
        by_statement: dict[Statement, tuple[list[Sequence[Any]], list[Any]]] = {}
        people: list[tuple[int, WorkRow, tuple[Any, ...]]] = []
        for place, (statement, number, pick, fixed) in enumerate(rows):
            opened: Opened = taken.opened[number]
            computed = [opened[3 + place] for place, _ in openings[number].computed]
            own = (opened.key, opened.element_instance_key, root_key, at, *computed)
            of_it, keys = by_statement.setdefault(statement, ([], []))
            of_it.append(pick((*own, *fixed)))
            keys.append(opened.key)
            if statement is _INSERT_USER_TASK:
                people.append((opened.key, rows[place], own))
        for statement, (of_it, keys) in by_statement.items():
            self._put_ready(statement, of_it, keys if statement.key is not None else [])
        self._touch_opened(taken.opened, tenant_id)
        if not self._locks_rows:
            for key, row, own in people:
                self._hot.keep_work(key, (row, own))

    def _touch_opened(self, opened: Sequence[Opened], tenant_id: str) -> None:
        for one in opened:
            if isinstance(one, MessageSubscriptionOpened):
                self._touch((meeting(tenant_id, one.name, one.correlation_key),))
            else:
                self._touch((one.key,))


def state_of_root(state: str) -> str | None:
    """Of the element of a live root, as its row keeps it."""
    return None if state == ElementState.ACTIVE.value else state


def runtime_text(element: ElementInstance) -> str | None:
    """What the row of an element keeps of it beside its columns; the element goes on with what it will be when it is read."""
    runtime = element.runtime_json()
    if not runtime:
        return None
    text = json.encode(runtime)
    if element.keeps_json():
        element.take_json(json.decode(text))
    return text
