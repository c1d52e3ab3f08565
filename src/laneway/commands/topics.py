"""Topics of ``ports.Wakeup``: what a committed command may have brought for someone who waits."""

from __future__ import annotations

AGENT_JOBS = "agent-jobs"
INTERNAL_JOBS = "internal-jobs"
TIMERS = "timers"
OUTBOX = "outbox"
CHANGES = "changes"
"""Anything at all was committed."""


def job_topic(job_type: str) -> str:
    """External jobs of one type."""
    return f"job:{job_type}"


def instance_topic(root_key: int) -> str:
    """A root process instance ended."""
    return f"instance:{root_key}"
