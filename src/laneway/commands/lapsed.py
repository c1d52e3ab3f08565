"""CancelApproval, ExpireApproval: approvals that nobody can give any more say so, and are found by it.

Nothing waits for this: what has no job any more, or is too late, is refused in any case. What a step ends says so with that step
(``lapsing``); here is what expires, and what ended before that was so.
"""

from __future__ import annotations

from laneway.commands import audit
from laneway.commands.context import Context
from laneway.commands.execution import Unit, execute
from laneway.commands.lapsing import WHO
from laneway.domain.tools import ApprovalRecord


def lapse_approvals(context: Context, limit: int) -> int:
    """How many there were. Each is written in a transaction of its own, under its fence."""
    with context.store.read() as uow:
        found = uow.lapsed_approvals(limit)
    for approval, ended in found:
        _lapse(context, approval, ended)
    return len(found)


def _lapse(context: Context, seen: ApprovalRecord, ended: bool) -> None:
    command = "CancelApproval" if ended else "ExpireApproval"
    entry = audit.entry(command, "UPDATE", "RESOURCE", seen.key, WHO, tenant_id=seen.tenant_id)

    def work(unit: Unit) -> None:
        approval = unit.uow.approval(seen.key)
        if approval is None or approval.version != seen.version:
            return  # somebody decided meanwhile
        unit.uow.update_approval(approval, state="CANCELED" if ended else "EXPIRED")
        job = unit.uow.job(approval.job_key)
        if job is not None:
            unit.concerns(**audit.of_job(job))
        unit.concerns(details={"approval": str(seen.key), "tool": seen.tool, "toolCall": str(seen.tool_call_key)})
        unit.uow.audit(unit.entry)

    execute(context, entry, work, audit_rejection=False)
