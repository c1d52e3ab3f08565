"""Whether this process lives, and whether it should be sent requests: answered whatever else it is busy with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from laneway.ports import SchemaState
from laneway_api.waiting import Closing

PATIENCE = 3.0
"""Seconds for the database: one that answers later is none that requests should be sent to."""


@dataclass(frozen=True, slots=True)
class Check:
    """``reason``: why it is not as it should be; empty where it is."""

    name: str
    reason: str = ""

    def as_dict(self) -> dict[str, str]:
        return {"name": self.name, "status": "DOWN", "reason": self.reason} if self.reason else _up(self.name)


def _up(name: str) -> dict[str, str]:
    return {"name": name, "status": "UP"}


class Health:
    """
    Parameters
    ----------
    now, schema
        Ask the database for its clock and its revision.
    workers
        How each worker loop of this process does, by name.
    """

    def __init__(
        self,
        now: Callable[[], datetime],
        schema: Callable[[], SchemaState],
        workers: Callable[[], Mapping[str, str]],
        closing: Closing,
    ) -> None:
        self._now = now
        self._schema = schema
        self._workers = workers
        self._closing = closing
        self._threads: CapacityLimiter | None = None

    def dead_workers(self) -> list[str]:
        """Loops whose thread ended though nobody told it to: only a new process mends that."""
        return [name for name, state in self._workers().items() if state == "dead"]

    def states(self) -> dict[str, str]:
        return dict(self._workers())

    async def checks(self) -> tuple[list[Check], dict[str, Any]]:
        """All checks, and facts that go with them."""
        server = Check("server", "it was told to stop and takes no more work" if self._closing.begun else "")
        dead = self.dead_workers()
        workers = Check("workers", f"no longer at work: {', '.join(dead)}; start the process again" if dead else "")
        database, schema, facts = await self._database()
        return [server, database, schema, workers], facts | {"workers": self.states()}

    async def _database(self) -> tuple[Check, Check, dict[str, Any]]:
        if self._threads is None:  # needs the event loop
            # Threads of their own: those of the requests may all be waiting.
            self._threads = CapacityLimiter(2)
        try:
            now, state = await asyncio.wait_for(
                run_sync(self._ask, abandon_on_cancel=True, limiter=self._threads), PATIENCE
            )
        except TimeoutError:
            silent = f"no answer within {PATIENCE:g} s"
            return Check("database", silent), Check("migrations", "not known: the database does not answer"), {}
        except Exception as fault:
            reason = " ".join(str(fault).split())[:200] or type(fault).__name__
            return Check("database", reason), Check("migrations", "not known: the database does not answer"), {}
        behind = (
            ""
            if state.current
            else f"the database is at revision {state.found}, this version works with {state.expected}; start the version that "
            "migrated it, or run `laneway db upgrade`"
        )
        return Check("database"), Check("migrations", behind), {"databaseTime": now, "revision": state.found}

    def _ask(self) -> tuple[datetime, SchemaState]:
        return self._now(), self._schema()
