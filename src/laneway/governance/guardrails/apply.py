"""The guardrails of a contract around one call.

input ─► schema ─► before ─► agent ─► schema, confidence ─► after ─► variables
What a guardrail takes out is held against the schema again, and looked through once more: if anything is left, it is stopped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, assert_never

from laneway.domain.contract import (
    AgentCompleted,
    AgentContract,
    AgentFailed,
    AgentRefused,
    AgentResult,
    GuardrailUse,
)
from laneway.governance import gate, topics
from laneway.governance.gate import Accepted, Violation
from laneway.governance.guardrails.base import Found
from laneway.governance.guardrails.registry import decision_of, make

Side = Literal["before", "after"]
Notes = tuple[Mapping[str, Any], ...]
"""For the record, a mapping per guardrail asked: ``{"side", "guardrail", "decision": pass|redact|block|ask, "found": [{"at", "what"}]}``."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """``content`` as it may go on. ``stopped``: the guardrail that stopped it, ``asks`` whether for a person to decide."""

    content: Mapping[str, Any]
    notes: Notes = ()
    stopped: str | None = None
    asks: bool = False
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """``input`` as it may go to the agent, unless there is a ``violation``: then nothing goes."""

    input: Mapping[str, Any]
    notes: Notes = ()
    violation: Violation | None = None


@dataclass(frozen=True, slots=True)
class Concluded:
    """``result``: as the record may keep it, its free words guarded like the output."""

    verdict: Accepted | Violation
    result: AgentResult
    notes: Notes = ()


def prepare(contract: AgentContract, input: Mapping[str, Any]) -> Prepared:
    """Hold ``input`` against the contract before the call. Raises Refused for a guardrail that is not installed here."""
    violation = gate.check_input(contract, input)
    if violation is not None:
        return Prepared(input, (), violation)
    topic = topics.of_input(contract, input)
    if topic is not None:
        return Prepared({}, (), _sensitive(contract, topic, "the input"))
    guarded = guard(contract.guardrails_before, "before", input)
    if guarded.stopped is not None:
        return Prepared({}, guarded.notes, _stopped(contract, guarded, "the input"))
    violation = gate.check_input(contract, guarded.content) if guarded.changed else None
    return Prepared(guarded.content, guarded.notes, violation)


def conclude(contract: AgentContract, result: AgentResult) -> Concluded:
    """Hold what the adapter gave back against the contract. Raises Refused for a guardrail that is not installed here."""
    uses = contract.guardrails_after
    match result:
        case AgentFailed() | AgentRefused():
            worded = replace(result, reason=_words(uses, result.reason))
            return Concluded(gate.check_result(contract, worded), worded)
        case AgentCompleted():
            verdict, said = gate.check_result(contract, result), _spoken(uses, result)
        case _:
            assert_never(result)
    if isinstance(verdict, Violation) and verdict.kind != "low_confidence":
        return Concluded(verdict, said)
    topic = topics.of_output(contract, verdict.variables)
    guarded = guard(uses, "after", verdict.variables)
    if guarded.stopped is not None:
        stopped = _stopped(contract, guarded, "the output")
        seen = guarded.content if guarded.asks else {}
        return Concluded(replace(stopped, variables=seen, confidence=verdict.confidence), said, guarded.notes)
    if guarded.changed:
        invalid = gate.check_output(contract, guarded.content)
        if invalid is not None:
            return Concluded(replace(invalid, retryable=False), said, guarded.notes)
        verdict = replace(verdict, variables=guarded.content)
    if topic is not None:
        sensitive = _sensitive(contract, topic, "the output")
        verdict = replace(sensitive, variables=verdict.variables, confidence=verdict.confidence)
    return Concluded(verdict, said, guarded.notes)


def guard(uses: Sequence[GuardrailUse], side: Side, content: Mapping[str, Any]) -> Guarded:
    """Ask ``uses`` one after the other, each about what the one before let through. The first that stops it is the last asked."""
    notes: list[Mapping[str, Any]] = []
    changed = False
    for use in uses:
        guardrail, decision = make(use), decision_of(use)
        inspection = guardrail.inspect(content)
        if not inspection.found:
            notes.append(_note(side, use, "pass", ()))
            continue
        if decision == "redact":
            redacted = inspection.redacted
            if redacted is not None and not guardrail.inspect(redacted).found:
                content, changed = redacted, True
                notes.append(_note(side, use, "redact", inspection.found))
                continue
            decision = "block"
        notes.append(_note(side, use, decision, inspection.found))
        return Guarded(content, tuple(notes), use.name, decision == "ask", changed)
    return Guarded(content, tuple(notes), changed=changed)


def _sensitive(contract: AgentContract, topic: str, what: str) -> Violation:
    return gate.violation(
        contract, "sensitive_topic", f"{what} is about {topic}, which it does not deal with by itself"
    )


def _note(side: Side, use: GuardrailUse, decision: str, found: Sequence[Found]) -> Mapping[str, Any]:
    note: dict[str, Any] = {"side": side, "guardrail": use.name, "decision": decision}
    if found:
        note["found"] = [{"at": each.pointer or "/", "what": each.what} for each in found]
    return note


def _stopped(contract: AgentContract, guarded: Guarded, what: str) -> Violation:
    found = guarded.notes[-1].get("found", ())
    places = "; ".join(f"{each['what']} at {each['at']}" for each in found[:3])
    if guarded.asks:
        message = f"the guardrail {guarded.stopped!r} hands {what} to a person: {places}"
        return gate.violation(contract, "handed_over", message)
    return gate.violation(contract, "blocked", f"the guardrail {guarded.stopped!r} stopped {what}: {places}")


def _spoken(uses: Sequence[GuardrailUse], result: AgentCompleted) -> AgentCompleted:
    """Rationale and sources go to the record alone: what a guardrail stops there is withheld, and the output is judged by itself."""
    if not uses:
        return result
    guarded = guard(uses, "after", {"sources": list(result.sources)})
    sources = () if guarded.stopped is not None else tuple(guarded.content["sources"])
    return replace(result, rationale=_words(uses, result.rationale), sources=sources)


def _words(uses: Sequence[GuardrailUse], text: str) -> str:
    if not uses or not text:
        return text
    guarded = guard(uses, "after", {"words": text})
    if guarded.stopped is not None:
        return f"(withheld by the guardrail {guarded.stopped!r})"
    return str(guarded.content["words"])
