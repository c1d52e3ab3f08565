"""What can go wrong, each as a function that makes it go wrong once and puts the site on its feet again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.disk import OPERATIONS
from tests.faults.load import LEASE_MS
from tests.faults.site import Node, Site

Trouble = Callable[[Site, random.Random], str]
"""Makes one fault; gives what it was called in the report."""


def _victims(site: Site, chance: random.Random) -> tuple[str, tuple[Node, ...]]:
    return chance.choice([("api", (site.api,)), ("worker", (site.worker,)), ("both", site.nodes)])


def kill(site: Site, chance: random.Random) -> str:
    """kill -9 of the API, the worker, or both, and a new birth; now and then one that is killed while it begins."""
    name, victims = _victims(site, chance)
    for node in victims:
        node.kill()
    for node in victims:
        node.start()
    if chance.random() < 0.1:
        time.sleep(chance.uniform(0, 0.2))
        victims[0].kill()
        victims[0].start()
        name += ", again while it began"
    site.wait_ready()
    return f"kill -9 {name}"


def stop(site: Site, chance: random.Random) -> str:
    """SIGSTOP for longer than the lease of a job, then SIGCONT: what was decided before goes on in a changed world."""
    name, victims = _victims(site, chance)
    for node in victims:
        node.pause()
    time.sleep(LEASE_MS / 1000 * chance.uniform(1.1, 1.6))
    for node in victims:
        node.go_on()
    return f"SIGSTOP {name}"


def clock(site: Site, chance: random.Random) -> str:
    """The worker dies and comes back with a clock that is an hour fast, an hour slow, or right."""
    skew = chance.choice([-3600.0, 3600.0, 0.0])
    site.worker.skew = skew
    site.worker.kill()
    site.worker.start()
    site.wait_ready()
    return f"clock {skew / 3600:+.0f} h"


def failing(*kinds: str) -> Trouble:
    """The disk of a node fails for some operations or for a while, as ``tests.faults.disk`` has it; then it is well."""

    def fail(site: Site, chance: random.Random) -> str:
        kind = chance.choice(kinds)
        disk = chance.choice(site.nodes).disk
        assert disk is not None
        before = disk.made
        times = chance.choice((1, 2, 5, 20))
        disk.arm(kind, chance.randrange(OPERATIONS[kind]), times)
        _until(lambda: disk.made - before >= times, 2.0)
        disk.calm()
        return f"{kind} fails" if disk.made > before else f"{kind} would have failed"

    return fail


def torn(site: Site, chance: random.Random) -> str:
    """A node dies within a write."""
    node = chance.choice(site.nodes)
    _die(node, "torn", chance)
    node.start()
    site.wait_ready()
    return "torn write"


def power(site: Site, chance: random.Random) -> str:
    """The power is cut: what was not flushed is there or not, sector by sector. For a node that is alone at its files."""
    assert len(site.nodes) == 1
    _die(site.worker, "power", chance)
    site.worker.start()
    site.wait_ready()
    return "power cut"


def _die(node: Node, kind: str, chance: random.Random) -> None:
    assert node.disk is not None
    node.disk.arm(kind, chance.randrange(60), 1)
    _until(lambda: not node.alive(), 10.0)
    node.disk.calm()
    node.kill()


def _until(happened: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.005)


@dataclass(frozen=True)
class Plan:
    """``count`` troubles, drawn from ``kinds``, with between ``least`` and ``most`` seconds of work before each; fewer if
    they have not all been made after ``longest`` seconds. ``disks``, ``alone``: as for ``Site``."""

    kinds: tuple[Trouble, ...]
    count: int
    least: float = 0.05
    most: float = 0.7
    longest: float = float("inf")
    disks: bool = False
    alone: bool = False
