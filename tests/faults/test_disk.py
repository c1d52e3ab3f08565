"""SQLite on a disk that fails: what was acknowledged is there, what was not is whole or absent, and the process goes on."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
LIVES = os.environ.get("LANEWAY_DISKS", "5")


def run(folder: Path, *arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.faults.lives", str(folder), *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)
    assert ended.returncode == 0, ended.stderr
    answer: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    assert answer["faults"] == [], ended.stderr[-5000:]
    return answer


def test_torn_writes_and_power_cuts(tmp_path: Path) -> None:
    # Given a process that dies within a write to the database or its log, a part of it written; or loses its power there, so
    # that of all that was not flushed each sector is there or not
    answer = run(tmp_path, "dying", "3", LIVES)
    # When it is started again, then the file is sound, all that was acknowledged is there, and it goes on to the end
    assert answer["deaths"] >= int(LIVES)


def test_a_disk_that_fails_for_a_while(tmp_path: Path) -> None:
    # Given a process whose disk is full now and then, and fails to read, to write and to flush
    answer = run(tmp_path, "failing", "2", "2")
    # When each command that is told so is given again, then it goes on to the end without being started again, and all is
    # as if nothing had happened
    assert answer["told"].keys() == {"database_full", "database_failing"}
    assert answer["deaths"] == 0
