"""What a command costs where many instances wait, and what they take.

    SIZE=1000000 python -m benchmarks scale

One instance of a process with a user task and a variable is started; the rows that this left, history and audit among them, are
then multiplied in the database under other keys and times, SIZE of them (100,000 without). What is completed and measured are
instances that the engine itself started, half of them before the others and half of them after.
"""

from __future__ import annotations

import gc
import itertools
import os
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

from benchmarks import places
from benchmarks.durable import steady
from benchmarks.measure import QUICK, Turn, slices_of
from benchmarks.places import Place
from benchmarks.report import Report, at_most
from benchmarks.restart import restart
from benchmarks.roof import WARM_UP, Raw, Recording, Statement
from benchmarks.site import Command, Site, together
from laneway.store.ids import SEQUENCE_BITS

FEW = 100
PORTION = 50_000
"""Instances multiplied in one transaction."""
ROUNDS = slices_of(7)
IN_A_SLICE = 24
MOMENTS = range(1_600_000_000_000_000, 2_200_000_000_000_000)
"""Microseconds since 1970, as times are stored; keys are far larger."""
STARTS = 5
_NODES = itertools.count(1)


def run(report: Report) -> None:
    size = int(os.environ.get("SIZE", "10000" if QUICK else "100000"))
    with places.tmpfs() as place:
        _waiting(report, place, size, restarts=True)
        _late(report, place)
        _hot(report, place)
    with places.postgres() as place:
        _waiting(report, place, size, restarts=False)


def _waiting(report: Report, place: Place, size: int, *, restarts: bool) -> None:
    report.part(f"{size:,} waiting instances, {place.name}")
    few, many = Site(place.url()), Site(place.url())
    try:
        sides: dict[str, Callable[[], Turn]] = {}
        for site, count in ((few, FEW), (many, size)):
            taken = _filled(report, place, site, count)
            if site is many:
                report.figure("database, waiting user task with a variable", taken, "bytes", at_most(1024))
            settle = partial(_settled, place, site, iter(site.tasks("people")))
            settle()
            sides["many" if site is many else "few"] = settle
        found = steady(sides, ROUNDS)
        report.figure(
            f"a user task claimed and completed, ÷ among {FEW}",
            1 / found.faster("many", "few", "cpu"),
            "by CPU",
            at_most(1.2),
            found.drift(),
            **{"on the wall": 1 / found.faster("many", "few"), "CPU µs": found.cpu("many") * 1e6},
        )
        taken = _multiplied(report, place, many, lambda: many.start("seq", n=0), min(size, 20_000))
        report.figure("database, completed SEQ", taken, "bytes", at_most(1024))
        tasks = many.tasks("people")[-STARTS:]
    finally:
        few.close()
        many.close()
    if restarts:
        _restarts(report, place, many.url, tasks, size)


def _hot(report: Report, place: Place, count: int = 2_000) -> None:
    """What an instance takes that waits in memory as others do."""
    report.part("in memory")
    site = Site(place.url())
    try:
        for _ in range(WARM_UP + FEW):
            site.start("person", n=1)
        gc.collect()
        tracemalloc.start()
        for number in range(count):
            site.start("person", n=number)
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        report.figure("hot, waiting user task with a variable", taken / count, "bytes", at_most(1_500))
    finally:
        site.close()


def _settled(place: Place, site: Site, keys: Iterator[int]) -> Turn:
    return together(8, [partial(site.settle, key) for key in islice(keys, IN_A_SLICE)], place.cpu)


def _filled(report: Report, place: Place, site: Site, count: int) -> float:
    """Gives the bytes of one. The instances to be measured are of another process, of the same shape to begin with."""
    half = [partial(site.start, "people", n=1)] * (ROUNDS * IN_A_SLICE + IN_A_SLICE)
    together(8, half)
    site.start("person", n=1)
    taken = _multiplied(report, place, site, lambda: site.start("person", n=1), count)
    together(8, half)
    return taken


