"""A search body of the wire (``filter``, ``sort``, ``page``) → ``ports.SearchQuery``.

``filter`` names a field with a plain value (equals) or with operators: ``{"$like": "inv*", "$exists": true}``. Conditions are
joined by AND; ``$or`` holds alternatives, each a filter of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from laneway.domain.errors import InvalidInput
from laneway.domain.types import DEFAULT_TENANT
from laneway.ports import Filter, SearchQuery

MOST_ROWS = 10_000
"""Of one page; more is asked for page by page."""

Kind = Literal["key", "text", "integer", "boolean", "date", "enum", "variables", "tags"]

_EQUALITY = ("$eq", "$neq", "$exists", "$in", "$notIn")
_ORDER = ("$gt", "$gte", "$lt", "$lte")
_OPERATORS: dict[Kind, tuple[str, ...]] = {
    "key": _EQUALITY,
    "text": (*_EQUALITY, "$like"),
    "enum": (*_EQUALITY, "$like"),
    "integer": (*_EQUALITY, *_ORDER),
    "date": (*_EQUALITY, *_ORDER),
    "boolean": ("$eq", "$neq", "$exists"),
}
_MOST_VALUES = 1_000
_MOST_CONDITIONS = 100
_INT64 = 2**63
_INT32 = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Searched:
    """What may be asked of a resource. ``filters``: wire name → kind; ``sorts``: wire names."""

    resource: str
    filters: Mapping[str, Kind]
    sorts: Sequence[str]
    default_sort: Sequence[tuple[str, Literal["ASC", "DESC"]]] = ()


class PageRequest(BaseModel):
    """Which rows: the first ``limit`` after ``from``, or those after or before a cursor that an earlier page gave."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_: int | None = Field(default=None, alias="from", ge=0, le=2**31 - 1, description="Rows to pass over")
    limit: int | None = Field(default=None, ge=0, le=MOST_ROWS, description="Rows to give, 100 unless told")
    after: str | None = Field(default=None, max_length=4000, description="`endCursor` of the page before")
    before: str | None = Field(default=None, max_length=4000, description="`startCursor` of the page behind")


class Sort(BaseModel):
    model_config = ConfigDict(extra="forbid")

    field: str = Field(max_length=100)
    order: str = Field(default="ASC", max_length=4, description="`ASC` or `DESC`")


class SearchBody(BaseModel):
    """Base of the search bodies; a subclass says what is searched."""

    model_config = ConfigDict(extra="forbid")
    searched: ClassVar[Searched]

    filter: dict[str, Any] | None = None
    sort: list[Sort] | None = Field(default=None, max_length=20)
    page: PageRequest | None = None

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler.resolve_ref_schema(handler(core))
        searched = getattr(cls, "searched", None)
        if searched is not None:
            schema["properties"]["filter"] = _filter_schema(searched)
        return schema


def query(
    searched: Searched,
    body: SearchBody | None,
    *,
    fixed: Sequence[Filter] = (),
    tenant_ids: tuple[str, ...] = (DEFAULT_TENANT,),
) -> SearchQuery:
    """``fixed`` conditions come from the path and hold beside those of the body.

    Raises InvalidInput for an unknown field or operator (naming the allowed ones) and for a value of the wrong kind.
    """
    body = body or SearchBody()
    conditions, any_of = _filters(searched, body.filter or {}, "filter")
    page = body.page or PageRequest()
    if page.after is not None and page.before is not None:
        raise InvalidInput("page_invalid", "page: give after or before, not both")
    return SearchQuery(
        searched.resource,
        filters=(*fixed, *conditions),
        any_of=any_of,
        sort=_sorting(searched, body.sort or ()),
        limit=100 if page.limit is None else page.limit,
        offset=page.from_ or 0,
        after=page.after or None,
        before=page.before or None,
        tenant_ids=tenant_ids,
    )


def _sorting(searched: Searched, asked: Sequence[Sort]) -> tuple[tuple[str, Literal["ASC", "DESC"]], ...]:
    out: list[tuple[str, Literal["ASC", "DESC"]]] = []
    for index, one in enumerate(asked):
        if one.field not in searched.sorts:
            raise _unknown(f"sort[{index}].field", one.field, searched.sorts)
        order = one.order.upper()
        if order == "ASC":
            out.append((one.field, "ASC"))
        elif order == "DESC":
            out.append((one.field, "DESC"))
        else:
            raise InvalidInput("invalid_sort", f"sort[{index}].order: {one.order!r} is neither ASC nor DESC")
    return tuple(out) or tuple(searched.default_sort)


def _filters(
    searched: Searched, given: Mapping[str, Any], where: str, *, nested: bool = False
) -> tuple[tuple[Filter, ...], tuple[tuple[Filter, ...], ...]]:
    conditions: list[Filter] = []
    any_of: list[tuple[Filter, ...]] = []
    for name, value in given.items():
        if name == "$or" and not nested:
            for index, alternative in enumerate(_list_of(value, f"{where}.$or")):
                if not isinstance(alternative, dict):
                    raise _wrong(f"{where}.$or[{index}]", "an object with filters", alternative)
                any_of.append(_filters(searched, alternative, f"{where}.$or[{index}]", nested=True)[0])
            continue
        kind = searched.filters.get(name)
        if kind is None:
            raise _unknown(where, name, [*searched.filters, *([] if nested else ["$or"])])
        conditions.extend(_conditions(name, kind, value, f"{where}.{name}"))
    if len(conditions) > _MOST_CONDITIONS:
        raise InvalidInput("filter_too_long", f"{where}: more than {_MOST_CONDITIONS} conditions")
    return tuple(conditions), tuple(any_of)


