"""Budgets as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

MILLION = 10**6


def in_units(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of ``budgets`` with its millionths as numbers, and what is ``left``."""
    spent, reserved, most = row["spent"], row["reserved"], row["most"]
    left = None if most is None else max(most - spent - reserved, 0)
    amounts = {"spent": spent, "reserved": reserved, "most": most, "left": left}
    units = {name: None if count is None else _units(count) for name, count in amounts.items()}
    return {**row, **units, "currency": row["currency"] or None}


def _units(count: int) -> int | Decimal:
    return count // MILLION if count % MILLION == 0 else (Decimal(count) / MILLION).normalize()
