"""What a contract lets an agent do that the one before it did not: told on record when a version is deployed, so that somebody sees it.

Only the level of autonomy waits for a second person; the rest of a contract is the deployer's to write, and nothing of it widens unseen. Names
and kinds are told, no values of configs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from laneway.domain.contract import Access, AgentContract, Authority, authority_of
from laneway.domain.limits import AgentLimits
from laneway.domain.tools import ToolGrant

_AUTHORITY: Final[tuple[Authority, ...]] = ("none", "recommend", "decide")
_ACCESS: Final[tuple[Access, ...]] = ("prohibited", "needs_approval", "read", "write")


def widened(before: Mapping[str, AgentContract], after: Mapping[str, AgentContract]) -> dict[str, list[str]]:
    """By agent, in words. An agent that was not there has widened nothing: who is new is told as new."""
    found = {name: list(_wider(before[name], contract)) for name, contract in after.items() if name in before}
    return {name: said for name, said in sorted(found.items()) if said}


def _wider(before: AgentContract, after: AgentContract) -> Iterator[str]:
    if before.hash == after.hash:
        return
    yield from _authority(before, after)
    yield from _checks(before, after)
    yield from _systems(before, after)
    yield from _tools(before, after)
    yield from _limits(before.limits, after.limits)
    for name in sorted(set(after.data_sources) - set(before.data_sources)):
        yield f"draws on {name}"
    for name in sorted(before.conversation.prohibited - after.conversation.prohibited):
        yield f"may pick {name}"
    if before.autonomy.band is not None and after.autonomy.band != before.autonomy.band:
        yield "another band of autonomy" if after.autonomy.band is not None else "no band of autonomy"


def _authority(before: AgentContract, after: AgentContract) -> Iterator[str]:
    if _AUTHORITY.index(after.authority) > _AUTHORITY.index(before.authority):
        yield f"authority {after.authority}"
    for name in sorted({*before.field_authority, *after.field_authority}):
        was, now = authority_of(before, name), authority_of(after, name)
        if _AUTHORITY.index(now) > _AUTHORITY.index(was):
            yield f"authority {now} of {name}"


def _checks(before: AgentContract, after: AgentContract) -> Iterator[str]:
    threshold = after.confidence_threshold
    if before.confidence_threshold is not None and (threshold is None or threshold < before.confidence_threshold):
        yield "less confidence"
    if before.confidence_evaluator is not None and after.confidence_evaluator != before.confidence_evaluator:
        yield "another evaluator, or none"
    kept = {side: getattr(after, f"guardrails_{side}") for side in ("before", "after")}
    for side, uses in kept.items():
        for use in getattr(before, f"guardrails_{side}"):
            if use not in uses:
                yield f"guardrail {use.name} {side} it gone or changed"
    for topic in before.sensitive_topics:
        if topic not in after.sensitive_topics:
            yield f"sensitive topic {topic.name} gone or changed"


def _systems(before: AgentContract, after: AgentContract) -> Iterator[str]:
    if after.systems is None:
        if before.systems is not None:
            yield "all systems that the operator lets out"
        return
    known = {each.name: each for each in before.systems or ()}
    for rule in after.systems if before.systems is not None else ():
        was = known.get(rule.name)
        if was is None:
            yield f"system {rule.name}"
            continue
        if not set(rule.hosts) <= set(was.hosts):
            yield f"other hosts of system {rule.name}"
        for operation in ["", *sorted({*rule.operations, *was.operations})]:
            then = was.operations.get(operation, was.access)
            now = rule.operations.get(operation, rule.access)
            if _ACCESS.index(now) > _ACCESS.index(then):
                yield f"{now} of {operation or 'the rest'} at system {rule.name}"


def _tools(before: AgentContract, after: AgentContract) -> Iterator[str]:
    known = {each.name: each for each in before.tools}
    if before.tools and not after.tools:
        yield "no list of tools"
    for tool in after.tools:
        was = known.get(tool.name)
        if was is not None:
            yield from (f"tool {tool.name}: {said}" for said in _tool(was, tool))
        elif tool.access != "prohibited" and (before.tools or tool.kind != "drawn"):
            yield f"tool {tool.name}"


def _tool(before: ToolGrant, after: ToolGrant) -> Iterator[str]:
    if _ACCESS.index(after.access) > _ACCESS.index(before.access):
        yield f"{after.access} instead of {before.access}"
    if after.schema_hash != before.schema_hash:
        yield "other arguments"
    if (after.kind, after.config) != (before.kind, before.config):
        yield "does something else"
    if after.untrusted_may_choose and not before.untrusted_may_choose:
        yield "text from outside may choose it"
    for name in sorted(after.untrusted_may_fill - before.untrusted_may_fill):
        yield f"text from outside may stand in {name}"
    for name in sorted(before.recipients - after.recipients):
        yield f"{name} is no recipient any more"
    if not after.hosts <= before.hosts or before.host_arguments - after.host_arguments:
        yield "leads to other hosts"
    if after.trusted_result and not before.trusted_result:
        yield "what it answers is trusted"
    if after.idempotent and not before.idempotent:
        yield "may be sent again"
    if set(after.approvers) != set(before.approvers):
        yield "other people approve it"
    if after.approval_expires > before.approval_expires:
        yield "approvals of it last longer"


def _limits(before: AgentLimits | None, after: AgentLimits | None) -> Iterator[str]:
    if before is None:
        return
    now = () if after is None else after.limits
    for limit in before.limits:
        same = [each for each in now if (each.span, each.measure) == (limit.span, limit.measure)]
        if not any(each.most <= limit.most and each.on_breach in (limit.on_breach, "stop") for each in same):
            yield f"more {limit.measure} per {limit.span}"
    if after is not None and after.currency != before.currency:
        yield "limits in another currency"
