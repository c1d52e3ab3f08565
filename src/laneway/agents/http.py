"""A service over HTTP as an agent: the input is posted as JSON, the answer is the output. Config: docs/reference/agents.md."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from laneway.agents.egress import EgressError, HttpEgress
from laneway.agents.environment import AgentEnvironment, SecretMissing
from laneway.agents.json_text import NotOneObject, encode, read_object
from laneway.agents.secrets import headers_of, revealed_headers, without
from laneway.domain.contract import (
    MOST_TOKENS,
    AgentCompleted,
    AgentFailed,
    AgentRefused,
    AgentRequest,
    AgentResult,
    AgentUsage,
)
from laneway.ports import Egress, EgressRequest, EgressResponse

RICH_ANSWER = "application/vnd.laneway.agent+json"
RETRYABLE_STATUS = frozenset({408, 425, 429})
_KEYS = frozenset({"url", "headers"})


class HttpAgent:
    def __init__(self, url: str, headers: Mapping[str, str], egress: Egress, secret: Callable[[str], str]) -> None:
        self._url = url
        self._headers = headers
        self._egress = egress
        self._secret = secret

    async def run(self, request: AgentRequest) -> AgentResult:
        started = time.monotonic()
        try:
            opened = revealed_headers(self._headers, self._secret)
        except SecretMissing as missing:
            return AgentFailed(str(missing), retryable=False)
        headers = {
            "Content-Type": "application/json",
            "Accept": f"{RICH_ANSWER}, application/json",
            "Idempotency-Key": request.idempotency_key,
            "Laneway-Agent": request.contract.name,
            "Laneway-Job-Key": str(request.job_key),
            "Laneway-Attempt": str(request.attempt),
            **opened,
        }
        content = encode(request.input)
        try:
            answer = await self._egress.send(
                EgressRequest("POST", self._url, headers, content, timeout=request.contract.timeout)
            )
        except EgressError as error:
            return AgentFailed(
                f"{error.code}: {error}", error.retryable, AgentUsage(seconds=time.monotonic() - started)
            )
        seconds = time.monotonic() - started
        result = self._read(answer)
        if isinstance(result, AgentFailed):
            result = replace(result, reason=without(result.reason, opened))
        return replace(result, usage=replace(result.usage, seconds=seconds))

    def _read(self, answer: EgressResponse) -> AgentResult:
        if not 200 <= answer.status < 300:
            retryable = answer.status in RETRYABLE_STATUS or answer.status >= 500
            return AgentFailed(f"the service answered with status {answer.status}", retryable)
        try:
            body = read_object(answer.content)
        except NotOneObject as error:
            return AgentFailed(f"the service's answer is not a JSON object: {error}")
        if answer.headers.get("content-type", "").partition(";")[0].strip().lower() != RICH_ANSWER:
            return AgentCompleted(body, method="answer of an HTTP service")
        return _rich(body)


def _rich(body: Mapping[str, Any]) -> AgentResult:
    if "refused" in body:
        return AgentRefused(str(body["refused"]))
    usage = body.get("usage")
    spent = usage if isinstance(usage, Mapping) else {}
    sources = body.get("sources")
    confidence = body.get("confidence")
    return AgentCompleted(
        body.get("output", {}),
        confidence=_number(confidence),
        rationale=str(body.get("rationale", "")),
        model=str(body.get("model", "")),
        method=str(body.get("method", "")) or "answer of an HTTP service",
        sources=tuple(source for source in sources if isinstance(source, Mapping)) if isinstance(sources, list) else (),
        usage=AgentUsage(
            _count(spent.get("inputTokens")),
            _count(spent.get("outputTokens")),
            _number(spent.get("cost")),
            str(spent["currency"]) if spent.get("currency") else None,
        ),
    )


def _count(value: Any) -> int:
    return int(max(0.0, min(_number(value) or 0.0, MOST_TOKENS)))


def _number(value: Any) -> float | None:
    try:
        return None if value is None or isinstance(value, bool | str) else float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def create(config: Mapping[str, Any], environment: AgentEnvironment) -> HttpAgent:
    unknown = sorted(set(config) - _KEYS)
    if unknown:
        raise ValueError(f"unknown keys {', '.join(unknown)}; known are {', '.join(sorted(_KEYS))}")
    url = config.get("url")
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise ValueError("`url` is missing or begins with neither http:// nor https://")
    return HttpAgent(url, headers_of(config), environment.egress or HttpEgress(), environment.secret)
