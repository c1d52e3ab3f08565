"""``agreement``: the agent is asked several times, and the confidence is the share of its answers that say the same as the first.

Config: ``answers`` (2 to 9, default 3) and ``fields`` of the output that must be alike (default: all but the confidence).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from laneway.governance.evaluators.base import Evaluation, Subject, names, only, share
from laneway.governance.schemas import canonical_json

MOST_ANSWERS = 9


@dataclass(frozen=True, slots=True)
class Agreement:
    answers: int
    fields: tuple[str, ...] | None

    def evaluate(self, subject: Subject) -> Evaluation:
        first = self._compared(subject.output)
        alike = 1 + sum(other is not None and self._compared(other) == first for other in subject.others)
        return Evaluation(share(alike, self.answers), {"answers": self.answers, "alike": alike})

    def _compared(self, output: Mapping[str, Any]) -> str:
        wanted = [name for name in output if name != "confidence"] if self.fields is None else self.fields
        return canonical_json({name: output.get(name) for name in wanted})


def create(config: Mapping[str, Any]) -> Agreement:
    only(config, "answers", "fields")
    answers = config.get("answers", 3)
    if isinstance(answers, bool) or not isinstance(answers, int) or not 2 <= answers <= MOST_ANSWERS:
        raise ValueError(f"`answers` is a whole number from 2 to {MOST_ANSWERS}")
    return Agreement(answers, names(config, "fields"))
