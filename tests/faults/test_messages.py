"""Processes that publish and processes that begin to wait at the same time: each message reaches the one who waits, once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from laneway.bootstrap import build
from laneway.ports import SearchQuery
from laneway.settings import Settings
from tests.commands.drawings import catch_message

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200)]
ROOT = Path(__file__).parents[2]
RACES = int(os.environ.get("LANEWAY_RACES", "500"))
"""On each database; half of the processes publish, half begin to wait."""
SIDES = 2


def race(database: str, role: str, side: int) -> subprocess.Popen[str]:
    first, last = RACES * side // SIDES, RACES * (side + 1) // SIDES
    command = [sys.executable, "-m", "tests.faults.races", database, role, str(first), str(last), str(side)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def rows(engine: Any, resource: str) -> Iterator[dict[str, Any]]:
    after = None
    while True:
        page = engine.search(SearchQuery(resource, limit=5_000, after=after))
        yield from page.items
        if len(page.items) < 5_000:
            return
        after = page.end_cursor


def test_published_and_awaited_at_the_same_time(database_url: str) -> None:
    # Given processes that publish and processes that start instances which wait, key by key at the same time
    with build(Settings(database_url=database_url, deploy_shipped=False)) as made:
        made.engine.deploy([("process.bpmn", catch_message().xml())])
    processes = [race(database_url, role, side) for side in range(SIDES) for role in ("publish", "subscribe")]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    # When they are let go
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    # Then every instance has its message, and no message went anywhere else
    with build(Settings(database_url=database_url, deploy_shipped=False)) as made:
        instances = list(rows(made.engine, "process-instances"))
        assert Counter(row["state"] for row in instances) == {"COMPLETED": RACES}
        values: Counter[int] = Counter()
        for row in instances:
            with made.store.read() as uow:
                variables = uow.variables([row["processInstanceKey"]])[row["processInstanceKey"]]
            assert variables["order"] == str(variables["said"])
            values[variables["said"]] += 1
        assert values == dict.fromkeys(range(RACES), 1)
        taken = Counter(row["elementInstanceKey"] for row in rows(made.engine, "correlated-message-subscriptions"))
        assert (len(taken), set(taken.values())) == (RACES, {1})
        assert made.engine.verify_audit()["first_bad"] is None
