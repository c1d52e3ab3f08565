"""A readable timeline of one root process instance, made of its history rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened.

    Attributes
    ----------
    sequence
        Position of the command within the root; entries of one command share it.
    kind
        ``command`` (who did what), or the type name of a history event (``ElementActivated`` …).
    actor
        ``user:anna``, ``worker:mailer``, ``agent:classify-enquiry``, ``system:laneway``.
    text
        One sentence for a person.
    data
        JSON-compatible facts: the event's fields by name; for a command its audit details.
    """

    sequence: int
    at: datetime
    actor: str
    kind: str
    text: str
    element_id: str | None = None
    element_name: str | None = None
    element_instance_key: int | None = None
    process_instance_key: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
