"""The events of one command in one cell: JSON, compressed where that saves room."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from typing import Any

import zstandard

from laneway.domain.history import Packed
from laneway.store import json

_MAGIC = b"\x28\xb5\x2f\xfd"
_WORTH_COMPRESSING = 400
_MAXIMUM_BYTES = 1 << 30

# A compressor is not safe to share between threads.
_local = threading.local()


def events_text(events: Sequence[Packed]) -> bytes:
    """The JSON that is digested and kept."""
    return json.encode_rows(events)


def digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def pack(text: bytes) -> bytes:
    if len(text) < _WORTH_COMPRESSING:
        return text
    compressor: zstandard.ZstdCompressor | None = getattr(_local, "compressor", None)
    if compressor is None:
        compressor = _local.compressor = zstandard.ZstdCompressor(level=3)
    return compressor.compress(text)


def unpack(cell: bytes) -> bytes:
    """The text that ``pack`` was given.

    Raises
    ------
    ValueError
        If the cell was changed so that it cannot be read.
    """
    if cell[:4] != _MAGIC:
        return cell
    try:
        return zstandard.ZstdDecompressor().decompress(cell, max_output_size=_MAXIMUM_BYTES)
    except zstandard.ZstdError as error:
        raise ValueError("the packed events cannot be read") from error


def events_of(cell: bytes) -> list[list[Any]]:
    """The packed events as ``Transition.log`` has them, in lists."""
    events: list[list[Any]] = json.decode(unpack(bytes(cell)).decode())
    return events
