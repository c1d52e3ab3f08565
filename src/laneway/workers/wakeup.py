"""``ports.Wakeup`` within one process: counts per topic, threads that wait, callbacks for asyncio."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from laneway.logs import Logger

log = Logger("laneway.workers")
MOST_TOPICS = 10_000


class InProcessWakeup:
    """Counts never go back: they are drawn from one counter, so that a topic that was forgotten wakes rather than sleeps.

    ``wait(topic, -1, 0)`` gives the count to start from.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._counter = 0
        self._forgotten = 0
        self._waiting = 0
        self._counts: OrderedDict[str, int] = OrderedDict()
        self._listeners: dict[str, list[Callable[[], None]]] = {}

    def notify(self, topic: str) -> None:
        with self._condition:
            self._counter += 1
            self._counts.pop(topic, None)
            self._counts[topic] = self._counter
            if len(self._counts) > MOST_TOPICS:
                _, count = self._counts.popitem(last=False)
                self._forgotten = max(self._forgotten, count)
            listeners = tuple(self._listeners.get(topic, ()))
            if self._waiting:
                self._condition.notify_all()
        for listener in listeners:
            try:
                listener()
            except Exception as fault:
                log.error("listener_failed", topic=topic, fault=repr(fault))

    def wait(self, topic: str, seen: int, timeout: float) -> int:
        deadline = time.monotonic() + timeout
        with self._condition:
            while True:
                count = self._counts.get(topic, self._forgotten)
                left = deadline - time.monotonic()
                if count > seen or left <= 0:
                    return count
                self._waiting += 1
                try:
                    self._condition.wait(left)
                finally:
                    self._waiting -= 1

    def listen(self, topic: str, callback: Callable[[], None]) -> Callable[[], None]:
        """Call ``callback`` on every notification, from the notifying thread; gives the function that ends it."""
        with self._condition:
            self._listeners.setdefault(topic, []).append(callback)

        def end() -> None:
            with self._condition:
                callbacks = self._listeners.get(topic, [])
                if callback in callbacks:
                    callbacks.remove(callback)
                if not callbacks:
                    self._listeners.pop(topic, None)

        return end
