"""Agent instances and their history, on each database."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from laneway.domain.agent_instance import AgentDefinition, AgentInstance, HistoryItem
from laneway.domain.errors import StaleState
from laneway.store import SqlStore
from tests.store.build import NOON, Clock

INSTANCE = AgentInstance(
    key=1 << 60,
    root_key=10,
    process_instance_key=10,
    process_definition_key=2,
    process_id="order",
    process_version=1,
    version_tag=None,
    element_instance_key=11,
    element_id="Helper",
    agent="helper",
    agent_type="AI_AGENT_SUB_PROCESS",
    status="INITIALIZING",
    model="a-model",
    provider="openai",
    system_prompt="You help.",
    tools=[{"name": "LookUp"}],
    limits={"maxModelCalls": 5},
    element_instance_keys=[11],
)


def item(sequence: int, job_key: int = 20, **changes: object) -> HistoryItem:
    made = HistoryItem(
        100 + sequence,
        10,
        INSTANCE.key,
        11,
        job_key,
        "token",
        sequence,
        1,
        "USER",
        [{"contentType": "TEXT", "text": "hi"}],
    )
    return replace(made, produced_at=NOON, **changes)  # type: ignore[arg-type]


def test_an_instance_is_found_by_the_element_that_it_works_on(store: SqlStore) -> None:
    with store.begin() as uow:
        uow.add_agent_instance(INSTANCE)
        uow.add_agent_instance(replace(INSTANCE, key=INSTANCE.key + 1, status="THINKING"))
    with store.read() as uow:
        assert uow.agent_instance(INSTANCE.key) == replace(INSTANCE, created_at=NOON, updated_at=NOON)
        latest = uow.agent_instance_at(11)
        assert latest is not None
        assert latest.key == INSTANCE.key + 1
        assert uow.agent_instance_at(12) is None


def test_a_change_passes_the_fence_once(store: SqlStore, clock: Clock) -> None:
    # Given an instance that two commands have read
    with store.begin() as uow:
        before = uow.add_agent_instance(INSTANCE)
    later = clock.advance(seconds=5)

    # When one changes it
    with store.begin() as uow:
        changed = uow.update_agent_instance(before, model_calls=1, status="THINKING")
    assert (changed.version, changed.updated_at) == (1, later)

    # Then the other has to read it anew
    with pytest.raises(StaleState), store.begin() as uow:
        uow.update_agent_instance(before, model_calls=1)
    with store.read() as uow:
        assert uow.agent_instance(INSTANCE.key) == changed


def test_history_is_pending_until_its_job_is_complete(store: SqlStore) -> None:
    with store.begin() as uow:
        uow.add_agent_history([item(2, job_key=21), item(1, details={"refused": {}}, metrics={"inputTokens": 3})])
    with store.read() as uow:
        assert [each.sequence for each in uow.agent_history(INSTANCE.key, "PENDING")] == [1, 2]
        assert uow.agent_history(INSTANCE.key) == []

    with store.begin() as uow:
        uow.settle_agent_history(INSTANCE.key, "COMMITTED", 20)
        uow.settle_agent_history(INSTANCE.key, "DISCARDED")

    with store.read() as uow:
        (kept,) = uow.agent_history(INSTANCE.key)
        assert kept == item(1, details={"refused": {}}, metrics={"inputTokens": 3}, status="COMMITTED")
        assert len(uow.agent_history(INSTANCE.key, "DISCARDED")) == 1


def test_a_definition_is_found_by_its_element(store: SqlStore) -> None:
    definition = AgentDefinition(5, 2, "order", 1, "v1", "Helper", "Help the customer", "AI_AGENT_TASK")
    with store.begin() as uow:
        uow.add_agent_definitions([definition])
        assert uow.agent_definition(2, "Helper") == definition
        assert uow.agent_definition(2, "Other") is None


def test_what_a_transaction_takes_back_was_never_said(store: SqlStore) -> None:
    with suppress(LookupError), store.begin() as uow:
        uow.add_agent_instance(INSTANCE)
        uow.add_agent_history([item(1)])
        raise LookupError
    with store.read() as uow:
        assert uow.agent_instance(INSTANCE.key) is None
        assert uow.agent_history(INSTANCE.key, "PENDING") == []


def test_times_are_those_of_the_database(store: SqlStore, clock: Clock) -> None:
    with store.begin() as uow:
        added = uow.add_agent_instance(INSTANCE)
    assert added.created_at == NOON
    assert clock.now - NOON == timedelta()
