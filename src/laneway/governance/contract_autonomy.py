"""``autonomy`` of a contract: the level an agent begins with, whose the person's task is, and the band that keeps it there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from laneway.domain.autonomy import Autonomy, BandRule
from laneway.governance.contract_tools import LONGEST_APPROVAL
from laneway.governance.durations import DurationFault, seconds

Fault = tuple[str, tuple[str | int, ...], str, str]
"""Rule, path below the agent, what is wrong, what to write."""


def autonomy_of(entry: Any) -> Autonomy:
    """Of an entry that has no fault; None: nothing is said."""
    if entry is None:
        return Autonomy()
    if isinstance(entry, str):
        return Autonomy(entry)  # type: ignore[arg-type]
    band = entry.get("band")
    return Autonomy(
        level=entry.get("level", "auto"),
        elements=entry.get("elements") or {},
        groups=tuple(entry.get("groups") or ()),
        users=tuple(entry.get("users") or ()),
        form_id=entry.get("form"),
        compare=tuple(entry.get("compare") or ()),
        tolerance=float(entry.get("tolerance", 0.0)),
        band=None if band is None else _band(band),
        expires=seconds(entry["expires"]) if entry.get("expires") is not None else None,
    )


def _band(entry: Mapping[str, Any]) -> BandRule:
    def share(name: str) -> float | None:
        return None if entry.get(name) is None else float(entry[name])

    cost = entry.get("cost")
    return BandRule(
        share("agreement"),
        share("failures"),
        None if cost is None else Decimal(str(cost)),
        share("calibration"),
        int(entry.get("pairs", 30)),
    )


def faults(entry: Mapping[str, Any]) -> Iterator[Fault]:
    """What the schema of the file cannot say. ``entry``: of the agent; it may have other faults."""
    said = entry.get("autonomy")
    if not isinstance(said, Mapping):
        return
    expires = said.get("expires")
    if isinstance(expires, str):
        try:
            if not 0 < seconds(expires) <= LONGEST_APPROVAL:
                yield (
                    "agents-duration",
                    ("autonomy", "expires"),
                    f"{expires} is out of range",
                    "more than PT0S, at most P365D",
                )
        except DurationFault as fault:
            yield "agents-duration", ("autonomy", "expires"), str(fault), "write PT8H, or P1D"
    output = entry.get("output")
    declared = output.get("properties", {}) if isinstance(output, Mapping) else None
    compared = said.get("compare")
    for index, name in enumerate(compared if isinstance(compared, list) else ()):
        if isinstance(declared, Mapping) and name not in declared:
            yield (
                "agents-autonomy",
                ("autonomy", "compare", index),
                f"the output declares no property {name!r}, so that nobody can agree on it",
                f"declared: {', '.join(sorted(declared)) or 'none'}",
            )
