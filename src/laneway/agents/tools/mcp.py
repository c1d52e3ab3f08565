"""A tool of an MCP server: over stdio, started by a command line out of the operator's settings alone, or over streamable HTTP.

Every call has a connection of its own, and looks at the tool's schema first: one that is not as it was approved is not called.
The server's own description never reaches the model; the contract's does. Needs the extra `mcp`, imported lazily.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from laneway.agents.cleaning import clean
from laneway.agents.environment import AgentEnvironment, McpServer, SecretMissing
from laneway.agents.governed import GovernedEgress
from laneway.agents.secrets import revealed
from laneway.agents.tools.base import ToolDone, ToolError, ToolFailed, ToolOutcome, ToolRequest, ToolUnknown
from laneway.domain.contract import AgentContract, SystemRule
from laneway.domain.tools import ToolGrant
from laneway.governance.contract_tools import schema_hash
from laneway.governance.numbers import NotJson, as_variable

if TYPE_CHECKING:
    from mcp import Client

IDEMPOTENCY_KEY: Final = "laneway/idempotencyKey"
"""In the `_meta` of a call, for servers that know it."""
LONGEST_RESULT = 200_000
MOST_PAGES = 100
_REFUSED: Final = frozenset({-32700, -32600, -32601, -32602})
"""JSON-RPC 2.0, 5.1: the server did not understand the request, and did nothing."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A tool as its server tells of it."""

    name: str
    description: str
    schema: Mapping[str, Any]


class McpTool:
    def __init__(self, grant: ToolGrant, connection: Connection) -> None:
        self._grant = grant
        self._connection = connection
        self._name = str(grant.config["tool"])

    async def schema_hash(self) -> str:
        try:
            async with self._connection.opened() as client:
                found = await _find(client, self._name)
        except Exception as error:
            raise ToolError(f"the MCP server cannot be asked: {_said(error)}") from None
        return "" if found is None else schema_hash(found.schema)

    async def call(self, request: ToolRequest) -> ToolOutcome:
        # Over stdio nothing else stands between the server and what is kept.
        return clean(await self._called(request))

    async def _called(self, request: ToolRequest) -> ToolOutcome:
        sent, outcome = False, None
        try:
            async with self._connection.opened() as client:
                found = await _find(client, self._name)
                if found is None or schema_hash(found.schema) != self._grant.schema_hash:
                    return ToolFailed(f"the schema of {self._name} has changed since it was approved")
                meta: Any = {IDEMPOTENCY_KEY: request.idempotency_key}
                sent = True
                answer = await client.call_tool(
                    self._name,
                    _plain(request.arguments),
                    read_timeout_seconds=request.timeout,
                    meta=meta,
                )
                outcome = _read(answer, error_known=self._grant.error_known)
        except Exception as error:
            if outcome is not None:
                return outcome
            if not sent:
                return ToolFailed(f"the MCP server cannot be reached: {_said(error)}", retryable=True)
            code = getattr(getattr(error, "error", None), "code", None)
            if code in _REFUSED:
                return ToolFailed(f"the MCP server refused the call: {_said(error)}")
            return ToolUnknown(f"the MCP server gave no answer: {_said(error)}")
        return outcome


