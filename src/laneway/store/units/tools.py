"""Conversations of agents, their calls of tools, and approvals: rows under fences, so that nothing is sent or spent twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, bindparam, func, insert, not_, or_, select, update
from sqlalchemy.exc import IntegrityError

from laneway.domain.errors import StaleState
from laneway.domain.origins import Origins, from_number
from laneway.domain.tools import AgentTurn, ApprovalRecord, ToolCallRecord
from laneway.domain.work import Actor
from laneway.store import phrases
from laneway.store.prepared import Statement
from laneway.store.tables import (
    agent_turn,
    approval as approval_table,
    audit_log,
    element_instance,
    instance_editor,
    job,
    process_instance,
    tool_call as call_table,
)
from laneway.store.units.base import BaseUnit
from laneway.store.units.work import same_root
from laneway.store.upsert import unless_there

_TURN_FIELDS = tuple(AgentTurn.__dataclass_fields__)
_CALL_FIELDS = tuple(ToolCallRecord.__dataclass_fields__)
_APPROVAL_FIELDS = tuple(ApprovalRecord.__dataclass_fields__)
_TURNS = Statement(
    select(agent_turn).where(agent_turn.c.job_key == bindparam("job")).order_by(agent_turn.c.position), ("job",)
)
_CALLS = Statement(
    select(call_table).where(call_table.c.job_key == bindparam("job")).order_by(call_table.c.turn, call_table.c.place),
    ("job",),
)

_OF_ROOT = select(func.min(job.c.agent).label("agent")).where(
    job.c.root_key == bindparam("root"), job.c.agent.is_not(None)
)
# One after another by the index, each the next after the one before: as many looks as there are agents, whatever they did.
_ONE_BY_ONE = _OF_ROOT.cte("agents", recursive=True)
_NEXT = _OF_ROOT.where(job.c.agent > _ONE_BY_ONE.c.agent).scalar_subquery()
_EACH = _ONE_BY_ONE.union_all(select(_NEXT).where(_ONE_BY_ONE.c.agent.is_not(None)))
_AGENTS = select(_EACH.c.agent).where(_EACH.c.agent.is_not(None))

_EDITORS = Statement(
    select(instance_editor.c.person)
    .where(instance_editor.c.root_key == bindparam("root"))
    .order_by(instance_editor.c.person),
    ("root",),
)
_ADD_EDITOR = Statement(unless_there(instance_editor), instance_editor.columns.keys())

MOST_SENDERS = 100


class ToolsUnit(BaseUnit):
    def turns(self, job_key: int) -> Sequence[AgentTurn]:
        return [_turn(row) for row in self._found(_TURNS, {"job": job_key})]

    def add_turns(self, turns: Sequence[AgentTurn]) -> None:
        self._add(agent_turn, [asdict(turn) for turn in turns])

    def tool_calls(self, job_key: int) -> Sequence[ToolCallRecord]:
        return [_call(row) for row in self._found(_CALLS, {"job": job_key})]

    def tool_call(self, key: int) -> ToolCallRecord | None:
        row = self._one(select(call_table).where(call_table.c.key == key))
        return None if row is None else _call(row)

    def add_tool_calls(self, calls: Sequence[ToolCallRecord]) -> None:
        self._add(call_table, [asdict(call) for call in calls])

    def update_tool_call(self, call: ToolCallRecord, **changes: Any) -> ToolCallRecord:
        self._change(call_table, call.key, call.version, changes, "tool_call_row_changed")
        return replace(call, **changes, version=call.version + 1)

    def origins(self, root_key: int) -> Origins | None:
        row = self._one(select(process_instance.c.origins).where(process_instance.c.key == root_key))
        return None if row is None or row.origins is None else from_number(row.origins)

    def started_by(self, root_key: int, tenant_id: str) -> Actor | None:
        """Who began it; of what a message or signal began that the engine delivered later, who sent that."""
        # The first record of a root is its start. With the tenant that is one look, however long the record is.
        tenant = audit_log.c.tenant_id == tenant_id
        at = audit_log.c.root_key == root_key
        for _ in range(MOST_SENDERS):
            done = phrases.records().where(at, tenant, phrases.said["result"] == "SUCCESS")
            row = self._one(done.order_by(audit_log.c.sequence).limit(1))
            if row is None:
                return None
            details = row.details or {}
            if "sender" in details:
                at = audit_log.c.root_key == int(details["sender"])
            elif "message" in details:
                at = (audit_log.c.entity_key == int(details["message"])) & (
                    audit_log.c.entity_key != audit_log.c.root_key
                )
            else:
                return Actor(row.actor_kind, row.actor_id)
        return None

    def add_editor(self, root_key: int, person: str, tenant_id: str) -> None:
        row = {"root_key": root_key, "person": person, "tenant_id": tenant_id}
        self._put(_ADD_EDITOR, row, key=("editors", root_key))

    def editors(self, root_key: int) -> Sequence[str]:
        return [row.person for row in self._found(_EDITORS, {"root": root_key}, ("editors", root_key))]

    def agents_in(self, root_key: int) -> Sequence[str]:
        return [row.agent for row in self._all(_AGENTS, {"root": root_key})]

    def approval(self, key: int) -> ApprovalRecord | None:
        row = self._one(select(approval_table).where(approval_table.c.key == key))
        return None if row is None else ApprovalRecord(**{name: getattr(row, name) for name in _APPROVAL_FIELDS})

    def lapsed_approvals(self, limit: int) -> Sequence[tuple[ApprovalRecord, bool]]:
        columns = approval_table.c
        # Of what is drawn the conversation goes on in other jobs, as long as its element is there.
        lives_on = (call_table.c.kind == "drawn") & element_instance.c.ended_at.is_(None)
        ended = job.c.ended_at.is_not(None) & not_(func.coalesce(lives_on, False))

        def same(table: Table, key: ColumnElement[int]) -> ColumnElement[bool]:
            return and_(table.c.key == key, *same_root(table, approval_table, self._dialect))

        found = (
            select(approval_table, ended.label("ended"))
            .join(job, same(job, columns.job_key))
            .outerjoin(call_table, same(call_table, columns.tool_call_key))
            .outerjoin(element_instance, same(element_instance, columns.element_instance_key))
            .where(
                columns.state.in_(("PENDING", "APPROVED")),
                or_(ended, columns.expires_at <= self.now),
            )
            .order_by(columns.key)
            .limit(limit)
        )
        return [
            (ApprovalRecord(**{name: getattr(row, name) for name in _APPROVAL_FIELDS}), bool(row.ended))
            for row in self._all(found)
        ]

    def open_approvals(self, process_instance_keys: Sequence[int]) -> Sequence[tuple[ApprovalRecord, bool]]:
        columns = approval_table.c
        found = (
            select(approval_table, call_table.c.kind.label("kind"))
            .outerjoin(call_table, and_(call_table.c.key == columns.tool_call_key))
            .where(columns.process_instance_key.in_(process_instance_keys), columns.state.in_(("PENDING", "APPROVED")))
            .order_by(columns.key)
        )
        return [
            (ApprovalRecord(**{name: getattr(row, name) for name in _APPROVAL_FIELDS}), row.kind == "drawn")
            for row in self._all(found)
        ]

    def add_approval(self, approval: ApprovalRecord) -> None:
        self._add(approval_table, [asdict(approval)])

    def update_approval(self, approval: ApprovalRecord, **changes: Any) -> ApprovalRecord:
        self._change(approval_table, approval.key, approval.version, changes, "approval_row_changed")
        return replace(approval, **changes, version=approval.version + 1)

    def _add(self, table: Any, rows: Sequence[dict[str, Any]]) -> None:
        if not rows:
            return
        try:
            self._connection.execute(insert(table), rows)
        except IntegrityError:
            raise StaleState("conversation_changed", "another worker went on with this job meanwhile") from None

    def _change(self, table: Any, key: int, version: int, changes: dict[str, Any], code: str) -> None:
        held = update(table).where(table.c.key == key, table.c.version == version)
        done = self._connection.execute(held.values(**changes, version=version + 1))
        if done.rowcount != 1:
            raise StaleState(code, f"row {key} was changed by another command meanwhile")


def _turn(row: Any) -> AgentTurn:
    return AgentTurn(**{name: getattr(row, name) for name in _TURN_FIELDS})


def _call(row: Any) -> ToolCallRecord:
    return ToolCallRecord(**{name: getattr(row, name) for name in _CALL_FIELDS})
