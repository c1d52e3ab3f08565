"""Who writes into a running instance past what is drawn makes what its agents make of it, and lets nothing of it go alone (four eyes).

By hand, by a message, a signal, or in the place of a worker. Who starts an instance is told by its first record; who completes a user task
does what the diagram asks of people, and may well be the second pair of eyes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from laneway.domain.transition import Transition
from laneway.domain.work import AuditEntry

if TYPE_CHECKING:
    from laneway.commands.execution import Unit

_DRAWN = frozenset({"StartInstance", "CompleteUserTask"})


def with_the_step(unit: Unit, transition: Transition, audit: AuditEntry) -> None:
    """To be done once ``transition`` is written."""
    if audit.actor.kind != "user" or not transition.variables or audit.details.get("command") in _DRAWN:
        return
    if unit.definitions.has_agents:
        unit.uow.add_editor(transition.state.root_key, audit.actor.id, audit.tenant_id)
