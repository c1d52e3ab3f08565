"""What durable steps cost, beside what the database alone can do, on SQLite and on PostgreSQL.

    python -m benchmarks durable

Each workload runs in slices that take turns with the roof (``benchmarks.roof``): the same rows, written by the driver alone. One
driver keeps 32 commands in flight and is told of them after their commit, as the server does it (``Engine.desk``); for some
there is a second row, where 32 threads wait for theirs.
Afterwards a process that does all of them is killed, and what it had acknowledged must be there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks import places, workloads
from benchmarks.killed import check
from benchmarks.measure import MOST_DRIFT, Turn, Turns, slices_of, take_turns
from benchmarks.places import Place
from benchmarks.report import Report, Target, at_least
from benchmarks.roof import WARM_UP, Recording, Roof
from benchmarks.sides import spiffworkflow
from benchmarks.site import ClaimAndComplete, Correlate, FiveJobs, Site, Start, Workload, together

AT_ONCE = 32
SECONDS = 0.4
"""Of a slice."""
ROUNDS = slices_of(7)


@dataclass(frozen=True)
class Wanted:
    make: Callable[[Site], Workload]
    roof: bool = True
    threads: bool = False
    """Once more with threads that wait."""
    targets: tuple[tuple[str, Target], ...] = ()
    """Name of the place → at least how much of its roof."""


WANTED = (
    Wanted(
        lambda site: Start(site, "seq", "SEQ: 5 FEEL scripts", n=0),
        threads=True,
        targets=(("SQLite FULL on disk", at_least(0.6)), ("PostgreSQL", at_least(0.5))),
    ),
    Wanted(lambda site: Start(site, "exclusive", "EXC: exclusive gateway", n=50)),
    Wanted(lambda site: Start(site, "parallel", "PAR 4: four branches", n=0)),
    Wanted(lambda site: Start(site, "loop", "LOOP 10: ten rounds", n=0)),
    Wanted(lambda site: Start(site, "mix", "MIX: all of these", n=50)),
    Wanted(ClaimAndComplete, threads=True),
    Wanted(FiveJobs, roof=False),
    Wanted(Correlate),
    Wanted(lambda site: Start(site, "items", "MI: 1,000 items", least=4, items=list(range(1_000)))),
)


def run(report: Report, rounds: int = ROUNDS) -> None:
    with places.tmpfs() as place:
        _place(report, place, rounds)
    with places.disk() as place:
        _place(report, place, rounds)
    with places.postgres() as place:
        _place(report, place, rounds)


def _place(report: Report, place: Place, rounds: int, wanted: Sequence[Wanted] = WANTED) -> None:
    report.part(
        f"durable, {place.name}",
        f"one driver with {AT_ONCE} commands in flight, handed over and told of after their commit",
    )
    url = place.url()
    site = Site(url)
    try:
        for number, one in enumerate(wanted):
            report.progress(place.name, number, len(wanted))
            _workload(report, place, site, one, rounds)
    finally:
        site.close()
    acknowledged, lost = check(url)
    report.figure(
        "kill -9 while all of these ran: lost", len(lost), "commands", Target("≤", 0), acknowledged=acknowledged
    )
    for each in lost[:10]:
        report.note(f"lost: {each}")


def _workload(report: Report, place: Place, site: Site, wanted: Wanted, rounds: int) -> None:
    workload = wanted.make(site)
    least = workload.least
    site.handed_over(AT_ONCE, workload.scripts(least), place.cpu)
    once = site.handed_over(AT_ONCE, workload.scripts(least), place.cpu)
    count = max(least, min(2_000, int(least * SECONDS / once.wall)) // least * least)
    sides: dict[str, Callable[[], Turn]] = {
        "laneway": lambda: site.handed_over(AT_ONCE, workload.scripts(count), place.cpu)
    }
    if wanted.threads:
        sides["threads"] = lambda: together(AT_ONCE, workload.prepare(count), place.cpu)
    roof: Roof | None = None
    if wanted.roof:
        roof, steps = _roof(place, wanted)
        write = roof.write
        sides["roof"] = lambda: write(steps, count, min(AT_ONCE, count))
        sides["commit"] = lambda: roof.commits(10)
    if workload.name.startswith("MIX") and place.name == "SQLite on tmpfs":
        bare = spiffworkflow(workloads.mix(False), {"n": 50})
        sides["spiff"] = lambda: _bare(bare)
    found = steady(sides, rounds)
    if roof is not None:
        roof.close()
    _figures(report, place, workload, wanted, found)


def _figures(report: Report, place: Place, workload: Workload, wanted: Wanted, found: Turns) -> None:
    beside = {
        "per s": found.rate("laneway"),
        "CPU µs": found.cpu("laneway") * 1e6,
        "p50 ms": found.latency("laneway", 50) * 1e3,
        "p95 ms": found.latency("laneway", 95) * 1e3,
    }
    if "commit" in found.of:
        beside["commits/s"] = found.rate("commit")
    if workload.commands > 1:
        beside["CPU µs/command"] = beside["CPU µs"] / workload.commands
    if wanted.roof:
        target = dict(wanted.targets).get(place.name)
        beside["by CPU"] = found.faster("laneway", "roof", "cpu")
        beside["roof/s"] = found.rate("roof")
        if place.name == "PostgreSQL" and target:
            beside["per s and core"] = 1 / found.cpu("laneway")
        report.figure(workload.name, found.faster("laneway", "roof"), "÷ roof", target, found.drift(), **beside)
    else:
        report.figure(workload.name, found.rate("laneway"), "per s", None, found.drift(), **beside)
    if "threads" in found.of:
        cpu = found.cpu("threads") * 1e6
        report.figure(
            f"the same, {AT_ONCE} threads that wait",
            found.faster("threads", "roof"),
            "÷ roof",
            None,
            found.drift(),
            **{"per s": found.rate("threads"), "CPU µs": cpu, "by CPU": found.faster("threads", "roof", "cpu")},
        )
    if "spiff" in found.of:
        report.figure(
            "MIX ÷ bare SpiffWorkflow in memory",
            found.faster("laneway", "spiff"),
            "times",
            at_least(30),
            found.drift(),
            **{"by CPU": found.faster("laneway", "spiff", "cpu"), "its CPU µs": found.cpu("spiff") * 1e6},
        )


def _roof(place: Place, wanted: Wanted) -> tuple[Roof, list[list[Any]]]:
    """Recorded on a database of its own that holds next to nothing."""
    url = place.url()
    site = Site(url)
    try:
        workload = wanted.make(site)
        for _ in range(WARM_UP):
            together(1, workload.prepare(1))
        since = site.start("exclusive", n=50) + 1
        recording = Recording(url, since)
        steps = [recording.of(command) for command in workload.recorded()]
        recording.raw.close()
    finally:
        site.close()
    return Roof(recording, place.url(), place.cpu), steps


def _bare(run: Callable[[], object]) -> Turn:
    from benchmarks.measure import turn

    def some() -> int:
        for _ in range(20):
            run()
        return 20

    return turn(some)


def steady(sides: dict[str, Callable[[], Turn]], rounds: int) -> Turns:
    """Once more if the machine's speed drifted; the steadier of both."""
    found = take_turns(sides, rounds)
    if found.drift() <= MOST_DRIFT:
        return found
    return min(found, take_turns(sides, rounds), key=Turns.drift)
