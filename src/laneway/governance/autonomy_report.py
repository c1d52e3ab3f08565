"""Per agent task, what the pairs say: agreement, calibration, cost, time, and which way the dial should be turned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from laneway.domain.autonomy import AutonomyPair, BandRule, Level
from laneway.governance.autonomy import Band, Pair, advise, evidence

MOST_REASONS = 5


def pair_of(pair: AutonomyPair) -> Pair:
    """As the evidence sees it: numbers that cannot be read are not said."""
    confidence, distance = _number(pair.confidence), _number(pair.distance)
    return Pair(
        agreed=bool(pair.agreed),
        confidence=confidence,
        distance=distance,
        failed=pair.failed,
        cost=_decimal(pair.cost) or Decimal(0),
        agent_seconds=_number(pair.agent_seconds),
        person_seconds=_number(pair.person_seconds),
    )


def band_of(said: BandRule | None) -> Band:
    """Of a contract; where it does not speak, the defaults: they advise, and lower nothing by themselves."""
    usual = Band()
    if said is None:
        return usual
    return Band(
        0.0 if said.agreement is None else said.agreement,
        1.0 if said.failures is None else said.failures,
        said.cost,
        said.calibration,
        said.pairs,
    )


def task_report(pairs: Sequence[AutonomyPair], level: Level, said: BandRule | None) -> dict[str, Any]:
    """Of one agent at one element; JSON-compatible, shares from 0 to 1. ``pairs`` are complete and not empty."""
    first = pairs[0]
    made = [pair_of(each) for each in pairs]
    found = evidence(made)
    advice = advise(level, found, band_of(said))
    currencies = sorted({each.currency for each in pairs if each.currency})
    total = sum((each.cost for each in made), Decimal(0))
    calibration = found.calibration
    return {
        "processDefinitionId": first.process_id,
        "elementId": first.element_id,
        "agent": first.agent,
        "level": level,
        "pairs": found.pairs,
        "agreement": {
            "share": _rounded(found.agreement.share),
            "low": _rounded(found.agreement.low),
            "high": _rounded(found.agreement.high),
        },
        "fields": _by_field(pairs),
        "acceptanceRate": _rounded(found.agreement.share),
        "overrideRate": _rounded(found.overrides),
        "failureRate": _rounded(found.failures),
        "editDistance": _rounded(found.distance),
        "calibration": None
        if calibration is None
        else {
            "error": _rounded(calibration.error),
            "brier": _rounded(calibration.brier),
            "bins": [
                {"confidence": _rounded(mean), "agreed": _rounded(share), "pairs": count}
                for mean, share, count in calibration.bins
            ],
        },
        "cost": {
            "mean": str(found.mean_cost.normalize()),
            "total": str(total),
            "currency": "/".join(currencies) or None,
        },
        "secondsSaved": _rounded(found.seconds_saved),
        "reasons": [
            {"reason": reason, "pairs": count}
            for reason, count in Counter(each.reason for each in pairs if each.reason).most_common(MOST_REASONS)
        ],
        "recommendation": {"level": advice.level, "because": advice.because, "automatic": advice.automatic},
    }


def acting_report(pairs: Sequence[AutonomyPair]) -> dict[str, Any]:
    """Of an agent that acted by itself: how often its contract was met, and what that costs."""
    first, found = pairs[0], evidence([pair_of(each) for each in pairs])
    return {
        "processDefinitionId": first.process_id,
        "elementId": first.element_id,
        "agent": first.agent,
        "calls": found.pairs,
        "failureRate": _rounded(found.failures),
        "cost": str(found.mean_cost),
    }


def benefits(pairs: Sequence[AutonomyPair]) -> dict[str, Any]:
    """Of all agent tasks of a definition together."""
    made = [pair_of(each) for each in pairs]
    found = evidence(made)
    saved = [
        each.person_seconds - each.agent_seconds
        for each in made
        if each.person_seconds is not None and each.agent_seconds is not None and each.agreed
    ]
    return {
        "processDefinitionId": pairs[0].process_id if pairs else "",
        "pairs": found.pairs,
        "acceptanceRate": _rounded(found.agreement.share),
        "overrideRate": _rounded(found.overrides),
        "secondsSaved": _rounded(found.seconds_saved),
        "secondsSavedInAll": round(sum(saved), 3),
        "cost": str(sum((each.cost for each in made), Decimal(0))),
    }


def _by_field(pairs: Sequence[AutonomyPair]) -> dict[str, Any]:
    agreed: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for pair in pairs:
        said: Mapping[str, bool] = pair.fields or {}
        for name, same in said.items():
            asked[name] += 1
            agreed[name] += bool(same)
    return {name: _rounded(agreed[name] / asked[name]) for name in sorted(asked)}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _decimal(text: str | None) -> Decimal | None:
    try:
        number = Decimal(text) if text else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


def _number(text: str | None) -> float | None:
    number = _decimal(text)
    return None if number is None else float(number)
