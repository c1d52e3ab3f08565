"""Filters that are more than a column: variables by value, tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_, select, true

from laneway.domain.errors import InvalidInput
from laneway.domain.types import HIDDEN_PREFIX
from laneway.store import json
from laneway.store.search.fields import Field, read_value
from laneway.store.search.given import Values, value, value_of
from laneway.store.tables import variable

_MOST_CONDITIONS = 20


class Tags:
    """``tags`` equals a list: all of them are among the tags. ``column`` holds the list's JSON text."""

    def __init__(self, column: ColumnElement[Any]) -> None:
        self._column = column

    def read(self, name: str, operator: str, value: Any, values: Values, is_sqlite: bool) -> tuple[int, ...]:
        if operator != "eq" or not isinstance(value, (list, tuple)) or len(value) > _MOST_CONDITIONS:
            raise InvalidInput(
                "invalid_filter_value", f"{name} takes a list of up to {_MOST_CONDITIONS} tags", {"field": name}
            )
        # Quoted as in the list, a tag is found as a whole and never as part of another one.
        return tuple(values.one(json.encode(read_value(name, "text", tag))) for tag in value)

    def condition(self, given: tuple[int, ...], is_sqlite: bool) -> ColumnElement[bool]:
        place = func.instr if is_sqlite else func.strpos
        return and_(true(), *(place(self._column, value_of(tag, "text")) > 0 for tag in given))


class Keys(Tags):
    """As ``Tags``, of a list of keys."""

    def __init__(self, column: ColumnElement[Any]) -> None:
        commas = func.replace(func.replace(func.replace(column, "[", ","), "]", ","), " ", "")
        super().__init__(commas)

    def read(self, name: str, operator: str, value: Any, values: Values, is_sqlite: bool) -> tuple[int, ...]:
        if operator != "eq" or not isinstance(value, (list, tuple)) or len(value) > _MOST_CONDITIONS:
            raise InvalidInput(
                "invalid_filter_value", f"{name} takes a list of up to {_MOST_CONDITIONS} keys", {"field": name}
            )
        return tuple(values.one(f",{read_value(name, 'key', key)},") for key in value)


class VariablesByValue:
    """``[{"name": …, "value": "JSON text" or {"$operator": …}}, …]``: each is met by a variable.

    ``scope`` is the key of the scope that holds the variables or, with ``whole_process``, of the process instance any
    scope of which may.
    """

    def __init__(self, scope: ColumnElement[int], whole_process: bool) -> None:
        self._scope = scope
        self._whole_process = whole_process

    def read(self, name: str, operator: str, value: Any, values: Values, is_sqlite: bool) -> tuple[_One, ...]:
        if operator != "eq" or not isinstance(value, (list, tuple)) or len(value) > _MOST_CONDITIONS:
            raise _wrong(name)
        return tuple(self._read_one(name, one, values, is_sqlite) for one in value)

    def _read_one(self, name: str, one: Any, values: Values, is_sqlite: bool) -> _One:
        from laneway.store.search.conditions import read_given

        if not isinstance(one, Mapping) or not {"name", "value"} <= one.keys():
            raise _wrong(name)
        wanted = one["value"]
        operators = dict(wanted) if isinstance(wanted, Mapping) else {"$eq": wanted}
        named = values.one(read_value(f"{name}.name", "text", one["name"]))
        # That a variable does not exist is no condition on a row of it.
        if operators.get("$exists") is False:
            return _One(named, True, ())
        compared: list[tuple[str, Any]] = []
        for written, given in operators.items():
            plain = written.removeprefix("$")
            compared.append((plain, read_given(_VALUE.kind, f"{name}.value", plain, given, values, is_sqlite)))
        return _One(named, False, tuple(compared))

    def condition(self, given: tuple[_One, ...], is_sqlite: bool) -> ColumnElement[bool]:
        from laneway.store.search.conditions import compare

        met: list[ColumnElement[bool]] = [true()]
        for one in given:
            named = exists(
                select(1)
                .select_from(variable)
                .where(
                    _of_process(self._scope) if self._whole_process else variable.c.scope_key == self._scope,
                    variable.c.name == value(one.name, variable.c.name),
                    func.substr(variable.c.name, 1, 1) != HIDDEN_PREFIX,
                    *(compare(_VALUE, operator, wanted, is_sqlite) for operator, wanted in one.compared),
                )
            )
            met.append(not_(named) if one.absent else named)
        return and_(*met)


class _One(NamedTuple):
    """A variable that is asked for: the number of its name, and of what its value is compared with, by operator."""

    name: int
    absent: bool
    compared: tuple[tuple[str, Any], ...]


def _of_process(key: ColumnElement[int]) -> ColumnElement[bool]:
    mine = variable.c.process_instance_key == key
    return or_(
        and_(variable.c.scope_key == key, mine), and_(mine, variable.c.process_instance_key != variable.c.scope_key)
    )


_VALUE = Field(variable.c.value, "json")


def _wrong(name: str) -> InvalidInput:
    return InvalidInput(
        "invalid_filter_value",
        f'{name} takes a list of up to {_MOST_CONDITIONS} of {{"name": …, "value": JSON text or {{"$operator": …}}}}',
        {"field": name},
    )
