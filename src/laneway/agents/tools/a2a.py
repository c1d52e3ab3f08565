"""An agent of another house as a tool, by Agent2Agent: one message, and what comes of it. Sent through the way out, to its own host alone.

The message has the same id however often it is sent, so that an agent which keeps what it was sent does it once. Needs the extra `a2a`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from laneway.agents.a2a import cause_of, exact, transport
from laneway.agents.egress import EgressDenied, HttpEgress
from laneway.agents.environment import AgentEnvironment, SecretMissing
from laneway.agents.governed import GovernedEgress
from laneway.agents.secrets import headers_of, revealed_headers, without
from laneway.agents.tools.base import ToolDone, ToolFailed, ToolOutcome, ToolRequest, ToolUnknown
from laneway.domain.contract import AgentContract, SystemRule
from laneway.domain.tools import ToolGrant
from laneway.governance.numbers import NotJson, as_variable
from laneway.governance.schemas import canonical_json
from laneway.ports import Egress

LONGEST_RESULT = 200_000
CANCEL_SECONDS = 2.0


class A2aTool:
    def __init__(self, grant: ToolGrant, egress: Egress, secret: Callable[[str], str]) -> None:
        self._grant = grant
        self._egress = egress
        self._secret = secret
        self._headers = headers_of(grant.config)

    async def schema_hash(self) -> str:
        # The agent says nothing of a schema; the contract's is the one that holds.
        return self._grant.schema_hash

    async def call(self, request: ToolRequest) -> ToolOutcome:
        try:
            opened = revealed_headers(self._headers, self._secret)
        except SecretMissing as missing:
            return ToolFailed(str(missing))
        try:
            outcome = await self._asked(request, opened)
        except ImportError as missing_package:
            return ToolFailed(f"{missing_package.name} is not installed: install Laneway with the extra `a2a`")
        return outcome if isinstance(outcome, ToolDone) else replace(outcome, reason=without(outcome.reason, opened))

    async def _asked(self, request: ToolRequest, opened: Mapping[str, str]) -> ToolOutcome:
        import httpx
        from a2a.client.transports.jsonrpc import JsonRpcTransport
        from a2a.types import a2a_pb2 as wire

        text = request.arguments.get("text")
        message = wire.Message(
            message_id=request.idempotency_key,
            role=wire.Role.ROLE_USER,
            parts=[wire.Part(text=text if isinstance(text, str) else canonical_json(request.arguments))],
        )
        wanted = wire.SendMessageConfiguration(return_immediately=True)
        task_id = ""
        async with httpx.AsyncClient(transport=transport(self._egress, opened, request.timeout)) as client:
            remote = JsonRpcTransport(client, wire.AgentCard(), self._grant.config["url"])
            try:
                answer = await remote.send_message(wire.SendMessageRequest(message=message, configuration=wanted))
                if answer.HasField("message"):
                    return _done(answer.message.parts)
                task, task_id = answer.task, answer.task.id
                state = wire.TaskState
                while task.status.state in (
                    state.TASK_STATE_SUBMITTED,
                    state.TASK_STATE_WORKING,
                    state.TASK_STATE_UNSPECIFIED,
                ):
                    await asyncio.sleep(float(self._grant.config.get("poll", 1)))
                    task = await remote.get_task(wire.GetTaskRequest(id=task_id))
                if task.status.state in (state.TASK_STATE_INPUT_REQUIRED, state.TASK_STATE_AUTH_REQUIRED):
                    await _cancelled(remote, task_id)
                return self._ended(task)
            except asyncio.CancelledError:
                if task_id:  # nobody waits for it any more
                    await _cancelled(remote, task_id)
                raise
            except Exception as error:
                cause = cause_of(error)
                if isinstance(cause, EgressDenied):
                    return ToolFailed(f"{cause.code}: {cause}")
                return ToolUnknown("the agent's server gave no answer: " + (str(cause) or type(error).__name__))

    def _ended(self, task: Any) -> ToolOutcome:
        from a2a.types import a2a_pb2 as wire

        state = wire.TaskState
        said = " ".join(part.text for part in task.status.message.parts if part.text)[:500]
        match task.status.state:
            case state.TASK_STATE_COMPLETED:
                parts = [part for artifact in task.artifacts for part in artifact.parts]
                return _done(parts or task.status.message.parts)
            case state.TASK_STATE_REJECTED:
                return ToolFailed(f"the agent rejects it: {said or 'it does not say why'}")
            case state.TASK_STATE_INPUT_REQUIRED | state.TASK_STATE_AUTH_REQUIRED:
                reason = f"the agent asks for more than it was given: {said or 'it does not say what'}"
            case _:
                name = state.Name(task.status.state).removeprefix("TASK_STATE_").lower()
                reason = f"the agent's task ended as {name}: {said or 'it does not say why'}"
        return ToolFailed(reason) if self._grant.error_known else ToolUnknown(reason)


async def _cancelled(remote: Any, task_id: str) -> None:
    from a2a.types import a2a_pb2 as wire

    with suppress(Exception):
        await asyncio.wait_for(remote.cancel_task(wire.CancelTaskRequest(id=task_id)), CANCEL_SECONDS)


def _done(parts: Any) -> ToolDone:
    """The first data that came, else the texts."""
    protobuf: Any = import_module("google.protobuf.json_format")  # has no types
    for part in parts:
        if part.HasField("data"):
            with suppress(NotJson):
                return ToolDone(as_variable(exact(protobuf.MessageToDict(part.data))))
    return ToolDone("\n".join(part.text for part in parts if part.text)[:LONGEST_RESULT])


def create(contract: AgentContract, grant: ToolGrant, environment: AgentEnvironment) -> A2aTool:
    """Its way out leads to the host of its URL alone, redirects included."""
    rule = SystemRule(grant.name, (urlsplit(grant.config["url"]).netloc,), "write")
    egress = GovernedEgress(environment.egress or HttpEgress(), replace(contract, systems=(rule,)))
    return A2aTool(grant, egress, environment.secret)
