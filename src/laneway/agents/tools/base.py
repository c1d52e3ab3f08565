"""What a tool is: it has a schema, and does one call. Whether it may is decided before, by ``governance.tools``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class ToolError(Exception):
    """Raised by a function: it was not done, for the reason given. Every other exception leaves open whether it was."""


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """One call. ``arguments`` meet the tool's schema. ``idempotency_key`` is the same however often this call is sent."""

    arguments: Mapping[str, Any]
    idempotency_key: str
    agent: str
    process_instance_key: int
    timeout: float = 30.0


@dataclass(frozen=True, slots=True)
class ToolDone:
    """``result``: JSON."""

    result: Any


@dataclass(frozen=True, slots=True)
class ToolFailed:
    """It was not done. ``retryable``: sending it again may help."""

    reason: str
    retryable: bool = False


@dataclass(frozen=True, slots=True)
class ToolUnknown:
    """It was sent, and nobody knows whether it was done."""

    reason: str


ToolOutcome = ToolDone | ToolFailed | ToolUnknown


class Tool(Protocol):
    async def schema_hash(self) -> str:
        """Of the schema that it has now.

        Raises
        ------
        ToolError
            It cannot be asked.
        """
        ...

    async def call(self, request: ToolRequest) -> ToolOutcome:
        """Do it once. What it raises leaves open whether it was done."""
        ...
