"""Which flow nodes and sequence flows of a process no case ever reached."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from laneway.cases.runner import CaseResult
from laneway.domain.model import ProcessModel


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of one process over the cases given. ``missed_…``: (id, name) in the order of the diagram."""

    process_id: str
    nodes: int
    flows: int
    missed_nodes: tuple[tuple[str, str | None], ...]
    missed_flows: tuple[tuple[str, str | None], ...]

    @property
    def nodes_reached(self) -> int:
        return self.nodes - len(self.missed_nodes)

    @property
    def flows_taken(self) -> int:
        return self.flows - len(self.missed_flows)


def coverage_of(results: Iterable[CaseResult]) -> list[Coverage]:
    """Per process that the cases are about, in the order of the first case of each."""
    models: dict[str, ProcessModel] = {}
    reached: dict[str, set[str]] = {}
    for result in results:
        if result.model is None or result.outcome is None:
            continue
        models.setdefault(result.case.process, result.model)
        seen = reached.setdefault(result.case.process, set())
        seen.update(result.outcome.path)
        seen.update(result.outcome.flows)
    return [_coverage(model, reached[process_id]) for process_id, model in models.items()]


def _coverage(model: ProcessModel, reached: set[str]) -> Coverage:
    nodes = model.nodes[1:]
    return Coverage(
        process_id=model.process_id,
        nodes=len(nodes),
        flows=len(model.flows),
        missed_nodes=tuple((node.id, node.name) for node in nodes if node.id not in reached),
        missed_flows=tuple((flow.id, _flow_name(model, flow.index)) for flow in model.flows if flow.id not in reached),
    )


def _flow_name(model: ProcessModel, index: int) -> str:
    flow = model.flows[index]
    source, target = model.nodes[flow.source], model.nodes[flow.target]
    ends = f"{source.name or source.id} → {target.name or target.id}"
    return f"{flow.name}: {ends}" if flow.name else ends
