"""How many tokens an activity waits for and gives (BPMN 2.0, table 10.3)."""

from __future__ import annotations

import re

from laneway.diagrams.context import Context, at
from laneway.diagrams.record import ElementRecord
from laneway.domain.types import ElementType

MOST = 10_000
"""Tokens that one activity may wait for or put on a flow."""

ADONIS = "http://www.boc-group.com"

_DIGITS = re.compile(r"[0-9]{1,9}")

_NO_ACTIVITIES = frozenset(
    {
        ElementType.START_EVENT,
        ElementType.INTERMEDIATE_CATCH_EVENT,
        ElementType.INTERMEDIATE_THROW_EVENT,
        ElementType.BOUNDARY_EVENT,
        ElementType.END_EVENT,
    }
)


def quantity(record: ElementRecord, attribute: str, context: Context) -> int:
    """The number in ``attribute``, one where it says nothing.

    The value must not be less than 1 (table 10.3). ADONIS writes 0 for "not set": in its files, and in drawings that do
    not say that they run, it is read as 1.
    """
    said = record.attributes.get(attribute, "").strip()
    if said in ("", "1") or record.type in _NO_ACTIVITIES:
        return 1
    number = int(said) if _DIGITS.fullmatch(said) else -1
    if 1 <= number <= MOST:
        return number
    if number == 0:
        unset = ADONIS in context.namespaces or not context.strict
        report = context.findings.info if unset else context.findings.error
        report(
            "quantity_zero",
            f"{attribute} is 0, which no activity can have" + ("; it is read as 1" if unset else ""),
            f"Remove {attribute}, or write how many tokens are meant.",
            at(record),
        )
        return 1
    context.findings.error(
        "not_a_number",
        f"{attribute} says «{said[:40]}»",
        f"Write a whole number from 1 to {MOST:,}.",
        at(record),
    )
    return 1
