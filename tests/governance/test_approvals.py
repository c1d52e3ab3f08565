"""An approval is good for one action, once, in time, by somebody else; any change to any part of it makes it void."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given, strategies as st

from laneway.governance.approvals import Action, Approval, approve, canonical_arguments, check, explain, seal

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ACTION = Action(
    "refund", "v1", {"order": "AB-1", "amount": Decimal("12.50")}, 4711, frozenset({"agent:draft", "user:ann"})
)


def approved(action: Action = ACTION) -> Approval:
    found = approve(action, "user:bob", LATER, NOW)
    assert isinstance(found, Approval)
    return found


def test_what_was_approved_may_run() -> None:
    assert check(approved(), ACTION, NOW) is None
    assert check(approved(), ACTION, LATER - timedelta(microseconds=1)) is None


@pytest.mark.parametrize("maker", ["agent:draft", "user:ann", "user:ANN", "user:ann ", "user:\uff41nn"])
def test_a_maker_approves_nothing(maker: str) -> None:
    assert approve(ACTION, maker, LATER, NOW) == "maker"


def test_who_edits_after_approving_has_become_a_maker() -> None:
    edited = replace(ACTION, makers=ACTION.makers | {"user:bob"})

    assert check(approved(), edited, NOW) == "maker"


def test_an_approval_is_spent_once_and_not_after_its_time() -> None:
    assert check(replace(approved(), used=NOW), ACTION, NOW) == "used"
    assert check(approved(), ACTION, LATER) == "expired"
    assert approve(ACTION, "user:bob", NOW, NOW) == "expired"


@pytest.mark.parametrize(
    "changed",
    [
        replace(ACTION, tool="refund2"),
        replace(ACTION, schema="v2"),
        replace(ACTION, instance=4712),
        replace(ACTION, arguments={"order": "AB-1", "amount": Decimal("12.51")}),
        replace(ACTION, arguments={"order": "AB-1"}),
        replace(ACTION, arguments={"order": "AB-1", "amount": "12.50"}),
        replace(ACTION, tool="refundv", schema="1"),
    ],
)
def test_any_other_action_is_another(changed: Action) -> None:
    assert check(approved(), changed, NOW) == "changed"


def test_another_approver_or_expiry_is_another_approval() -> None:
    assert check(replace(approved(), approver="user:cid"), ACTION, NOW) == "changed"
    assert check(replace(approved(), expires=LATER + timedelta(days=1)), ACTION, NOW) == "changed"


def test_every_fault_is_explained() -> None:
    faults = ("maker", "used", "expired", "changed")

    assert len({explain(fault) for fault in faults}) == len(faults)


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(-1000, 1000, places=3) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
ARGUMENTS = st.dictionaries(TEXT, JSON, max_size=4)
ACTIONS = st.builds(Action, TEXT, TEXT, ARGUMENTS, st.integers(1, 5), st.just(frozenset({"agent:a"})))


@given(ACTIONS, ACTIONS)
def test_a_seal_stands_for_one_action_alone(first: Action, second: Action) -> None:
    same = (first.tool, first.schema, first.instance) == (second.tool, second.schema, second.instance)
    same = same and canonical_arguments(first.arguments) == canonical_arguments(second.arguments)

    assert (seal(first, "user:b", LATER) == seal(second, "user:b", LATER)) is same


@given(ACTIONS, TEXT, TEXT, st.datetimes(), st.datetimes())
def test_a_seal_stands_for_one_approver_and_one_moment(
    action: Action, one: str, other: str, first: datetime, second: datetime
) -> None:
    seals = seal(action, one, first.replace(tzinfo=UTC)), seal(action, other, second.replace(tzinfo=UTC))

    assert (seals[0] == seals[1]) is ((one, first) == (other, second))


@given(ARGUMENTS)
def test_one_value_has_one_text(arguments: dict[str, Any]) -> None:
    turned = dict(reversed(list(arguments.items())))

    assert canonical_arguments(turned) == canonical_arguments(arguments)


@given(ARGUMENTS, ARGUMENTS)
def test_different_values_have_different_texts(first: dict[str, Any], second: dict[str, Any]) -> None:
    assume(repr(first) != repr(second))

    if canonical_arguments(first) == canonical_arguments(second):
        assert first == second


@pytest.mark.parametrize("value", [1, 1.0, Decimal("1"), Decimal("1.00"), Decimal("1E0")])
def test_a_number_is_written_in_one_way(value: Any) -> None:
    assert canonical_arguments({"n": value}) == '{"n":1}'
    assert canonical_arguments({"n": True}) == '{"n":true}'


def test_the_moment_counts_and_not_how_it_is_written() -> None:
    elsewhere = LATER.astimezone(timezone(timedelta(hours=9)))

    assert seal(ACTION, "user:bob", elsewhere) == seal(ACTION, "user:bob", LATER)
    with pytest.raises(ValueError, match="time zone"):
        seal(ACTION, "user:bob", LATER.replace(tzinfo=None))
