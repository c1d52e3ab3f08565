"""Processes that die or stand still at random moments, bounded; `make faults` does the same a thousand times."""

from pathlib import Path

import pytest

from tests.faults.run import Report, run
from tests.faults.troubles import Plan, kill, stop

pytestmark = pytest.mark.slow


def check(report: Report, faults: int) -> None:
    assert report.verdict.faults == []
    assert sum(report.made.values()) == faults
    assert report.verdict.instances == 2 * report.load.begun
    assert report.load.doubled > 0


def test_killed_and_stopped_on_sqlite(tmp_path: Path) -> None:
    # Given an API and a worker on one file, and clients that write down every answer
    # When both are killed and stopped at random moments
    plan = Plan((kill, kill, stop), 6)
    report = run(tmp_path, f"sqlite:///{tmp_path / 'faults.db'}", plan, orders=20, seed=5)
    # Then nothing acknowledged is lost, nothing is stuck, nothing was done twice, and the record holds
    check(report, 6)
