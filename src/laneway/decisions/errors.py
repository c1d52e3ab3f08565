"""A decision that can't be made is refused, with the rules and values that say why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laneway.domain.errors import Refused

__all__ = ["DecisionFailed"]


class DecisionFailed(Refused):
    """An evaluation that gives no answer: ``hit_policy_violated``, ``value_not_allowed``, ``decision_failed``,
    ``decision_unreadable``. ``evaluation`` tells how far it came, for the record."""

    def __init__(self, code: str, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(code, message, details)
        self.evaluation: dict[str, Any] | None = None
