"""The rows of a call that a model asked for, and of the approval that it waits for: alike for tools of a contract and drawn ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from laneway.commands.execution import Unit
from laneway.domain.tools import ApprovalRecord, CallState, ToolCallRecord
from laneway.domain.work import Job

LONGEST_ID = 500
LONGEST_NAME = 200


def call_record(
    unit: Unit,
    job: Job,
    agent: str,
    *,
    turn: int,
    place: int,
    call_id: str,
    tool: str,
    state: CallState,
    arguments: str,
    origins: Sequence[str],
    kind: str | None,
    access: str | None,
    schema_hash: str | None,
    because: Sequence[str] = (),
) -> ToolCallRecord:
    """``turn``, ``place``: which reply asked for it, and where in it; ``arguments``: canonical JSON."""
    return ToolCallRecord(
        key=unit.uow.ids.next(),
        root_key=job.root_key,
        process_instance_key=job.process_instance_key,
        process_definition_key=job.process_definition_key,
        process_id=job.process_id,
        element_instance_key=job.element_instance_key,
        element_id=job.element_id,
        job_key=job.key,
        agent=agent,
        turn=turn,
        place=place,
        call_id=call_id[:LONGEST_ID],
        tool=tool[:LONGEST_NAME],
        state=state,
        arguments=arguments,
        origins=sorted(origins),
        created_at=unit.now,
        kind=kind,
        access=access,
        schema_hash=schema_hash,
        because=list(because),
        tenant_id=job.tenant_id,
    )


def approval_record(
    unit: Unit,
    job: Job,
    agent: str,
    *,
    tool_call_key: int,
    tool: str,
    description: str,
    schema_hash: str,
    arguments: str,
    because: Sequence[str],
    makers: Sequence[str],
    users: Sequence[str],
    groups: Sequence[str],
    expires: float,
) -> ApprovalRecord:
    """What is shown to a person is what the agent proposed, until somebody edits it. ``expires``: seconds from now."""
    return ApprovalRecord(
        key=unit.uow.ids.next(),
        root_key=job.root_key,
        process_instance_key=job.process_instance_key,
        process_definition_key=job.process_definition_key,
        process_id=job.process_id,
        element_instance_key=job.element_instance_key,
        element_id=job.element_id,
        job_key=job.key,
        tool_call_key=tool_call_key,
        agent=agent,
        tool=tool,
        description=description,
        schema_hash=schema_hash,
        arguments=arguments,
        proposed=arguments,
        because=list(because),
        makers=list(makers),
        candidate_users=list(users),
        candidate_groups=list(groups),
        state="PENDING",
        expires_at=unit.now + timedelta(seconds=expires),
        created_at=unit.now,
        tenant_id=job.tenant_id,
    )
