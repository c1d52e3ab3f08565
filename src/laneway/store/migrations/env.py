"""Run by Alembic with the connection, and within the transaction, that it was handed."""

from __future__ import annotations

from alembic import context

from laneway.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