def _multiplied(report: Report, place: Place, site: Site, command: Command, count: int) -> float:
    """As many of what ``command`` leaves as ``count``; gives the bytes of one."""
    for _ in range(WARM_UP):
        command()
    recording = Recording(site.url, site.start("exclusive", n=50) + 1)
    rows = [each for each in recording.of(command) if each.sql.startswith("INSERT")]
    recording.raw.close()
    before = place.bytes(site.url)
    raw = Raw(site.url)
    step = 1 << max(22, recording.span.bit_length())
    node = next(_NODES) << SEQUENCE_BITS
    # From the oldest to the youngest, as they would have been made: pages of a tree that grows at its end are full, others half.
    for last in range(count, 0, -PORTION):
        report.progress(f"{count:,} instances", count - last, count)
        multiply(raw, rows, max(0, last - PORTION) + 1, last, step, node)
    if not raw.sqlite:
        raw.connection.execute("ANALYZE")
    raw.close()
    return (place.bytes(site.url) - before) / count


def multiply(raw: Raw, rows: Sequence[Statement], first: int, last: int, step: int, node: int) -> None:
    """Each of ``rows`` again, ``first`` to ``last`` times older than it is: ``step`` in its keys, a millisecond in its times.

    ``node`` is taken off each key, too, so that it looks made by another node than those which are there.
    """
    raw.connection.execute("BEGIN IMMEDIATE" if raw.sqlite else "BEGIN")
    for row in rows:
        given = []
        values = []
        for value, moves in zip(row.values, row.moved, strict=True):
            if value is None:
                values.append("NULL")
            elif moves:
                values.append(f"{value - node} - i * {step}")
            elif type(value) is int:
                values.append(f"{value} - i * 1000" if value in MOMENTS else str(value))
            else:
                values.append(raw.mark)
                given.append(value)
        into = row.sql.partition(" VALUES ")[0]
        numbers = (
            f"(WITH RECURSIVE n(i) AS (SELECT {last} UNION ALL SELECT i - 1 FROM n WHERE i > {first}) SELECT i FROM n)"
            if raw.sqlite
            else f"generate_series({last}::bigint, {first}::bigint, -1) AS n(i)"
        )
        raw.connection.execute(f"{into} SELECT {', '.join(values)} FROM {numbers}", given)
    raw.connection.execute("COMMIT")


def _restarts(report: Report, place: Place, url: str, tasks: Sequence[int], size: int) -> None:
    log = Path(place.folder, "restart.log")
    found = sorted((restart(url, task, log) for task in tasks), key=lambda one: one.acknowledged)
    best, middle = min(one.acknowledged_cpu for one in found), found[len(found) // 2]
    report.figure(
        f"restart with {size:,} waiting: first command",
        found[0].acknowledged,
        "s, best",
        at_most(1.0),
        median=middle.acknowledged,
        listens=found[0].listened,
        CPU=best,
    )


def _late(report: Report, place: Place, steps: int = 1_000) -> None:
    """One step on an instance with so many behind it, beside one on an instance with ten."""
    report.part(f"one step after {steps:,} others, {place.name}")
    site = Site(place.url())
    try:
        # None of both is the last one: at the end of an index a row costs a tenth less than among others.
        old, young, _ = (site.start("rounds", n=0) for _ in range(3))
        for key, count in ((old, steps), (young, 10)):
            for number in range(count):
                report.progress("steps", number, count)
                site.engine.complete_user_task(site.task_of(key), {})
        found = steady({"old": lambda: _steps(site, old), "young": lambda: _steps(site, young)}, ROUNDS)
        report.figure(
            "a step, ÷ after ten",
            1 / found.faster("old", "young", "cpu"),
            "by CPU",
            at_most(1.1),
            found.drift(),
            **{"CPU µs": found.cpu("old") * 1e6},
        )
    finally:
        site.close()


def _steps(site: Site, key: int, count: int = 10) -> Turn:
    wall = cpu = 0.0
    for _ in range(count):
        task = site.task_of(key)
        began, used = time.perf_counter(), time.process_time()
        site.engine.complete_user_task(task, {})
        wall, cpu = wall + time.perf_counter() - began, cpu + time.process_time() - used
    return Turn(count, wall, cpu)
