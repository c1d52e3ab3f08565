"""The texts of searches: built once for all queries that differ in their values alone.

To build a statement and to compile it takes SQLAlchemy 1 to 5 ms, whatever its cache holds: the statement is the key of that cache.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, false, func, literal_column, or_, select, true
from sqlalchemy.engine import Dialect

from laneway.domain.errors import InvalidInput, NotFound
from laneway.store.prepared import Shape
from laneway.store.search import given
from laneway.store.search.conditions import condition_of, field_of
from laneway.store.search.cursor import Direction, Order, SortField
from laneway.store.search.fields import Resource
from laneway.store.search.given import Condition, Number
from laneway.store.search.resources import RESOURCES
from laneway.store.search.windows import OFFSET, window

LONGEST = 2_000
"""Characters of a question whose texts are kept: lists of hundreds of values take megabytes, and are seldom asked again."""
LIMIT, MOST = "limit", "most"
KEPT = 1_000
"""Of all databases of the process; each takes about 20 KB."""


class Question(NamedTuple):
    """A query without its values. ``place``: the numbers of a cursor's values, None for null."""

    resource: str
    of_instance: bool
    conditions: tuple[Condition, ...]
    any_of: tuple[tuple[Condition, ...], ...]
    tenants: tuple[Number, ...] | None
    sort: tuple[tuple[str, Direction], ...] = ()
    place: tuple[int | None, ...] | None = None
    backwards: bool = False


class Texts:
    """The statements that answer a question on one database, each compiled when it is wanted first."""

    def __init__(self, question: Question, dialect: Dialect) -> None:
        resource = RESOURCES[question.resource]
        self._question = question
        self._dialect = dialect
        self._resource = resource
        self._arms = resource.arms_of_instance if question.of_instance else resource.arms
        self._condition = self._met(dialect.name == "sqlite")
        self.names = [name for name, field in resource.fields.items() if not field.hidden]
        self._rows: dict[bool, Shape] = {}

    @cached_property
    def one(self) -> Shape:
        return self._shape(self._selected(self._shown(), self._condition))

    @cached_property
    def count(self) -> Shape:
        """Given ``MOST``, up to which is counted."""
        most = self._selected([literal_column("1")], self._condition).limit(_integer(MOST)).subquery()
        return self._shape(select(func.count().label("total")).select_from(most))

    def rows(self, *, ended: bool) -> Shape:
        """The columns of the order, and then those that are shown. Given ``LIMIT OFFSET`` and, of a ``window``, ``BEGIN END``."""
        if ended not in self._rows:
            self._rows[ended] = self._shape(self._in_order(ended))
        return self._rows[ended]

    def _in_order(self, ended: bool) -> Select[Any]:
        asked = self._question
        order = order_of(asked.resource, asked.sort)
        places = order.columns()
        beyond = true() if asked.place is None else order.beyond(asked.place, asked.backwards)
        within = window(order.fields[0], asked.place is not None, ended, asked.backwards)
        statement = self._selected([*places, *self._shown()], self._condition, beyond, within)
        in_order = statement.order_by(*order.clauses(places, reverse=asked.backwards))
        return in_order.limit(_integer(LIMIT)).offset(_integer(OFFSET))

    def _met(self, is_sqlite: bool) -> ColumnElement[bool]:
        asked, resource = self._question, self._resource
        conditions = [*resource.where, condition_of(resource, asked.conditions, is_sqlite)]
        if asked.any_of:
            conditions.append(or_(*(condition_of(resource, one, is_sqlite) for one in asked.any_of)))
        if asked.tenants is not None:
            tenants = [given.value(number, resource.tenant) for number in asked.tenants]
            conditions.append(resource.tenant.in_(tenants) if tenants else false())
        return and_(*conditions)

    def _shown(self) -> list[ColumnElement[Any]]:
        return [
            (field.expression if field.shown is None else field.shown).label(name)
            for name, field in self._resource.fields.items()
            if not field.hidden
        ]

    def _selected(self, columns: Sequence[ColumnElement[Any]], *conditions: ColumnElement[bool]) -> Select[Any]:
        if self._arms is None:
            return select(*columns).select_from(self._resource.source).where(*conditions)
        found = self._arms.narrowed(*conditions)
        return select(*(self._arms.moved(column, found) for column in columns)).select_from(found)

    def _shape(self, statement: Select[Any]) -> Shape:
        return Shape(statement, (), self._dialect)


_kept: OrderedDict[tuple[str, Question], Texts] = OrderedDict()
_lock = threading.Lock()


def texts_of(question: Question, dialect: Dialect) -> Texts:
    """
    Raises
    ------
    InvalidInput
        ``unknown_field`` or ``invalid_sort``.
    """
    if len(repr(question)) > LONGEST:
        return Texts(question, dialect)
    key = dialect.name, question
    with _lock:
        found = _kept.get(key)
        if found is not None:
            _kept.move_to_end(key)
            return found
    made = Texts(question, dialect)
    with _lock:
        _kept[key] = made
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return made


def kept() -> int:
    return len(_kept)


def forget() -> None:
    """Build all texts anew."""
    with _lock:
        _kept.clear()


def resource_of(name: str) -> Resource:
    resource = RESOURCES.get(name)
    if resource is None:
        names = sorted([*RESOURCES, "sequence-flows"])
        raise NotFound("unknown_resource", f"there is no {name!r} to search; there are {', '.join(names)}")
    return resource


@lru_cache(maxsize=KEPT)
def order_of(resource_name: str, sort: tuple[tuple[str, Direction], ...]) -> Order:
    """
    Raises
    ------
    InvalidInput
        ``unknown_field`` or ``invalid_sort``.
    """
    resource = resource_of(resource_name)
    fields: list[SortField] = []
    for name, direction in sort:
        field = field_of(resource, name)
        if not field.sortable or field.related is not None or field.special is not None:
            raise InvalidInput("unknown_field", f"{resource.name} cannot be sorted by {name!r}", {"field": name})
        if direction not in ("ASC", "DESC"):
            raise InvalidInput("invalid_sort", f"{name}: the order is ASC or DESC, not {direction!r}", {"field": name})
        if all(one.name != name for one in fields):
            fields.append(SortField(name, field, direction))
    for name in resource.key:
        if all(one.name != name for one in fields):
            fields.append(SortField(name, resource.fields[name], "ASC"))
    return Order(resource.name, fields)


def _integer(name: str) -> ColumnElement[int]:
    return bindparam(name, type_=Integer())
