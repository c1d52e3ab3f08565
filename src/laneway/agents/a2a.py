"""An agent of another house, by the protocol Agent2Agent (1.0, JSON-RPC over HTTP). Config: docs/reference/agents.md.

The package `a2a-sdk` (extra `a2a`, imported lazily) makes and reads the messages; everything is sent by the way out that the contract
holds, to the one URL of the config. What the other side's card says of further addresses is not followed.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from typing import Any, Final

from laneway.agents.egress import EgressError, HttpEgress
from laneway.agents.environment import AgentEnvironment, SecretMissing
from laneway.agents.json_text import NotOneObject, encode, read_object
from laneway.agents.prompting import unfenced
from laneway.agents.secrets import headers_of, revealed_headers, without
from laneway.domain.contract import AgentCompleted, AgentFailed, AgentRefused, AgentRequest, AgentResult, AgentUsage
from laneway.ports import Egress, EgressRequest

METHOD: Final = "answer of an agent over A2A"
_KEYS: Final = frozenset({"url", "headers", "poll"})
_FRAMING: Final = frozenset({"content-length", "transfer-encoding", "connection", "content-encoding"})
_CANCEL_SECONDS: Final = 2.0


class A2aAgent:
    def __init__(
        self, url: str, headers: Mapping[str, str], poll: float, egress: Egress, secret: Callable[[str], str]
    ) -> None:
        self._url = url
        self._headers = headers
        self._poll = poll
        self._egress = egress
        self._secret = secret

    async def run(self, request: AgentRequest) -> AgentResult:
        started = time.monotonic()
        try:
            opened = revealed_headers(self._headers, self._secret)
        except SecretMissing as missing:
            return AgentFailed(str(missing), retryable=False)
        try:
            result = await self._asked(request, opened)
        except ImportError as missing_package:
            reason = f"{missing_package.name} is not installed: install Laneway with the extra `a2a`"
            result = AgentFailed(reason, retryable=False)
        if isinstance(result, AgentFailed | AgentRefused):
            result = replace(result, reason=without(result.reason, opened))
        return replace(result, usage=AgentUsage(seconds=time.monotonic() - started))

    async def _asked(self, request: AgentRequest, opened: Mapping[str, str]) -> AgentResult:
        import httpx
        from a2a.client.errors import A2AClientError
        from a2a.client.transports.jsonrpc import JsonRpcTransport
        from a2a.types import a2a_pb2 as wire
        from a2a.utils.errors import A2AError

        protobuf: Any = import_module("google.protobuf.json_format")  # has no types
        message = protobuf.ParseDict(
            {
                # Stable over all attempts of the job: an agent that keeps what it was sent does it once.
                "messageId": request.idempotency_key,
                "role": "ROLE_USER",
                "parts": [{"text": request.contract.purpose}, {"data": json.loads(encode(request.input))}],
            },
            wire.Message(),
        )
        wanted = wire.SendMessageConfiguration(accepted_output_modes=["application/json"], return_immediately=True)
        async with httpx.AsyncClient(transport=transport(self._egress, opened, request.contract.timeout)) as client:
            remote = JsonRpcTransport(client, wire.AgentCard(), self._url)
            task_id = ""
            try:
                answer = await remote.send_message(wire.SendMessageRequest(message=message, configuration=wanted))
                if answer.HasField("message"):
                    return _output(answer.message.parts)
                task, task_id = answer.task, answer.task.id
                while task.status.state in (
                    wire.TaskState.TASK_STATE_SUBMITTED,
                    wire.TaskState.TASK_STATE_WORKING,
                    wire.TaskState.TASK_STATE_UNSPECIFIED,
                ):
                    await asyncio.sleep(self._poll)
                    task = await remote.get_task(wire.GetTaskRequest(id=task_id))
                return await self._settled(task, remote)
            except asyncio.CancelledError:
                if task_id:  # nobody waits for it any more
                    with suppress(Exception):
                        cancel = remote.cancel_task(wire.CancelTaskRequest(id=task_id))
                        await asyncio.wait_for(cancel, _CANCEL_SECONDS)
                raise
            except EgressError as error:
                return AgentFailed(f"{error.code}: {error}", error.retryable)
            except (A2AClientError, A2AError, protobuf.ParseError, httpx.HTTPError, ValueError, KeyError) as error:
                cause = cause_of(error)
                if cause is not None:
                    return AgentFailed(f"{cause.code}: {cause}", cause.retryable)
                return AgentFailed(f"the agent's server did not answer as A2A has it: {type(error).__name__}")

    async def _settled(self, task: Any, remote: Any) -> AgentResult:
        from a2a.types import a2a_pb2 as wire

        state = wire.TaskState
        said = " ".join(part.text for part in task.status.message.parts if part.text)[:500]
        match task.status.state:
            case state.TASK_STATE_COMPLETED:
                parts = [part for artifact in task.artifacts for part in artifact.parts]
                return _output(parts or task.status.message.parts)
            case state.TASK_STATE_INPUT_REQUIRED | state.TASK_STATE_AUTH_REQUIRED:
                # Whoever gets it next answers a person or a process, not this conversation: it is ended there.
                with suppress(Exception):
                    await remote.cancel_task(wire.CancelTaskRequest(id=task.id))
                return AgentRefused(f"the agent asks for more than it was given: {said or 'it does not say what'}")
            case state.TASK_STATE_REJECTED:
                return AgentRefused(said or "the agent rejects the task")
            case _:
                name = state.Name(task.status.state).removeprefix("TASK_STATE_").lower()
                return AgentFailed(
                    f"the agent's task ended as {name}: {said or 'it does not say why'}", retryable=False
                )


def _output(parts: Any) -> AgentResult:
    """The first data that is an object, else a text that is one JSON object."""
    protobuf: Any = import_module("google.protobuf.json_format")

    for part in parts:
        if part.HasField("data"):
            value = exact(protobuf.MessageToDict(part.data))
            if isinstance(value, dict):
                return AgentCompleted(value, method=METHOD)
    text = "\n".join(part.text for part in parts if part.text)
    try:
        return AgentCompleted(read_object(unfenced(text)), method=METHOD)
    except NotOneObject as error:
        return AgentFailed(f"the agent's answer holds no JSON object: {error}")


def exact(value: Any) -> Any:
    """Protocol buffers know only doubles: what is whole was meant whole."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, dict):
        return {name: exact(item) for name, item in value.items()}
    return [exact(item) for item in value] if isinstance(value, list) else value


