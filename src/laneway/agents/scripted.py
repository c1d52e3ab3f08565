"""Answers written down beforehand, for tests and cases. No intelligence, and every result says so.

Config: ``answers`` maps an element id (or ``*`` for all others) to one answer or a list of them, used call by call; the
last one repeats. An answer is one of

    {output: {…}, confidence: 0.9, rationale: …, sources: [{…}]}     what the agent gives back, right or wrong
    {refuse: reason}
    {fail: reason, retryable: true}
    {raise: message}                                                 a bug in the adapter
and ``delay`` (seconds) and ``usage`` (``inputTokens``, ``outputTokens``, ``cost``, ``currency``) may stand beside each.
Instead of ``answers``: ``replies`` or ``attack``, see ``scripted_chat``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from laneway.agents import scripted_chat
from laneway.agents.scripted_chat import ScriptedChat
from laneway.domain.contract import AgentCompleted, AgentFailed, AgentRefused, AgentRequest, AgentResult, AgentUsage

_KINDS = ("output", "refuse", "fail", "raise")
_KEYS = frozenset({*_KINDS, "delay", "confidence", "rationale", "sources", "retryable", "usage"})


class ScriptedBug(RuntimeError):
    """Raised where the script asks for a bug."""


class ScriptedAgent:
    """Keeps ``requests`` in the order of the calls. A repeated attempt is a call of its own."""

    def __init__(self, answers: Mapping[str, list[Mapping[str, Any]]]) -> None:
        self._answers = answers
        self._calls: dict[str, int] = {}
        self.requests: list[AgentRequest] = []

    async def run(self, request: AgentRequest) -> AgentResult:
        self.requests.append(request)
        line = request.element_id if request.element_id in self._answers else "*"
        script = self._answers.get(line)
        if not script:
            return AgentFailed(f"the script has no answer for element {request.element_id!r}", retryable=False)
        call = self._calls.get(line, 0)
        self._calls[line] = call + 1
        answer = script[min(call, len(script) - 1)]
        delay = float(answer.get("delay", 0))
        if delay:
            await asyncio.sleep(delay)
        return _result(answer, _usage(answer.get("usage") or {}, delay))


def _usage(said: Mapping[str, Any], seconds: float) -> AgentUsage:
    cost = said.get("cost")
    tokens = int(said.get("inputTokens", 0)), int(said.get("outputTokens", 0))
    return AgentUsage(*tokens, None if cost is None else float(cost), said.get("currency"), seconds)


def _result(answer: Mapping[str, Any], usage: AgentUsage) -> AgentResult:
    if "refuse" in answer:
        return AgentRefused(str(answer["refuse"]), usage)
    if "fail" in answer:
        return AgentFailed(str(answer["fail"]), bool(answer.get("retryable", True)), usage)
    if "raise" in answer:
        raise ScriptedBug(str(answer["raise"]))
    confidence = answer.get("confidence")
    return AgentCompleted(
        answer["output"],
        confidence=float(confidence) if isinstance(confidence, int | float | Decimal) else None,
        rationale=str(answer.get("rationale", "")),
        model="scripted",
        method="answer written down beforehand",
        sources=tuple(answer.get("sources", ())),
        usage=usage,
    )


def create(config: Mapping[str, Any]) -> ScriptedAgent | ScriptedChat:
    if "replies" in config or "attack" in config:
        return scripted_chat.create(config)
    answers = config.get("answers")
    if not isinstance(answers, Mapping) or not answers:
        raise ValueError("`answers` is missing: map element ids, or *, to answers")
    return ScriptedAgent({str(element): _script(str(element), given) for element, given in answers.items()})


def _script(element: str, given: Any) -> list[Mapping[str, Any]]:
    script = given if isinstance(given, list | tuple) else [given]
    for answer in script:
        if not isinstance(answer, Mapping) or sum(kind in answer for kind in _KINDS) != 1:
            raise ValueError(f"answers.{element}: each answer has exactly one of {', '.join(_KINDS)}")
        unknown = sorted(set(answer) - _KEYS)
        if unknown:
            raise ValueError(f"answers.{element}: unknown keys {', '.join(unknown)}; known: {', '.join(sorted(_KEYS))}")
    return list(script)
