"""Data stores of diagrams in the database: read and written in the transaction of the step."""

from __future__ import annotations

from typing import Any

from laneway.ports import UnitOfWork


class InDatabase:
    """``ports.DataStores`` in the tables of the unit of work."""

    def read(self, uow: UnitOfWork, store: str, key: str, tenant_id: str) -> Any:
        return uow.data_store_item(store, key, tenant_id)

    def write(self, uow: UnitOfWork, store: str, key: str, value: Any, tenant_id: str, root_key: int) -> None:
        uow.write_data_store_item(store, key, value, tenant_id, root_key)
