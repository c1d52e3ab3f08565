"""Task ``retrieve``: passages from approved and valid knowledge files, with their source; the others are named, not used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laneway.agents.local_knowledge import KnowledgeFile, read_all
from laneway.agents.local_similarity import reach
from laneway.agents.local_task import CannotDo, Settings, Tools, decimal, text_of
from laneway.domain.contract import AgentCompleted, AgentRequest


class Retrieve:
    def __init__(self, config: Mapping[str, Any]) -> None:
        settings = Settings(config, "text files top minimum field")
        self._fields = settings.texts("text")
        self._patterns = settings.texts("files") or ("*.md", "*.txt")
        self._top = settings.whole("top", 3, 1, 50)
        self._minimum = settings.number("minimum", 0.25, 0, 1)
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
        near = similarity.similarities(text, [f"{file.title}. {passage}" for file, passage in usable])
        ranked = sorted(zip(near, usable, strict=True), key=lambda entry: (-entry[0], entry[1][0].name))
        chosen = [entry for entry in ranked[: self._top] if entry[0] >= self._minimum]
        passages = [
            {**file.citation(), "passage": passage, "similarity": decimal(value)} for value, (file, passage) in chosen
        ]
        confidence = decimal(reach(similarity, chosen[0][0]) if chosen else 0.0)
        output = {self._field: passages, "not_used": not_used, "confidence": confidence}
        best = f"the best is {chosen[0][0]:.2f} near" if chosen else f"none is {self._minimum:g} near"
        because = f"{len(usable)} passages of approved and valid texts were compared; {best}; {len(not_used)} files were not used"
        sources = tuple({key: value for key, value in entry.items() if key != "passage"} for entry in passages)
        method = f"{similarity.method}: nearest passages of approved and valid knowledge files"
        return AgentCompleted(output, float(confidence), because, similarity.model, method, sources)
