"""Choosing among labels by similarity to what describes them, with a confidence that says how clear the choice is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from laneway.agents.local_similarity import Similarity, reach
from laneway.agents.local_task import Settings, decimal
from laneway.agents.local_words import found_phrases, guess_language

# Measured on the messages of tests/agents/test_local_quality.py: examples alone decide too boldly, means alone too weakly.
_NEAREST = 0.7
_KEYWORD = 0.22
_FOREIGN = 0.8
# However clear a case looks, similarity is wrong now and then.
_MOST = 0.95


@dataclass(frozen=True, slots=True)
class Label:
    name: str
    texts: tuple[str, ...]
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """``alternatives``: label and its share, best first."""

    label: str
    confidence: float
    alternatives: tuple[tuple[str, float], ...]
    language: str
    because: str


def read_labels(given: Mapping[str, Any], where: str) -> tuple[Label, ...]:
    labels = []
    for name, entry in given.items():
        if isinstance(entry, str):
            entry = {"description": entry}
        if not isinstance(entry, Mapping):
            raise ValueError(f"`{where}.{name}` must be a description, or hold description, examples, keywords")
        settings = Settings(entry, "description examples keywords", f"{where}.{name}: ")
        texts = (*settings.texts("description"), *settings.texts("examples"))
        keywords = settings.texts("keywords")
        if not texts and not keywords:
            raise ValueError(f"`{where}.{name}` needs a description, examples or keywords")
        labels.append(Label(str(name), texts or (str(name).replace("_", " ").replace("-", " "),), keywords))
    if len(labels) < 2:
        raise ValueError(f"`{where}` needs at least two labels to choose among")
    return tuple(labels)


def choose(text: str, labels: tuple[Label, ...], similarity: Similarity) -> Choice:
    """The label nearest to ``text``."""
    language = guess_language(text)
    scored = []
    for label in labels:
        near = similarity.similarities(text, label.texts)
        best = max(near)
        hits = found_phrases(text, label.keywords)
        score = _NEAREST * best + (1 - _NEAREST) * sum(near) / len(near)
        if hits:
            score += _KEYWORD * (1 + 0.25 * min(len(hits) - 1, 2))
        scored.append((score, label, label.texts[near.index(best)], best, hits))
    scored.sort(key=lambda entry: -entry[0])
    top = scored[0][0]
    weights = [math.exp(similarity.sharpness * (entry[0] - top)) for entry in scored]
    shares = [weight / sum(weights) for weight in weights]
    confidence = min(_MOST, shares[0]) * (0.4 + 0.6 * reach(similarity, top))
    foreign = similarity.english_only and language not in ("en", "unknown")
    if foreign:
        confidence *= _FOREIGN
    _, label, nearest, value, hits = scored[0]
    because = f"nearest is {label.name!r} ({value:.2f} to {nearest[:80]!r})"
    if hits:
        because += f", with the words {', '.join(hits[:3])}"
    because += f"; next is {scored[1][1].name!r} with a share of {shares[1]:.2f}"
    if foreign:
        because += f"; the text is in {language!r} and the model knows English, so the confidence is lowered"
    alternatives = tuple((entry[1].name, share) for entry, share in zip(scored[:3], shares[:3], strict=True))
    return Choice(label.name, confidence, alternatives, language, because)


def alternatives_as_json(choice: Choice) -> list[dict[str, Any]]:
    return [{"label": name, "confidence": decimal(share)} for name, share in choice.alternatives]
