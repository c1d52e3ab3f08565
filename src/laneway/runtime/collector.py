"""Python's cycle collector held still for the length of one ``advance``.

A long advance makes tens of thousands of small objects that all live until it is stored, and no cycles. The collector
would look at all of them again and again, so that a step would cost more the more steps came before it.
"""

from __future__ import annotations

import gc


class CollectorPause:
    """Safe in threads: whoever found the collector at work starts it again, and only they."""

    __slots__ = ("_was_on",)

    def __enter__(self) -> None:
        self._was_on = gc.isenabled()
        if self._was_on:
            gc.disable()

    def __exit__(self, *_: object) -> None:
        if self._was_on:
            gc.enable()
