"""Units of work: one transaction each, one file per noun family."""

from laneway.store.units.unit import SqlUnitOfWork

__all__ = ["SqlUnitOfWork"]
