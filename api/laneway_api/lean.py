"""The calls that are made most often, without what a documented route costs: jobs activated and completed, user tasks assigned and
completed. And those of probes, which must be answered before there are documented routes (``app``).

A request as clients send it is read, checked and handed over to the committer here. Whatever is out of the ordinary (a body that
the gate or the model refuses, another content type, a key that is none) goes on to the documented route unchanged, which
says what is wrong with it: so there is one set of errors. The bodies are checked by the models of the documented routes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from anyio.to_thread import run_sync
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from laneway import commands, json_gate
from laneway.commands.execution import Command
from laneway.domain.errors import LanewayError
from laneway.domain.types import DEFAULT_TENANT
from laneway.domain.work import Actor
from laneway_api import probes
from laneway_api.activation import activated
from laneway_api.guards import first_headers
from laneway_api.identity import actor_of
from laneway_api.parts import Parts
from laneway_api.problems import of_error
from laneway_api.schemas import jobs as job_schemas, user_tasks as user_task_schemas
from laneway_api.schemas.common import as_key

Body = TypeVar("Body", bound=BaseModel)

_TENANTS = (DEFAULT_TENANT,)
_JSON = frozenset({None, b"application/json", b"application/json; charset=utf-8"})
"""Content types as clients send them. Without any a body is taken for JSON."""
_DONE: tuple[Message, ...] = (
    {"type": "http.response.start", "status": 204},
    {"type": "http.response.body", "body": b""},
)


@dataclass(frozen=True, slots=True)
class Form:
    """The documented form of a call: the name that it is counted under, and the failures that it may answer. Written down, since the
    documented routes come later than the first call; a test compares."""

    path: str
    responses: frozenset[int] = frozenset()


COMPLETE_USER_TASK = Form("/v2/user-tasks/{userTaskKey}/completion", frozenset({400, 404, 409, 500, 503, 504}))
ASSIGN_USER_TASK = Form("/v2/user-tasks/{userTaskKey}/assignment", frozenset({400, 404, 409, 500, 503, 504}))
COMPLETE_JOB = Form("/v2/jobs/{jobKey}/completion", frozenset({400, 404, 409, 500, 503}))
ACTIVATE_JOBS = Form("/v2/jobs/activation", frozenset({400, 500, 503}))
LIVENESS, READINESS, METRICS = Form("/health/live"), Form("/health/ready"), Form("/metrics")


class _Call:
    """One of the calls: what its body is, whether there may be none, and the command that it stands for."""

    def __init__(
        self,
        route: Form,
        model: type[Body],
        command: Callable[[int, Body, Actor], Command[None]],
        *,
        needs_body: bool = False,
    ) -> None:
        self.route = route
        self.command: Callable[[int, Any, Actor], Command[None]] = command
        self._validate = model.__pydantic_validator__.validate_python
        self._without = None if needs_body else model()

    def body(self, content: bytes) -> Any:
        """None if it is not as it should be; the documented route finds out why."""
        value = None
        if content:
            try:
                value = json_gate.loads(content)
            except LanewayError:
                return None
        if value is None:
            return self._without
        try:
            return self._validate(value)
        except (ValidationError, LanewayError):
            return None


def _complete_user_task(key: int, body: user_task_schemas.CompleteUserTask, actor: Actor) -> Command[None]:
    return commands.complete_user_task(key, body.variables or {}, action=body.action, actor=actor, tenant_ids=_TENANTS)


def _assign_user_task(key: int, body: user_task_schemas.AssignUserTask, actor: Actor) -> Command[None]:
    return commands.assign_user_task(
        key,
        body.assignee,
        allow_override=body.allow_override is not False,
        action=body.action,
        actor=actor,
        tenant_ids=_TENANTS,
    )


def _complete_job(key: int, body: job_schemas.CompleteJob, actor: Actor) -> Command[None]:
    return commands.complete_job(
        key,
        body.variables or {},
        result=body.result,
        lease_token=body.job_lease_token,
        actor=actor,
        tenant_ids=_TENANTS,
    )


class Lean:
    """ASGI middleware, between the guards and the documented routes. ``calls``: False for the probes alone."""

    def __init__(self, app: ASGIApp, parts: Parts, *, calls: bool = True) -> None:
        self._app = app
        self._parts = parts
        self._hand_over = parts.hand_over
        self._calls = {
            ("user-tasks", "completion"): _Call(
                COMPLETE_USER_TASK, user_task_schemas.CompleteUserTask, _complete_user_task
            ),
            ("user-tasks", "assignment"): _Call(
                ASSIGN_USER_TASK, user_task_schemas.AssignUserTask, _assign_user_task, needs_body=True
            ),
            ("jobs", "completion"): _Call(COMPLETE_JOB, job_schemas.CompleteJob, _complete_job),
        }
        self._probes = {"/health/live": self._live, "/health/ready": self._ready, "/metrics": self._measured}
        self._asked = job_schemas.ActivateJobs.__pydantic_validator__.validate_python
        self._has_calls = calls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope.get("root_path"):
            if scope["method"] == "POST" and self._has_calls:
                parts = scope["path"].split("/")
                if len(parts) == 5 and parts[1] == "v2":
                    call = self._calls.get((parts[2], parts[4]))
                    if call is not None:
                        await self._answer(call, parts[3], scope, receive, send)
                        return
                elif parts == _ACTIVATION:
                    await self._activate(scope, receive, send)
                    return
            elif scope["method"] == "GET" and (probe := self._probes.get(scope["path"])) is not None:
                reply = await probe(scope)
                await reply(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _live(self, scope: Scope) -> Response:
        scope["route"] = LIVENESS
        return probes.liveness(self._parts.health)

    async def _ready(self, scope: Scope) -> Response:
        scope["route"] = READINESS
        return await probes.readiness(self._parts.health)

    async def _measured(self, scope: Scope) -> Response:
        scope["route"] = METRICS
        accept = first_headers(scope).get(b"accept", b"").decode("latin-1")
        return await run_sync(probes.measured, self._parts.metrics, accept)

    async def _answer(self, call: _Call, key_text: str, scope: Scope, receive: Receive, send: Send) -> None:
        headers = first_headers(scope)
        key = as_key(key_text)
        if key is None or headers.get(b"content-type") not in _JSON:
            await self._app(scope, receive, send)
            return
        scope["route"] = call.route
        content, received = await _content(receive)
        body = call.body(content) if content is not None else None
        actor = actor_of(headers.get(b"authorization"), scope.get("client"), self._parts.settings.trusted_proxies)
        if body is None or actor is None:
            await self._app(scope, _again(received, receive), send)
            return
        try:
            await self._hand_over(call.command(key, body, actor))
        except LanewayError as error:
            await of_error(error, scope["path"], call.route.responses)(scope, receive, send)
            return
        for message in _DONE:
            await send(dict(message))

    async def _activate(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = first_headers(scope)
        if headers.get(b"content-type") not in _JSON:
            await self._app(scope, receive, send)
            return
        scope["route"] = ACTIVATE_JOBS
        content, received = await _content(receive)
        actor = actor_of(headers.get(b"authorization"), scope.get("client"), self._parts.settings.trusted_proxies)
        body: job_schemas.ActivateJobs | None = None
        if content and actor is not None:
            try:
                body = self._asked(json_gate.loads(content))
            except (ValidationError, LanewayError):
                body = None
        if body is None or actor is None:
            await self._app(scope, _again(received, receive), send)
            return
        try:
            reply = await activated(Request(scope, receive), body, actor)
        except LanewayError as error:
            reply = of_error(error, scope["path"], ACTIVATE_JOBS.responses)
        await reply(scope, receive, send)


_ACTIVATION = ["", "v2", "jobs", "activation"]


async def _content(receive: Receive) -> tuple[bytes | None, list[Message]]:
    """The body, and the messages that it came in. None if the client went before its end."""
    message = await receive()
    received = [message]
    if message["type"] != "http.request":
        return None, received
    if not message.get("more_body", False):
        return message.get("body", b""), received
    parts = [message.get("body", b"")]
    while message.get("more_body", False):
        message = await receive()
        received.append(message)
        if message["type"] != "http.request":
            return None, received
        parts.append(message.get("body", b""))
    return b"".join(parts), received


def _again(received: list[Message], receive: Receive) -> Receive:
    """What was received, once more; then what comes."""
    waiting = iter(received)

    async def again() -> Message:
        for message in waiting:
            return message
        return await receive()

    return again
