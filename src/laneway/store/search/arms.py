"""Searches of what is kept in several places: each is asked with conditions of its own columns, and so by its own indexes.

Left to the database, conditions on a union stay outside of it where they hold subqueries, and each place is read whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import ClauseElement, ColumnElement, Label, Select, Subquery, union_all
from sqlalchemy.sql.visitors import replacement_traverse

C = TypeVar("C", bound=ClauseElement)


class Arms:
    """``whole`` is the union of the ``selects``, which give the same columns under the same names."""

    def __init__(self, name: str, *selects: Select[Any], whole: Subquery | None = None) -> None:
        self.selects = selects
        self._name = name
        self.whole: Subquery = union_all(*selects).subquery(name) if whole is None else whole

    def of_each(self, *conditions: ColumnElement[bool]) -> Sequence[Select[Any]]:
        """The selects, each with the rows that meet the conditions on columns of ``whole``."""
        return [
            select.where(*(_replaced(one, self.whole, _columns(select)) for one in conditions))
            for select in self.selects
        ]

    def narrowed(self, *conditions: ColumnElement[bool]) -> Subquery:
        """In the place of ``whole``: the rows that meet the conditions on columns of it."""
        return union_all(*self.of_each(*conditions)).subquery(self._name)

    def moved(self, clause: C, to: Subquery) -> C:
        """The clause, with the columns of ``to`` in the stead of those of ``whole``."""
        return _replaced(clause, self.whole, {name: to.c[name] for name, _ in self.whole.c.items()})


def _columns(select: Select[Any]) -> dict[str, Any]:
    return {
        name: column.element if isinstance(column, Label) else column
        for name, column in select.selected_columns.items()
    }


def _replaced(clause: C, whole: Subquery, columns: dict[str, Any]) -> C:
    own: dict[Any, Any] = {column: columns[name] for name, column in whole.c.items()}

    def replace(element: Any, **_: Any) -> Any:
        return own.get(element) if isinstance(element, ColumnElement) else None

    return replacement_traverse(clause, {}, replace)  # type: ignore[return-value]
