"""Whose words an agent with tools is given, as the record of its process instance tells it."""

from __future__ import annotations

from laneway.commands.context import Context
from laneway.domain.origins import Origins
from laneway.domain.work import Job
from laneway.governance.lineage import origins_of_record
from laneway.queries.provenance import commands_of, models_of


def origins_of_input(context: Context, job: Job) -> Origins:
    """Read after its input was: what was written in between can but add to what is not trusted."""
    with context.store.read() as uow:
        if uow.turns(job.key):
            # The conversation holds whose words began it.
            return frozenset({"unknown"})
        kept = uow.origins(job.root_key)
    if kept is not None:
        return kept or frozenset({"contract"})
    commands, unrecorded = commands_of(context, job.root_key)
    if unrecorded:
        return frozenset({"unknown"})
    return origins_of_record(commands, models_of(context, commands), job.root_key)
