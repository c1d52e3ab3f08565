"""A process that hands over commands and is killed between a commit and what it would have told of it: run by ``test_handing``.

    python -m tests.durability.handed FOLDER

Prints one JSON object: deaths, and faults.
"""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

from laneway.bootstrap import Laneway, build
from laneway.commands import complete_user_task
from laneway.commands.handing import Told
from laneway.domain.types import DEFAULT_TENANT
from laneway.domain.work import SYSTEM
from laneway.ports import Filter, SearchQuery
from laneway.settings import Settings
from tests.commands.drawings import one_user_task
from tests.commands.killed import die_after_commit, in_child

TASKS = 50
TOGETHER = 10
"""In a transaction at most, so that each life has as many commits as it is to see."""
PATIENCE = 60.0


def rows(made: Laneway, resource: str, **filters: Any) -> list[dict[str, Any]]:
    wanted = tuple(Filter(name, "eq", value) for name, value in filters.items())
    return made.engine.search(SearchQuery(resource, wanted, limit=1_000)).items


def prepare(url: str) -> None:
    with build(Settings(database_url=url)) as made:
        made.engine.deploy([("process.bpmn", one_user_task().xml())])
        for _ in range(TASKS):
            made.engine.start_instance(process_id="process")


def live(url: str, acknowledged: Path, commit: int) -> None:
    """Complete all tasks that are open; be killed after the n-th commit, if there are as many."""
    with build(Settings(database_url=url)) as made, acknowledged.open("a") as acks:
        keys = [row["userTaskKey"] for row in rows(made, "user-tasks", state="CREATED")]
        left = len(keys)
        over = threading.Event()

        def tell(told: list[Told]) -> None:
            nonlocal left
            acks.writelines(f"{key}\n" for key, _, error in told if error is None)
            acks.flush()
            left -= len(told)
            if left == 0:
                over.set()

        made.engine._context.committer._most_commands = TOGETHER
        desk = made.engine.desk(tell)
        if commit:
            die_after_commit(commit)
        for key in keys:
            command = complete_user_task(key, {}, action=None, actor=SYSTEM, tenant_ids=(DEFAULT_TENANT,))
            desk.hand_over(command, key)
        if keys:
            assert over.wait(PATIENCE)


def faults(url: str, acknowledged: Path) -> list[str]:
    with build(Settings(database_url=url)) as made:
        states = {row["userTaskKey"]: row["state"] for row in rows(made, "user-tasks")}
        told = [int(line) for line in acknowledged.read_text().split()]
        found = [f"task {key} was told of as done and is {states[key]}" for key in told if states[key] != "COMPLETED"]
        found += [f"task {key} is left" for key, state in states.items() if state != "COMPLETED"]
        found += [f"task {key} was told of {count} times" for key, count in Counter(told).items() if count > 1]
        completions = Counter(
            row["entityKey"] for row in rows(made, "audit-logs", operationType="COMPLETE", result="SUCCESS")
        )
        found += [f"task {key} was completed {count} times" for key, count in completions.items() if count > 1]
        if made.engine.verify_audit()["first_bad"] is not None:
            found.append("the audit trail is broken")
        return found


def main(folder: str) -> None:
    url, acknowledged, report = f"sqlite:///{folder}/laneway.db", Path(folder, "acks"), Path(folder, "faults")
    acknowledged.touch()
    in_child(lambda: prepare(url))
    deaths = 0
    for commit in (1, 1, 2, 0):
        deaths += in_child(lambda commit=commit: live(url, acknowledged, commit)) < 0  # type: ignore[misc]
    in_child(lambda: _write(report, faults(url, acknowledged)))
    print(json.dumps({"deaths": deaths, "faults": json.loads(report.read_text())}))


def _write(report: Path, found: list[str]) -> None:
    report.write_text(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
