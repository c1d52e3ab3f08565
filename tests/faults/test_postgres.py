"""The same on PostgreSQL, behind a line that breaks around its COMMITs."""

from pathlib import Path

import pytest

from tests.faults.scenarios import Scenario, cutting

pytestmark = [pytest.mark.slow, pytest.mark.postgres]


def test_cut_off_around_commits(tmp_path: Path) -> None:
    # Given an API and a worker on one server, behind a line that breaks, and clients that write down every answer
    scenario = Scenario("cut", "cuts", places=(cutting,), postgres=True)
    # When it breaks before COMMITs, after them and while they are on their way
    report = scenario.play(tmp_path, 8, 12, 7, lambda _: None)
    # Then nothing acknowledged is lost, nothing is stuck, nothing was done twice, and the record holds
    assert report.verdict.faults == []
    assert report.verdict.instances == 2 * report.load.begun
