"""``tools`` of a contract: from an entry without fault to the grants, and what the schema of the file cannot say of one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from laneway.domain.contract import AgentContract, SystemRule
from laneway.domain.tools import Access, ToolGrant, ToolKind
from laneway.governance.durations import DurationFault, seconds
from laneway.governance.schemas import Schema, SchemaFault, canonical_json
from laneway.governance.systems import permission
from laneway.governance.tools import ToolRule

KINDS: Final[tuple[ToolKind, ...]] = ("http", "python", "mcp", "a2a", "drawn")
LONGEST_CALL = 3600.0
LONGEST_APPROVAL = 365 * 86_400.0
DEFAULT_ROUNDS = 8
PART = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
"""A part of the path of a URL that an argument fills."""

_URL = re.compile(r"(https?)://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?(/[^?#]*)?(?:\?([^#{}]*))?")

_OF_CALLS: Final = frozenset({"timeout", "idempotent", "on_error"})

Fault = tuple[tuple[str | int, ...], str, str]
"""Where within the tool, what is wrong, what to write."""


def schema_hash(schema: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical_json(schema).encode()).hexdigest()


def tool_of(name: str, entry: Mapping[str, Any], systems: tuple[SystemRule, ...] | None) -> ToolGrant:
    kind = next(kind for kind in KINDS if kind in entry)
    given = entry[kind]
    config = {"function": given} if kind == "python" else {} if kind == "drawn" else dict(given)
    if kind == "mcp":
        config.setdefault("tool", name)
    untrusted = entry.get("untrusted") or {}
    approval = entry.get("approval") or {}
    access: Access = entry["access"]
    if kind == "http" and access in ("read", "write") and _of_system(systems, config)[0] == "needs_approval":
        access = "needs_approval"
    idempotent = bool(entry.get("idempotent", entry["access"] == "read"))
    return ToolGrant(
        name=name,
        kind=kind,
        description=entry.get("description", "").strip(),
        access=access,
        schema=entry.get("arguments", {}),
        # Of a drawn tool the diagram says it, which is pinned with the contract, where nothing is written here.
        schema_hash=schema_hash(entry["arguments"]) if "arguments" in entry else "",
        config=config,
        hosts=frozenset(host.lower() for host in entry.get("hosts") or ()),
        host_arguments=frozenset(entry.get("host_arguments") or ()),
        recipients=frozenset(entry.get("recipients") or ()),
        untrusted_may_choose=bool(untrusted.get("may_choose", False)),
        untrusted_may_fill=frozenset(untrusted.get("may_fill") or ()),
        trusted_result=entry.get("result") == "trusted",
        idempotent=idempotent,
        # MCP, "Error handling": an error is told in the result, and nothing says how far the tool had come.
        error_known=entry["on_error"] == "known" if "on_error" in entry else idempotent,
        timeout=seconds(entry.get("timeout", "PT30S")),
        approvers=tuple(approval.get("users") or ()),
        approver_groups=tuple(approval.get("groups") or ()),
        approval_expires=seconds(approval.get("expires", "P1D")),
    )


def rule_of(grant: ToolGrant) -> ToolRule:
    """What ``governance.tools.decide`` is asked with."""
    return ToolRule(
        grant.name,
        grant.access,
        grant.schema,
        grant.schema_hash,
        grant.hosts,
        grant.host_arguments,
        grant.recipients,
        grant.untrusted_may_choose,
        grant.untrusted_may_fill,
    )


def rules_of(contract: AgentContract) -> dict[str, ToolRule]:
    return {grant.name: rule_of(grant) for grant in contract.tools}


def faults_of(entry: Mapping[str, Any], systems: tuple[SystemRule, ...] | None) -> Iterator[Fault]:
    """``entry`` may have other faults, which are reported already. ``systems``: the section of the agent; ``check``: whether it is sound."""
    schema = entry.get("arguments")
    if "drawn" in entry:
        for name in sorted(_OF_CALLS & set(entry)):
            yield (name,), "the diagram says how a drawn tool is done", "remove it"
    else:
        for name in ("description", "arguments"):
            if name not in entry:
                yield (name,), "it is missing, and no diagram says it", f"write `{name}:`, or `drawn: true`"
    if not isinstance(schema, Mapping):
        yield from _durations(entry)
        return
    if schema.get("type") != "object":
        yield ("arguments",), "arguments have names, so the schema must be of an object", "write `type: object`"
        return
    try:
        Schema(schema)
    except SchemaFault as fault:
        yield ("arguments", *fault.path), f"this is not a JSON Schema: {fault.message}", ""
        return
    written = entry.get("schema_hash")
    if isinstance(written, str) and written != schema_hash(schema):
        yield (
            ("schema_hash",),
            "this is not the hash of `arguments`",
            f"after a look at them write {schema_hash(schema)}",
        )
    declared = schema.get("properties") or {}
    untrusted = entry.get("untrusted")
    named = {
        ("recipients",): entry.get("recipients"),
        ("host_arguments",): entry.get("host_arguments"),
        ("untrusted", "may_fill"): untrusted.get("may_fill") if isinstance(untrusted, Mapping) else None,
    }
    for path, names in named.items():
        for name in names if isinstance(names, list) else ():
            if name not in declared:
                fix = f"declared: {', '.join(sorted(declared)) or 'none'}"
                yield path, f"there is no argument {name!r}", fix
    if entry.get("host_arguments") and not entry.get("hosts"):
        yield ("host_arguments",), "no host is listed that they may lead to", "write `hosts:`"
    if "on_error" in entry and "mcp" not in entry and "a2a" not in entry:
        yield ("on_error",), "only MCP servers and agents answer with errors of their own", "remove it"
    yield from _durations(entry)
    http = entry.get("http")
    if isinstance(http, Mapping) and isinstance(http.get("url"), str):
        yield from _faults_of_http(http, schema, declared)
        if systems is not None:
            refusal = _of_system(systems, http)[1]
            if refusal is not None:
                yield ("http", "url"), f"the `systems` of this agent do not let it go: {refusal}", "allow it there"


def _faults_of_http(http: Mapping[str, Any], schema: Mapping[str, Any], declared: Mapping[str, Any]) -> Iterator[Fault]:
    found = _URL.fullmatch(http["url"])
    if found is None:
        fix = "for example https://erp.example.com/products/{sku}"
        yield ("http", "url"), "arguments stand in the path of a URL alone, and it has no user or fragment", fix
        return
    path = found.group(4) or ""
    for name in PART.findall(path):
        if name not in declared or name not in (schema.get("required") or ()):
            yield ("http", "url"), f"the part {{{name}}} needs an argument that is declared and required", ""
    if "{" in PART.sub("", path):
        yield ("http", "url"), "a part of the path is {argument}", "letters, digits and _ within the braces"


def _durations(entry: Mapping[str, Any]) -> Iterator[Fault]:
    approval = entry.get("approval")
    expires = approval.get("expires") if isinstance(approval, Mapping) else None
    for path, text, most in (
        (("timeout",), entry.get("timeout"), LONGEST_CALL),
        (("approval", "expires"), expires, LONGEST_APPROVAL),
    ):
        if not isinstance(text, str):
            continue
        try:
            length = seconds(text)
        except DurationFault as fault:
            yield path, str(fault), "for example PT20S, PT5M, P1D"
            continue
        if not 0.001 <= length <= most:
            yield path, f"{text} is out of range", f"at most {most:g} seconds"


def _of_system(systems: tuple[SystemRule, ...] | None, http: Mapping[str, Any]) -> tuple[Access | None, str | None]:
    """What ``systems`` of the same agent say of the operation: (access, why it never goes)."""
    if systems is None:
        return None, None
    parts = _URL.fullmatch(http["url"])
    if parts is None:
        return None, None
    scheme, host, port, path, _ = parts.groups()
    path = PART.sub("x", path or "/")
    found = permission(systems, http["method"], scheme, host, None if port is None else int(port), path)
    if found.access == "needs_approval":
        return "needs_approval", None
    return found.access, found.refusal
