"""Processes that publish and processes that begin to wait at the same time: each message reaches the one who waits, once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
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
"""On each database."""
PAGE = 5_000


def race(database: str, role: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.faults.races", database, role, str(RACES)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def run(racing: list[subprocess.Popen[str]]) -> None:
    """Heat by heat, until all have gone through their keys."""
    try:
        while racing := [process for process in racing if is_ready(process)]:
            for process in racing:
                assert process.stdin is not None
                process.stdin.write("go\n")
                process.stdin.flush()
    finally:
        for process in racing:
            process.kill()


def is_ready(process: subprocess.Popen[str]) -> bool:
    assert process.stdout is not None
    if process.stdout.readline() == "ready\n":
        return True
    process.communicate()
    assert process.returncode == 0
    return False


def pages(engine: Any, resource: str) -> Iterator[list[dict[str, Any]]]:
    after = None
    while True:
        page = engine.search(SearchQuery(resource, limit=PAGE, after=after))
        if page.items:
            yield list(page.items)
        if len(page.items) < PAGE:
            return
        after = page.end_cursor


def milliseconds(key: int) -> int:
    """When a key was made."""
    return key >> 22


def test_published_and_awaited_at_the_same_time(database_url: str) -> None:
    # Given a process that publishes and one that starts instances which wait, key by key at the same time
    with build(Settings(database_url=database_url, deploy_shipped=False)) as made:
        made.engine.deploy([("process.bpmn", catch_message().xml())])
    began = time.monotonic()
    # When they are let go
    run([race(database_url, role) for role in ("publish", "subscribe")])
    took = time.monotonic() - began
    # Then every instance has its message, and no message went anywhere else
    with build(Settings(database_url=database_url, deploy_shipped=False)) as made:
        values: Counter[int] = Counter()
        states: Counter[str] = Counter()
        for page in pages(made.engine, "process-instances"):
            states.update(row["state"] for row in page)
            with made.store.read() as uow:
                for variables in uow.variables([row["processInstanceKey"] for row in page]).values():
                    said = variables.get("said", -1)
                    assert said == -1 or variables["order"] == str(said)
                    values[said] += 1
        assert states == {"COMPLETED": RACES}
        assert values == dict.fromkeys(range(RACES), 1)
        taken: Counter[int] = Counter()
        apart: list[int] = []
        for page in pages(made.engine, "correlated-message-subscriptions"):
            taken.update(row["elementInstanceKey"] for row in page)
            apart += [milliseconds(row["subscriptionKey"]) - milliseconds(row["messageKey"]) for row in page]
        assert (len(taken), set(taken.values())) == (RACES, {1})
        # And they were races: each side came first often enough
        first = sum(each > 0 for each in apart)
        last = sum(each < 0 for each in apart)
        assert min(first, last) > RACES / 20
        assert made.engine.verify_audit()["first_bad"] is None
    distance = sorted(map(abs, apart))
    print(
        f"\n{RACES} races in {took:.0f} s: the message first in {first}, the subscription in {last}; "
        f"{distance[RACES // 10]} ms apart or less in a tenth, {distance[RACES // 2]} in half of them"
    )
