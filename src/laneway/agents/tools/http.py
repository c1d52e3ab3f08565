"""One operation of a service as a tool: arguments in the path, the query or the body. Sent through the way out, and to its own host alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from laneway.agents.egress import EgressDenied, EgressError, EgressRedirected
from laneway.agents.environment import AgentEnvironment, SecretMissing
from laneway.agents.governed import GovernedEgress
from laneway.agents.json_text import encode
from laneway.agents.secrets import headers_of, revealed_headers, without
from laneway.agents.tools.base import ToolDone, ToolFailed, ToolOutcome, ToolRequest, ToolUnknown
from laneway.domain.contract import AgentContract, SystemRule
from laneway.domain.tools import ToolGrant
from laneway.governance.contract_tools import PART
from laneway.governance.schemas import canonical_json
from laneway.ports import Egress, EgressRequest, EgressResponse

LONGEST_RESULT = 200_000
"""Characters of an answer that are kept and shown to the model."""
_BODY = frozenset({"POST", "PUT", "PATCH"})
_NOT_DONE = frozenset({501})
"""RFC 9110, 15.6: the server says that it did not do it. Other errors of its own leave that open."""


class HttpTool:
    def __init__(self, grant: ToolGrant, egress: Egress, secret: Callable[[str], str]) -> None:
        self._grant = grant
        self._egress = egress
        self._secret = secret
        self._headers = headers_of(grant.config)

    async def schema_hash(self) -> str:
        # The service says nothing of its schema; the contract's is the one that holds.
        return self._grant.schema_hash

    async def call(self, request: ToolRequest) -> ToolOutcome:
        method = self._grant.config["method"]
        try:
            url, rest = _filled(self._grant.config["url"], request.arguments)
            opened = revealed_headers(self._headers, self._secret)
        except (SecretMissing, ValueError) as fault:
            return ToolFailed(str(fault))
        headers = {"Accept": "application/json", "Idempotency-Key": request.idempotency_key, **opened}
        content = b""
        if method in _BODY:
            content, headers["Content-Type"] = encode(rest), "application/json"
        elif rest:
            url += ("&" if urlsplit(url).query else "?") + urlencode({name: _text(rest[name]) for name in sorted(rest)})
        try:
            answer = await self._egress.send(EgressRequest(method, url, headers, content, timeout=request.timeout))
        except EgressRedirected as redirected:
            return ToolUnknown(f"{redirected.code}: {redirected}")
        except EgressDenied as denied:
            return ToolFailed(f"{denied.code}: {denied}")
        except EgressError as error:
            return ToolUnknown(f"{error.code}: {error}")
        return _read(answer, opened)


def _filled(template: str, arguments: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The URL, and the arguments that do not stand in it. ValueError for one that would change where it leads."""
    rest = dict(arguments)

    def part(name: str) -> str:
        text = _text(rest.pop(name, arguments.get(name)))
        if text in ("", ".", "..") or "/" in text or "\\" in text:
            raise ValueError(f"the argument {name} cannot stand in the path of a URL")
        return quote(text, safe="")

    return PART.sub(lambda match: part(match.group(1)), template), rest


def _text(value: Any) -> str:
    return value if isinstance(value, str) else canonical_json(value)


def _read(answer: EgressResponse, opened: Mapping[str, str]) -> ToolOutcome:
    text = without(answer.content.decode("utf-8", errors="replace"), opened)
    if 200 <= answer.status < 300:
        return ToolDone(_json(text) if "json" in answer.headers.get("content-type", "") else text[:LONGEST_RESULT])
    said = f"the service answered with status {answer.status}: {text[:500]}"
    if answer.status in _NOT_DONE or answer.status == 429:
        return ToolFailed(said, retryable=True)
    if answer.status >= 500 or answer.status == 408:
        return ToolUnknown(said)
    return ToolFailed(said)


def _json(text: str) -> Any:
    if len(text) > LONGEST_RESULT:
        return text[:LONGEST_RESULT]
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=str) if text else None
    except (ValueError, RecursionError):
        return text


def create(contract: AgentContract, grant: ToolGrant, environment: AgentEnvironment) -> HttpTool:
    """Its way out leads to this operation and nowhere else, redirects included."""
    parts = urlsplit(grant.config["url"])
    operation = f"{grant.config['method']} {PART.sub('*', parts.path) or '/'}"
    rule = SystemRule(grant.name, (parts.netloc,), "prohibited", {operation: "write"})
    return HttpTool(grant, GovernedEgress(environment.egress, replace(contract, systems=(rule,))), environment.secret)
