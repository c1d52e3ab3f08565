"""Agents that a case replaces for its own time: down, unsure, slow, or wrong. All others do their real work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from laneway.agents import scripted
from laneway.agents.environment import AgentEnvironment
from laneway.agents.registry import AgentRegistry
from laneway.domain.contract import AgentCompleted, AgentContract, AgentRequest, AgentResult
from laneway.ports import AgentAdapter

Answers = Mapping[str, Sequence[Mapping[str, Any]]]


class CaseAgents(AgentRegistry):
    """A registry whose adapters look first whether the case has an answer for the element, or for the agent's name."""

    def __init__(self, answers: Answers, environment: AgentEnvironment | None = None) -> None:
        super().__init__(environment)
        self._answers = answers
        self._calls: dict[str, int] = {}

    def get_adapter(self, contract: AgentContract) -> AgentAdapter:
        if not self._answers:
            return super().get_adapter(contract)
        return _Overriding(self, contract)

    def real_adapter(self, contract: AgentContract) -> AgentAdapter:
        return super().get_adapter(contract)

    def next_answer(self, request: AgentRequest) -> Mapping[str, Any] | None:
        """The answer to this call; each call, also a repeated attempt, uses one up, and the last one repeats."""
        for name in (request.element_id, request.contract.name):
            script = self._answers.get(name)
            if script:
                call = self._calls.get(name, 0)
                self._calls[name] = call + 1
                return script[min(call, len(script) - 1)]
        return None


class _Overriding:
    def __init__(self, agents: CaseAgents, contract: AgentContract) -> None:
        self._agents = agents
        self._contract = contract

    async def run(self, request: AgentRequest) -> AgentResult:
        answer = self._agents.next_answer(request)
        if answer is None or "work" in answer:
            result = await self._agents.real_adapter(self._contract).run(request)
            if answer is not None and "confidence" in answer and isinstance(result, AgentCompleted):
                result = replace(result, confidence=float(answer["confidence"]))
            return result
        return await scripted.create({"answers": {"*": answer}}).run(request)
