"""Many clients share commits with each other until kill -9: what they were told is true, and nothing is there twice."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
DEATHS = 4


def check(folder: Path, database: str, seed: int) -> None:
    command = [sys.executable, "-m", "tests.durability.crowd", str(folder), database, str(seed), str(DEATHS)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=170, check=False)
    assert ended.returncode == 0, ended.stderr
    answer = json.loads(ended.stdout.splitlines()[-1])
    assert answer["faults"] == [], ended.stderr
    assert answer["deaths"] >= 2
    assert answer["acknowledged"] >= 240


def test_a_crowd_at_sqlite_is_killed(tmp_path: Path) -> None:
    # Given clients in threads; when their process is killed again and again at any moment
    # Then all they were told is there after each death, and in the end each order is there once, whole.
    check(tmp_path, "sqlite", 20260105)


@pytest.mark.postgres
def test_a_crowd_at_postgresql_is_killed(tmp_path: Path, postgres_database: str) -> None:
    # As on SQLite, at other moments.
    check(tmp_path, postgres_database, 20260106)