class Connection:
    """To one server of the operator's settings."""

    def __init__(self, server: McpServer, egress: GovernedEgress, environment: AgentEnvironment) -> None:
        self._server = server
        self._egress = egress
        self._environment = environment

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Client]:
        if "mcp" not in _loaded:
            await asyncio.to_thread(_load)
        from mcp import Client

        async with AsyncExitStack() as stack:
            transport = await self._transport(stack)
            yield await stack.enter_async_context(Client(transport, cache=None, mode="legacy"))

    async def _transport(self, stack: AsyncExitStack) -> Any:
        server, secret = self._server, self._environment.secret
        if server.url is None:
            from mcp.client.stdio import StdioServerParameters, stdio_client

            # What a server writes to its error output is its operator's; it goes nowhere from here.
            quiet = stack.enter_context(Path(os.devnull).open("w", encoding="utf-8"))  # noqa: ASYNC230, SIM115 - a device, closed with the stack
            parameters = StdioServerParameters(
                command=server.command[0],
                args=list(server.command[1:]),
                env={name: revealed(value, secret) for name, value in server.env.items()},
            )
            return stdio_client(parameters, errlog=quiet)
        import httpx2
        from mcp.client.streamable_http import streamable_http_client

        from laneway.agents.llm_way import GovernedTransport

        way = GovernedTransport(self._egress, server.headers, secret, streams=False)
        http = await stack.enter_async_context(httpx2.AsyncClient(transport=way, trust_env=False))
        return streamable_http_client(server.url, http_client=http)


async def listed(server: McpServer, environment: AgentEnvironment) -> list[Listed]:
    """All tools that a server has now."""
    rule = AgentContract("mcp", "", "", (), "")
    async with _connection(server, rule, environment).opened() as client:
        return [tool async for tool in _all(client)]


def create(contract: AgentContract, grant: ToolGrant, environment: AgentEnvironment) -> McpTool:
    """ValueError where there is no such server."""
    name = str(grant.config["server"])
    server = environment.mcp_servers.get(name)
    if server is None:
        known = ", ".join(sorted(environment.mcp_servers)) or "none"
        raise ValueError(f"the settings of this server name no MCP server {name!r}; they name: {known}")
    if find_spec("mcp") is None:
        raise ValueError("MCP needs packages that are not installed; install `laneway[mcp]`")
    return McpTool(grant, _connection(server, contract, environment))


def _connection(server: McpServer, contract: AgentContract, environment: AgentEnvironment) -> Connection:
    """The way out of a server over HTTP leads to its host alone, redirects included."""
    hosts = () if server.url is None else (urlsplit(server.url).netloc,)
    rule = SystemRule("mcp", hosts, "write")
    return Connection(server, GovernedEgress(environment.egress, replace(contract, systems=(rule,))), environment)


_loaded: set[str] = set()


def _load() -> None:
    import mcp.client.stdio
    import mcp.client.streamable_http  # noqa: F401

    _loaded.add("mcp")


async def _all(client: Client) -> AsyncIterator[Listed]:
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        page = await client.list_tools(cursor=cursor)
        for tool in page.tools:
            yield Listed(tool.name, tool.description or "", tool.input_schema)
        cursor = page.next_cursor
        if cursor is None:
            return


async def _find(client: Client, name: str) -> Listed | None:
    async for tool in _all(client):
        if tool.name == name:
            return tool
    return None


def _read(answer: Any, *, error_known: bool) -> ToolOutcome:
    texts = [getattr(part, "text", None) or f"({part.type})" for part in answer.content]
    text = "\n".join(texts)[:LONGEST_RESULT]
    if answer.is_error:
        said = f"the tool answered with an error: {text[:1000]}"
        return ToolFailed(said) if error_known else ToolUnknown(said)
    if answer.structured_content is None:
        return ToolDone(text)
    try:
        return ToolDone(as_variable(answer.structured_content))
    except NotJson:
        return ToolDone(text)


def _plain(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers as the package writes them; a Decimal is none that it knows."""

    def plain(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: plain(item) for key, item in value.items()}
        if isinstance(value, list):
            return [plain(item) for item in value]
        return float(value) if isinstance(value, Decimal) else value

    return {name: plain(value) for name, value in arguments.items()}


def _said(error: BaseException) -> str:
    from laneway.agents.llm_way import cause_of

    cause = cause_of(error)
    if isinstance(cause, SecretMissing):
        return str(cause)
    if cause is not None:
        return f"{cause.code}: {cause}"
    if isinstance(error, BaseExceptionGroup):
        return _said(error.exceptions[0])
    return f"{type(error).__name__}: {error}"[:300]
