"""Logging through structlog, which is imported when there is something to say: it brings the colours of a terminal and more, and most
processes that begin say nothing before they are asked for something."""

from __future__ import annotations

import sys
from collections.abc import Callable
from threading import Lock
from typing import Any

_lock = Lock()
_pending: list[Callable[[], None]] = []


class Logger:
    """The logger of structlog with this name; its methods are ``debug``, ``info``, ``warning``, ``error``."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, method: str) -> Any:
        import structlog

        _set_up()
        return getattr(structlog.get_logger(self._name), method)


def configure_with(configure: Callable[[], None]) -> None:
    """Have structlog set up before the first line; at once if it is there already. A host that has set it up keeps its own."""
    with _lock:
        _pending[:] = [configure]
    if "structlog" in sys.modules:
        _set_up()


def _set_up() -> None:
    import structlog

    with _lock:
        waiting, _pending[:] = list(_pending), []
        if not structlog.is_configured():
            for configure in waiting:
                configure()
