"""CancelApproval in the step that ends what was to be approved: whoever looks right after it finds nothing that waits for nobody.

Only agents with tools have approvals, so that no other process asks for any. What expires, which is no step, is told by ``lapsed``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from laneway.commands import audit
from laneway.domain.tools import ApprovalRecord
from laneway.domain.transition import Transition
from laneway.domain.work import Actor, AuditEntry

if TYPE_CHECKING:
    from laneway.commands.execution import Unit

WHO = Actor("system", "approvals")


def with_the_step(unit: Unit, transition: Transition) -> None:
    """To be done once ``transition`` is written."""
    # Work of agents is in no leg and no course.
    if type(transition) is not Transition or not unit.definitions.has_tools:
        return
    jobs = {closed.key for closed in transition.closed if closed.kind == "job"}
    ended, alive = transition.ended, transition.state.elements
    instances = {end.element.process_key for end in ended.values()}
    if jobs:
        instances |= {alive[key].process_key for key in transition.touched if key in alive}
    for approval, is_drawn in unit.uow.open_approvals(sorted(instances)) if instances else ():
        # Of what is drawn the conversation goes on in other jobs, as long as its element is there.
        if approval.element_instance_key in ended or (not is_drawn and approval.job_key in jobs):
            unit.uow.update_approval(approval, state="CANCELED")
            unit.uow.audit(entry_of("CancelApproval", approval))


def entry_of(command: str, approval: ApprovalRecord) -> AuditEntry:
    entry = audit.entry(command, "UPDATE", "RESOURCE", approval.key, WHO, tenant_id=approval.tenant_id)
    return entry.changed(
        root_key=approval.root_key,
        process_instance_key=approval.process_instance_key,
        process_definition_key=approval.process_definition_key,
        process_id=approval.process_id,
        element_instance_key=approval.element_instance_key,
        element_id=approval.element_id,
        details={
            **entry.details,
            "approval": str(approval.key),
            "tool": approval.tool,
            "toolCall": str(approval.tool_call_key),
        },
    )
