"""What is decided around agents: contracts' switches, sources, autonomy, approvals, their instances, replay."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from laneway import commands, queries
from laneway.domain.agent_instance import AgentStatus
from laneway.domain.autonomy import AutonomySetting
from laneway.domain.governed import KillSwitch, RegisteredSource
from laneway.domain.types import DEFAULT_TENANT
from laneway.domain.work import SYSTEM, Actor
from laneway.engine.base import DEFAULT_TENANTS, Base

if TYPE_CHECKING:
    from laneway.workers.agent.asking import Adapters as AgentAdapters


class Agents(Base):
    def set_kill_switch(
        self, scope: str, name: str, reason: str, *, actor: Actor = SYSTEM, tenant_id: str = DEFAULT_TENANT
    ) -> KillSwitch:
        """Stop an agent, a model, a tool or the agents of a process (``definition``), in all processes within a second.
        ``name`` ``*``: all of the scope. Jobs wait until it is lifted, or take their contract's path ``killed``."""
        return commands.set_kill_switch(self._context, scope, name, reason, actor=actor, tenant_id=tenant_id)

    def create_data_source(
        self, name: str, said: Mapping[str, Any], *, actor: Actor = SYSTEM, tenant_id: str = DEFAULT_TENANT
    ) -> RegisteredSource:
        """A draft in the tenant's register: ``owner files valid_from valid_until reviewed max_age``. Conflict ``data_source_exists``."""
        return commands.create_data_source(self._context, name, said, actor=actor, tenant_id=tenant_id)

    def update_data_source(
        self,
        key: int,
        changes: Mapping[str, Any],
        *,
        reason: str | None = None,
        actor: Actor = SYSTEM,
        tenant_ids: Sequence[str] | None = DEFAULT_TENANTS,
    ) -> RegisteredSource:
        """``status`` too. What is said anew is a draft; Forbidden ``data_source_four_eyes`` for who approves their own words."""
        return commands.update_data_source(
            self._context, key, changes, reason=reason, actor=actor, tenant_ids=tenant_ids
        )

    def lift_kill_switch(
        self, key: int, reason: str, *, actor: Actor = SYSTEM, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> None:
        """NotFound ``kill_switch_not_found``; Conflict ``kill_switch_lifted``."""
        commands.lift_kill_switch(self._context, key, reason, actor=actor, tenant_ids=tenant_ids)

    def set_autonomy(
        self,
        process_id: str,
        level: str,
        reason: str,
        *,
        element_id: str = "",
        actor: Actor = SYSTEM,
        tenant_id: str = DEFAULT_TENANT,
    ) -> AutonomySetting:
        """The level of an agent task (or of all that have none of their own) for activations from now on. Higher than it is: PENDING until
        ``confirm_autonomy`` by another person. NotFound ``process_not_found``, ``agent_task_not_found``; InvalidInput
        ``autonomy_invalid``; Forbidden ``principal_unnamed``."""
        return commands.set_autonomy(
            self._context, process_id, element_id, level, reason, actor=actor, tenant_id=tenant_id
        )

    def confirm_autonomy(
        self, key: int, *, actor: Actor = SYSTEM, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> AutonomySetting:
        """NotFound ``autonomy_setting_not_found``; Conflict ``autonomy_setting_settled``, ``four_eyes``; Forbidden ``principal_unnamed``."""
        return commands.confirm_autonomy(self._context, key, actor=actor, tenant_ids=tenant_ids)

    def withdraw_autonomy(
        self, key: int, *, actor: Actor = SYSTEM, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> AutonomySetting:
        """NotFound ``autonomy_setting_not_found``; Conflict ``autonomy_setting_settled``."""
        return commands.withdraw_autonomy(self._context, key, actor=actor, tenant_ids=tenant_ids)

    def autonomy_report(
        self, process_id: str | None = None, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> dict[str, Any]:
        """Per agent task agreement, calibration, cost, time and a recommendation; per process the benefits."""
        return queries.autonomy_report(self._context, process_id, tenant_ids=tenant_ids)

    def claim_approval(
        self, key: int, *, actor: Actor = SYSTEM, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> None:
        """Say that somebody looks at it."""
        commands.claim_approval(self._context, key, actor=actor, tenant_ids=tenant_ids)

    def approve(
        self,
        key: int,
        seen: str,
        *,
        reason: str = "",
        actor: Actor = SYSTEM,
        tenant_ids: Sequence[str] | None = DEFAULT_TENANTS,
    ) -> None:
        """Let a call of a tool run, once, with exactly the arguments whose hash was ``seen``. NotFound ``approval_not_found``; Conflict
        ``approval_decided``; Forbidden ``approval_…``: by its maker, by no person, too late, or it is not what was seen."""
        commands.approve(self._context, key, seen, actor=actor, reason=reason, tenant_ids=tenant_ids)

    def reject_approval(
        self, key: int, reason: str, *, actor: Actor = SYSTEM, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> None:
        """The call never runs; the agent is told why."""
        commands.reject(self._context, key, reason, actor=actor, tenant_ids=tenant_ids)

    def edit_approval(
        self,
        key: int,
        arguments: Mapping[str, Any],
        *,
        actor: Actor = SYSTEM,
        tenant_ids: Sequence[str] | None = DEFAULT_TENANTS,
    ) -> None:
        """Put other arguments in the place of the agent's. Who does so cannot approve them."""
        commands.edit_approval(self._context, key, arguments, actor=actor, tenant_ids=tenant_ids)

    def tell_outcome(
        self,
        tool_call_key: int,
        outcome: Literal["done", "not_done"],
        reason: str,
        *,
        result: Any = None,
        actor: Actor = SYSTEM,
        tenant_ids: Sequence[str] | None = DEFAULT_TENANTS,
    ) -> None:
        """Say what came of a call of a tool that nobody knew the outcome of. NotFound ``tool_call_not_found``; Conflict ``tool_call_known``."""
        commands.tell_outcome(
            self._context, tool_call_key, outcome, reason, result=result, actor=actor, tenant_ids=tenant_ids
        )

    def create_agent_instance(
        self,
        under: commands.Under,
        items: Sequence[commands.Item],
        *,
        actor: Actor = SYSTEM,
        tenant_ids: Sequence[str] | None = DEFAULT_TENANTS,
    ) -> tuple[int, list[commands.Written]]:
        """Key of the instance of an agent that works elsewhere, and what became of each item of its history. NotFound ``job_not_found``,
        ``element_instance_not_found``; Conflict ``stale_lease``, ``agent_governed``, ``not_an_agent``, ``agent_instance_exists``; InvalidInput
        ``agent_history_invalid``."""
        return commands.create_agent_instance(self._context, under, items, actor=actor, tenant_ids=tenant_ids)

    def update_agent_instance(
        self,
        key: int,
        under: commands.Under,
        status: AgentStatus | None = None,
        items: Sequence[commands.Item] = (),
        *,
        actor: Actor = SYSTEM,
        tenant_ids: Sequence[str] | None = DEFAULT_TENANTS,
    ) -> list[commands.Written]:
        """What became of each item. As ``create_agent_instance``, and NotFound ``agent_instance_not_found``; Conflict ``agent_instance_held``."""
        return commands.update_agent_instance(
            self._context, key, under, status, items, actor=actor, tenant_ids=tenant_ids
        )

    def replay(
        self,
        adapters: AgentAdapters,
        agent: str | None,
        contract: bytes,
        *,
        name: str = "agents.yaml",
        files: Mapping[str, bytes] | None = None,
        process_id: str | None = None,
        version: int | None = None,
        element_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
        allow_hosts: Sequence[str] = (),
        allow_secrets: Sequence[str] = (),
        tenant_id: str = DEFAULT_TENANT,
        actor: Actor = SYSTEM,
        told: Callable[[int, int], None] | None = None,
    ) -> dict[str, Any]:
        """Give past inputs of ``agent`` to it again under the ``contract`` in an agents file; nothing outside is touched, and that it was
        asked is on record. InvalidInput ``contract_invalid``; NotFound ``agent_not_found``; Refused ``replay_touches_outside``,
        ``replay_stopped``, ``replay_over_budget``, ``replay_foreign_host``, ``replay_foreign_secret`` (what may be named beyond what is
        deployed stands in ``allow_hosts`` and ``allow_secrets``)."""
        from laneway.workers.agent.replay import Reach, Which, contract_in, replay

        return replay(
            self._context,
            adapters,
            contract_in(contract, name, agent),
            Which(process_id, version, element_id, since, until, limit),
            reach=Reach(allow_hosts, allow_secrets),
            files=files,
            tenant_id=tenant_id,
            actor=actor,
            told=told,
        )
