"""Routes: what many commands did alike is kept once, and each of them keeps only what it has of its own.

A route tells the events of a command and the element instances that began and ended in it, with *places* in the stead of
keys: a place is how far a key lies behind that of the command's record. So a row of the audit trail with a route key stands
for all of it, and the searches find its element instances by joining ``route_element``.

Reading needs no more than what is stored; which routes are worth storing is decided by ``Routes``, per process.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select

from laneway.domain.history import IncidentRaised, Packed
from laneway.store import json, packing
from laneway.store.tables import route, route_element

PLACES = 4096
"""A key that lies farther behind the record's has no place. (As many as a node gives within a millisecond.)"""

ROOT = -1
"""Place of the root instance."""

_HOLE = -2
"""Stands where each command has a value of its own."""

_LONGEST = 500
_MOST_KNOWN = 1_000
_MOST_PHRASES = 5_000
_MOST_SEEN = 20_000
_RAISED = IncidentRaised.__name__

Shape = tuple[Any, ...]
_NO_PHRASES: Mapping[Shape, int] = {}


class Told(NamedTuple):
    """How a record tells what happened: the columns ``events`` and ``route_key``, and the digest that the chain covers."""

    events: bytes
    route_key: int | None
    digest: str


class Known(NamedTuple):
    """A route that is stored; ``bare``: how it is told where it has no holes."""

    key: int
    digest: str
    bare: Told


class OfLeg(NamedTuple):
    """How a leg is told: ``holes`` are the numbers of the keys that each instance has of its own, ``ended`` how far the keys of the
    elements that need no row lie behind that of the record."""

    known: Known
    holes: tuple[int, ...]
    ended: tuple[int, ...]


class Routes:
    """The routes that one process knows to be stored. What was seen once is remembered only; the second time it is stored:
    a route of which there is one command would be longer than what it saves. So it is with ``phrases``: see ``laneway.store.phrases``."""

    def __init__(self) -> None:
        self.phrases: dict[Shape, int] = {}
        self._known: dict[Shape, Known] = {}
        self._seen: dict[int, None] = {}
        self._of_courses: dict[tuple[Any, ...], Told] = {}
        self._of_legs: dict[tuple[Any, ...], OfLeg] = {}
        self._rows_of_legs: dict[tuple[Any, ...], Any] = {}

    def forget(self) -> None:
        """Somebody else may answer for the database from now on, who has not got all that was stored."""
        for kept in (self.phrases, self._known, self._of_courses, self._of_legs, self._rows_of_legs):
            kept.clear()

    def known(self, shape: Shape) -> Known | None:
        return self._known.get(shape)

    def of_course(self, place: tuple[Any, ...]) -> Told | None:
        """How instances of a course are told whose route is known; ``place``: of whatever it depends on."""
        return self._of_courses.get(place)

    def keep_course(self, place: tuple[Any, ...], told: Told) -> None:
        _bounded(self._of_courses, _MOST_KNOWN)
        self._of_courses[place] = told

    def of_leg(self, place: tuple[Any, ...]) -> OfLeg | None:
        """As ``of_course``, for instances that go from one wait to the next."""
        return self._of_legs.get(place)

    def keep_leg(self, place: tuple[Any, ...], found: OfLeg) -> None:
        _bounded(self._of_legs, _MOST_KNOWN)
        self._of_legs[place] = found

    def rows_of_leg(self, place: tuple[Any, ...]) -> Any:
        """What was kept under the same place: rows as ``laneway.store.units.leg`` prepares them; None where nothing was."""
        return self._rows_of_legs.get(place)

    def keep_rows_of_leg(self, place: tuple[Any, ...], rows: Any) -> None:
        _bounded(self._rows_of_legs, _MOST_KNOWN)
        self._rows_of_legs[place] = rows

    def seen_before(self, shape: Shape) -> bool:
        mark = hash(shape)
        if mark in self._seen:
            return True
        _bounded(self._seen, _MOST_SEEN)
        self._seen[mark] = None
        return False

    def learn(self, committed: Mapping[Shape, Known], phrases: Mapping[Shape, int] = _NO_PHRASES) -> None:
        """To be called when the transaction that stored or found them was committed, and never before."""
        for shape, found in committed.items():
            _bounded(self._known, _MOST_KNOWN)
            self._known[shape] = found
        for what, key in phrases.items():
            _bounded(self.phrases, _MOST_PHRASES)
            self.phrases[what] = key


