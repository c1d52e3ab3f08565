"""Rows as the store gives them → objects of the wire, by the response model of the resource.

The plan of a model is made once: for every field how its value is written and what stands there when the row has none
(null where the field may be null, else ``[]``, ``{}``, ``""``, 0 or false: the official clients refuse a missing field).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, Field

from laneway.ports import Page


class AsKey:
    """Marks a field whose integer goes out as a string of digits."""


class Falls:
    """Marks an enumeration: a value that the wire does not know goes out as one that it does."""

    def __init__(self, otherwise: str, **known_as: str) -> None:
        self.otherwise = otherwise
        self.known_as = known_as


Key = Annotated[str, Field(pattern=r"^-?[0-9]{1,25}$", examples=["2251799813690746"]), AsKey()]

Step = tuple[str, Callable[[Any], Any] | None, Any]


def shape(model: type[BaseModel], row: Mapping[str, Any]) -> dict[str, Any]:
    """One object with every field of ``model``."""
    out: dict[str, Any] = {}
    for name, convert, empty in _plan(model):
        value = row.get(name)
        if value is None:
            out[name] = empty() if callable(empty) else empty
        else:
            out[name] = value if convert is None else convert(value)
    return out


def page_of(
    model: type[BaseModel], page: Page, shaped: Callable[[Mapping[str, Any]], dict[str, Any]] | None = None
) -> dict[str, Any]:
    """``shaped`` in place of ``shape`` where a resource has more to say."""
    items = [shape(model, row) if shaped is None else shaped(row) for row in page.items]
    return {
        "items": items,
        "page": {
            "totalItems": page.total,
            "hasMoreTotalItems": page.has_more_total,
            "startCursor": page.start_cursor,
            "endCursor": page.end_cursor,
        },
    }


@cache
def _plan(model: type[BaseModel]) -> tuple[Step, ...]:
    return tuple(
        _step(info.alias or name, info.annotation, tuple(info.metadata)) for name, info in model.model_fields.items()
    )


def _step(name: str, annotation: Any, marks: tuple[Any, ...]) -> Step:
    inner, more, nullable = _unwrap(annotation)
    marks += more
    origin = get_origin(inner)
    convert: Callable[[Any], Any] | None = None
    empty: Any = ""
    if any(isinstance(mark, AsKey) for mark in marks):
        convert = str
    elif origin is Literal:
        falls = next(mark for mark in marks if isinstance(mark, Falls))
        known = {value: value for value in get_args(inner)} | falls.known_as
        convert, empty = _enumeration(known, falls.otherwise), falls.otherwise
    elif origin in (list, dict) or inner in (list, dict):
        empty = origin or inner
        item = get_args(inner)[0] if origin is list else None
        if isinstance(item, type) and issubclass(item, BaseModel):
            convert = _each(item)
    elif isinstance(inner, type) and issubclass(inner, BaseModel):
        convert = _nested(inner)
        empty = dict
    elif inner in (bool, int):
        empty = inner()
    return name, convert, None if nullable else empty


def _unwrap(annotation: Any) -> tuple[Any, tuple[Any, ...], bool]:
    """The type within ``Annotated`` and ``| None``, the marks on the way, whether null is allowed."""
    marks: tuple[Any, ...] = ()
    nullable = False
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation, *found = get_args(annotation)
            marks += tuple(found)
        elif origin in (Union, UnionType):
            members = [one for one in get_args(annotation) if one is not NoneType]
            nullable = len(members) < len(get_args(annotation))
            if len(members) != 1:
                return Any, marks, nullable
            annotation = members[0]
        else:
            return annotation, marks, nullable


def _enumeration(known: Mapping[str, str], otherwise: str) -> Callable[[Any], Any]:
    return lambda value: known.get(str(value), otherwise)


def _each(model: type[BaseModel]) -> Callable[[Any], Any]:
    return lambda values: [shape(model, value) for value in values]


def _nested(model: type[BaseModel]) -> Callable[[Any], Any]:
    return lambda value: shape(model, value)
