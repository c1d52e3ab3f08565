"""How a behaviour says that its element cannot go on."""

from __future__ import annotations

from laneway.domain.types import IncidentType


class ElementFailure(Exception):
    """Becomes an incident at the element. Never leaves the runtime."""

    def __init__(self, type: IncidentType, message: str) -> None:
        super().__init__(message)
        self.type = type
        self.message = message
