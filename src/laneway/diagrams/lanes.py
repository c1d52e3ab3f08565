"""Lanes, and which of them hold an element (BPMN 2.0, 10.8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from laneway.diagrams.findings import Findings, Where
from laneway.diagrams.record import ElementRecord, LaneRecord
from laneway.domain.model import LaneSpec


def lanes_of(
    lanes: Sequence[LaneRecord],
    records: Sequence[ElementRecord],
    position_of: Mapping[str, int],
    process_id: str,
    findings: Findings,
) -> tuple[LaneSpec, ...]:
    """Lanes by id, and on each record the names of those that hold it, outermost first."""
    paths: dict[str, tuple[str, ...]] = {}
    specs = []
    held: dict[int, tuple[str, ...]] = {}
    for lane in lanes:
        outer = paths.get(lane.parent, ()) if lane.parent is not None else ()
        path = (*outer, lane.name) if lane.name else outer
        paths[lane.id] = path
        slots = tuple(position_of[each] for each in lane.references if each in position_of)
        for each in lane.references:
            if each and each not in position_of:
                findings.warning(
                    "lane_of_other_process",
                    f"lane {lane.name or lane.id} lists {each}, which is no flow node of process {process_id}",
                    "Move the element into the lane again in the modeller.",
                    Where(lane.id, lane.name, lane.line),
                )
        for slot in slots:
            if len(path) >= len(held.get(slot, ())):
                held[slot] = path
        specs.append(LaneSpec(lane.id, lane.name, lane.parent, slots, lane.line))
    whole: list[tuple[str, ...]] = [()]
    for record in records:
        path = (*whole[record.parent + 1], *held.get(record.position + 1, ()))
        whole.append(path)
        if path:
            record.properties["lanes"] = path
    return tuple(specs)
