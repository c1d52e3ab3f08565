"""``patterns``: texts that must not pass, each by a name and a regular expression of RE2 (linear time).

Config: ``patterns``: name → expression; ``case_sensitive`` (default false).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laneway.governance.guardrails.base import TextGuardrail, finder, linear

MAX_PATTERNS = 100
MAX_LENGTH = 1_000


def create(config: Mapping[str, Any]) -> TextGuardrail:
    unknown = sorted(set(config) - {"patterns", "case_sensitive"})
    if unknown:
        raise ValueError(f"unknown keys {', '.join(unknown)}; known are patterns, case_sensitive")
    given, case_sensitive = config.get("patterns"), config.get("case_sensitive", False)
    if not isinstance(given, Mapping) or not 0 < len(given) <= MAX_PATTERNS:
        raise ValueError(f"`patterns` maps 1 to {MAX_PATTERNS} names to regular expressions")
    if not isinstance(case_sensitive, bool):
        raise ValueError("`case_sensitive` is true or false")
    compiled = {}
    for name, pattern in given.items():
        if not isinstance(pattern, str) or len(pattern) > MAX_LENGTH:
            raise ValueError(f"`patterns.{name}` must be a text of at most {MAX_LENGTH:,} characters")
        compiled[str(name)] = linear(pattern, case_sensitive=case_sensitive)
    return TextGuardrail(finder(compiled), "block")
