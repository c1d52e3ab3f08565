"""Waiting for a process instance to end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from laneway.commands.context import Context, StartedInstance
from laneway.commands.topics import instance_topic

LOOK_AGAIN = 0.5
"""Seconds after which to look again, for instances that another node moves."""


def await_completion(
    context: Context, started: StartedInstance, *, timeout: float, fetch_variables: Sequence[str] | None
) -> StartedInstance:
    """Wait until the instance has ended or ``timeout`` seconds passed; with the root's variables if it has ended."""
    topic = instance_topic(started.key)
    deadline = time.monotonic() + timeout
    while True:
        seen = context.wakeup.wait(topic, -1, 0)
        ended = _ended(context, started, fetch_variables)
        left = deadline - time.monotonic()
        if ended is not None or left <= 0:
            return ended or started
        context.wakeup.wait(topic, seen, min(left, LOOK_AGAIN))


def _ended(context: Context, started: StartedInstance, fetch_variables: Sequence[str] | None) -> StartedInstance | None:
    with context.store.read() as uow:
        header = uow.header(started.key)
        if header is None or header.state == "ACTIVE":
            return None
        names = list(fetch_variables) if fetch_variables else None
        variables = uow.variables([started.key], names).get(started.key, {})
    return replace(started, state=header.state, variables=variables)
