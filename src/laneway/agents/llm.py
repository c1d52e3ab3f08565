"""Any language model, by pydantic-ai: servers that speak the chat-completions API, and Anthropic's. Config: docs/reference/agents.md."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Final, Literal

from laneway.agents import budgets
from laneway.agents.chat import Message, Model, ModelFault
from laneway.agents.concluding import concluded, usage_of
from laneway.agents.egress import HttpEgress
from laneway.agents.environment import AgentEnvironment
from laneway.agents.prompting import (
    PROMPT_KEYS,
    FileMissing,
    Price,
    Prompts,
    options_of,
    price_of,
    prompts_of,
    text_of,
)
from laneway.agents.secrets import headers_of, revealed_headers, without
from laneway.agents.templating import TemplateFault
from laneway.domain.contract import AgentFailed, AgentRequest, AgentResult
from laneway.ports import Egress

_KEYS = PROMPT_KEYS | {
    "provider",
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
PROVIDERS: Final[Mapping[Any, str]] = {"openai": "https://api.openai.com/v1", "anthropic": "https://api.anthropic.com"}


@dataclass(frozen=True, slots=True)
class _Config:
    provider: Literal["openai", "anthropic"]
    base_url: str
    model: str
    headers: Mapping[str, str]
    prompts: Prompts
    structured: Literal["native", "tool", "none"]
    strict: bool
    price: Price
    options: Mapping[str, Any]


class LlmAgent:
    """Also ``chat.Conversational``: with tools in its contract it is asked again and again, by whoever holds the loop."""

    def __init__(self, config: _Config, egress: Egress, secret: Callable[[str], str]) -> None:
        self._config = config
        self._egress = egress
        self._secret = secret
        self._lock = threading.Lock()
        self._models: dict[str, Model] = {}

    async def loaded(self) -> Model:
        """Its model; what takes long is not done in the event loop."""
        return self.model_named(None) if self._models else await asyncio.to_thread(self.model_named, None)

    def model_named(self, name: str | None) -> Model:
        """The first one imports the packages, which takes more than a second."""
        wanted = name or self._config.model
        with self._lock:
            if wanted not in self._models:
                self._models[wanted] = self._made(wanted)
            return self._models[wanted]

    def opening(self, request: AgentRequest) -> tuple[Message, ...]:
        prompts = self._config.prompts
        try:
            return Message("system", prompts.instructions(request)), Message("user", prompts.question(request))
        except (FileMissing, TemplateFault) as fault:
            raise ModelFault(str(fault), retryable=False) from None

    def settings(self, request: AgentRequest) -> Mapping[str, Any]:
        return {
            **self._config.options,
            "timeout": request.contract.timeout,
            "idempotency_key": request.idempotency_key,
        }

    async def run(self, request: AgentRequest) -> AgentResult:
        started = time.monotonic()
        try:
            model = await self.loaded()
            opening, form = self.opening(request), request.contract.output_schema
            settings = budgets.bounded(opening, form, self.settings(request))
            reply = await model.reply(opening, output_schema=form, settings=settings)
        except ModelFault as fault:
            usage = usage_of((), time.monotonic() - started)
            return AgentFailed(str(fault), fault.retryable, usage)
        return concluded(reply, usage_of((reply,), time.monotonic() - started))

    def _clean(self, text: str) -> str:
        """Servers like to repeat what they were sent."""
        try:
            return without(text, revealed_headers(self._config.headers, self._secret))
        except LookupError:
            return text

    def _made(self, name: str) -> Model:
        from laneway.agents.llm_model import LanguageModel, model_of
        from laneway.agents.llm_way import GovernedTransport

        config = self._config
        transport = GovernedTransport(self._egress, config.headers, self._secret)
        model = model_of(config.provider, name, config.base_url, transport)
        return LanguageModel(model, config.structured, strict=config.strict, price=config.price, clean=self._clean)


def create(config: Mapping[str, Any], environment: AgentEnvironment) -> LlmAgent:
    if find_spec("pydantic_ai") is None:
        raise ValueError("it needs packages that are not installed; install `laneway[ai]`")
    return LlmAgent(_config(config), environment.egress or HttpEgress(), environment.secret)


def warm_up() -> None:
    """Import what the first model needs, which takes seconds."""
    if find_spec("pydantic_ai") is not None:
        import laneway.agents.llm_model  # noqa: F401


def _config(config: Mapping[str, Any]) -> _Config:
    unknown = sorted(set(config) - _KEYS)
    if unknown:
        raise ValueError(f"unknown keys {', '.join(unknown)}; known are {', '.join(sorted(_KEYS))}")
    provider = config.get("provider", "openai")
    if provider not in PROVIDERS:
        raise ValueError("`provider` is openai (every server that speaks its API) or anthropic")
    base_url = text_of(config, "base_url") or PROVIDERS[provider]
    if not base_url.startswith(("http://", "https://")):
        raise ValueError("`base_url` begins with neither http:// nor https://")
    model = text_of(config, "model")
    if not model:
        raise ValueError("`model` is missing")
    structured = config.get("structured", "native" if provider == "openai" else "tool")
    if structured not in ("native", "tool", "none"):
        raise ValueError("`structured` is native, tool or none")
    headers = headers_of(config)
    api_key = text_of(config, "api_key")
    if api_key:
        headers.update({"x-api-key": api_key} if provider == "anthropic" else {"Authorization": f"Bearer {api_key}"})
    return _Config(
        provider,
        base_url.rstrip("/"),
        model,
        headers,
        prompts_of(config),
        structured,
        bool(config.get("strict", False)),
        price_of(config),
        options_of(config),
    )
