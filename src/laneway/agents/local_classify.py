"""Task ``classify``: which of the declared labels a text belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laneway.agents.local_labels import alternatives_as_json, choose, read_labels
from laneway.agents.local_task import CannotDo, Settings, Tools, decimal, text_of
from laneway.domain.contract import AgentCompleted, AgentRequest


class Classify:
    def __init__(self, config: Mapping[str, Any]) -> None:
        settings = Settings(config, "text labels field")
        self._fields = settings.texts("text")
        self._field = settings.text("field", "category")
        self._labels = read_labels(settings.mapping("labels"), "labels")

    def work(self, request: AgentRequest, tools: Tools) -> AgentCompleted:
        text = text_of(request, self._fields)
        if not text:
            raise CannotDo("there is no text to classify")
        similarity = tools.similarity()
        choice = choose(text, self._labels, similarity)
        confidence = decimal(choice.confidence)
        output = {
            self._field: choice.label,
            "confidence": confidence,
            "alternatives": alternatives_as_json(choice),
            "language": choice.language,
        }
        method = f"{similarity.method}: zero-shot by similarity to the labels' descriptions and examples, and keywords"
        return AgentCompleted(output, float(confidence), choice.because, similarity.model, method)
