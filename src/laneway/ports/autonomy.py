"""What a transaction knows of the dial of autonomy: its settings, and the pairs that are the evidence for turning it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from laneway.domain.autonomy import AgentCalled, AutonomyPair, AutonomySetting, Level
from laneway.domain.work import Incident


class AutonomyRecords(Protocol):
    def autonomy_level(self, tenant_id: str, process_id: str, element_id: str) -> Level | None:
        """The level set for the element, else for the whole process; None if neither is."""
        ...

    def autonomy_setting(self, key: int) -> AutonomySetting | None: ...
    def autonomy_settings(
        self, tenant_id: str, process_id: str, element_id: str | None = None
    ) -> Sequence[AutonomySetting]:
        """Those that are active or pending. Nobody else changes any of that process until the transaction ends."""
        ...

    def add_autonomy_setting(self, setting: AutonomySetting) -> None: ...
    def change_autonomy_setting(self, setting: AutonomySetting, **changes: Any) -> AutonomySetting:
        """Under its fence (raises StaleState)."""
        ...

    def autonomy_pair(self, pair: AutonomyPair) -> AutonomyPair:
        """The pair of its element instance as it is stored, or ``pair``, stored now. Nobody else changes it until the transaction ends."""
        ...

    def change_autonomy_pair(self, pair: AutonomyPair, **changes: Any) -> AutonomyPair: ...
    def autonomy_pairs(
        self, tenant_id: str, process_id: str | None = None, element_id: str | None = None, limit: int = 1_000
    ) -> Sequence[AutonomyPair]:
        """Complete ones, the latest ``limit`` of each element, oldest first."""
        ...

    def autonomy_missing(self, tenant_id: str, process_id: str | None = None) -> Sequence[tuple[str, str, str, int]]:
        """Process, element, agent, and how often a person decided at ``shadow`` while the agent gave no answer (yet)."""
        ...

    def keep_agent_call(self, call: AgentCalled) -> None:
        """Written with the commit; a job has one."""
        ...

    def agent_calls(
        self,
        tenant_id: str,
        agent: str,
        since: datetime | None,
        limit: int,
        *,
        until: datetime | None = None,
        process_id: str | None = None,
        version: int | None = None,
        element_id: str | None = None,
    ) -> Sequence[tuple[AgentCalled, Mapping[str, Any] | None]]:
        """The latest ``limit``, newest first, each with what a person decided beside it. ``until`` is exclusive."""
        ...

    def add_notice(self, incident: Incident) -> None:
        """An incident that holds nothing: it tells somebody."""
        ...

    def close_notice(self, incident: Incident) -> None: ...
