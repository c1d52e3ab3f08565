"""Task ``match``: which of the known records each line means: by its number, by its number however written, or by its words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from laneway.agents.local_similarity import reach
from laneway.agents.local_task import CannotDo, Settings, Tools, decimal
from laneway.agents.templating import lookup
from laneway.domain.contract import AgentCompleted, AgentRequest

MAX_RECORDS = 5_000
MAX_COMPARED = 200
_OTHER = re.compile(r"[^0-9a-z]+")


class Match:
    """Config: ``lines`` and ``records`` name inputs (lists of contexts), ``key`` the number in both, ``text`` the words in both."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        settings = Settings(config, "lines records key text minimum field")
        self._lines = settings.text("lines", "lines")
        self._records = settings.text("records", "records")
        self._key = settings.text("key")
        self._text = settings.text("text") if settings.has("text") else None
        self._minimum = settings.number("minimum", 0.7, 0, 1)
        self._field = settings.text("field", "matches")

    def work(self, request: AgentRequest, tools: Tools) -> AgentCompleted:
        lines, records = (_contexts(lookup(request.input, name), name) for name in (self._lines, self._records))
        exact = {str(record.get(self._key)): record for record in records}
        loose = {_bare(key): record for key, record in exact.items()}
        matches: list[dict[str, Any]] = []
        unmatched: list[str] = []
        for number, line in enumerate(lines, 1):
            key = str(line.get(self._key) or "")
            record, how, sure = exact.get(key), "number", 1.0
            if record is None and _bare(key):
                record, how, sure = loose.get(_bare(key)), "number written otherwise", 0.95
            if record is None and self._text is not None and number <= MAX_COMPARED:
                record, sure = self._nearest(line, records, tools)
                how = "words"
            if record is None:
                unmatched.append(key or f"row {number}")
            else:
                matches.append({"line": dict(line), "record": dict(record), "how": how, "confidence": decimal(sure)})
        least = min((entry["confidence"] for entry in matches), default=decimal(0))
        output = {self._field: matches, "unmatched": unmatched, "confidence": least}
        because = f"{len(matches)} of {len(lines)} lines matched; {len(unmatched)} not"
        return AgentCompleted(output, float(least), because, "rules", "numbers, then words (see `how` of each line)")

    def _nearest(
        self, line: Mapping[str, Any], records: list[Mapping[str, Any]], tools: Tools
    ) -> tuple[Mapping[str, Any] | None, float]:
        words = str(line.get(str(self._text)) or "")
        if not words or not records:
            return None, 0.0
        similarity = tools.similarity()
        near = similarity.similarities(words, [str(record.get(str(self._text)) or "") for record in records[:1_000]])
        best = max(range(len(near)), key=near.__getitem__)
        sure = reach(similarity, near[best])
        # What is nearly as near might as well be meant: then neither is.
        twins = sum(reach(similarity, value) >= sure * 0.95 for value in near)
        return (records[best], min(sure, 0.9)) if sure >= self._minimum and twins == 1 else (None, 0.0)


def _contexts(value: Any, name: str) -> list[Mapping[str, Any]]:
    if not isinstance(value, list | tuple) or not all(isinstance(entry, Mapping) for entry in value):
        raise CannotDo(f"`{name}` is no list of contexts")
    if len(value) > MAX_RECORDS:
        raise CannotDo(f"`{name}` has {len(value):,} entries; at most {MAX_RECORDS:,} are compared")
    return list(value)


def _bare(key: str) -> str:
    return _OTHER.sub("", key.lower())
