"""A language model behind pydantic-ai's interface to single requests: its loop, its retries and its tools are not used.

Imported lazily: it needs the extra `ai`, and takes more than a second.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal

import httpx2
from anthropic import AsyncAnthropic
from openai import AsyncOpenAI
from pydantic_ai.direct import model_request
from pydantic_ai.exceptions import AgentRunError, ContentFilterError, ModelHTTPError, UserError
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    SystemPromptPart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models import Model as AnyModel, ModelRequestParameters
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition

from laneway.agents.chat import FinishReason, Message, ModelFault, Reply, ToolCall, ToolDescription
from laneway.agents.egress import EgressError
from laneway.agents.json_text import NotOneObject, read_object
from laneway.agents.llm_way import GovernedTransport, cause_of
from laneway.agents.prompting import Price
from laneway.governance.schemas import canonical_json

Structured = Literal["native", "tool", "none"]
Maker = Literal["openai", "anthropic"]

RETRYABLE_STATUS: Final = frozenset({408, 409, 425, 429})
ANSWER: Final = "final_result"
_ANY_KEY = "resolved-when-it-is-sent"
_REASONS: Final[Mapping[str, FinishReason]] = {
    "stop": "stop",
    "tool_call": "tool_calls",
    "length": "length",
    "content_filter": "refused",
}


def model_of(maker: Maker, name: str, base_url: str, transport: GovernedTransport) -> AnyModel:
    """``name`` as a model of pydantic-ai that sends through ``transport``, once per request."""
    client = httpx2.AsyncClient(transport=transport, trust_env=False, follow_redirects=False)
    if maker == "anthropic":
        anthropic = AsyncAnthropic(api_key=_ANY_KEY, base_url=base_url, http_client=client, max_retries=0)
        return AnthropicModel(name, provider=AnthropicProvider(anthropic_client=anthropic))
    openai = AsyncOpenAI(api_key=_ANY_KEY, base_url=base_url, http_client=client, max_retries=0)
    return OpenAIChatModel(name, provider=OpenAIProvider(openai_client=openai))


class LanguageModel:
    """``laneway.agents.chat.Model`` over any model of pydantic-ai."""

    def __init__(
        self, model: AnyModel, structured: Structured, *, strict: bool, price: Price, clean: Callable[[str], str] = str
    ) -> None:
        """``clean`` takes secrets out of what a server says."""
        self._model = model
        self._structured = structured
        self._strict = strict
        self._price = price
        self._clean = clean

    async def reply(
        self,
        messages: Sequence[Message],
        tools: Sequence[ToolDescription] = (),
        *,
        output_schema: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] = {},
    ) -> Reply:
        try:
            response = await model_request(
                self._model,
                _as_messages(messages),
                model_settings=_settings(settings),
                model_request_parameters=self._parameters(tools, output_schema),
                instrument=False,
            )
        except ContentFilterError:
            return Reply("", finish_reason="refused")
        except Exception as error:
            fault = _fault(error)
            if fault is None:
                raise
            raise ModelFault(self._clean(str(fault)), retryable=fault.retryable) from None
        return self._read(response)

    def _parameters(
        self, tools: Sequence[ToolDescription], output_schema: Mapping[str, Any] | None
    ) -> ModelRequestParameters:
        offered = [
            ToolDefinition(
                name=tool.name,
                description=tool.description,
                parameters_json_schema=dict(tool.input_schema),
                strict=False,
            )
            for tool in tools
        ]
        if output_schema is None or self._structured == "none":
            return ModelRequestParameters(function_tools=offered)
        if self._structured == "native":
            form = OutputObjectDefinition(json_schema=dict(output_schema), name="answer", strict=self._strict)
            return ModelRequestParameters(function_tools=offered, output_mode="native", output_object=form)
        answer = ToolDefinition(
            name=ANSWER,
            description="Gives the answer and ends the task.",
            parameters_json_schema=dict(output_schema),
            strict=self._strict,
            kind="output",
        )
        return ModelRequestParameters(
            function_tools=offered, output_mode="tool", output_tools=[answer], allow_text_output=False
        )

    def _read(self, response: ModelResponse) -> Reply:
        calls: list[ToolCall] = []
        answer: str | None = None
        for part in response.parts:
            if not isinstance(part, ToolCallPart):
                continue
            if part.tool_name == ANSWER and self._structured == "tool":
                answer = _written(part)
            else:
                calls.append(ToolCall(part.tool_call_id, part.tool_name, _arguments(part)))
        text = "".join(part.content for part in response.parts if isinstance(part, TextPart))
        spent = response.usage
        cost, currency = self._price.cost(spent.input_tokens, spent.output_tokens)
        # Where it asks for tools and answers at once, the answer was given without their results: it waits.
        done = answer is not None and not calls
        return Reply(
            answer if done and answer is not None else text,
            tuple(calls),
            spent.input_tokens,
            spent.output_tokens,
            response.model_name or self._model.model_name,
            "tool_calls" if calls else "stop" if done else _REASONS.get(response.finish_reason or "stop", "other"),
            cost,
            currency,
        )


def _as_messages(messages: Sequence[Message]) -> list[ModelMessage]:
    """What is said by the role tool goes along with the request that follows it."""
    names = {call.id: call.name for message in messages for call in message.tool_calls}
    written: list[ModelMessage] = []
    request: list[Any] = []
    for message in messages:
        match message.role:
            case "system":
                request.append(SystemPromptPart(content=message.text))
            case "user":
                request.append(UserPromptPart(content=message.text))
            case "tool":
                call_id = message.tool_call_id or ""
                request.append(
                    ToolReturnPart(tool_name=names.get(call_id, ""), content=message.text, tool_call_id=call_id)
                )
            case "assistant":
                if request:
                    written.append(ModelRequest(parts=request))
                    request = []
                parts: list[Any] = [TextPart(content=message.text)] if message.text else []
                parts += [
                    ToolCallPart(tool_name=call.name, args=_plain(call.arguments), tool_call_id=call.id)
                    for call in message.tool_calls
                ]
                written.append(ModelResponse(parts=parts))
    if request:
        written.append(ModelRequest(parts=request))
    return written


def _plain(arguments: Any) -> str:
    return arguments if isinstance(arguments, str) else canonical_json(arguments)


def _arguments(part: ToolCallPart) -> Any:
    """A JSON object with its numbers as they were written; or the text, where it is none: nobody guesses what was meant."""
    text = _written(part)
    try:
        return read_object(text or "{}")
    except NotOneObject:
        return text


def _written(part: ToolCallPart) -> str:
    """As the model wrote it, where the API gives that: the package's own reading takes doubled keys and broken JSON for good."""
    return part.args if isinstance(part.args, str) else part.args_as_json_str()


