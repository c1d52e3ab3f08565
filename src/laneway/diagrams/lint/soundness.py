"""Paths that cannot meet: joins that may wait for ever, and elements that may be reached twice since nothing joins.

Findings are warnings: the diagram's conditions may rule out what its drawing allows.
"""

from __future__ import annotations

from collections import deque

from laneway.diagrams.findings import Findings
from laneway.diagrams.lint.graph import called, where_is
from laneway.diagrams.lint.reduction import Mismatch, reduce
from laneway.diagrams.lint.token_game import Effort, Played, play
from laneway.diagrams.lint.workflow import Kind, Net, scope_nets
from laneway.domain.model import FlowNode, ProcessModel
from laneway.domain.types import ACTIVITIES, ElementType

MAX_SHOWN = 50
"""Of a process."""


def soundness(model: ProcessModel, findings: Findings, effort: Effort) -> None:
    told: set[tuple[str, int]] = set()
    for scope in scope_nets(model):
        for slot, flows in scope.unfed:
            _unfed(model, slot, flows, findings)
            told.add(("waits", slot))
        mismatches = reduce(scope.net)
        mismatches += _played(scope.net, play(scope.net, effort))
        for each in mismatches:
            together = each.what == "twice" and each.split < 0
            if (each.what, each.join) in told or together or each.join < 0:
                continue
            told.add((each.what, each.join))
            if len(told) > MAX_SHOWN:
                return
            _tell(model, each, findings)


def _unfed(model: ProcessModel, slot: int, flows: tuple[int, ...], findings: Findings) -> None:
    join = model.nodes[slot]
    shown = ", ".join(model.flows[index].id for index in flows[:5])
    findings.warning(
        "join_waits",
        f"the join {called(join)} waits for ever: nothing ever comes over {shown}",
        "Connect what stands before it with a start event, or remove the flow.",
        where_is(join),
    )


def _played(net: Net, played: Played) -> list[Mismatch]:
    found = []
    for _, edges in sorted(played.waiting.items()):
        missing = min(edges, default=-1)
        if missing < 0:
            continue
        split, kind = _choice_before(net, missing)
        found.append(Mismatch("waits", split, net.join_of[missing], kind))
    for edge in sorted(played.met):
        split, join, kind = _fork_before(net, edge)
        found.append(Mismatch("twice", split, join, kind))
    return found


def _choice_before(net: Net, edge: int) -> tuple[int, Kind]:
    """The nearest split before ``edge`` that may go another way."""
    queue, seen = deque([edge]), {edge}
    while queue:
        vertex = net.source[queue.popleft()]
        if not net.joins[vertex] and net.kinds[vertex] is not Kind.AND and len(net.outs[vertex]) > 1:
            return net.owners[vertex], net.kinds[vertex]
        for each in net.ins[vertex] - seen:
            seen.add(each)
            queue.append(each)
    return -1, Kind.AND


def _fork_before(net: Net, edge: int) -> tuple[int, int, Kind]:
    """The split in parallel whose ways meet where ``edge`` leads from or to, and the element there."""
    merge = net.source[edge] if net.joins[net.source[edge]] else net.target[edge]
    queue, seen = deque(net.ins[merge]), set(net.ins[merge])
    order = []
    while queue:
        vertex = net.source[queue.popleft()]
        order.append(vertex)
        for each in net.ins[vertex] - seen:
            seen.add(each)
            queue.append(each)
    for vertex in order:
        if not net.joins[vertex] and net.kinds[vertex] is not Kind.XOR and len(net.outs[vertex] & seen) > 1:
            return net.owners[vertex], net.owners[merge], net.kinds[vertex]
    return -1, net.owners[merge], Kind.XOR


def _tell(model: ProcessModel, found: Mismatch, findings: Findings) -> None:
    join = model.nodes[found.join]
    split = model.nodes[found.split] if found.split >= 0 else None
    what = f"the join {called(join)}" if join.type is ElementType.PARALLEL_GATEWAY else called(join)
    if found.what == "waits":
        findings.warning(
            "join_waits",
            f"{what} waits for all of its flows, but {_one_way(split, found.kind)}",
            _fix(split),
            where_is(join),
        )
        return
    assert split is not None
    some = "may split" if found.kind is Kind.OR else "splits"
    kind = "an inclusive" if found.kind is Kind.OR else "a parallel"
    findings.warning(
        "reached_twice",
        f"{what} may be reached more than once, since {called(split)} {some} in parallel and nothing joins before it",
        f"Join the branches with {kind} gateway, or make the split exclusive.",
        where_is(join),
    )


def _one_way(split: FlowNode | None, kind: Kind) -> str:
    if split is None:
        if kind is Kind.AND:
            return "one of them comes only from behind it"
        return "they begin at different events, of which one happens"
    if split.type in ACTIVITIES:
        return f"{called(split)} goes on by one of its ways only"
    only = "may take some of its ways only" if kind is Kind.OR else "takes only one of its ways"
    return (
        f"the gateway {called(split)} {only}"
        if split.type is not ElementType.BOUNDARY_EVENT
        else f"{called(split)} {only}"
    )


def _fix(split: FlowNode | None) -> str:
    if split is None:
        return "Merge them with an exclusive gateway."
    return "Make both of them exclusive, or both parallel; behind an inclusive split stands an inclusive join."
