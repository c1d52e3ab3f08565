"""Contracts and requests for tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laneway.domain.contract import AgentContract, AgentRequest


def contract(adapter: str = "scripted", config: Mapping[str, Any] | None = None, **changes: Any) -> AgentContract:
    values: dict[str, Any] = {
        "name": "assistant",
        "purpose": "Help",
        "owner": "boss",
        "job_types": ("help",),
        "adapter": adapter,
        "config": config or {},
        "input_schema": {"type": "object"},
        "output_schema": {"type": "object"},
        "timeout": 5.0,
    }
    return AgentContract(**{**values, **changes})


def request(agreed: AgentContract | None = None, **changes: Any) -> AgentRequest:
    values: dict[str, Any] = {
        "job_key": 4711,
        "idempotency_key": "job-4711",
        "contract": agreed or contract(),
        "input": {"text": "hello"},
        "element_id": "Task_1",
        "process_instance_key": 1,
    }
    return AgentRequest(**{**values, **changes})
