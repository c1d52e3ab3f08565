"""``completeness``: the confidence is the share of the output's fields that hold something.

Nothing is: not there, null, a blank text, an empty list or object. Config: ``fields`` (default: all that the schema declares, but the
confidence).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from laneway.governance.evaluators.base import Evaluation, Subject, names, only, share


@dataclass(frozen=True, slots=True)
class Completeness:
    fields: tuple[str, ...] | None

    @property
    def answers(self) -> int:
        return 1

    def evaluate(self, subject: Subject) -> Evaluation:
        declared = subject.schema.get("properties")
        fields = self.fields or tuple(
            name for name in (declared if isinstance(declared, Mapping) else ()) if name != "confidence"
        )
        missing = [name for name in fields if _is_nothing(subject.output.get(name))]
        return Evaluation(share(len(fields) - len(missing), len(fields)), {"missing": missing})


def _is_nothing(value: Any) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, Mapping | list) and not value)


def create(config: Mapping[str, Any]) -> Completeness:
    only(config, "fields")
    return Completeness(names(config, "fields"))
