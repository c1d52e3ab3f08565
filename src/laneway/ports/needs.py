"""What a command is known to read before it runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Needs:
    """So that what many commands read is asked for at once. Nothing has to be named here, and what is named need not be read.

    Attributes
    ----------
    jobs, user_tasks
        Their keys.
    processes
        (Process id, tenant) of which the latest version is looked for.
    meetings
        (Message name, correlation key, tenant) of which the subscriptions are looked for.
    states
        Whether the state of the instances that these belong to is loaded.
    """

    jobs: tuple[int, ...] = ()
    user_tasks: tuple[int, ...] = ()
    processes: tuple[tuple[str, str], ...] = ()
    meetings: tuple[tuple[str, str, str], ...] = ()
    states: bool = True
