"""An approval holds for exactly one action: what the person saw is what runs, once, before it expires, and never by its maker.

The seal is the SHA-256 of (tool, version of the tool's schema, canonical arguments, instance, approver, expiry). Whoever keeps approvals
keeps the seal and its parts; ``check`` is asked right before the action, with what is really about to be done.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, assert_never

from laneway.domain.work import is_same
from laneway.governance.numbers import as_variable
from laneway.governance.schemas import canonical_json

SEAL_VERSION = "laneway-approval-1"


@dataclass(frozen=True, slots=True)
class Action:
    """What is about to be done. ``schema``: hash of the tool's schema as it is now; ``arguments``: JSON.

    ``makers`` are all who had a hand in it: who started the instance, every agent on the way (the one that called, and those that
    it works for), and every person who edited the arguments. Identities are ``kind:id``.
    """

    tool: str
    schema: str
    arguments: Mapping[str, Any]
    instance: int
    makers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Approval:
    """``used``: the moment it was spent, or None. ``expires``: aware."""

    seal: str
    approver: str
    expires: datetime
    used: datetime | None = None


Fault = Literal["maker", "used", "expired", "changed"]


def seal(action: Action, approver: str, expires: datetime) -> str:
    """The seal of ``action`` as ``approver`` sees it: 64 hexadecimal digits.

    Raises
    ------
    ValueError
        Arguments that are not JSON, or ``expires`` without a time zone: neither has one canonical form.
    """
    if expires.tzinfo is None:
        raise ValueError("the expiry of an approval carries its time zone")
    parts = [
        SEAL_VERSION,
        action.tool,
        action.schema,
        canonical_arguments(action.arguments),
        action.instance,
        approver,
        expires.astimezone(UTC).isoformat(timespec="microseconds"),
    ]
    # JSON keeps the parts apart: no part can lend a piece of itself to the next.
    return hashlib.sha256(canonical_json(parts).encode()).hexdigest()


def canonical_arguments(arguments: Mapping[str, Any]) -> str:
    """The one text of ``arguments``: keys sorted, and numbers of one value written in one way (1, 1.0 and 1e0 are one)."""
    return canonical_json(_plain_numbers(as_variable(arguments)))


def approve(action: Action, approver: str, expires: datetime, now: datetime) -> Approval | Fault:
    """Four eyes: who made it cannot approve it; another must, however many edited it on the way."""
    if any(is_same(approver, maker) for maker in action.makers):
        return "maker"
    if expires <= now:
        return "expired"
    return Approval(seal(action, approver, expires), approver, expires)


def check(approval: Approval, action: Action, now: datetime) -> Fault | None:
    """None if ``action`` may run under ``approval`` now. The caller marks it used in the transaction that lets it run."""
    if approval.used is not None:
        return "used"
    if any(is_same(approval.approver, maker) for maker in action.makers):
        return "maker"
    if now >= approval.expires:
        return "expired"
    return None if approval.seal == seal(action, approval.approver, approval.expires) else "changed"


def explain(fault: Fault) -> str:
    match fault:
        case "maker":
            return "who started, made or edited an action cannot approve it; another person must"
        case "used":
            return "this approval has been used; every action needs one of its own"
        case "expired":
            return "this approval has expired; ask again"
        case "changed":
            return "this is not what was approved: the tool, its schema, its arguments or its instance changed since"
        case _:
            assert_never(fault)


def _plain_numbers(value: Any) -> Any:
    from decimal import Decimal

    if isinstance(value, Mapping):
        return {key: _plain_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain_numbers(item) for item in value]
    if isinstance(value, Decimal):
        whole = value.to_integral_value()
        if value == whole and abs(value.adjusted()) <= 300:
            return int(whole)
        return value.normalize()
    return value
