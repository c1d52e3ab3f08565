"""``injection``: texts that speak to a model instead of to a person. A heuristic, and no wall.

It knows set phrases in en, de, fr and es, marks that only prompts hold, and text written in invisible characters. Whoever wants
past it can; so what an agent may do is held by its contract and not by this. Config: none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from laneway.governance.guardrails.base import Span, TextGuardrail, finder, linear

_EARLIER = (
    r"(?:previous|prior|above|earlier|preceding|foregoing|system|your|all|any|the|these|those|of|my|initial|original)"
)
PATTERNS: Final[Mapping[str, str]] = {
    "instruction to a model": "|".join(
        [
            rf"\b(?:ignore|disregard|forget|override|bypass|skip)\s+(?:{_EARLIER}\s+){{1,5}}(?:instructions?|prompts?|rules?|directions?|guidelines?|polic(?:y|ies)|messages?|context)\b",
            r"\byou\s+are\s+(?:now|no\s+longer)\s+(?:an?\s+|the\s+|my\s+)?(?:\w+\s+){0,3}(?:assistant|ai|model|agent|bot|administrator|developer|system|unrestricted|dan)\b",
            r"\b(?:reveal|print|repeat|show|output|leak|give\s+me)\s+(?:me\s+)?(?:the\s+|your\s+)?(?:system|hidden|initial|secret)\s+(?:prompt|instructions?|message)\b",
            r"\b(?:new|updated|real|actual)\s+(?:system\s+)?instructions?\s*:",
            r"\b(?:call|invoke|execute)\s+the\s+(?:\w+\s+){0,2}(?:tool|function)\b",
            r"\b(?:ignorier(?:e|en\s+sie)|vergiss|vergessen\s+sie|missachte)\s+(?:(?:alle|die|deine|ihre|bisherigen|vorherigen|obigen|vorigen)\s+){1,4}(?:anweisungen|regeln|vorgaben|instruktionen)\b",
            r"\b(?:ignore[zr]?|oublie[zr]?)\s+(?:(?:toutes?|les|tes|vos|ces)\s+){1,3}(?:instructions|consignes|règles)\b",
            r"\b(?:ignora|ignore|olvida|olvide)\s+(?:(?:todas?|las|tus|sus|estas)\s+){1,3}(?:instrucciones|reglas|indicaciones)\b",
        ]
    ),
    "mark of a prompt": r"<\|(?:im_start|im_end|system|user|assistant|endoftext)[^|]{0,20}\|>|\[/?INST\]|<</?SYS>>"
    r"|(?m:^\s*#{2,3}\s*(?:system|instruction|assistant)s?\s*:?\s*$)|(?m:^\s*(?:system|assistant)\s*:\s)|</?(?:data|system|tool_call|function_call)\b[^>]{0,80}>",
}
_TAGS = range(0xE0000, 0xE0080)
_UNSEEN = frozenset("\u200b\u200c\u2060\u2061\u2062\u2063\u2064\ufeff")
MOST_UNSEEN = 8
"""Zero-width characters in a row; scripts and emoji join with one or two."""


def create(config: Mapping[str, Any]) -> TextGuardrail:
    if config:
        raise ValueError(f"it takes no config, but there is {', '.join(sorted(map(str, config)))}")
    phrases = finder({what: linear(pattern, case_sensitive=False) for what, pattern in PATTERNS.items()})

    def find(text: str) -> Iterable[Span]:
        if any(True for _ in phrases(text)):
            # What follows such a phrase belongs to it, so the whole text is taken.
            yield Span(0, len(text), next(iter(phrases(text))).what)
        elif not text.isascii() and _is_hidden(text):
            yield Span(0, len(text), "hidden text")

    return TextGuardrail(find, "ask")


def _is_hidden(text: str) -> bool:
    different = set(text)
    if any(ord(character) in _TAGS for character in different):
        return True
    run = 0
    for character in text if different & _UNSEEN else "":
        run = run + 1 if character in _UNSEEN else 0
        if run > MOST_UNSEEN:
            return True
    return False
