"""Items of data stores, on each database."""

from __future__ import annotations

from decimal import Decimal

from laneway.domain.types import DEFAULT_TENANT
from laneway.store import SqlStore


def test_an_item_is_written_replaced_and_taken_away(store: SqlStore) -> None:
    with store.begin() as uow:
        assert uow.data_store_item("sales", "total", DEFAULT_TENANT) is None
        uow.write_data_store_item("sales", "total", {"sum": Decimal("1.10")}, DEFAULT_TENANT, 7)
        assert uow.data_store_item("sales", "total", DEFAULT_TENANT) == {"sum": Decimal("1.10")}
    with store.begin() as uow:
        uow.write_data_store_item("sales", "total", [1], DEFAULT_TENANT, 8)
    with store.read() as uow:
        assert uow.data_store_item("sales", "total", DEFAULT_TENANT) == [1]
    with store.begin() as uow:
        uow.write_data_store_item("sales", "total", None, DEFAULT_TENANT, 0)
    with store.read() as uow:
        assert uow.data_store_item("sales", "total", DEFAULT_TENANT) is None


def test_stores_keys_and_tenants_are_apart(store: SqlStore) -> None:
    with store.begin() as uow:
        uow.write_data_store_item("sales", "total", 1, DEFAULT_TENANT, 0)
        uow.write_data_store_item("sales", "total", 2, "other", 0)
        uow.write_data_store_item("costs", "total", 3, DEFAULT_TENANT, 0)
        uow.write_data_store_item("sales", "last", 4, DEFAULT_TENANT, 0)
        found = [
            uow.data_store_item(name, key, tenant)
            for name, key, tenant in (
                ("sales", "total", DEFAULT_TENANT),
                ("sales", "total", "other"),
                ("costs", "total", DEFAULT_TENANT),
                ("sales", "last", DEFAULT_TENANT),
                ("costs", "last", DEFAULT_TENANT),
            )
        ]
    assert found == [1, 2, 3, 4, None]


def test_what_a_transaction_takes_back_was_never_written(store: SqlStore) -> None:
    try:
        with store.begin() as uow:
            uow.write_data_store_item("sales", "total", 1, DEFAULT_TENANT, 0)
            raise LookupError
    except LookupError:
        pass
    with store.read() as uow:
        assert uow.data_store_item("sales", "total", DEFAULT_TENANT) is None
