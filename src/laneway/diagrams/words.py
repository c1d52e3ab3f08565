"""A list of names as a block of text."""

from __future__ import annotations


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())
