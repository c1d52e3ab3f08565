"""The runtime in memory, beside bare SpiffWorkflow in the same run, and what a step costs late in the life of an instance."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from statistics import median

from benchmarks import diagrams
from benchmarks.measure import CALIBRATION, MOST_DRIFT, Slices, calibration, interleaved
from benchmarks.report import Report, at_least, at_most
from benchmarks.sides import Laneway, laneway, spiffworkflow
from benchmarks.workloads import WORKLOADS, Workload
from laneway.domain.state import InstanceState

TRIES = 3
INSTANCES = 40
AROUND = 20
"""Rounds that are timed together."""
SLICE = 0.02
"""Seconds of CPU that a slice of one side should take at least."""


def run(report: Report) -> None:
    report.part("in memory, beside bare SpiffWorkflow", "history events included; its state is never saved")
    for workload in report.over(WORKLOADS, "in memory", len(WORKLOADS)):
        _beside(report, workload)
    report.note("both end with the same variables, in every workload")
    _jobs(report)
    _late(report)


def _beside(report: Report, workload: Workload) -> None:
    mine = laneway(workload.draw(True), workload.given)
    theirs = spiffworkflow(workload.draw(False), workload.given)
    transition = mine()
    began = time.process_time()
    data = theirs().data
    cost = time.process_time() - began
    root_key = transition.state.root_key
    ours = {name: value for (key, name), value in transition.variables.items() if key == root_key}
    if ours != data:
        raise SystemExit(f"{workload.name}: the sides end with different variables: {ours} and {data}")
    for _ in range(TRIES):
        found = _measured({"laneway": mine, "spiffworkflow": theirs}, cost)
        if found.drift() <= MOST_DRIFT:
            break
    report.figure(
        workload.name,
        found.ratio("spiffworkflow", "laneway"),
        "times",
        at_least(workload.target) if workload.target else None,
        found.drift(),
        **{"Laneway µs": found.cost("laneway") * 1e6, "SpiffWorkflow µs": found.cost("spiffworkflow") * 1e6},
    )


def _jobs(report: Report) -> None:
    """Start and five completions: what the runtime has in the cost of a command."""
    found = interleaved({"laneway": (Laneway(diagrams.kinds("serviceTask", 5), {"n": 0}).run, 100)})
    report.figure("5 jobs: runtime alone", found.cost("laneway") / 6 * 1e6, "µs/command")


def _measured(sides: dict[str, Callable[[], object]], cost: float) -> Slices:
    """``cost``: seconds that one call of the slow side takes."""
    counts = {"laneway": max(1, int(30 * SLICE / cost)), "spiffworkflow": max(1, int(SLICE / cost))}
    work = {name: (side, counts[name]) for name, side in sides.items()}
    return interleaved({**work, CALIBRATION: (calibration, 100)}, 25 if cost < SLICE else 3)


def _late(report: Report) -> None:
    """A loop with a user task, a step each round: the rounds around one count beside those around another."""
    side = Laneway(diagrams.person(1_001), {"n": 0})
    costs: dict[int, list[float]] = {10: [], 100: [], 1_000: []}
    sizes = dict.fromkeys(costs, 0)
    for _ in range(INSTANCES):
        transition = side.start()
        done = 1
        for late, found in costs.items():
            while done < late - AROUND // 2:
                transition = side.complete(transition)
                done += 1
            began = time.process_time()
            for _ in range(AROUND // 2):
                transition = side.complete(transition)
            found.append(2 * (time.process_time() - began) / AROUND)
            done += AROUND // 2
            sizes[late] = live_bytes(transition.state)
    for late, found in costs.items():
        last = late == max(costs)
        ratio = median(mine / other for mine, other in zip(found, costs[100], strict=True))
        name = f"loop of 1,000, a user task each: round {late:,}"
        report.figure(name, ratio, "÷ 100th", at_most(1.1) if last else None, cost=median(found) * 1e6)
        report.figure(f"{name}, live state", sizes[late], "bytes", at_most(300) if last else None)


def live_bytes(state: InstanceState) -> int:
    """Bytes of what is alive, as JSON: each element's place and rest, and the variables."""
    elements = [
        [element.key, element.slot, element.parent, element.runtime_json()] for element in state.elements.values()
    ]
    return len(json.dumps([elements, state.variables], separators=(",", ":")))
