"""The façade: every command and every question, one line each. Synchronous, safe to use from several threads.

Conventions
-----------
- ``actor`` is who gave the command and goes into the audit trail; rejected commands are audited too, with their code.
- Commands that create take one ``tenant_id``; those that address a thing by key take the ``tenant_ids`` that the caller
  may see. A thing of another tenant is NotFound, exactly as if it did not exist.
- Failures are ``laneway.domain.errors`` with a stable ``code``; the classes carry the HTTP status. Stale fences are
  retried inside and never reach the caller.
- Variables are JSON values (numbers ``int`` or ``Decimal``); times are aware ``datetime`` in UTC; durations are
  milliseconds where the name ends in ``_ms`` and seconds elsewhere.
- A command has returned only after its transaction was committed. Messages and signals that the step threw are
  delivered in this process right after, and by the worker loop if the process dies in between.
- ``idempotency_key``: the same key with the same request gives the stored reply; with another request the command is
  ``Refused("idempotency_key_reused")``.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from laneway.commands.context import Context
from laneway.commands.execution import Command, carry_out
from laneway.commands.handing import Desk, Futures, Told
from laneway.engine.agents import Agents
from laneway.engine.base import DEFAULT_TENANTS
from laneway.engine.events import Events
from laneway.engine.instances import Instances
from laneway.engine.reading import Reading
from laneway.engine.work import Work

__all__ = ["DEFAULT_TENANTS", "Engine"]

Result = TypeVar("Result")


class Engine(Instances, Work, Events, Agents, Reading):
    """See the module. Built by ``laneway.bootstrap.build``."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._futures = Futures(context)

    def carry_out(self, command: Command[Result]) -> Result:
        """A command that ``laneway.commands`` gives as a value (``commands.start_instance``, ``commands.complete_job`` …): as its own
        method here, which is one line."""
        return carry_out(self._context, command)

    def submit(self, *given: Command[Result]) -> list[Future[Result]]:
        """As ``carry_out`` of each, without waiting. A future has its result, or what the command raised, once its transaction is
        committed, and not before. Those that are given together are handed over together, for the price of one; who has many in
        flight needs no thread for each. Nobody can take a command back that was handed over: ``cancel`` says False."""
        return self._futures.of(given)

    def desk(self, tell: Callable[[list[Told]], None]) -> Desk:
        """Where commands are handed over that no thread is to wait for; ``tell`` hears of those that are over (``commands.handing``)."""
        return Desk(self._context, tell)

    def drain(self, seconds: float) -> bool:
        """Wait until no command is at work. False if that took longer."""
        return self._context.committer.drain(seconds)

    # Waiting

    def wait(self, topic: str, seen: int, timeout: float) -> int:
        """Block until ``topic`` was notified after count ``seen`` or ``timeout`` seconds passed; gives the count.

        Topics: ``job_topic(type)``, ``instance_topic(root_key)``, ``TIMERS``, ``OUTBOX``, ``AGENT_JOBS``,
        ``INTERNAL_JOBS``, ``CHANGES`` (anything was committed); all in ``laneway.commands.topics``.
        """
        return self._context.wakeup.wait(topic, seen, timeout)

    def listen(self, topic: str, callback: Callable[[], None]) -> Callable[[], None]:
        """Call ``callback`` (from the committing thread; it must not block) whenever ``topic`` is notified; gives the
        function that ends it. From asyncio: ``engine.listen(topic, lambda: loop.call_soon_threadsafe(event.set))``."""
        return self._context.listen(topic, callback)
