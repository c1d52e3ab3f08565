"""Behaviour tests derived from uniba-dsg/betsy: complete every open user task, compare the tokens passed.

The tests are not Laneway's own; they lie in ``CONFORMANCE_DIR/betsy`` with a README that says how to judge.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from laneway.bootstrap import Laneway, build
from laneway.domain.errors import LanewayError
from laneway.domain.types import IncidentType
from laneway.ports import Filter, SearchQuery
from laneway.settings import Settings

MAXIMUM_TASKS = 200


@dataclass
class VirtualClock:
    """Time that passes only when told to."""

    now: datetime = field(default_factory=lambda: datetime(2026, 1, 1, tzinfo=UTC))

    def __call__(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now


@dataclass(frozen=True)
class Verdict:
    group: str
    name: str
    case: int
    expected: list[str]
    found: list[str]

    @property
    def passed(self) -> bool:
        """An incident or a refused deployment counts as ERROR where ERROR is what is expected."""
        found = sorted(self.found)
        if found == sorted(self.expected):
            return True
        return "ERROR" in self.expected and any(token.startswith("ERROR") for token in found)


def verdicts(directory: Path) -> Iterator[Verdict]:
    """Run every case of ``directory/cases.json``."""
    for test in json.loads((directory / "cases.json").read_text()):
        data = (directory / test["file"]).read_bytes()
        for index, case in enumerate(test["cases"]):
            found = play(data, test["file"], test["name"], case)
            yield Verdict(test["group"], test["name"], index + 1, case["expect"], found)


def play(data: bytes, file: str, process_id: str, case: dict[str, Any]) -> list[str]:
    """The tokens that one case leaves."""
    clock = VirtualClock()
    laneway = build(Settings(database_url="sqlite://"), clock=clock)
    try:
        try:
            laneway.engine.deploy([(file, data)])
        except LanewayError:
            return ["ERROR_deployment"]
        if case["parallel"]:
            laneway.engine.start_instance(process_id="ParallelProcess", variables=case["vars"])
        laneway.engine.start_instance(process_id=process_id, variables=case["vars"])
        tokens = _complete_everything(laneway, case["expect"])
        if case["delay_ms"]:
            clock.now += timedelta(milliseconds=case["delay_ms"])
            tokens += _complete_everything(laneway, case["expect"])
        incidents = laneway.engine.search(SearchQuery("incidents")).items
        if any(incident["errorType"] == IncidentType.UNHANDLED_ERROR_EVENT for incident in incidents):
            tokens.append("ERROR_thrownErrorEvent")
        elif incidents:
            tokens.append("ERROR_runtime")
        return tokens
    except LanewayError as error:
        return [f"ERROR_{error.code}"]
    finally:
        laneway.close()


def _complete_everything(laneway: Laneway, expected: list[str]) -> list[str]:
    tokens: list[str] = []
    open_tasks = SearchQuery("user-tasks", filters=(Filter("state", "eq", "CREATED"),), limit=1)
    for _ in range(MAXIMUM_TASKS):
        while laneway.workers.step():
            pass
        tasks = laneway.engine.search(open_tasks).items
        if not tasks:
            break
        task = tasks[0]
        name, key, variables = task["name"] or "", int(task["userTaskKey"]), {}
        if name.startswith("INCREMENT"):
            seen = laneway.engine.user_task_variables(key)
            variables = {"integerVariable": seen["integerVariable"] + 1}
            if name.endswith("LOG"):
                tokens.append("INCREMENT_correct")
        elif name.startswith("SCRIPT_"):
            tokens.append(name)
        elif name == "CREATE_MARKER_FILE" and "MARKER_exists" in expected:
            tokens.append("MARKER_exists")
        laneway.engine.complete_user_task(key, variables)
    return tokens


def run(directory: Path) -> bool:
    """Print a table: passed of total per group, and each failure. True if the cases were at hand."""
    if not (directory / "cases.json").exists():
        print(f"behaviour tests: not run, {directory} has no cases.json")
        return False
    groups: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts(directory):
        groups[verdict.group].append(verdict)
    print(f"{'behaviour tests':<20} passed  total")
    for group, found in groups.items():
        print(f"{group:<20} {sum(verdict.passed for verdict in found):>6} {len(found):>6}")
    everything = [verdict for found in groups.values() for verdict in found]
    print(f"{'all':<20} {sum(verdict.passed for verdict in everything):>6} {len(everything):>6}")
    for verdict in everything:
        if not verdict.passed:
            print(
                f"  {verdict.group}/{verdict.name} case {verdict.case}: "
                f"expected {sorted(verdict.expected)}, found {sorted(verdict.found)}"
            )
    return True
