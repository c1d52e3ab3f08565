"""From what a model says last to the result of the job."""

from __future__ import annotations

from collections.abc import Iterable

from laneway.agents.chat import Reply
from laneway.agents.json_text import NotOneObject, read_object
from laneway.agents.prompting import unfenced
from laneway.domain.contract import AgentCompleted, AgentFailed, AgentRefused, AgentResult, AgentUsage

METHOD = "language model"


def usage_of(replies: Iterable[Reply], seconds: float) -> AgentUsage:
    """Of several replies together. The cost is known where that of each is, in one currency."""
    told = list(replies)
    costs = [reply.cost for reply in told if reply.cost is not None]
    currencies = {reply.currency for reply in told}
    known = bool(costs) and len(costs) == len(told) and len(currencies) == 1
    return AgentUsage(
        sum(reply.input_tokens for reply in told),
        sum(reply.output_tokens for reply in told),
        sum(costs) if known else None,
        currencies.pop() if known else None,
        seconds,
    )


def concluded(reply: Reply, usage: AgentUsage, method: str = METHOD) -> AgentResult:
    """``reply`` asks for no tools any more."""
    match reply.finish_reason:
        case "refused":
            return AgentRefused(reply.text[:1000] or "the model declined", usage)
        case "length":
            return AgentFailed("the answer was cut off at the model's limit; raise max_tokens", False, usage)
        case "tool_calls":
            return AgentFailed("the model asks for tools where it has none", usage=usage)
        case "stop" | "other":
            pass
    if not reply.text.strip():
        return AgentFailed("the model gave an empty answer", usage=usage)
    try:
        output = read_object(unfenced(reply.text))
    except NotOneObject as error:
        return AgentFailed(f"the model's answer is not a JSON object: {error}", usage=usage)
    return AgentCompleted(output, model=reply.model, method=method, usage=usage)