def _settings(settings: Mapping[str, Any]) -> ModelSettings:
    chosen = ModelSettings()
    if "temperature" in settings:
        chosen["temperature"] = float(settings["temperature"])
    if "max_tokens" in settings:
        chosen["max_tokens"] = int(settings["max_tokens"])
    if "timeout" in settings:
        chosen["timeout"] = float(settings["timeout"])
    if "idempotency_key" in settings:
        chosen["extra_headers"] = {"Idempotency-Key": str(settings["idempotency_key"])}
    return chosen


def _fault(error: Exception) -> ModelFault | None:
    """What a package raised, as a sentence without what was sent. None: it is a bug."""
    cause = cause_of(error)
    if isinstance(cause, EgressError):
        return ModelFault(f"{cause.code}: {cause}", retryable=cause.retryable)
    if cause is not None:
        return ModelFault(str(cause), retryable=False)
    if isinstance(error, ModelHTTPError):
        retryable = error.status_code in RETRYABLE_STATUS or error.status_code >= 500
        return ModelFault(
            f"the model's server answered with status {error.status_code}{_said(error.body)}", retryable=retryable
        )
    if isinstance(error, UserError):
        return ModelFault(f"the model cannot be asked so: {str(error)[:500]}", retryable=False)
    if isinstance(error, AgentRunError):
        return ModelFault(f"the answer of the model's server cannot be read: {type(error).__name__}")
    return None


def _said(body: object) -> str:
    """The server's own error message, which says what to change (a wrong model name, no credit)."""
    said: Any = body
    if isinstance(said, Mapping) and isinstance(said.get("error"), Mapping):
        said = said["error"]
    message = said.get("message") if isinstance(said, Mapping) else None
    return f": {json.dumps(message[:300])}" if isinstance(message, str) else ""
