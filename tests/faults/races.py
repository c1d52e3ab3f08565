"""One of the processes that publish and subscribe at the same time: run by ``test_messages``.

    python -m tests.faults.races DATABASE ROLE RACES      ROLE: publish or subscribe

Goes through the keys 0 … RACES-1 in an order of its own, some of them in flight at a time: those share transactions, so that each
transaction of one side meets several of the other. Before the first and after each heat of ``HEAT`` keys it says ``ready`` and waits
for a line, so that the faster side never gets so far ahead that nothing meets any more.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

from laneway import commands
from laneway.bootstrap import build
from laneway.commands.execution import Command
from laneway.domain.errors import Overloaded
from laneway.domain.types import DEFAULT_TENANT
from laneway.domain.work import SYSTEM
from laneway.engine import Engine
from laneway.settings import Settings

MOST_IN_FLIGHT = 24
HEAT = 64
ATTEMPTS = 20


def published(key: int) -> Command[Any]:
    return commands.publish_message(
        "answer",
        str(key),
        variables={"said": key},
        time_to_live_ms=3_600_000,
        message_id=None,
        tenant_id=DEFAULT_TENANT,
        actor=SYSTEM,
        idempotency_key=None,
    )


def subscribed(key: int) -> Command[Any]:
    return commands.start_instance(
        process_id="process",
        definition_key=None,
        version=None,
        variables={"order": str(key)},
        tenant_id=DEFAULT_TENANT,
        actor=SYSTEM,
        tags=(),
        business_id=None,
        start_element_id=None,
        idempotency_key=None,
    )


COMMANDS = {"publish": published, "subscribe": subscribed}


def handfuls(keys: list[int], chance: random.Random) -> Iterator[list[int]]:
    """One alone now and then, more often several."""
    at = 0
    while at < len(keys):
        count = chance.randint(1, MOST_IN_FLIGHT)
        yield keys[at : at + count]
        at += count


def main(database: str, role: str, races: int) -> None:
    keys = list(range(races))
    # Close to the order of the other side, so that the two meet; not the very same.
    chance = random.Random(role)
    keys.sort(key=lambda key: key + chance.uniform(0, 4))
    make = COMMANDS[role]
    with build(Settings(database_url=database, deploy_shipped=False)) as made:
        for start in range(0, len(keys), HEAT):
            print("ready", flush=True)
            sys.stdin.readline()
            for handful in handfuls(keys[start : start + HEAT], chance):
                all_done(made.engine, role, make, handful)


def all_done(engine: Engine, role: str, make: Callable[[int], Command[Any]], keys: list[int]) -> None:
    left = keys
    for _ in range(ATTEMPTS):
        again = []
        for key, outcome in zip(left, engine.submit(*map(make, left)), strict=True):
            try:
                outcome.result()
            except Overloaded:
                again.append(key)
        left = again
        if not left:
            return
    raise SystemExit(f"{role} {left} was refused {ATTEMPTS} times")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
