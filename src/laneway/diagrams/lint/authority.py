"""What an agent may only recommend, or only prepare, does not choose a way through the process without a person."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from laneway.diagrams.findings import Findings
from laneway.diagrams.lint.graph import called, link_catches, link_target, targets, where_is
from laneway.domain.contract import AgentContract, Authority, authority_of
from laneway.domain.model import DecisionSpec, FlowNode, JobSpec, ProcessModel, ScriptSpec, Steered, UserTaskSpec
from laneway.domain.types import ElementType

_ORDER: tuple[Authority, ...] = ("none", "recommend", "decide")
_Outputs = Mapping[str, Authority]
"""Variable → what the agent that wrote it may do with it; those of ``decide`` are left out."""


def steering(model: ProcessModel, findings: Findings, contracts: Sequence[AgentContract]) -> None:
    """``none``: a person stands between the agent and every condition that reads it. ``recommend``: between the two, or after the
    condition on every way to an end."""
    for gateway, each in _steered(model, contracts):
        node = model.nodes[model.slots[each.writer]]
        said = "only prepares" if each.authority == "none" else "only recommends"
        findings.warning(
            "agent_steers",
            f"the agent {each.agent} {said} {each.name}, which chooses the way here, and no person decides",
            f"Let a person decide between {called(node)} and here"
            + (", or on every way from here to an end" if each.authority == "recommend" else "")
            + f"; or give the agent the authority to decide {each.name}.",
            where_is(gateway),
        )


def with_steered(model: ProcessModel, contracts: Sequence[AgentContract]) -> ProcessModel:
    """``model``, which knows of these choices: they are held at run time, too."""
    steered: dict[int, list[Steered]] = {}
    unseen: dict[int, list[str]] = {}
    for gateway, each in _steered(model, contracts):
        steered.setdefault(gateway.slot, []).append(each)
        names = unseen.setdefault(model.slots[each.writer], [])
        if each.name not in names:
            names.append(each.name)
    if not steered:
        return model
    return replace(
        model,
        steered={slot: tuple(found) for slot, found in steered.items()},
        unseen={slot: tuple(names) for slot, names in unseen.items()},
    )


def _steered(model: ProcessModel, contracts: Sequence[AgentContract]) -> Iterator[tuple[FlowNode, Steered]]:
    known = {contract.name: contract for contract in contracts}
    ways = _Ways(model)
    for node in model.nodes[1:]:
        if not isinstance(node.work, JobSpec) or node.work.agent is None:
            continue
        contract = known.get(node.work.agent)
        if contract is None:
            continue
        for name, authority in _outputs(node, contract).items():
            for gateway in ways.steered(node, name):
                if authority == "none" or ways.ends_without_a_person(gateway):
                    yield gateway, Steered(node.id, name, contract.name, authority)


def _outputs(node: FlowNode, contract: AgentContract) -> _Outputs:
    declared = contract.output_schema.get("properties")
    fields = {str(field): authority_of(contract, str(field)) for field in declared or ()}
    if node.outputs:
        given: dict[str, Authority] = {}
        for mapping in node.outputs:
            read = [fields[name] for name in _names(mapping.source) if name in fields]
            if read:
                target = mapping.target.split(".", 1)[0]
                given[target] = min([*read, given.get(target, "decide")], key=_ORDER.index)
    else:
        given = fields
    return {name: authority for name, authority in given.items() if authority != "decide"}


def _names(expression: object) -> Iterable[str]:
    return getattr(expression, "required_names", None) or ()


class _Ways:
    def __init__(self, model: ProcessModel) -> None:
        self._model = model
        self._catches = link_catches(model)
        self._safe: dict[int, bool] = {}

    def steered(self, writer: FlowNode, name: str) -> Iterator[FlowNode]:
        """Elements that choose by ``name``, or by what is made from it, reached from ``writer`` without a person in between."""
        seen: set[tuple[int, str]] = set()
        told: set[int] = set()
        waiting = deque((slot, name) for slot in self._next(writer))
        while waiting:
            slot, held = waiting.popleft()
            if (slot, held) in seen:
                continue
            seen.add((slot, held))
            node = self._model.nodes[slot]
            if _is_person(node):
                continue
            if slot not in told and any(held in _names(self._model.flows[index].condition) for index in node.outgoing):
                told.add(slot)
                yield node
            written = _written(node)
            if any(held in _names(source) for source in _sources(node)):
                waiting.extend((after, made) for made in written for after in self._next(node))
            elif held in written:
                continue  # made anew from something else
            waiting.extend((after, held) for after in self._next(node))

    def ends_without_a_person(self, gateway: FlowNode) -> bool:
        if gateway.slot not in self._safe:
            self._safe[gateway.slot] = self._find_end(gateway)
        return self._safe[gateway.slot]

    def _find_end(self, gateway: FlowNode) -> bool:
        seen: set[int] = set()
        waiting = deque(self._next(gateway))
        while waiting:
            slot = waiting.popleft()
            node = self._model.nodes[slot]
            if slot in seen or _is_person(node):
                continue
            seen.add(slot)
            following = self._next(node)
            if not following:
                return True
            waiting.extend(following)
        return False

    def _next(self, node: FlowNode) -> list[int]:
        """Where a token may go from ``node``: into what it holds, over its flows, along a link, and out of its scope at an end."""
        following = list(node.start_nodes) or targets(self._model, node)
        following += node.boundary_events
        link = link_target(node, self._catches)
        if link is not None:
            return [link]
        if following or node.start_nodes:
            return following
        scope = self._model.nodes[node.parent] if node.parent > 0 else None
        while scope is not None:
            following = targets(self._model, scope)
            if following:
                return following
            scope = self._model.nodes[scope.parent] if scope.parent > 0 else None
        return []


def _is_person(node: FlowNode) -> bool:
    return node.walkthrough or node.type is ElementType.USER_TASK or isinstance(node.work, UserTaskSpec)


def _sources(node: FlowNode) -> Iterator[object]:
    if isinstance(node.work, ScriptSpec):
        yield node.work.expression
    for mapping in (*node.inputs, *node.outputs):
        yield mapping.source


def _written(node: FlowNode) -> set[str]:
    """What a script or a decision puts its result under. What other work writes is not known here, and takes nothing back."""
    if not isinstance(node.work, (ScriptSpec, DecisionSpec)):
        return set()
    if node.outputs:
        return {mapping.target.split(".", 1)[0] for mapping in node.outputs}
    return {node.work.result_variable.split(".", 1)[0]} if node.work.result_variable else set()
