"""Items of data stores that diagrams name (BPMN 2.0, 10.4.1): they outlive the instances that write them."""

from __future__ import annotations

from sqlalchemy import Column, PrimaryKeyConstraint, Table

from laneway.store.tables.base import metadata, tenant
from laneway.store.types import Instant, Json, Key, Name

data_store_item = Table(
    "data_store_item",
    metadata,
    tenant(),
    Column("store", Name, nullable=False),
    Column("key", Name, nullable=False),
    Column("value", Json, nullable=False),
    # The instance that wrote it last; 0 from outside.
    Column("root_key", Key, nullable=False),
    Column("updated_at", Instant, nullable=False),
    PrimaryKeyConstraint("tenant_id", "store", "key"),
)
