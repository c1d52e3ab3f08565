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
from laneway.workers.agent.asking import Answer
from laneway.workers.agent.taking import TakenJob


def handling(taken: TakenJob, answer: Answer) -> connectors.Handling | None:
    """Not where a person decides what becomes of it: then it stands beside what they decide (``beside``)."""
    drawn, contract, verdict = taken.drawn, taken.contract, answer.verdict
    if drawn is None or contract is None or connectors.ERROR_EXPRESSION not in drawn.headers:
        return None
    if not isinstance(verdict, Violation):
        if answer.response is None or taken.job.autonomy not in (None, "auto"):
            return None
        return connectors.handling(drawn.headers, answer.response, None, taken.job.retries)
    if verdict.asks or verdict.kind in contract.on or taken.job.autonomy in ("shadow", "recommend"):
        return None
    error = connectors.error_of(verdict.kind, verdict.message)
    return connectors.handling(drawn.headers, None, error, taken.job.retries)


def beside(taken: TakenJob, answer: Answer) -> str | None:
    """What the error expression would do where a person decides: the agent's answer, then, which stands beside theirs and moves nothing. None
    where it takes no part: there is none, or it has the job tried again, which is the contract's to say."""
    drawn, contract, verdict = taken.drawn, taken.contract, answer.verdict
    if drawn is None or contract is None or connectors.ERROR_EXPRESSION not in drawn.headers:
        return None
    if isinstance(verdict, Violation):
        if verdict.asks or verdict.kind in contract.on:
            return None
        error = connectors.error_of(verdict.kind, verdict.message)
        found = connectors.handling(drawn.headers, None, error, taken.job.retries)
    elif answer.response is not None:
        found = connectors.handling(drawn.headers, answer.response, None, taken.job.retries)
    else:
        return None
    match found:
        case connectors.ThrowError():
            said = f": {found.message}" if found.message else ""
            return f"its error expression throws «{found.code}»{said}"
        case connectors.Ignore():
            return "its error expression goes on without an answer"
        case _:
            return None


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