def cause_of(error: BaseException | None) -> EgressError | None:
    while error is not None:
        if isinstance(error, EgressError):
            return error
        error = error.__cause__ or error.__context__
    return None


def transport(egress: Egress, opened: Mapping[str, str], timeout: float) -> Any:
    import httpx
    from a2a.utils.constants import PROTOCOL_VERSION_CURRENT, VERSION_HEADER

    class Governed(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            headers = {"Content-Type": "application/json", VERSION_HEADER: PROTOCOL_VERSION_CURRENT, **opened}
            content = await request.aread()
            sent = EgressRequest(request.method, str(request.url), headers, content, timeout=timeout)
            answer = await egress.send(sent)
            kept = {name: value for name, value in answer.headers.items() if name.lower() not in _FRAMING}
            return httpx.Response(answer.status, headers=kept, content=answer.content, request=request)

    return Governed()


def create(config: Mapping[str, Any], environment: AgentEnvironment) -> A2aAgent:
    unknown = sorted(set(config) - _KEYS)
    if unknown:
        raise ValueError(f"unknown keys {', '.join(unknown)}; known are {', '.join(sorted(_KEYS))}")
    url = config.get("url")
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise ValueError("`url` is missing or begins with neither http:// nor https://")
    poll = config.get("poll", 1)
    if isinstance(poll, bool) or not isinstance(poll, int | float) or not 0.05 <= poll <= 300:
        raise ValueError("`poll` is the number of seconds between two looks at the task, from 0.05 to 300")
    return A2aAgent(url, headers_of(config), float(poll), environment.egress or HttpEgress(), environment.secret)
