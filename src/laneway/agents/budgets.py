"""What an agent may still use, asked before each call of a model; and a model that asks by itself.

Whoever runs the agent lends it its budget for the time of its run. What runs outside of that (a test, a replay) is not limited.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from laneway.agents import halting
from laneway.agents.chat import Message, Model, Reply, ToolDescription
from laneway.agents.cleaning import clean
from laneway.agents.prompt_size import tokens_of
from laneway.domain.contract import MOST_COST, MOST_TOKENS
from laneway.domain.limits import Amounts, Limit, Measure
from laneway.governance.limits import Breach


@dataclass(frozen=True, slots=True)
class Reserved:
    """The call may go, of the model ``degrade_to`` if one is named. ``most``: what was set aside for it."""

    key: int = 0
    most: Amounts = field(default_factory=dict)
    degrade_to: str | None = None
    said: Mapping[str, str] = field(default_factory=dict)
    currency: str = ""
    bytes_per_token: Decimal = Decimal(3)


class Budget(Protocol):
    async def reserve(self, most: Amounts | None = None) -> Reserved | Breach:
        """Set aside the ``most`` that the next call can use (default: what the contract says of a call), or nothing."""
        ...

    async def settle(self, reserved: Reserved, actual: Amounts | None) -> None:
        """The call is over. What ``actual`` does not name is not known, and counts as much as was set aside."""
        ...


class Breached(Exception):
    """No call is made: a limit has no room for it."""

    def __init__(self, breach: Breach) -> None:
        super().__init__(breach.message)
        self.breach = breach


class Unlimited:
    async def reserve(self, most: Amounts | None = None) -> Reserved | Breach:
        return Reserved()

    async def settle(self, reserved: Reserved, actual: Amounts | None) -> None:
        return


_lent: ContextVar[Budget] = ContextVar("laneway_budget", default=Unlimited())  # noqa: B039 - it has no state


@contextmanager
def lent(budget: Budget) -> Iterator[None]:
    token = _lent.set(budget)
    try:
        yield
    finally:
        _lent.reset(token)


def current() -> Budget:
    return _lent.get()


class GuardedModel:
    """A ``Model`` under the contract of who calls it: each request may be stopped, is paid for beforehand, and goes to the cheaper model
    once the budget for the better one is used up.

    Parameters
    ----------
    make
        The model of a name.
    name
        That of the contract.
    """

    def __init__(self, make: Callable[[str], Model], name: str) -> None:
        self._make = make
        self._name = name

    async def reply(
        self,
        messages: Sequence[Message],
        tools: Sequence[ToolDescription] = (),
        *,
        output_schema: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] = {},
    ) -> Reply:
        """
        Raises
        ------
        Halted
            A kill switch stands.
        Breached
            A limit has no room.
        ModelFault
        """
        budget = current()
        reserved = await budget.reserve()
        if isinstance(reserved, Breach):
            raise Breached(reserved)
        name = reserved.degrade_to or self._name
        actual: Amounts | None = None
        began = time.monotonic()
        try:
            await halting.go_on(model=name)
            try:
                settings = within(reserved, messages, tools, output_schema, settings)
            except Breached:
                actual = {measure: Decimal(0) for measure in reserved.most}
                raise
            reply = await self._make(name).reply(messages, tools, output_schema=output_schema, settings=settings)
            seconds = time.monotonic() - began
            actual = used(reserved, reply.input_tokens, reply.output_tokens, reply.cost, reply.currency, seconds)
            return clean(reply)
        except halting.Halted:
            actual = {measure: Decimal(0) for measure in reserved.most}
            raise
        finally:
            await budget.settle(reserved, actual)


def within(
    reserved: Reserved,
    messages: Sequence[Message],
    tools: Sequence[ToolDescription],
    output_schema: Mapping[str, Any] | None,
    settings: Mapping[str, Any],
) -> Mapping[str, Any]:
    """The settings of a call that answers with no more tokens than its prompt leaves of what was set aside.

    Raises
    ------
    Breached
        The prompt alone takes all of it.
    """
    tokens = reserved.most.get("tokens")
    if tokens is None:
        return settings
    prompt = tokens_of(messages, tools, output_schema, reserved.bytes_per_token)
    room = int(tokens) - prompt
    if room < 1:
        said = (
            f"one call may use {tokens} tokens, and its prompt alone takes about {prompt} (one for {reserved.bytes_per_token} bytes); "
            "shorten what it is given, or raise `limits.call.tokens`"
        )
        raise Breached(Breach(Limit("job", "tokens", tokens), tokens, Decimal(prompt), said))
    return {**settings, "max_tokens": min(room, int(settings.get("max_tokens") or room))}


_paid: ContextVar[Reserved | None] = ContextVar("laneway_paid", default=None)


@contextmanager
def paid(reserved: Reserved) -> Iterator[None]:
    """The one call of an adapter that calls its model by itself was paid for with this."""
    token = _paid.set(reserved)
    try:
        yield
    finally:
        _paid.reset(token)


def bounded(
    messages: Sequence[Message], output_schema: Mapping[str, Any] | None, settings: Mapping[str, Any]
) -> Mapping[str, Any]:
    """As ``within``, for an adapter that calls its model by itself."""
    reserved = _paid.get()
    return settings if reserved is None else within(reserved, messages, (), output_schema, settings)


def used(
    reserved: Reserved, input_tokens: int, output_tokens: int, cost: float | None, currency: str | None, seconds: float
) -> Amounts:
    """What a call has used, as far as it says so. Nobody uses no tokens: an adapter that says none does not know. What money of another
    currency is in that of the limits is not known either, nor is what nobody can have used or no database can count."""
    known: dict[Measure, Decimal] = {"calls": Decimal(1), "seconds": Decimal(repr(round(seconds, 6)))}
    if min(input_tokens, output_tokens) >= 0 and input_tokens + output_tokens > 0:
        known["tokens"] = Decimal(min(input_tokens + output_tokens, 2 * MOST_TOKENS))
    if cost is not None and currency == reserved.currency and cost >= 0:  # what is no number is not
        known["money"] = Decimal(repr(min(cost, MOST_COST)))
    return known
