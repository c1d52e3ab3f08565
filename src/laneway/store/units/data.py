"""Items of data stores."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, delete, func, select

from laneway.store.tables import data_store_item
from laneway.store.units.base import BaseUnit
from laneway.store.upsert import replacing

_ITEM = 3
"""Seed of the hash under which advisory locks of items are kept (those of messages are in ``messages``)."""
_WRITE = replacing(data_store_item, ("tenant_id", "store", "key"), ("value", "root_key", "updated_at"))


class DataUnit(BaseUnit):
    def data_store_item(self, store: str, key: str, tenant_id: str) -> Any:
        self._lock_item(store, key, tenant_id)
        return self._connection.scalar(select(data_store_item.c.value).where(*_place(store, key, tenant_id)))

    def write_data_store_item(self, store: str, key: str, value: Any, tenant_id: str, root_key: int) -> None:
        self._lock_item(store, key, tenant_id)
        if value is None:
            self._connection.execute(delete(data_store_item).where(*_place(store, key, tenant_id)))
            return
        row = {"tenant_id": tenant_id, "store": store, "key": key, "value": value}
        row |= {"root_key": root_key, "updated_at": self.now}
        self._connection.execute(_WRITE[self._dialect], row)

    def _lock_item(self, store: str, key: str, tenant_id: str) -> None:
        """Until the end of the transaction: what is written was made of what was read. Also of items that are not there."""
        if self._locks_rows:
            what = func.hashtextextended("\x1f".join((tenant_id, store, key)), _ITEM)
            self._connection.execute(select(func.pg_advisory_xact_lock(what)))


def _place(store: str, key: str, tenant_id: str) -> tuple[ColumnElement[bool], ...]:
    columns = data_store_item.c
    return (columns.tenant_id == tenant_id, columns.store == store, columns.key == key)
