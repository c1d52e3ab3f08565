"""A page in the order of a computed key costs what the page holds, not what there is.

No index has such keys in their order, so that the database would sort all that meets the filter. But the stored keys that they
are computed from are near: the page is looked for among the first of them, then among more, and only then among all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, select, true

from laneway.ports import SearchQuery
from laneway.store.routes import PLACES
from laneway.store.search.cursor import Order
from laneway.store.tables import audit_log

_GROWTH = (1, 30, 1_000)
_BY_INSTANCE = frozenset({"processInstanceKey", "rootProcessInstanceKey", "elementInstanceKey"})


def windows(
    connection: Connection, order: Order, query: SearchQuery, place: Sequence[Any] | None, backwards: bool
) -> Iterator[ColumnElement[bool]]:
    """Conditions to be tried in turn, until a page is full; the last one is met by all rows beyond ``place``."""
    first = order.fields[0]
    near = first.field.near
    if near is None:
        yield true()
        return
    key = first.field.expression
    rising = (first.direction == "ASC") != backwards
    begin = None if place is None else int(place[0])
    if rising:
        beyond = true() if begin is None else near > begin - PLACES
    else:
        beyond = true() if begin is None else near <= begin
    if not names_an_instance(query):
        for growth in _GROWTH:
            end = _end(connection, begin, rising, (query.offset + query.limit) * growth)
            if end is None:
                break
            # A key on this side of the end is computed from one on the same side, or less than PLACES before it.
            yield and_(beyond, near < end, key < end) if rising else and_(beyond, near > end - PLACES, key >= end)
    yield beyond


def names_an_instance(query: SearchQuery) -> bool:
    return any(one.field in _BY_INSTANCE and one.operator in ("eq", "in") for one in query.filters)


def _end(connection: Connection, begin: int | None, rising: bool, count: int) -> int | None:
    """The stored key that lies ``count`` records with a route beyond ``begin``; None if there are fewer."""
    key = audit_log.c.key
    found = select(key).where(audit_log.c.route_key.is_not(None)).offset(count).limit(1)
    if begin is not None:
        found = found.where(key > begin if rising else key <= begin)
    return connection.scalar(found.order_by(key if rising else key.desc()))
