"""What an element's error expression makes of a job of its agent, where the contract leaves that open.

The contract binds: a path that it names for what went wrong is taken, whatever the diagram says; a limit that asks a person asks them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laneway.commands.complete_job import complete_job
from laneway.commands.context import Context
from laneway.commands.execution import carry_out
from laneway.commands.fail_job import fail_job
from laneway.commands.throw_error import throw_error
from laneway.governance import connectors
from laneway.governance.gate import Violation
from laneway.workers.agent import dial
from laneway.workers.agent.asking import Answer
from laneway.workers.agent.taking import TakenJob


def handling(taken: TakenJob, answer: Answer) -> connectors.Handling | None:
    """Not below ``auto`` and ``approve``, where a person decides what becomes of it."""
    drawn, contract, verdict = taken.drawn, taken.contract, answer.verdict
    if drawn is None or contract is None or connectors.ERROR_EXPRESSION not in drawn.headers:
        return None
    if not isinstance(verdict, Violation):
        if answer.response is None or not dial.by_itself(taken):
            return None
        return connectors.handling(drawn.headers, answer.response, None, taken.job.retries)
    if verdict.asks or verdict.kind in contract.on or taken.job.autonomy in ("shadow", "recommend"):
        return None
    error = connectors.error_of(verdict.kind, verdict.message)
    return connectors.handling(drawn.headers, None, error, taken.job.retries)


def carry(context: Context, taken: TakenJob, handling: connectors.Handling, common: Mapping[str, Any]) -> bool:
    """False where it comes to an incident, which is the contract's."""
    key = taken.job.key
    match handling:
        case connectors.ThrowError():
            code, message = handling.code, handling.message
            throw_error(context, key, code, error_message=message, variables=dict(handling.variables), **common)
        case connectors.FailJob():
            left = taken.job.retries - 1 if handling.retries is None else handling.retries
            if left <= 0:
                return False
            pause = connectors.backoff_of(taken.drawn.headers) if taken.drawn is not None else 0.0
            wait = pause if handling.backoff is None else handling.backoff
            fail_job(
                context,
                key,
                retries=left,
                error_message=handling.message,
                retry_back_off_ms=int(wait * 1000),
                variables=dict(handling.variables),
                **common,
            )
        case connectors.Ignore():
            ends = taken.drawn is not None and taken.drawn.flavour == "sub_process"
            result = {"isCompletionConditionFulfilled": True, "isCancelRemainingInstances": True} if ends else None
            carry_out(context, complete_job(key, handling.variables, result=result, **common))
    return True
