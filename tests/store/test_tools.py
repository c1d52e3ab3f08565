"""Conversations, calls of tools and approvals are kept row by row, and no two writers get past one fence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from laneway.domain.errors import StaleState
from laneway.domain.tools import AgentTurn, ApprovalRecord, ToolCallRecord
from laneway.store import SqlStore
from tests.store.build import NOON

CALL = ToolCallRecord(
    key=70,
    root_key=10,
    process_instance_key=10,
    process_definition_key=2,
    process_id="order",
    element_instance_key=11,
    element_id="Clerk",
    job_key=20,
    agent="clerk",
    turn=2,
    place=0,
    call_id="c1",
    tool="post_price",
    state="intended",
    arguments='{"price":1.10}',
    origins=["agent", "message"],
    created_at=NOON,
)
APPROVAL = ApprovalRecord(
    key=80,
    root_key=10,
    process_instance_key=10,
    process_definition_key=2,
    process_id="order",
    element_instance_key=11,
    element_id="Clerk",
    job_key=20,
    tool_call_key=70,
    agent="clerk",
    tool="post_price",
    description="Posts a price",
    schema_hash="ab",
    arguments="{}",
    proposed="{}",
    because=["the contract asks for it"],
    makers=["user:anna"],
    candidate_users=[],
    candidate_groups=["managers"],
    state="PENDING",
    expires_at=NOON + timedelta(days=1),
    created_at=NOON,
)


def turn(position: int) -> AgentTurn:
    return AgentTurn(20, position, 10, 10, {"role": "user", "text": "x"}, ["message"], NOON, {"cost": Decimal("0.10")})


def test_a_conversation_is_read_in_its_order(store: SqlStore) -> None:
    with store.begin() as uow:
        uow.add_turns([turn(1), turn(0)])
    with store.read() as uow:
        assert uow.turns(20) == [turn(0), turn(1)]


def test_two_workers_cannot_both_go_on_with_a_conversation(store: SqlStore) -> None:
    with store.begin() as uow:
        uow.add_turns([turn(0)])
    with pytest.raises(StaleState), store.begin() as uow:
        uow.add_turns([turn(0)])


def test_a_call_is_as_it_was_written(store: SqlStore) -> None:
    with store.begin() as uow:
        uow.add_tool_calls([CALL])
    with store.begin() as uow:
        sent = uow.update_tool_call(CALL, state="sent", sent_at=NOON)
    with store.read() as uow:
        assert uow.tool_call(70) == sent == replace(CALL, state="sent", sent_at=NOON, version=2)
        assert uow.tool_calls(20) == [sent]


def test_a_call_is_sent_by_one_of_two_writers(store: SqlStore) -> None:
    with store.begin() as uow:
        uow.add_tool_calls([CALL])
        uow.update_tool_call(CALL, state="sent")
    with pytest.raises(StaleState), store.begin() as uow:
        uow.update_tool_call(CALL, state="sent")


def test_an_approval_is_spent_by_one_of_two_writers(store: SqlStore) -> None:
    with store.begin() as uow:
        uow.add_approval(APPROVAL)
        used = uow.update_approval(APPROVAL, state="USED", used_at=NOON)
    with pytest.raises(StaleState), store.begin() as uow:
        uow.update_approval(APPROVAL, state="USED", used_at=NOON)
    with store.read() as uow:
        assert uow.approval(80) == used
