"""An agent that answers once keeps its history, too: one instance per job, with what it was given and what it gave back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from laneway.commands.agent_turns import Configuration, answered_once
from laneway.commands.execution import Unit
from laneway.domain.agent_instance import NO_LIMIT
from laneway.domain.contract import AgentCompleted, AgentResult
from laneway.governance.gate import Accepted, Violation
from laneway.workers.agent.taking import TakenJob
from laneway.workers.agentic.messages import item
from laneway.workers.agentic.results import weighed


def recorded(
    taken: TakenJob, given: Mapping[str, Any], verdict: Accepted | Violation, result: AgentResult | None, seconds: float
) -> Callable[[Unit], None] | None:
    """To be written in the transaction that completes the job. None: there was no answer."""
    contract = taken.contract
    if contract is None or not isinstance(result, AgentCompleted) or taken.place is None:
        return None
    usage = result.usage
    configuration = Configuration(
        contract.name,
        taken.place.agent_type,
        taken.place.process_version,
        taken.place.version_tag,
        result.model or str(contract.config.get("model", "")),
        contract.adapter,
        "",
        (),
        {"maxModelCalls": NO_LIMIT, "maxToolCalls": NO_LIMIT, "maxTokens": NO_LIMIT},
    )
    details: dict[str, Any] = {"model": result.model, "method": result.method}
    if usage.cost is not None:
        details |= {"cost": repr(usage.cost), "currency": usage.currency}
    metrics = {
        "inputTokens": usage.input_tokens,
        "outputTokens": usage.output_tokens,
        "durationMs": int(seconds * 1000),
    }
    said = item(taken, "ASSISTANT", 1, dict(verdict.variables), metrics=metrics, details=details)
    items = [
        item(taken, "CONFIGURATION", 1, configuration=configuration.as_json()),
        item(taken, "USER", 1, dict(given)),
        weighed(said, verdict, result),
    ]
    return answered_once(taken.job, configuration, items)
