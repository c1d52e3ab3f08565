"""Ids of traces and of the spans that others hang on, made from keys: every process finds them without being told.

W3C Trace Context (Recommendation of 23 November 2021): 16 and 8 bytes, not all zero, in lower-case hexadecimal digits.
"""

from __future__ import annotations

import re
import secrets
from hashlib import blake2b
from typing import NamedTuple

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_SAMPLED = 1


class Incoming(NamedTuple):
    """What a caller said of the span that it is in."""

    trace_id: int
    span_id: int
    sampled: bool


def trace_of(root_key: int) -> int:
    """Of a root instance. As even as a random one, so that samplers by id take the same instances on every host."""
    return _number(root_key, b"trace", 16)


def root_span_of(root_key: int) -> int:
    """Of what started the instance."""
    return _number(root_key, b"root", 8)


def work_span_of(key: int) -> int:
    """Of the opening of a job or user task."""
    return _number(key, b"work", 8)


def new_trace() -> int:
    return secrets.randbits(128) or 1


def new_span() -> int:
    return secrets.randbits(64) or 1


def traceparent(trace_id: int, span_id: int, sampled: bool) -> str:
    return f"00-{trace_id:032x}-{span_id:016x}-{'01' if sampled else '00'}"


def read_traceparent(text: str | None) -> Incoming | None:
    """None for what is not one. Later versions may be longer, and are read as far as this one goes (3.2.2.4)."""
    found = None if text is None else _TRACEPARENT.fullmatch(text.strip())
    if found is None or found[1] == "ff" or (found[1] == "00" and found[5]):
        return None
    trace_id, span_id = int(found[2], 16), int(found[3], 16)
    return Incoming(trace_id, span_id, bool(int(found[4], 16) & _SAMPLED)) if trace_id and span_id else None


def _number(key: int, what: bytes, size: int) -> int:
    digest = blake2b(key.to_bytes(8, "big"), digest_size=size, person=b"laneway " + what).digest()
    return int.from_bytes(digest, "big") or 1
