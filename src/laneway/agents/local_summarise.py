"""Task ``summarise``: the sentences nearest to the whole, word for word. Nothing is written that the text does not say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laneway.agents.local_extract import FieldRules
from laneway.agents.local_task import CannotDo, Settings, Tools, text_of
from laneway.agents.local_words import guess_language, sentences, words
from laneway.domain.contract import AgentCompleted, AgentRequest

# Said first, a sentence more often says what the matter is.
_FIRST = 0.03
_SHORT_WORDS = 3
_PLEASANTRIES = frozenset(
    [
        "hi",
        "hello",
        "dear",
        "hey",
        "regards",
        "best",
        "kind",
        "sincerely",
        "thanks",
        "thank",
        "you",
        "cheers",
        "hallo",
        "liebe",
        "lieber",
        "guten",
        "tag",
        "mit",
        "freundlichen",
        "grussen",
        "grusse",
        "danke",
        "vielen",
        "bonjour",
        "cordialement",
        "merci",
        "bien",
        "hola",
        "saludos",
        "gracias",
        "atentamente",
        "estimados",
        "good",
        "morning",
        "afternoon",
        "evening",
        "sir",
        "madam",
        "team",
        "sehr",
        "geehrte",
        "damen",
        "und",
        "herren",
    ]
)


class Summarise:
    def __init__(self, config: Mapping[str, Any]) -> None:
        settings = Settings(config, "text sentences field extract")
        self._fields = settings.texts("text")
        self._count = settings.whole("sentences", 2, 1, 20)
        self._field = settings.text("field", "summary")
        self._extract = FieldRules(settings.mapping("extract"), "extract: ") if settings.has("extract") else None

    def work(self, request: AgentRequest, tools: Tools) -> AgentCompleted:
        text = text_of(request, self._fields)
        if not text:
            raise CannotDo("there is no text to summarise")
        similarity = tools.similarity()
        candidates = list(dict.fromkeys(piece for piece in sentences(text) if not _says_nothing(piece))) or [text]
        near = similarity.similarities(text, candidates)
        ranked = sorted(range(len(candidates)), key=lambda index: -(near[index] + (_FIRST if index < 2 else 0.0)))
        chosen = sorted(ranked[: self._count])
        output: dict[str, Any] = {
            self._field: " ".join(_ended(candidates[index]) for index in chosen),
            "language": guess_language(text),
        }
        method = (
            f"{similarity.method}: the {len(chosen)} of {len(candidates)} sentences nearest to the whole, word for word"
        )
        if self._extract is not None:
            output |= self._extract.apply(text).output
            method += "; details by declared rules"
        return AgentCompleted(output, None, "", similarity.model, method)


def _says_nothing(sentence: str) -> bool:
    found = words(sentence)
    return not found or (
        len(found) <= _SHORT_WORDS + 3 and sum(word in _PLEASANTRIES for word in found) * 2 >= len(found)
    )


def _ended(sentence: str) -> str:
    return sentence if sentence[-1] in ".!?…:" else f"{sentence}."
