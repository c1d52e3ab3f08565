"""Killed at any point and started again: nothing that was acknowledged is lost, nothing is done twice."""

import json
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


@pytest.mark.parametrize("first", [3, 14])
def test_killed_between_any_two_writes(tmp_path: Path, first: int) -> None:
    # Given a process that is killed at the n-th call of its transactions, for n all through its life
    # When it is started again each time and goes on to the end
    answer = run(tmp_path, "calls", str(first), "23")
    # Then all is as if nothing had happened
    assert answer["faults"] == [], answer["stderr"]
    assert answer["deaths"] >= 8


def test_killed_at_random_moments(tmp_path: Path) -> None:
    # Given a process that is killed twice at random moments; when it is started again; then all is as it should be.
    answer = run(tmp_path, "moments", "20260105", "5")
    assert answer["faults"] == [], answer["stderr"]
    assert answer["deaths"] >= 2
