"""Any server that speaks the chat-completions API, as an agent without further packages. Config: docs/reference/agents.md."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from laneway.agents import budgets
from laneway.agents.chat import Message
from laneway.agents.egress import EgressError, HttpEgress
from laneway.agents.environment import AgentEnvironment, SecretMissing
from laneway.agents.json_text import NotOneObject, encode, read_object
from laneway.agents.prompting import (
    PROMPT_KEYS,
    FileMissing,
    Price,
    Prompts,
    options_of,
    price_of,
    prompts_of,
    schema_name,
    text_of,
    unfenced,
)
from laneway.agents.secrets import headers_of, revealed_headers, without
from laneway.agents.templating import TemplateFault
from laneway.domain.contract import AgentCompleted, AgentFailed, AgentRefused, AgentRequest, AgentResult, AgentUsage
from laneway.ports import Egress, EgressRequest, EgressResponse

RETRYABLE_STATUS = frozenset({408, 409, 425, 429})
_KEYS = PROMPT_KEYS | {
    "base_url",
    "model",
    "api_key",
    "headers",
    "temperature",
    "max_tokens",
    "structured",
    "strict",
    "price",
}


@dataclass(frozen=True, slots=True)
class _Config:
    base_url: str
    model: str
    headers: Mapping[str, str]
    prompts: Prompts
    structured: str
    strict: bool
    price: Price = field(default_factory=Price)
    options: Mapping[str, Any] = field(default_factory=dict)


class OpenAiAgent:
    def __init__(self, config: _Config, egress: Egress, secret: Callable[[str], str]) -> None:
        self._config = config
        self._egress = egress
        self._secret = secret

    async def run(self, request: AgentRequest) -> AgentResult:
        started = time.monotonic()
        try:
            opened = revealed_headers(self._config.headers, self._secret)
            body = self._body(request)
        except (SecretMissing, TemplateFault, FileMissing) as fault:
            return AgentFailed(str(fault), retryable=False)
        headers = {"Content-Type": "application/json", "Idempotency-Key": request.idempotency_key, **opened}
        url = f"{self._config.base_url}/chat/completions"
        try:
            answer = await self._egress.send(
                EgressRequest("POST", url, headers, encode(body), timeout=request.contract.timeout)
            )
        except EgressError as error:
            return AgentFailed(
                f"{error.code}: {error}", error.retryable, AgentUsage(seconds=time.monotonic() - started)
            )
        result = self._read(answer, time.monotonic() - started)
        return replace(result, reason=without(result.reason, opened)) if isinstance(result, AgentFailed) else result

    def _body(self, request: AgentRequest) -> dict[str, Any]:
        config = self._config
        opening = (
            Message("system", config.prompts.instructions(request)),
            Message("user", config.prompts.question(request)),
        )
        body: dict[str, Any] = {
            "model": config.model,
            "messages": [{"role": message.role, "content": message.text} for message in opening],
            **budgets.bounded(opening, request.contract.output_schema, config.options),
        }
        if config.structured == "json_schema":
            schema = {
                "name": schema_name(request.contract.name),
                "schema": dict(request.contract.output_schema),
                "strict": config.strict,
            }
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif config.structured == "json_object":
            body["response_format"] = {"type": "json_object"}
        return body

    def _read(self, answer: EgressResponse, seconds: float) -> AgentResult:
        usage = AgentUsage(seconds=seconds)
        if not 200 <= answer.status < 300:
            retryable = answer.status in RETRYABLE_STATUS or answer.status >= 500
            return AgentFailed(
                f"the model's server answered with status {answer.status}{_said(answer)}", retryable, usage
            )
        try:
            body = read_object(answer.content)
            choices = body["choices"]
            choice = choices[0]
            message = choice["message"]
            reason = choice.get("finish_reason")
            refusal, content = message.get("refusal"), message.get("content")
            usage = self._usage(body.get("usage"), seconds)
        except NotOneObject as error:
            return AgentFailed(f"the model's server did not answer with JSON: {error}", usage=usage)
        except (KeyError, IndexError, TypeError, AttributeError):
            return AgentFailed("the answer of the model's server holds no message", usage=usage)
        if refusal:
            return AgentRefused(str(refusal)[:1000], usage)
        if reason == "content_filter":
            return AgentRefused("the server's content filter stopped the answer", usage)
        if reason == "length":
            return AgentFailed("the answer was cut off at the model's limit; raise max_tokens", False, usage)
        if not isinstance(content, str) or not content.strip():
            return AgentFailed("the model gave an empty answer", usage=usage)
        try:
            output = read_object(unfenced(content))
        except NotOneObject as error:
            return AgentFailed(f"the model's answer is not a JSON object: {error}", usage=usage)
        model = str(body.get("model") or self._config.model)
        return AgentCompleted(output, model=model, method="language model over the chat-completions API", usage=usage)

    def _usage(self, reported: Any, seconds: float) -> AgentUsage:
        spent = reported if isinstance(reported, Mapping) else {}
        tokens_in, tokens_out = _count(spent.get("prompt_tokens")), _count(spent.get("completion_tokens"))
        return AgentUsage(tokens_in, tokens_out, *self._config.price.cost(tokens_in, tokens_out), seconds)


def _said(answer: EgressResponse) -> str:
    """The server's own error message, which says what to change (a wrong model name, no credit)."""
    try:
        error = read_object(answer.content).get("error")
    except NotOneObject:
        return ""
    message = error.get("message") if isinstance(error, Mapping) else None
    return f": {json.dumps(message[:300])}" if isinstance(message, str) else ""


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**12 else 0


def create(config: Mapping[str, Any], environment: AgentEnvironment) -> OpenAiAgent:
    return OpenAiAgent(_config(config), environment.egress or HttpEgress(), environment.secret)


def _config(config: Mapping[str, Any]) -> _Config:
    unknown = sorted(set(config) - _KEYS)
    if unknown:
        raise ValueError(f"unknown keys {', '.join(unknown)}; known are {', '.join(sorted(_KEYS))}")
    base_url = text_of(config, "base_url")
    if base_url is None or not base_url.startswith(("http://", "https://")):
        raise ValueError("`base_url` is missing or begins with neither http:// nor https://")
    model = text_of(config, "model")
    if not model:
        raise ValueError("`model` is missing")
    structured = config.get("structured", "json_schema")
    if structured not in ("json_schema", "json_object", "none"):
        raise ValueError("`structured` is json_schema, json_object or none")
    headers = headers_of(config)
    api_key = text_of(config, "api_key")
    if api_key:
        headers["Authorization"] = f"Bearer {api_key}"
    return _Config(
        base_url.rstrip("/"),
        model,
        headers,
        prompts_of(config),
        structured,
        bool(config.get("strict", False)),
        price_of(config),
        options_of(config),
    )
