"""Whether an agent at work may take one more step: asked before every call of a model, of a tool, and on the way out.

Whoever runs the agent lends it ``asking`` for the time of its run; what runs outside of that (a test, a replay) is never stopped.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

Ask = Callable[[str | None, Sequence[str]], Awaitable[str | None]]
"""Model and tools (a tool has several names: its own, that of its system) → why not, or None."""

_ask: ContextVar[Ask | None] = ContextVar("laneway_halt", default=None)


class Halted(Exception):
    """A kill switch stops it. Never tried again by itself."""


@contextmanager
def asking(ask: Ask) -> Iterator[None]:
    token = _ask.set(ask)
    try:
        yield
    finally:
        _ask.reset(token)


async def go_on(*, model: str | None = None, tools: Sequence[str] = ()) -> None:
    """Before the next call.

    Raises
    ------
    Halted
        The agent, its process, this model or one of these tools is stopped.
    """
    ask = _ask.get()
    reason = None if ask is None else await ask(model, tools)
    if reason is not None:
        raise Halted(reason)
