"""Guardrails and evaluators at work: each in a thread with a time limit, so that a slow one holds up nobody but its own job."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

from laneway.domain.contract import AgentContract

Seen = TypeVar("Seen")

LONGEST_LOOK = 10.0
"""Seconds. What takes longer has not let anything pass."""
MOST_LATE = 16
"""Threads that go on past their time. Python ends none from outside; beyond these no more is begun until some end."""


class TooSlow(Exception):
    """It did not say anything in time."""


class _Late:
    def __init__(self) -> None:
        self.count = 0
        self.lock = threading.Lock()


_late = _Late()


async def look(function: Callable[[], Seen], seconds: float | None = None) -> Seen:
    """What ``function`` gives, from a thread of its own.

    Raises
    ------
    TooSlow
        It takes longer than ``LONGEST_LOOK``, or too many do already. Its thread ends with the process at the latest.
    """
    if _late.count >= MOST_LATE:
        raise TooSlow(f"{MOST_LATE} others go on past their time")
    loop = asyncio.get_running_loop()
    seen: asyncio.Future[Seen] = loop.create_future()
    state = {"late": False, "over": False}

    def tell(result: Seen | None, error: Exception | None) -> None:
        if not seen.done():
            if error is not None:
                seen.set_exception(error)
            else:
                seen.set_result(result)  # type: ignore[arg-type]

    def work() -> None:
        result: Seen | None = None
        failure: Exception | None = None
        try:
            result = function()
        except Exception as error:
            failure = error
        except BaseException as error:  # one that ends its thread has not let anything pass, and is not late
            failure = RuntimeError(f"it ended by {type(error).__name__}")
        with _late.lock:
            state["over"] = True
            if state["late"]:
                _late.count -= 1
                return
        try:
            loop.call_soon_threadsafe(tell, result, failure)
        except RuntimeError:  # the loop has ended, and nobody waits any more
            return

    threading.Thread(target=work, name="laneway-guardrail", daemon=True).start()
    limit = LONGEST_LOOK if seconds is None else seconds
    try:
        return await asyncio.wait_for(seen, limit)
    except TimeoutError:
        raise TooSlow(f"no word within {limit:g} seconds") from None
    finally:
        with _late.lock:
            if not state["over"] and not state["late"]:
                state["late"] = True
                _late.count += 1


def needs_a_thread(contract: AgentContract) -> bool:
    """A schema alone is checked in microseconds."""
    return bool(contract.guardrails_before or contract.guardrails_after or contract.sensitive_topics)
