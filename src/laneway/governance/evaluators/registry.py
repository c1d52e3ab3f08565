"""From a contract's words to the evaluator that is meant."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from importlib.metadata import entry_points
from typing import Any, Final

from laneway.domain.contract import EvaluatorUse
from laneway.domain.errors import Refused
from laneway.governance.evaluators import agreement, citations, completeness
from laneway.governance.evaluators.base import Evaluator
from laneway.governance.schemas import canonical_json

ENTRY_POINT_GROUP = "laneway.evaluators"

Factory = Callable[[Mapping[str, Any]], Evaluator]
"""``create(config)``. Raises ValueError with a message for the author of agents.yaml if the config is wrong."""

BUILT_IN: Final[Mapping[str, Factory]] = {
    "agreement": agreement.create,
    "citations": citations.create,
    "completeness": completeness.create,
}
"""They come before installed ones of the same name, so that no package can put itself in the place of one."""


def names() -> tuple[str, ...]:
    return tuple(sorted({*BUILT_IN, *(point.name for point in entry_points(group=ENTRY_POINT_GROUP))}))


def make(use: EvaluatorUse) -> Evaluator:
    """The evaluator that ``use`` names.

    Raises
    ------
    Refused
        ``evaluator_config``: none of that name is installed, or its config is wrong.
    """
    return _made(use.name, canonical_json(use.config))[0]


@lru_cache(maxsize=256)
def _made(name: str, config: str) -> tuple[Evaluator]:
    factory = BUILT_IN.get(name)
    if factory is None:
        for point in entry_points(group=ENTRY_POINT_GROUP, name=name):
            factory = point.load()
    if factory is None:
        raise Refused(
            "evaluator_config",
            f"there is no evaluator {name!r}; known are {', '.join(names())}. Others come with a package that has an entry point in the "
            f"group {ENTRY_POINT_GROUP!r}",
            {"evaluator": name},
        )
    try:
        return (factory(json.loads(config, parse_float=Decimal)),)
    except ValueError as error:
        raise Refused(
            "evaluator_config", f"the evaluator {name!r} refuses its config: {error}", {"evaluator": name}
        ) from error
