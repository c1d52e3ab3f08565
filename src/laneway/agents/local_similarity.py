"""How near two texts are: by sentence embeddings where they are installed, else by the words they share. Each says which."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from typing import Protocol

from laneway.agents.local_words import STOP_WORDS, stem, words


class Similarity(Protocol):
    """``model`` and ``method`` go into every result. ``floor`` and ``full``: similarities at which a text has nothing in
    common with another, and at which it surely means the same; ``sharpness`` of the softmax over labels."""

    model: str
    method: str
    english_only: bool
    floor: float
    full: float
    sharpness: float

    def similarities(self, text: str, others: Sequence[str]) -> list[float]:
        """Of ``text`` to each of ``others``, about 0 to 1, rounded to 4 digits."""
        ...


class WordOverlap:
    """Cosine of the sets of word stems, common words left out. Needs nothing, understands nothing, and says so."""

    model = "word-overlap"
    method = "word overlap (no model: the extra local-ai is not used)"
    english_only = False
    floor = 0.0
    full = 0.35
    sharpness = 9.0

    def similarities(self, text: str, others: Sequence[str]) -> list[float]:
        mine = _stems(text)
        return [round(_cosine(mine, _stems(other)), 4) for other in others]


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words(text) if word not in STOP_WORDS)


def _cosine(first: frozenset[str], second: frozenset[str]) -> float:
    if not first or not second:
        return 0.0
    return len(first & second) / math.sqrt(len(first) * len(second))


def reach(similarity: Similarity, value: float) -> float:
    """0 at the floor, 1 from where it is full."""
    return min(1.0, max(0.0, (value - similarity.floor) / (similarity.full - similarity.floor)))


_lock = threading.Lock()
_embeddings: list[Similarity | None] = []


def best_available() -> Similarity:
    """MiniLM if the extra ``local-ai`` is installed, else word overlap. One model for the whole process."""
    with _lock:
        if not _embeddings:
            from laneway.agents.local_minilm import load_if_installed

            _embeddings.append(load_if_installed())
        return _embeddings[0] or WordOverlap()
