"""What an evaluator says of an answer, in the place of the agent's own confidence."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from laneway.agents import budgets
from laneway.domain.contract import AgentCompleted, AgentRequest, AgentResult
from laneway.governance import gate
from laneway.governance.evaluators.base import Evaluation, Subject
from laneway.governance.evaluators.registry import make
from laneway.governance.limits import Breach
from laneway.governance.numbers import NotJson, as_variable
from laneway.ports import AgentAdapter
from laneway.workers.agent.looking import look


@dataclass(frozen=True, slots=True)
class Judged:
    """``result`` with the evaluator's confidence; ``notes`` for the record, empty where none was asked."""

    result: AgentResult
    notes: Mapping[str, Any] = field(default_factory=dict)


async def judge(adapter: AgentAdapter, request: AgentRequest, result: AgentResult) -> Judged:
    """Raises what a bug in the evaluator raises. An answer of another form than agreed is not judged: it is not taken anyway."""
    contract = request.contract
    use = contract.confidence_evaluator
    if use is None or not isinstance(result, AgentCompleted):
        return Judged(result)
    output = _output(request, result)
    if output is None:
        return Judged(result)
    evaluator = make(use)
    asked = [_another(adapter, request, number) for number in range(2, evaluator.answers + 1)]
    others = tuple(await asyncio.gather(*asked))
    subject = Subject(request.input, output, contract.output_schema, result.sources, others)
    said: Evaluation = await look(lambda: evaluator.evaluate(subject))
    if not 0 <= said.confidence <= 1:
        raise ValueError(f"the evaluator {use.name!r} says {said.confidence}, which is no confidence from 0 to 1")
    own = None if result.confidence is None else repr(result.confidence)
    notes = {"evaluator": use.name, "confidence": str(said.confidence), "agentSays": own, **said.facts}
    return Judged(replace(result, confidence=float(said.confidence)), notes)


async def _another(adapter: AgentAdapter, request: AgentRequest, number: int) -> Mapping[str, Any] | None:
    """One more answer to the same, paid for by itself; None where there was none."""
    budget = budgets.current()
    reserved: budgets.Reserved | Breach = budgets.Reserved()
    if not getattr(adapter, "pays_by_call", False):
        reserved = await budget.reserve()
    if isinstance(reserved, Breach):
        return None
    if reserved.degrade_to not in (None, request.contract.config.get("model")):
        # The limit of the model that gave the first answer has no room, and another model's word is no second opinion of it.
        await budget.settle(reserved, {measure: Decimal(0) for measure in reserved.most})
        return None
    actual = None
    began = time.monotonic()
    again = replace(request, idempotency_key=f"{request.idempotency_key}-{number}")
    try:
        result = await asyncio.wait_for(adapter.run(again), request.contract.timeout)
        usage, seconds = result.usage, time.monotonic() - began
        tokens = usage.input_tokens, usage.output_tokens
        actual = budgets.used(reserved, *tokens, usage.cost, usage.currency, seconds)
    except (
        Exception
    ):  # an answer that does not come agrees with nothing; the first one has told what is wrong, if it is lasting
        return None
    finally:
        if reserved.key:
            await budget.settle(reserved, actual)
    return _output(request, result) if isinstance(result, AgentCompleted) else None


def _output(request: AgentRequest, result: AgentCompleted) -> Mapping[str, Any] | None:
    """The output as variables, if it has the form that was agreed."""
    if not isinstance(result.output, Mapping):
        return None
    try:
        output: Mapping[str, Any] = as_variable(result.output)
    except NotJson:
        return None
    return output if gate.check_output(request.contract, output) is None else None
