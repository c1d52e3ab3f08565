"""Filters that are more than a column: variables by value, tags."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_, select

from laneway.domain.errors import InvalidInput
from laneway.domain.types import HIDDEN_PREFIX
from laneway.store import json
from laneway.store.search.fields import Field, read_value
from laneway.store.tables import variable

Special = Callable[[str, str, Any, bool], ColumnElement[bool]]

_MOST_CONDITIONS = 20


def tags_condition(column: ColumnElement[Any]) -> Special:
    """``tags`` equals a list: all of them are among the tags. ``column`` holds the list's JSON text."""

    def condition(name: str, operator: str, value: Any, is_sqlite: bool) -> ColumnElement[bool]:
        if operator != "eq" or not isinstance(value, (list, tuple)) or len(value) > _MOST_CONDITIONS:
            raise InvalidInput(
                "invalid_filter_value", f"{name} takes a list of up to {_MOST_CONDITIONS} tags", {"field": name}
            )
        tags = [json.encode(read_value(name, "text", tag)) for tag in value]
        # Quoted as in the list, a tag is found as a whole and never as part of another one.
        return and_(*(func.instr(column, tag) > 0 if is_sqlite else func.strpos(column, tag) > 0 for tag in tags))

    return condition


def variables_condition(scope: ColumnElement[int], whole_process: bool) -> Special:
    """``[{"name": …, "value": "JSON text" or {"$operator": …}}, …]``: each is met by a variable.

    ``scope`` is the key of the scope that holds the variables or, with ``whole_process``, of the process instance any
    scope of which may.
    """

    def condition(name: str, operator: str, value: Any, is_sqlite: bool) -> ColumnElement[bool]:
        from laneway.store.search.conditions import compare

        if operator != "eq" or not isinstance(value, (list, tuple)) or len(value) > _MOST_CONDITIONS:
            raise _wrong(name)
        met = []
        for one in value:
            if not isinstance(one, Mapping) or not {"name", "value"} <= one.keys():
                raise _wrong(name)
            wanted = one["value"]
            operators = dict(wanted) if isinstance(wanted, Mapping) else {"$eq": wanted}
            # That a variable does not exist is no condition on a row of it.
            absent = operators.get("$exists") is False
            named = exists(
                select(1)
                .select_from(variable)
                .where(
                    _of_process(scope) if whole_process else variable.c.scope_key == scope,
                    variable.c.name == read_value(f"{name}.name", "text", one["name"]),
                    func.substr(variable.c.name, 1, 1) != HIDDEN_PREFIX,
                    *(
                        compare(f"{name}.value", _VALUE, written.removeprefix("$"), given, is_sqlite)
                        for written, given in operators.items()
                        if not absent
                    ),
                )
            )
            met.append(not_(named) if absent else named)
        return and_(*met)

    return condition


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
