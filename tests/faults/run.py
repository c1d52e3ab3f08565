"""One run: a site, a load on it, troubles one after the other, and the judge's verdict."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from laneway.bootstrap import build
from laneway.settings import Settings
from tests.faults.judge import Verdict, judge
from tests.faults.load import Load
from tests.faults.orders import diagram
from tests.faults.site import Site
from tests.faults.troubles import Plan


@dataclass(frozen=True)
class Report:
    made: Counter[str]
    load: Load
    verdict: Verdict
    seconds: float


def run(
    folder: Path,
    database: str,
    plan: Plan,
    *,
    orders: int,
    seed: int,
    patience_seconds: float = 60.0,
    judged_at: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Report:
    """``judged_at``: another way to the same database, where the first leads through troubles of its own."""
    began = time.monotonic()
    with build(Settings(database_url=judged_at or database, deploy_shipped=False)) as made:
        made.engine.deploy([("orders.bpmn", diagram())])
    chance = random.Random(seed)
    made_troubles: Counter[str] = Counter()
    with Site(folder, database, disks=plan.disks, alone=plan.alone) as site:
        load = Load(site, orders, seed)
        load.start()
        for number in range(plan.count):
            if time.monotonic() - began > plan.longest:
                load.orders = 0  # what has begun is finished and judged
                break
            time.sleep(chance.uniform(plan.least, plan.most))
            made_troubles[chance.choice(plan.kinds)(site, chance)] += 1
            progress(f"{number + 1} of {plan.count} faults, {load.begun} orders")
        load.enough.set()
        site.wait_ready()
        verdict = judge(load, judged_at or database, patience_seconds, site.say_where)
        verdict.wrong += _said(site)
    return Report(made_troubles, load, verdict, time.monotonic() - began)


def _said(site: Site) -> list[str]:
    """Errors that nodes met and that no fault explains: internal ones."""
    found = []
    for node in site.nodes:
        text = node.log.read_text(errors="replace") if node.log.exists() else ""
        found += [f"{node.name} says: {line[:300]}" for line in text.splitlines() if "request_failed" in line]
    return found[:10]
