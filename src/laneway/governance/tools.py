"""Whether a tool call may run: decided from the contract, the level of autonomy, the call, and where its words come from.

The model is taken for hostile: whatever it was given may speak through it. So a call is judged by what it would do, and by whose words chose
it and filled it, never by what the model says about it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from laneway.domain.autonomy import Level
from laneway.domain.contract import Access
from laneway.domain.origins import UNKNOWN, Origin, Origins
from laneway.governance.approvals import canonical_arguments
from laneway.governance.numbers import NotJson, pointer
from laneway.governance.schemas import SchemaFault, compiled, describe

UNTRUSTED: Final[frozenset[Origin]] = frozenset({"message", "document", "tool_result", "unknown"})


def is_tainted(origins: Origins) -> bool:
    """Nothing known of a value is the worst that can be known."""
    return not origins or bool(origins & UNTRUSTED)


def derived(*inputs: Origins) -> Origins:
    """Of a value made by an expression, a decision table or a mapping: all that it was made from. Made from nothing: the diagram's."""
    return frozenset().union(*(each or UNKNOWN for each in inputs)) if inputs else frozenset({"contract"})


def of_agent(*seen: Origins) -> Origins:
    """Of everything that an agent gives back: each word of what it saw may be in it, whatever the field."""
    return derived(*seen) | {"agent"} if seen else frozenset({"agent"})


@dataclass(frozen=True, slots=True)
class Provenance:
    """``choice``: of everything the model saw when it chose the tool. ``arguments``: JSON pointer → origins; what stands at no pointer has
    those of the nearest above it, and without any is unknown."""

    choice: Origins
    arguments: Mapping[str, Origins] = field(default_factory=dict)

    def of(self, name: str) -> Origins:
        """Of the top-level argument ``name`` with all within it."""
        here = pointer((name,))
        within = [
            origins or UNKNOWN for at, origins in self.arguments.items() if at == here or at.startswith(f"{here}/")
        ]
        if here not in self.arguments:
            # Parts are known, the rest of it is not; or it is covered by what is said of all arguments.
            within.append(self.arguments.get("", UNKNOWN))
        return frozenset().union(*within)


@dataclass(frozen=True, slots=True)
class ToolRule:
    """What a contract says of one tool.

    ``schema``: JSON Schema of its arguments; ``schema_hash``: of the schema that was approved. ``hosts``: what arguments in
    ``host_arguments`` (URLs) may name. ``recipients``: arguments that say where something goes. ``untrusted_may_choose``: untrusted text
    may lead to its being called; ``untrusted_may_fill``: arguments that may hold such text (never a recipient, unless it stands here).
    """

    tool: str
    access: Access
    schema: Mapping[str, Any]
    schema_hash: str
    hosts: frozenset[str] = frozenset()
    host_arguments: frozenset[str] = frozenset()
    recipients: frozenset[str] = frozenset()
    untrusted_may_choose: bool = False
    untrusted_may_fill: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ToolCall:
    """``schema_hash``: of the schema that the tool has now."""

    tool: str
    arguments: Any
    schema_hash: str


@dataclass(frozen=True, slots=True)
class Allowed:
    """It may run with exactly these ``arguments`` (canonical JSON)."""

    arguments: str


@dataclass(frozen=True, slots=True)
class NeedsApproval:
    """It may run once a person approves exactly these ``arguments``; ``because`` is shown to that person."""

    arguments: str
    because: tuple[str, ...]


Reason = Literal[
    "unlisted_tool", "prohibited", "schema_changed", "arguments_invalid", "host_not_allowed", "level", "untrusted"
]


@dataclass(frozen=True, slots=True)
class Denied:
    """It never runs. ``message`` names places, never values."""

    reason: Reason
    message: str


Decision = Allowed | NeedsApproval | Denied

_URL = re.compile(r"https?://([A-Za-z0-9.-]{1,253})(:[0-9]{1,5})?(?:[/?#][^\s\\]*)?")


def decide(rules: Mapping[str, ToolRule], level: Level, call: ToolCall, provenance: Provenance) -> Decision:
    """What may become of ``call``. ``rules``: by tool; what is not in them does not exist."""
    rule = rules.get(call.tool)
    if rule is None:
        return Denied("unlisted_tool", "the contract names no such tool")
    if rule.access == "prohibited":
        return Denied("prohibited", f"the contract prohibits {rule.tool}")
    if call.schema_hash != rule.schema_hash:
        return Denied("schema_changed", f"the schema of {rule.tool} has changed since it was approved")
    fault = _fault(rule, call.arguments)
    if fault is not None:
        return fault
    if level == "manual":
        return Denied("level", "at this level the agent is not asked")
    changes = rule.access != "read"
    if changes and level in ("shadow", "recommend"):
        return Denied("level", f"at the level {level} the agent changes nothing, and {rule.tool} does")
    because = _reasons(rule, level, call.arguments, provenance)
    arguments = canonical_arguments(call.arguments)
    if not because:
        return Allowed(arguments)
    if level == "shadow":
        # Nobody sees what a shadow does, so that nobody can approve it either.
        return Denied("untrusted" if rule.access == "read" else "level", because[0])
    return NeedsApproval(arguments, because)


def _fault(rule: ToolRule, arguments: Any) -> Denied | None:
    if not isinstance(arguments, Mapping):
        return Denied("arguments_invalid", f"the arguments of {rule.tool} are not a JSON object")
    try:
        canonical_arguments(arguments)
        findings = compiled(rule.schema).findings(arguments)
    except NotJson as error:
        return Denied("arguments_invalid", f"the arguments of {rule.tool} are not JSON: at {error.pointer or '/'}")
    except SchemaFault as error:
        return Denied("arguments_invalid", f"the schema of {rule.tool} is no JSON Schema: {error.message}")
    except ValueError:
        return Denied("arguments_invalid", f"the arguments of {rule.tool} are not JSON")
    if findings:
        return Denied("arguments_invalid", f"the arguments of {rule.tool} do not meet its schema: {describe(findings)}")
    declared = rule.schema.get("properties")
    smuggled = sorted(set(arguments) - set(declared if isinstance(declared, Mapping) else ()))
    if smuggled:
        # A schema that says nothing of other properties lets them in; a tool may read what its schema does not name.
        return Denied("arguments_invalid", f"{rule.tool} declares no argument {smuggled[0][:100]!r}")
    for name in sorted(rule.host_arguments & set(arguments)):
        if not all(_is_listed(url, rule.hosts) for url in _texts(arguments[name])):
            return Denied("host_not_allowed", f"the argument {name} of {rule.tool} leads to a host that is not listed")
    return None


def _reasons(rule: ToolRule, level: Level, arguments: Mapping[str, Any], provenance: Provenance) -> tuple[str, ...]:
    because = []
    if rule.access == "needs_approval":
        because.append(f"the contract asks for an approval of {rule.tool}")
    elif rule.access == "write" and level == "approve":
        because.append("at the level approve a person approves what the agent does")
    if is_tainted(provenance.choice) and not rule.untrusted_may_choose:
        because.append(f"text from outside may have chosen {rule.tool}")
    for name in sorted(arguments):
        if name not in rule.untrusted_may_fill and is_tainted(provenance.of(name)):
            role = "recipient" if name in rule.recipients else "argument"
            because.append(f"the {role} {name} holds text from outside")
    return tuple(because)


def _is_listed(url: str, hosts: frozenset[str]) -> bool:
    match = _URL.fullmatch(url)
    if match is None:
        return False
    host, port = match.group(1).lower(), match.group(2) or ""
    return f"{host}{port}" in hosts


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
    elif value is not None:
        yield str(value)
