"""Tools that are drawn in the diagram, under the contract: the diagram says what they take, the contract what the model may do with them.

A contract that names drawn tools (``drawn: true``) names all that there are for the model. One that names none lets it call whatever is
drawn: then drawing a tool is what allows it, in the hands of whoever may deploy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from laneway.domain.agent_instance import HistoryItem
from laneway.domain.contract import AgentContract
from laneway.domain.origins import ENDORSED, ORIGINS, UNKNOWN, Origins
from laneway.domain.tools import ToolGrant
from laneway.governance import tools
from laneway.governance.contract_tools import rule_of, schema_hash
from laneway.governance.conversation import Judged, OfferedTool
from laneway.governance.tools import Denied, NeedsApproval, Provenance, ToolCall, ToolRule

ORIGINS_OF = "origins"
"""In the ``details`` of an item of the history: whose words it holds."""


OF_A_PERSON: Final = Provenance(ENDORSED, {"": ENDORSED})


def is_named(contract: AgentContract) -> bool:
    """Whether the contract says which drawn tools there are."""
    return any(grant.kind == "drawn" for grant in contract.tools)


def grant_of(contract: AgentContract, tool: OfferedTool) -> ToolGrant | None:
    """By its own name, else by that of the gateway that it comes from."""
    found = {grant.name: grant for grant in contract.tools}
    return found.get(tool.name) or found.get(tool.element_id)


def offered(contract: AgentContract, found: Mapping[str, OfferedTool]) -> dict[str, OfferedTool]:
    """What the model is told of: what the contract does not name does not exist."""
    if not is_named(contract):
        return dict(found)
    told: dict[str, OfferedTool] = {}
    for name, tool in found.items():
        grant = grant_of(contract, tool)
        if grant is not None:
            described = grant.description and grant.name == name
            told[name] = replace(tool, description=grant.description) if described else tool
    return told


def rules_of(contract: AgentContract, found: Iterable[OfferedTool]) -> dict[str, ToolRule]:
    """By the name that the model knows; what ``governance.tools.decide`` is asked with."""
    rules: dict[str, ToolRule] = {}
    for tool in found:
        grant = grant_of(contract, tool)
        if grant is None:
            if not is_named(contract):
                rules[tool.name] = _whatever_is_drawn(tool)
            continue
        rule = replace(rule_of(grant), tool=tool.name)
        if grant.kind != "drawn":
            # Named like something drawn, it holds back what is drawn; that it is done is the diagram's.
            rule = replace(_whatever_is_drawn(tool), access=grant.access)
        elif not grant.schema_hash or grant.name != tool.name:
            rule = replace(rule, schema=tool.input_schema, schema_hash=schema_hash(tool.input_schema))
        rules[tool.name] = rule
    return rules


def _whatever_is_drawn(tool: OfferedTool) -> ToolRule:
    properties = tool.input_schema.get("properties")
    names = frozenset(properties) if isinstance(properties, Mapping) else frozenset()
    return ToolRule(
        tool.name,
        "write",
        tool.input_schema,
        schema_hash(tool.input_schema),
        untrusted_may_choose=True,
        untrusted_may_fill=names,
    )


def held(
    contract: AgentContract, level: str | None, found: Mapping[str, OfferedTool], judged: Judged, seen: Origins
) -> Judged:
    """The calls of one reply, each decided. ``seen``: whose words the model had read when it asked. ``level`` below ``auto``: a person is shown
    the calls, and nothing begins that they do not let go, so that no other needs to be asked (``endorsed`` says what that person may)."""
    alone = level in (None, "auto")
    return _decided(contract, found, judged, Provenance(seen, {"": seen | {"agent"}}) if alone else OF_A_PERSON, alone)


def endorsed(
    contract: AgentContract, found: Mapping[str, OfferedTool], judged: Judged, *, approver: str | None = None
) -> Judged:
    """The calls that a person decided on. What needs an approval begins only where an ``approver`` decides under four eyes, and it is theirs to
    give."""
    decided = _decided(contract, found, judged, OF_A_PERSON, True)
    why: dict[str, str] = {}
    for call in judged.calls:
        needs = decided.waiting.get(call["toolCallId"])
        grant = None if needs is None else grant_of(contract, found[call["toolName"]])
        if needs is not None and approver is None:
            why[call["toolCallId"]] = f"It needs an approval: {needs.because[0]}."
        elif grant is not None and approver is not None and not may_approve(grant, approver):
            why[call["toolCallId"]] = f"Its approval is not {approver}'s to give."
    return replace(decided, refused={**decided.refused, **why}, waiting={})


def of_nobody(contract: AgentContract, found: Mapping[str, OfferedTool], judged: Judged) -> Judged:
    """Calls for which nobody vouches: all of it may be text from outside."""
    return _decided(contract, found, judged, Provenance(UNKNOWN, {"": UNKNOWN}), True)


def may_approve(grant: ToolGrant, approver: str) -> bool:
    """Which groups a person is in is not known here: they are for finding it. Users that are named are the only ones."""
    return not grant.approvers or bool(grant.approver_groups) or approver in grant.approvers


def _decided(
    contract: AgentContract, found: Mapping[str, OfferedTool], judged: Judged, provenance: Provenance, asks: bool
) -> Judged:
    rules = rules_of(contract, found.values())
    refused = dict(judged.refused)
    waiting: dict[str, NeedsApproval] = {}
    for call in judged.allowed:
        tool = found[call["toolName"]]
        asked = ToolCall(tool.name, call["arguments"], schema_hash(tool.input_schema))
        match tools.decide(rules, "auto", asked, provenance):
            case Denied() as denied:
                refused[call["toolCallId"]] = f"It was not done: {denied.message}."
            case NeedsApproval() as needs if asks:
                waiting[call["toolCallId"]] = needs
    return replace(judged, refused=refused, waiting=waiting)


def seen_in(items: Iterable[HistoryItem]) -> Origins:
    """Whose words the model has read: of an item that does not say, nothing is known."""
    seen: Origins = frozenset()
    for item in items:
        if item.role in ("USER", "TOOL_RESULT"):
            said = frozenset(item.details.get(ORIGINS_OF) or ())
            seen |= frozenset(origin for origin in ORIGINS if origin in said) or UNKNOWN
    return seen | {"contract"}
