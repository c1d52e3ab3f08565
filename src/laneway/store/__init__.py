"""Where everything is kept: SQLite or PostgreSQL behind ``laneway.ports.Store``. The only room that speaks SQL."""

from laneway.store.silence import Patience
from laneway.store.store import SqlStore, open_store

__all__ = ["Patience", "SqlStore", "open_store"]
