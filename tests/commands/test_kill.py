"""Killed at any point and started again: nothing that was acknowledged is lost, nothing is done twice."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


def run(folder: Path, *arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.commands.killed", str(folder), *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)
    assert ended.returncode == 0, ended.stderr
    answer: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    answer["stderr"] = ended.stderr
    return answer


def check_killed_between_writes(answer: dict[str, Any]) -> None:
    assert answer["faults"] == [], answer["stderr"]
    assert answer["deaths"] >= 8


def test_killed_between_any_two_writes_to_sqlite(tmp_path: Path) -> None:
    # Given a process that is killed at the n-th call of its transactions, for n all through its life
    # When it is started again each time and goes on to the end; then all is as if nothing had happened.
    check_killed_between_writes(run(tmp_path, "sqlite", "calls", "3", "23"))


@pytest.mark.postgres
def test_killed_between_any_two_writes_to_postgresql(tmp_path: Path, postgres_url: str) -> None:
    # As on SQLite, at other calls.
    check_killed_between_writes(run(tmp_path, postgres_url, "calls", "14", "23"))


def test_killed_at_random_moments(tmp_path: Path) -> None:
    # Given a process that is killed at random moments, until it has died four times
    answer = run(tmp_path, "sqlite", "moments", "20260105", "4")
    # Then all is as it should be, each time that it was started again and left in peace
    assert answer["faults"] == [], answer["stderr"]
    assert answer["deaths"] >= 4


def test_killed_right_after_commits(tmp_path: Path) -> None:
    # Given a process that is killed as soon as its n-th COMMIT is made, before anyone hears of it. A command whose work
    # is spread over two commits is found here. LANEWAY_KILLED_COMMITS=1:1 dies at every single one.
    first, step = os.environ.get("LANEWAY_KILLED_COMMITS", "6:9").split(":")
    answer = run(tmp_path, "sqlite", "commits", first, step)
    # Then all is as it should be, each time that it was started again
    assert answer["faults"] == [], answer["stderr"]
    assert answer["deaths"] >= 1
