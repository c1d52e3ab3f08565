"""What a bug made on purpose is, and how it is sown."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Seed:
    """``rule``: what it breaks. ``tests``: node ids, every one of which must fail. ``commits``: where the test that kills after
    commits begins, and its step."""

    rule: str
    sow: Callable[[], None]
    tests: tuple[str, ...]
    commits: str = "1:1"


def exchange(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Put ``make(original)`` in the place of ``owner.name``; it must be there, or the seed falls on stone."""
    original = getattr(owner, name)
    setattr(owner, name, functools.wraps(original)(make(original)) if callable(original) else make(original))
