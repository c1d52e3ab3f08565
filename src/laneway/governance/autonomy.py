"""The dial of autonomy: what each level means for one activation, and the evidence for turning it.

``manual``     a person does it
``shadow``     a person does it; the agent does it too, unseen, and the two are compared
``recommend``  the agent proposes, a person decides
``approve``    the agent acts after a person approves exactly that action
``auto``       the agent acts within its contract
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from laneway.domain.autonomy import LEVELS, Level

Z_95 = 1.959963984540054
"""Quantile of the normal distribution for an interval of 95%."""


@dataclass(frozen=True, slots=True)
class Activation:
    """What happens when the task is reached.

    ``agent_runs``: the agent is asked; ``person_acts``: a person has a task to complete; ``person_sees``: the agent's answer is shown
    there; ``needs_approval``: what the agent would do waits for an approval of exactly that; ``agent_acts``: its output goes on and its
    tools that change something run; ``compares``: agent and person are recorded side by side.
    """

    agent_runs: bool
    person_acts: bool
    person_sees: bool
    needs_approval: bool
    agent_acts: bool
    compares: bool


_MEANING: Final[dict[Level, Activation]] = {
    "manual": Activation(False, True, False, False, False, False),
    "shadow": Activation(True, True, False, False, False, True),
    "recommend": Activation(True, True, True, False, False, True),
    "approve": Activation(True, False, True, True, True, True),
    "auto": Activation(True, False, False, False, True, False),
}


def activation(level: Level) -> Activation:
    return _MEANING[level]


def may_change(level: Level) -> bool:
    """Whether an agent at ``level`` may ever run a tool that changes something outside: below ``approve`` it only looks."""
    return _MEANING[level].agent_acts


def lowest(*levels: Level) -> Level:
    """The level that holds where several speak (definition, element, a limit, a kill switch): the least of them."""
    return min(levels, key=LEVELS.index)


def raises(before: Level, after: Level) -> bool:
    """Whether the change gives the agent more, and so needs four eyes."""
    return LEVELS.index(after) > LEVELS.index(before)


@dataclass(frozen=True, slots=True)
class Pair:
    """One activation where agent and person both answered.

    ``agreed``: the person took or gave the same answer. ``distance``: edit distance of what the person made of the agent's text,
    relative (0 same, 1 all new), None if it is no text. ``confidence``: the agent's own, 0 … 1. ``failed``: the agent gave nothing
    that meets its contract. ``cost``: of the agent, in one currency. ``agent_seconds``, ``person_seconds``: how long each took.
    """

    agreed: bool
    confidence: float | None = None
    distance: float | None = None
    failed: bool = False
    cost: Decimal = Decimal(0)
    agent_seconds: float | None = None
    person_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Interval:
    """``share`` of what was seen, and the interval of 95% in which the true share lies."""

    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """``bins``: (mean confidence, share that agreed, how many) from low to high. ``error``: expected calibration error, the mean
    distance of the two, weighed by how many. ``brier``: mean squared distance of confidence and verdict."""

    bins: tuple[tuple[float, float, int], ...]
    error: float
    brier: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """``overrides``: share in which the person decided otherwise. ``distance``: mean of those that have one."""

    pairs: int
    agreement: Interval
    overrides: float
    failures: float
    distance: float | None
    calibration: Calibration | None
    mean_cost: Decimal
    seconds_saved: float | None


@dataclass(frozen=True, slots=True)
class Band:
    """Within what an agent may stand where it stands, or go higher. ``fewest``: pairs below which nothing is concluded."""

    least_agreement: float = 0.95
    most_failures: float = 0.05
    most_mean_cost: Decimal | None = None
    most_calibration_error: float | None = None
    fewest: int = 30


@dataclass(frozen=True, slots=True)
class Advice:
    """``level`` is what is recommended; ``because`` says why in a sentence. ``automatic``: it is done at once, for it was left."""

    level: Level
    because: str
    automatic: bool = False


def wilson(agreed: int, of: int, z: float = Z_95) -> Interval:
    """Interval of a share after Wilson (1927): sensible for few and for extreme counts, where the simple one is not.

    Of nothing seen it is everything: 0 … 1.
    """
    if not 0 <= agreed <= of:
        raise ValueError(f"{agreed} of {of} is no share")
    if of == 0:
        return Interval(0.0, 0.0, 1.0)
    share = agreed / of
    scale = 1 + z * z / of
    middle = (share + z * z / (2 * of)) / scale
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / scale
    # At the ends the true bounds are 0 and 1; rounding must not lift them off.
    return Interval(
        share, 0.0 if agreed == 0 else max(0.0, middle - half), 1.0 if agreed == of else min(1.0, middle + half)
    )


def calibration(pairs: Sequence[Pair], bins: int = 10) -> Calibration | None:
    """Stated confidence against verdicts; None if no pair says both. A pair whose agent failed has no verdict."""
    said = [(pair.confidence, pair.agreed) for pair in pairs if pair.confidence is not None and not pair.failed]
    said = [(confidence, agreed) for confidence, agreed in said if 0 <= confidence <= 1]
    if not said:
        return None
    groups: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for confidence, agreed in said:
        groups[min(int(confidence * bins), bins - 1)].append((confidence, agreed))
    rows = tuple(
        (sum(each[0] for each in group) / len(group), sum(each[1] for each in group) / len(group), len(group))
        for group in groups
        if group
    )
    error = sum(abs(mean - share) * count for mean, share, count in rows) / len(said)
    brier = sum((confidence - agreed) ** 2 for confidence, agreed in said) / len(said)
    return Calibration(rows, error, brier)


def evidence(pairs: Sequence[Pair]) -> Evidence:
    """A pair whose agent failed counts as not agreed: nothing it gave could be taken."""
    count = len(pairs)
    agreed = sum(pair.agreed and not pair.failed for pair in pairs)
    failures = sum(pair.failed for pair in pairs)
    answered = count - failures
    distances = [pair.distance for pair in pairs if pair.distance is not None]
    saved = [
        pair.person_seconds - pair.agent_seconds
        for pair in pairs
        if pair.person_seconds is not None and pair.agent_seconds is not None
    ]
    return Evidence(
        pairs=count,
        agreement=wilson(agreed, count),
        overrides=(answered - agreed) / answered if answered else 0.0,
        failures=failures / count if count else 0.0,
        distance=math.fsum(distances) / len(distances) if distances else None,
        calibration=calibration(pairs),
        mean_cost=sum((pair.cost for pair in pairs), Decimal(0)) / count if count else Decimal(0),
        seconds_saved=math.fsum(saved) / len(saved) if saved else None,
    )


def advise(level: Level, found: Evidence, band: Band) -> Advice:
    """Raise by one where even the low end of the interval is within the band; lower by one where even the high end is outside.

    In between nothing is concluded. Nothing is ever raised by itself: that takes two people. What is lowered is lowered at once.
    """
    if found.pairs < band.fewest:
        return Advice(level, f"{found.pairs} pairs are too few to conclude anything; {band.fewest} are asked for")
    left = _left(found, band)
    place = LEVELS.index(level)
    if left is not None:
        # Shadow harms nobody: the agent's answer is seen by none, and is the evidence for another try.
        lower = level if place <= LEVELS.index("shadow") else LEVELS[place - 1]
        return Advice(lower, left, automatic=lower != level)
    if found.agreement.low < band.least_agreement:
        return Advice(
            level,
            f"agreement is between {found.agreement.low:.1%} and {found.agreement.high:.1%}, and at least "
            f"{band.least_agreement:.1%} is asked for: more pairs will tell",
        )
    if level == LEVELS[-1]:
        return Advice(level, "it stands at the highest level, and within its band")
    return Advice(
        LEVELS[place + 1],
        f"agreement is at least {found.agreement.low:.1%} with 95% confidence, over {found.pairs} pairs",
    )


def _left(found: Evidence, band: Band) -> str | None:
    if found.agreement.high < band.least_agreement:
        return f"agreement is at most {found.agreement.high:.1%} with 95% confidence; at least {band.least_agreement:.1%} is asked for"
    failures = wilson(round(found.failures * found.pairs), found.pairs)
    if failures.low > band.most_failures:
        return (
            f"at least {failures.low:.1%} of the calls fail with 95% confidence; at most {band.most_failures:.1%} may"
        )
    if band.most_mean_cost is not None and found.mean_cost > band.most_mean_cost:
        return f"a call costs {found.mean_cost:.4f} on average; at most {band.most_mean_cost} is agreed"
    most = band.most_calibration_error
    if most is not None and found.calibration is not None and found.calibration.error > most:
        return f"its confidence is off by {found.calibration.error:.1%} on average; at most {most:.1%} is agreed"
    return None


def edit_distance(before: str, after: str, longest: int = 2_000) -> float:
    """Levenshtein distance of two texts, by words, relative to the longer one: 0 the same, 1 nothing in common.

    Only the first ``longest`` words of each are compared, for its cost is their product.
    """
    if before == after:
        return 0.0
    first, second = before.split()[:longest], after.split()[:longest]
    if not first and not second:
        return 0.0
    if len(first) < len(second):
        first, second = second, first
    row = list(range(len(second) + 1))
    for index, word in enumerate(first, 1):
        corner, row[0] = row[0], index
        for column, other in enumerate(second, 1):
            corner, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, corner + (word != other))
    return row[-1] / len(first)
