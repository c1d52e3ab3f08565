"""``citations``: the confidence is the share of the sentences of a text that cite one of the answer's sources.

A sentence cites by a number in brackets, ``[1]`` for the first source. Config: ``field``, the output that holds the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from laneway.governance.evaluators.base import Evaluation, Subject, only, share


@dataclass(frozen=True, slots=True)
class Citations:
    field: str

    @property
    def answers(self) -> int:
        return 1

    def evaluate(self, subject: Subject) -> Evaluation:
        re2 = import_module("re2")
        text = subject.output.get(self.field)
        # A mark behind the full stop belongs to the sentence before it.
        said = str(text) if isinstance(text, str) else ""
        ends = re2.sub(r"([.!?])((?:\s*\[[0-9]{1,3}\])+)", r"\2\1", said)
        sentences = [each for each in re2.split(r"[.!?]+(?:\s+|$)|\n+", ends) if re2.search(r"[\pL\pN]", each)]
        known = range(1, len(subject.sources) + 1)
        cited = sum(
            any(int(number) in known for number in re2.findall(r"\[([0-9]{1,3})\]", each)) for each in sentences
        )
        return Evaluation(share(cited, len(sentences)), {"sentences": len(sentences), "cited": cited})


def create(config: Mapping[str, Any]) -> Citations:
    only(config, "field")
    field = config.get("field")
    if not isinstance(field, str) or not field:
        raise ValueError("`field` is missing: the output that holds the text")
    return Citations(field)
