"""Task ``retrieve``: passages from approved and valid knowledge files, with their source; the others are named, not used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laneway.agents.local_knowledge import KnowledgeFile, read_all
from laneway.agents.local_similarity import Similarity, reach
from laneway.agents.local_task import CannotDo, Settings, Tools, decimal, text_of
from laneway.agents.local_words import sentences
from laneway.domain.contract import AgentCompleted, AgentRequest


class Retrieve:
    def __init__(self, config: Mapping[str, Any]) -> None:
        settings = Settings(config, "text files top minimum near field")
        self._fields = settings.texts("text")
        self._patterns = settings.texts("files") or ("*.md", "*.txt")
        self._top = settings.whole("top", 3, 1, 50)
        self._minimum = settings.number("minimum", 0.3, 0, 1)
        self._near = settings.number("near", 0.8, 0, 1)
        self._field = settings.text("field", "passages")

    def work(self, request: AgentRequest, tools: Tools) -> AgentCompleted:
        text = text_of(request, self._fields)
        if not text:
            raise CannotDo("there is no text to search with")
        today = tools.now.date()
        usable: list[tuple[KnowledgeFile, str]] = []
        not_used: list[dict[str, Any]] = []
        for file in read_all(request.files, self._patterns):
            reason = file.why_not(today)
            if reason is None:
                usable += [(file, passage) for passage in file.passages]
            else:
                citation = file.citation()
                not_used.append(
                    {key: citation[key] for key in ("title", "name", "status", "valid_until")} | {"reason": reason}
                )
        similarity = tools.similarity()
        ranked = sorted(
            zip(_similarities(similarity, text, usable), usable, strict=True),
            key=lambda entry: (-entry[0], entry[1][0].name),
        )
        least = self._near * ranked[0][0] if ranked else 0.0
        passages = [
            {
                **file.citation(),
                "passage": passage,
                "similarity": decimal(value),
                "relevance": decimal(reach(similarity, value)),
            }
            for value, (file, passage) in ranked[: self._top]
            if value >= least and reach(similarity, value) >= self._minimum
        ]
        confidence = passages[0]["relevance"] if passages else decimal(0)
        output = {self._field: passages, "not_used": not_used, "confidence": confidence}
        because = (
            f"{len(usable)} passages of approved and valid texts were compared, {len(passages)} are near enough; "
            f"{len(not_used)} files were not used"
        )
        sources = tuple({key: value for key, value in entry.items() if key != "passage"} for entry in passages)
        method = f"{similarity.method}: nearest passages of approved and valid knowledge files"
        return AgentCompleted(output, float(confidence), because, similarity.model, method, sources)


def _similarities(similarity: Similarity, text: str, usable: list[tuple[KnowledgeFile, str]]) -> list[float]:
    """Of the whole passage and of its nearest sentence, half and half: a long passage with one fitting sentence is a hit."""
    whole = similarity.similarities(text, [f"{file.title}. {passage}" for file, passage in usable])
    values = []
    for value, (file, passage) in zip(whole, usable, strict=True):
        pieces = [f"{file.title}: {sentence}" for sentence in sentences(passage)]
        values.append((value + max(similarity.similarities(text, pieces), default=0.0)) / 2)
    return values
