"""What the tasks of the local agent share: reading their config and the texts of a request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from laneway.agents.local_similarity import Similarity
from laneway.agents.local_words import MAX_TEXT
from laneway.agents.templating import lookup
from laneway.domain.contract import AgentCompleted, AgentRequest


class CannotDo(Exception):
    """The task cannot be done with this input or these files; trying again does not help."""


@dataclass(frozen=True, slots=True)
class Tools:
    """``similarity`` is a factory, so that tasks by rules alone never load a model. ``now``: aware, UTC."""

    similarity: Callable[[], Similarity]
    now: datetime


class LocalTask(Protocol):
    def work(self, request: AgentRequest, tools: Tools) -> AgentCompleted:
        """Do it. Raises CannotDo."""
        ...


def decimal(value: float, digits: int = 3) -> Decimal:
    return Decimal(f"{value:.{digits}f}")


class Settings:
    """A task's config, read with messages for the author of agents.yaml. Every ``ValueError`` names the key."""

    def __init__(self, config: Mapping[str, Any], known: str, where: str = "") -> None:
        self._config = config
        self._where = where
        names = known.split()
        unknown = sorted(str(key) for key in config if key not in names)
        if unknown:
            raise ValueError(f"{where}unknown keys {', '.join(unknown)}; known are {', '.join(names)}")

    def has(self, key: str) -> bool:
        return self._config.get(key) is not None

    def get(self, key: str) -> Any:
        return self._config.get(key)

    def text(self, key: str, default: str | None = None) -> str:
        value = self._config.get(key, default)
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"{self._where}`{key}` must be a text")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A text, or a list of texts; nothing if it is left out."""
        value = self._config.get(key)
        found = [value] if isinstance(value, str) else value if value is not None else []
        if not isinstance(found, list | tuple) or not all(isinstance(item, str) and item.strip() for item in found):
            raise ValueError(f"{self._where}`{key}` must be a list of texts")
        return tuple(found)

    def flag(self, key: str) -> bool:
        value = self._config.get(key, False)
        if not isinstance(value, bool):
            raise ValueError(f"{self._where}`{key}` must be true or false")
        return value

    def whole(self, key: str, default: int, least: int, most: int) -> int:
        value = self._config.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"{self._where}`{key}` must be a whole number from {least} to {most}")
        return value

    def number(self, key: str, default: float, least: float, most: float) -> float:
        value = self._config.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not least <= value <= most:
            raise ValueError(f"{self._where}`{key}` must be a number from {least:g} to {most:g}")
        return float(value)

    def mapping(self, key: str) -> Mapping[str, Any]:
        value = self._config.get(key)
        if not isinstance(value, Mapping) or not value:
            raise ValueError(f"{self._where}`{key}` is missing: it maps names to settings")
        return value


def text_of(request: AgentRequest, fields: tuple[str, ...]) -> str:
    """The texts of the input that a task reads, a line each.

    Without ``fields``: all that are texts, in the order of the contract's input schema.
    """
    if fields:
        values = [lookup(request.input, field) for field in fields]
    else:
        declared = request.contract.input_schema.get("properties")
        order = list(declared) if isinstance(declared, Mapping) else []
        names = [*order, *sorted(name for name in request.input if name not in order)]
        values = [request.input.get(name) for name in names]
    text = "\n".join(value.strip() for value in values if isinstance(value, str) and value.strip())
    if len(text) > MAX_TEXT:
        raise CannotDo(f"the text has {len(text):,} characters; at most {MAX_TEXT:,} are read")
    return text