def _conditions(name: str, kind: Kind, value: Any, where: str) -> list[Filter]:
    if kind in ("variables", "tags") and value == []:
        return []
    if kind == "variables":
        return [Filter(name, "eq", [_variable(one, f"{where}[{at}]") for at, one in enumerate(_list_of(value, where))])]
    if kind == "tags":
        return [Filter(name, "eq", [_value("text", one, where) for one in _list_of(value, where)])]
    if value is None:
        return []
    if not isinstance(value, dict):
        return [Filter(name, "eq", _value(kind, value, where))]
    return [_operation(name, kind, operator, operand, where) for operator, operand in value.items()]


def _operation(name: str, kind: Kind, operator: str, operand: Any, where: str) -> Filter:
    allowed = _OPERATORS[kind]
    if operator not in allowed:
        raise _unknown(where, operator, allowed)
    where = f"{where}.{operator}"
    if operator == "$exists":
        if not isinstance(operand, bool):
            raise _wrong(where, "true or false", operand)
        return Filter(name, "exists", operand)
    if operator in ("$in", "$notIn"):
        values = [_value(kind, one, f"{where}[{index}]") for index, one in enumerate(_list_of(operand, where))]
        return Filter(name, operator[1:], values)
    if operator == "$like":
        return Filter(name, "like", _value("text", operand, where))
    return Filter(name, operator[1:], _value(kind, operand, where))


def _variable(given: Any, where: str) -> dict[str, Any]:
    """``{"name": "amount", "value": "12"}``: the value is the variable's JSON text, or operators over it."""
    if not isinstance(given, dict) or set(given) != {"name", "value"} or not isinstance(given["name"], str):
        raise _wrong(where, 'an object {"name": …, "value": …}', given)
    value = given["value"]
    if isinstance(value, dict):
        for operator, operand in value.items():
            _operation("value", "text", operator, operand, f"{where}.value")
        return given
    return {"name": given["name"], "value": _value("text", value, f"{where}.value")}


def _value(kind: Kind, value: Any, where: str) -> Any:
    match kind:
        case "key":
            if not isinstance(value, str) or not value.isascii() or not value.isdigit() or len(value) > 25:
                raise _wrong(where, "a key (a string of digits)", value)
            # No key is 0: what cannot be a key of ours matches nothing.
            return int(value) if int(value) < _INT64 else 0
        case "integer":
            if isinstance(value, bool) or not isinstance(value, (int, Decimal)) or value != int(value):
                raise _wrong(where, "a whole number", value)
            return max(-_INT32, min(int(value), _INT32))
        case "boolean":
            if not isinstance(value, bool):
                raise _wrong(where, "true or false", value)
            return value
        case "date":
            return _date(value, where)
        case _:
            if not isinstance(value, str) or len(value) > 10_000:
                raise _wrong(where, "a string", value)
            return value.upper() if kind == "enum" else value


def _date(value: Any, where: str) -> datetime:
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise _wrong(where, "a time like 2026-11-22T03:04:05.678Z", value)


def _list_of(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list) or len(value) > _MOST_VALUES:
        raise _wrong(where, f"a list of at most {_MOST_VALUES}", value)
    return value


def _wrong(where: str, wanted: str, found: Any) -> InvalidInput:
    return InvalidInput(
        "invalid_filter_value", f"{where}: {wanted} is needed, not {str(found)[:100]!r}", {"field": where}
    )


def _unknown(where: str, name: str, allowed: Sequence[str]) -> InvalidInput:
    names = sorted(allowed)
    return InvalidInput(
        "unknown_field",
        f"{where}: {name[:100]!r} is not known here; allowed are {', '.join(names)}",
        {"field": name[:100], "allowed": names},
    )


_PLAIN: dict[Kind, dict[str, Any]] = {
    "key": {"type": "string", "pattern": "^[0-9]{1,25}$"},
    "text": {"type": "string"},
    "enum": {"type": "string"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date-time"},
}


def _filter_schema(searched: Searched) -> dict[str, Any]:
    fields = {name: _field_schema(kind) for name, kind in searched.filters.items()}
    alternatives = {"type": "array", "items": {"type": "object", "properties": dict(fields)}}
    return {
        "title": "Filter",
        "anyOf": [
            {"type": "object", "properties": {**fields, "$or": alternatives}, "additionalProperties": False},
            {"type": "null"},
        ],
    }


def _field_schema(kind: Kind) -> dict[str, Any]:
    if kind == "tags":
        return {"type": "array", "items": {"type": "string"}}
    if kind == "variables":
        one = {"type": "object", "properties": {"name": {"type": "string"}, "value": {}}, "required": ["name", "value"]}
        return {"type": "array", "items": one}
    plain = _PLAIN[kind]
    operators: dict[str, Any] = {}
    for operator in _OPERATORS[kind]:
        if operator == "$exists":
            operators[operator] = {"type": "boolean"}
        elif operator in ("$in", "$notIn"):
            operators[operator] = {"type": "array", "items": plain}
        else:
            operators[operator] = plain
    return {"anyOf": [plain, {"type": "object", "properties": operators, "additionalProperties": False}]}
