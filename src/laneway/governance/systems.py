"""Which systems an agent may reach, and for what: decided per request, redirects included."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from laneway.domain.contract import Access, SystemRule

SAFE_METHODS: Final[frozenset[str]] = frozenset({"GET", "HEAD", "OPTIONS"})
"""RFC 9110, 9.2.1: they ask and change nothing."""
DEFAULT_PORTS: Final = {"http": 80, "https": 443}

OPERATION = re.compile(r"[A-Z]{3,10} /[^\s?#]*")
# Servers read these in more than one way, so that a path which holds one may lead elsewhere than it seems.
_TWO_WAYS = re.compile(r"//|\\|/\.\.?(?:/|$)|%(?:25)*(?:2e|2f|5c)|;|[\x00-\x20]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Permission:
    """``operation``: the one that the contract names, else the method alone: paths may hold what no record should.

    ``system`` and ``access`` are those of the rule that speaks for the request; ``refusal`` is why not, or None.
    """

    operation: str
    system: str | None = None
    access: Access | None = None
    refusal: str | None = None


def permission(
    systems: Sequence[SystemRule] | None, method: str, scheme: str, host: str, port: int | None, path: str
) -> Permission:
    """Whether a request may go. ``systems`` None: the contract does not speak of systems, so that the operator's rules alone hold.

    ``read`` and ``write`` let go what an operation names so; of what no operation names, ``read`` lets only safe methods go.
    """
    method = method.upper()
    if systems is None:
        return Permission(method)
    at = (port or DEFAULT_PORTS.get(scheme, 0), DEFAULT_PORTS.get(scheme, 0))
    rule = next((rule for rule in systems if _is_host_of(rule, host, *at)), None)
    if rule is None:
        return Permission(method, None, None, f"no system of the contract has the host {host}:{at[0]}")
    if _TWO_WAYS.search(path):
        return Permission(method, rule.name, None, f"the path of a request to {rule.name} can be read in two ways")
    named = [each for each in rule.operations if _is_operation(each, f"{method} {path or '/'}")]
    operation = method
    if named:
        operation = max(named, key=lambda each: _STRICTNESS.index(rule.operations[each]))
        access = rule.operations[operation]
        allowed = access in ("read", "write")
    else:
        access = rule.access
        allowed = access == "write" or (access == "read" and method in SAFE_METHODS)
    if allowed:
        return Permission(operation, rule.name, access)
    why = {
        "read": "may only be read from",
        "needs_approval": "asks for an approval, and none was given",
        "prohibited": "is prohibited",
        "write": "",
    }[access]
    return Permission(operation, rule.name, access, f"{operation} at {rule.name} {why}")


_STRICTNESS: Final[tuple[Access, ...]] = ("read", "write", "needs_approval", "prohibited")


def _is_host_of(rule: SystemRule, host: str, port: int, default: int) -> bool:
    written = f"[{host}]" if ":" in host else host
    names = {f"{written}:{port}".lower()} | ({written.lower()} if port == default else set())
    return any(each.lower() in names for each in rule.hosts)


def _is_operation(pattern: str, operation: str) -> bool:
    """``*`` stands for one part of the path."""
    method, _, path = pattern.partition(" ")
    asked_method, _, asked_path = operation.partition(" ")
    parts, asked = path.split("/"), asked_path.split("/")
    return (
        method == asked_method
        and len(parts) == len(asked)
        and all(part == each or (part == "*" and each) for part, each in zip(parts, asked, strict=True))
    )
