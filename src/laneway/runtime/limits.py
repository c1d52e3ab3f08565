"""Budgets of the runtime. A breach is an incident at the element that was reached, never a hang."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """
    Attributes
    ----------
    steps
        Element activations in one ``advance``: what an instance may do without waiting for anyone.
    call_depth
        Process instances nested by call activities.
    loop_rounds
        Rounds of one standard loop, items of one multi-instance activity.
    timezone
        IANA name for cron expressions and for times without offset.
    agents_steer
        What an agent may not decide may choose a way all the same.
    """

    steps: int = 50_000
    call_depth: int = 50
    loop_rounds: int = 50_000
    timezone: str = "UTC"
    agents_steer: bool = False


DEFAULT_LIMITS = Limits()
