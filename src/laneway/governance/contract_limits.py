"""``limits`` of a contract, and of the operator: from what is written to what is held."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from laneway.domain.limits import MEASURES, SPANS, AgentLimits, Limit, Measure

SMALLEST: Final = Decimal("0.000001")
"""Budgets are kept in millionths."""
LARGEST: Final = Decimal(10) ** 12
_DERIVED: Final = {"calls", "seconds"}
"""What one call uses of these at most is known: one, and the timeout."""

Fault = tuple[tuple[str, ...], str, str]
"""Where, what, how to mend it."""


def limits_of(section: Mapping[str, Any] | None, timeout: float) -> AgentLimits | None:
    """The limits of a section without a fault."""
    if section is None:
        return None
    limits = []
    for span in SPANS:
        for measure in MEASURES:
            said = (section.get(span) or {}).get(measure)
            if said is not None:
                each = said if isinstance(said, Mapping) else {"most": said}
                limits.append(
                    Limit(
                        span,
                        measure,
                        number(each["most"]),
                        each.get("on_breach") or section.get("on_breach") or "stop",
                        each.get("degrade_to") or section.get("degrade_to"),
                    )
                )
    said = section.get("call") or {}
    call: dict[Measure, Decimal] = (
        {"calls": Decimal(1), "seconds": Decimal(repr(timeout))} if timeout else {"calls": Decimal(1)}
    )
    call |= {measure: number(said[measure]) for measure in MEASURES if measure in said}
    counted = number(section.get("bytes_per_token") or 3)
    return AgentLimits(tuple(limits), call, section.get("currency") or "", counted)


def faults(section: Mapping[str, Any], timeout: float) -> Iterator[Fault]:
    """What the schema of the file cannot say of a section that meets it."""
    limits = limits_of(section, timeout)
    assert limits is not None
    if not limits.limits:
        yield (), "no limit is written", f"write what may be used per {', '.join(SPANS)}"
    for limit in limits.limits:
        where = (limit.span, limit.measure)
        if limit.measure == "money" and not limits.currency:
            yield where, "money of which currency?", "write `currency: EUR` beside it"
        if limit.on_breach == "degrade" and not limit.degrade_to:
            yield where, "degrade to which model?", "write `degrade_to:` with the name of a model"
        most = limits.call.get(limit.measure)
        if most is None and limit.measure not in _DERIVED:
            yield (
                where,
                f"nothing says how much {limit.measure} one call may use",
                (f"write `call: {{{limit.measure}: …}}`; it is set aside before each call"),
            )
        elif most is not None and most > limit.most:
            yield (
                where,
                f"one call may use {most}, so that no call is ever within {limit.most}",
                ("raise the limit, or lower `call`" + (" or the timeout" if limit.measure == "seconds" else "")),
            )


def number(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def read_limits(text: str) -> AgentLimits | None:
    """The operator's limits, written as JSON like a contract's.

    Raises
    ------
    ValueError
        With what is wrong.
    """
    if not text.strip():
        return None
    from laneway.governance.contracts import file_schema
    from laneway.governance.schemas import Schema, describe

    try:
        section = json.loads(text, parse_float=Decimal)
    except ValueError as fault:
        raise ValueError(f"limits are JSON, as in agents.yaml: {fault}") from None
    whole = file_schema()
    findings = Schema({"$schema": whole["$schema"], "$defs": whole["$defs"], "$ref": "#/$defs/limits"}).findings(
        section
    )
    if findings:
        raise ValueError(describe(findings))
    for where, what, how in faults(section, 0.0):
        raise ValueError(f"{'.'.join(where)}: {what}: {how}")
    return limits_of(section, 0.0)
