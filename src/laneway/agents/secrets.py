"""``{{secrets.NAME}}`` in a config: resolved at the moment of the call, and kept out of everything that is written down."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from laneway.agents.cleaning import HIDDEN, remember
from laneway.agents.environment import SecretMissing

# What the adapters set themselves, or what would blur where a request ends.
_RESERVED = frozenset({"content-type", "content-length", "transfer-encoding", "host", "connection", "idempotency-key"})
_SECRET = re.compile(r"\{\{\s*secrets\.([A-Z][A-Z0-9_]{0,99})\s*\}\}")


def revealed(text: str, secret: Callable[[str], str]) -> str:
    """``text`` with its secrets.

    Raises
    ------
    SecretMissing
        Names the secret that is not set.
    """

    def opened(match: re.Match[str]) -> str:
        value = secret(match.group(1))
        remember(value)
        return value

    return _SECRET.sub(opened, text)


def headers_of(config: Mapping[str, Any]) -> dict[str, str]:
    """The `headers` of a config, checked and with their secrets still closed."""
    headers = config.get("headers") or {}
    if not isinstance(headers, Mapping):
        raise ValueError("`headers` must map names to texts")
    for name, value in headers.items():
        if not isinstance(value, str) or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}", str(name)):
            raise ValueError(f"`headers`: {name!r} is not a header with a text")
        if str(name).lower() in _RESERVED:
            raise ValueError(f"`headers`: {name!r} is set by the adapter")
        if any(character in value for character in "\r\n\x00"):
            raise ValueError(f"`headers`: the value of {name!r} holds a line break")
    return {str(name): str(value) for name, value in headers.items()}


def revealed_headers(headers: Mapping[str, str], secret: Callable[[str], str]) -> dict[str, str]:
    opened = {name: revealed(value, secret) for name, value in headers.items()}
    for name, value in opened.items():
        if not value.isprintable() or not value.isascii():
            raise SecretMissing(f"the secret in header {name!r} holds characters that a header cannot carry")
    return opened


def without(text: str, opened: Mapping[str, str]) -> str:
    """``text`` with every opened header value taken out: servers like to repeat what they were sent."""
    for value in opened.values():
        for part in (value, value.rpartition(" ")[2]):
            if len(part) >= 8:
                text = text.replace(part, HIDDEN)
    return text