def _bounded(kept: dict[Any, Any], most: int) -> None:
    if len(kept) >= most:
        for one in list(kept)[: most // 2]:
            kept.pop(one, None)


def shape_of_events(
    log: Sequence[Packed], base: int, root_key: int, definitions: Collection[int]
) -> tuple[Shape, list[Any]] | None:
    """The events with places in the stead of keys, and the values of the holes; None where there are too many."""
    if len(log) > _LONGEST:
        return None
    holes: list[Any] = []
    end = base + PLACES
    shaped: list[tuple[Any, ...]] = []
    for event in log:
        if len(event) == 3 and type(event[1]) is int and event[0] != _RAISED:
            # A name, a key, a text: as most are.
            name, key, text = event
            if text is None or type(text) is str:
                if base <= key < end and key != root_key:
                    shaped.append((name, key - base, text))
                    continue
                if key == root_key:
                    shaped.append((name, ROOT, text))
                    continue
        fields: list[Any] = []
        for value in event:
            kind = type(value)
            if kind is str or value is None:
                fields.append(value)
            elif kind is not int:
                fields.append(_HOLE)
                holes.append(value)
            elif value == root_key:
                fields.append(ROOT)
            elif base <= value < end:
                fields.append(value - base)
            elif value in definitions and value >= PLACES:
                fields.append(value)
            else:
                fields.append(_HOLE)
                holes.append(value)
        if event[0] == _RAISED and fields[-1] != _HOLE:
            holes.append(fields[-1])  # The message holds values of the instance.
            fields[-1] = _HOLE
        shaped.append(tuple(fields))
    return tuple(shaped), holes


def content_of(tenant_id: str, elements: Sequence[Mapping[str, Any]], events: Shape) -> bytes:
    """The text of a route: of equal routes it is equal."""
    return json.encode_canonical([tenant_id, [dict(one) for one in elements], events]).encode()


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def key_of(digest: str) -> int:
    """63 bits of it; 0 is no key."""
    return int(digest[:16], 16) >> 1 or 1


def digest_of_told(route_digest: str, events: bytes) -> str:
    return hashlib.sha256(bytes.fromhex(route_digest) + events).hexdigest()


def events_of(row: Any) -> list[list[Any]]:
    """The events of a record: a row with ``key root_key events route_key`` and its route's ``content``."""
    if row.route_key is None:
        return packing.events_of(row.events)
    _, _, events = json.decode(packing.unpack(bytes(row.content)).decode())
    values = iter(_values(row.events))
    return [[_filled(field, row.key, row.root_key, values) for field in event] for event in events]


def known_as(digest: str) -> Known:
    key = key_of(digest)
    return Known(key, digest, Told(b"", key, digest_of_told(digest, b"")))


def told(known: Known, values: Sequence[Any]) -> Told:
    if not values:
        return known.bare
    events = packing.pack(packing.events_text([tuple(values)]))
    return Told(events, known.key, digest_of_told(known.digest, events))


def _values(events: bytes) -> list[Any]:
    return packing.events_of(events)[0] if events else []


def _filled(field: Any, base: int, root_key: int, values: Any) -> Any:
    if type(field) is not int:
        return field
    if field == _HOLE:
        return next(values)
    if field == ROOT:
        return root_key
    return base + field if field < PLACES else field


class Digests:
    """Digests of what records tell, for whoever verifies them; each route is read once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._routes: dict[int, str] = {}

    def of(self, events: bytes | None, route_key: int | None) -> str:
        """
        Raises
        ------
        ValueError
            If it cannot be read, or its route was changed.
        """
        if events is None:
            return ""
        if route_key is None:
            try:
                return packing.digest(packing.unpack(bytes(events)))
            except ValueError:
                raise ValueError("the history of this command cannot be read") from None
        if route_key not in self._routes:
            self._routes[route_key] = self._sound(route_key)
        return digest_of_told(self._routes[route_key], bytes(events))

    def _sound(self, route_key: int) -> str:
        kept = self._connection.execute(select(route.c.content).where(route.c.key == route_key)).first()
        if kept is None:
            raise ValueError("the history of this command is missing: its route is not there")
        try:
            content = packing.unpack(bytes(kept.content))
        except ValueError:
            raise ValueError("the history of this command cannot be read: its route is broken") from None
        digest = digest_of(content)
        if key_of(digest) != route_key:
            raise ValueError("the history of this command was changed: its route is another one")
        tenant_id, elements, _ = json.decode(content.decode())
        found = self._connection.execute(
            select(route_element).where(route_element.c.route_key == route_key).order_by(route_element.c.place)
        )
        if [_element(row) for row in found] != [
            {"route_key": route_key, "tenant_id": tenant_id, **one} for one in elements
        ]:
            raise ValueError("the element instances of this command's route were changed")
        return digest


def _element(row: Row[Any]) -> dict[str, Any]:
    return dict(row._mapping)
