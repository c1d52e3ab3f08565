"""Sensitive topics: what an agent does not deal with by itself, told by words or by what it says of the matter."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any

from laneway.domain.contract import AgentContract, SensitiveTopic
from laneway.governance.guardrails.base import TextGuardrail, bare, finder, linear

_EDGE = r"[^\pL\pN]"


def of_input(contract: AgentContract, input: Mapping[str, Any]) -> str | None:
    """The first topic whose words stand in ``input``, or None."""
    return next((topic.name for topic in contract.sensitive_topics if _speaks_of(topic, input)), None)


def of_output(contract: AgentContract, output: Mapping[str, Any]) -> str | None:
    """The first topic that ``output`` names in its field, or whose words stand in it, or None."""
    for topic in contract.sensitive_topics:
        if topic.field is not None and any(_names(output.get(topic.field), value) for value in topic.values):
            return topic.name
        if _speaks_of(topic, output):
            return topic.name
    return None


def _names(said: Any, value: str) -> bool:
    return said == value or (isinstance(said, list) and value in said)


def _speaks_of(topic: SensitiveTopic, content: Mapping[str, Any]) -> bool:
    return bool(topic.words) and bool(_by_words(topic.words).inspect(content).found)


@lru_cache(maxsize=256)
def _by_words(words: tuple[str, ...]) -> TextGuardrail:
    """Whole words and phrases, in any case and with any accents; blanks between them may be of any kind and number."""
    escape = import_module("re2").escape
    phrases = "|".join(
        r"[\s\pZ]+".join(escape(part) for part in (bare(word).split() or word.split())) for word in words
    )
    # RE2's \b knows the letters of English alone.
    pattern = linear(rf"(?:^|{_EDGE})(?:{phrases})(?:$|{_EDGE})", case_sensitive=False)
    return TextGuardrail(finder({"topic": pattern}), "ask")
