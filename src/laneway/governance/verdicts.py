"""What a person says where an agent works below ``auto``: which answer goes on, and how far the two agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from laneway.domain.autonomy import REASON, Level
from laneway.domain.contract import AgentContract
from laneway.domain.errors import InvalidInput, Refused
from laneway.governance import drawn
from laneway.governance.autonomy import edit_distance
from laneway.governance.gate import check_output

VerdictKind = Literal["given", "accepted", "approved", "overridden", "rejected"]
TAKING: Final = ("accept", "approve")
OVERRIDE: Final = "override"
REJECT: Final = "reject"
LONGEST_REASON = 2_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """``variables`` go on (nothing where it is rejected); ``kind``: given without a proposal, accepted or approved as it was, overridden
    by an answer of the person's own, or rejected."""

    kind: VerdictKind
    variables: Mapping[str, Any]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """``fields``: output field → whether both say the same; ``distance``: mean edit distance of the texts of several words, None
    where there is none."""

    agreed: bool
    fields: Mapping[str, bool]
    distance: float | None


def verdict(
    contract: AgentContract | None,
    level: Level,
    proposal: Mapping[str, Any] | None,
    given: Mapping[str, Any],
    action: str | None,
    *,
    picks: bool = False,
) -> Verdict:
    """``proposal``: the output that the agent gave, None if it gave none; ``given``: what the person entered. ``picks``: they may give calls of
    tools in the place of an answer, which somebody else holds against the contract.

    Raises
    ------
    InvalidInput
        ``no_proposal``, ``proposal_edited``, ``verdict_required``: what the person has to do otherwise.
    Refused
        ``contract_violated``: their answer breaks the contract of the task.
    """
    reason = given.get(REASON)
    said = str(reason)[:LONGEST_REASON] if reason not in (None, "") else None
    answer = {name: value for name, value in given.items() if name != REASON}
    if level in ("manual", "shadow"):
        return _own(contract, "given", answer, said, picks=picks)
    if action == REJECT and level == "approve":
        return Verdict("rejected", {}, said)
    if action in TAKING:
        if proposal is None:
            raise InvalidInput("no_proposal", "The agent gave no answer that could be taken; give one of your own")
        if answer and answer != proposal:
            raise InvalidInput(
                "proposal_edited",
                f"What you give is not what the agent answered, so that it cannot be taken with «{action}»: give no variables, or "
                f"decide otherwise with «{OVERRIDE}»",
            )
        return Verdict("approved" if level == "approve" else "accepted", proposal, said)
    if level == "approve" and action != OVERRIDE:
        raise InvalidInput(
            "verdict_required",
            f"Say what you decide: complete the task with the action «approve», «{REJECT}» (a person does it), or «{OVERRIDE}» with an "
            "answer of your own",
        )
    return _own(contract, "given" if proposal is None else "overridden", answer, said, proposal, picks=picks)


def _own(
    contract: AgentContract | None,
    kind: VerdictKind,
    answer: dict[str, Any],
    reason: str | None,
    proposal: Mapping[str, Any] | None = None,
    *,
    picks: bool = False,
) -> Verdict:
    if contract is not None and not (picks and drawn.is_calls(answer)):
        stated = contract.confidence_field
        declared = contract.output_schema.get("properties")
        if stated is not None and stated not in answer and isinstance(declared, Mapping) and stated in declared:
            # Who does it in the agent's place vouches for it.
            answer[stated] = 1
        broken = check_output(contract, answer)
        if broken is not None:
            raise Refused(
                "contract_violated",
                f"What you give breaks the contract of the task: {broken.message}",
                {"agent": contract.name},
            )
    if kind == "overridden" and proposal is not None and contract is not None:
        kind = "accepted" if compare(contract, proposal, answer).agreed else kind
    return Verdict(kind, answer, reason)


def compare(contract: AgentContract, output: Mapping[str, Any], decision: Mapping[str, Any]) -> Comparison:
    """The answers of agent and person, field by field. Numbers are compared by value, a field that is missing with null."""
    said = contract.autonomy
    if tuple(output) == (drawn.CALLS,) or tuple(decision) == (drawn.CALLS,):
        alike = drawn.alike(output, decision)
        return Comparison(alike, {drawn.CALLS: alike}, None)
    names = said.compare or tuple(
        name for name in dict.fromkeys((*output, *decision)) if name != contract.confidence_field
    )
    fields: dict[str, bool] = {}
    distances: list[float] = []
    for name in names:
        one, other = output.get(name), decision.get(name)
        same = one == other and isinstance(one, bool) == isinstance(other, bool)
        if isinstance(one, str) and isinstance(other, str) and (" " in one.strip() or " " in other.strip()):
            distance = edit_distance(one, other)
            distances.append(distance)
            same = same or distance <= said.tolerance
        fields[name] = same
    mean = sum(distances) / len(distances) if distances else None
    return Comparison(all(fields.values()), fields, mean)
