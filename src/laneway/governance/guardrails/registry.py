"""From a contract's words to the guardrails that are meant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.metadata import entry_points
from typing import Any, Final

from laneway.domain.contract import GuardrailUse
from laneway.domain.errors import Refused
from laneway.governance.guardrails import injection, links, patterns, personal_data
from laneway.governance.guardrails.base import Guardrail
from laneway.governance.schemas import canonical_json

ENTRY_POINT_GROUP = "laneway.guardrails"

Factory = Callable[[Mapping[str, Any]], Guardrail]
"""``create(config)``. Raises ValueError with a message for the author of agents.yaml if the config is wrong."""

BUILT_IN: Final[Mapping[str, Factory]] = {
    "personal_data": personal_data.create,
    "patterns": patterns.create,
    "injection": injection.create,
    "links": links.create,
}
"""They come before installed ones of the same name, so that no package can put itself in the place of one."""


def names() -> tuple[str, ...]:
    return tuple(sorted({*BUILT_IN, *(point.name for point in entry_points(group=ENTRY_POINT_GROUP))}))


def make(use: GuardrailUse) -> Guardrail:
    """The guardrail that ``use`` names.

    Raises
    ------
    Refused
        ``guardrail_config``: none of that name is installed, or its config or decision is wrong.
    """
    return _made(use.name, canonical_json(use.config), use.decision)[0]


def decision_of(use: GuardrailUse) -> str:
    """What ``use`` does when it finds something: as the contract says, or by its default."""
    return use.decision or make(use).default


@lru_cache(maxsize=256)
def _made(name: str, config: str, decision: str | None) -> tuple[Guardrail]:
    import json
    from decimal import Decimal

    factory = BUILT_IN.get(name)
    if factory is None:
        for point in entry_points(group=ENTRY_POINT_GROUP, name=name):
            factory = point.load()
    if factory is None:
        known = ", ".join(names())
        raise Refused(
            "guardrail_config",
            f"there is no guardrail {name!r}; known are {known}. Others come with a package that has an entry point in the group "
            f"{ENTRY_POINT_GROUP!r}",
            {"guardrail": name},
        )
    try:
        guardrail = factory(json.loads(config, parse_float=Decimal))
    except ValueError as error:
        raise Refused(
            "guardrail_config", f"the guardrail {name!r} refuses its config: {error}", {"guardrail": name}
        ) from error
    if decision is not None and decision not in guardrail.decisions:
        can = ", ".join(sorted(guardrail.decisions))
        raise Refused("guardrail_config", f"the guardrail {name!r} cannot {decision}, only {can}", {"guardrail": name})
    return (guardrail,)
