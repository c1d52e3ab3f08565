"""Adapters of ``ports.Dispatcher``: by polling on any database, by tickets of procrastinate on PostgreSQL."""

from __future__ import annotations

from laneway.workers.dispatch.polling import PollingDispatcher

__all__ = ["PollingDispatcher"]
