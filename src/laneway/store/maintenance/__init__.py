"""What an operator does with a database: upgrade, check, back up, restore."""

from laneway.store.maintenance.maintenance import Maintenance

__all__ = ["Maintenance"]
