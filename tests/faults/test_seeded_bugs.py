"""Tests with teeth: for each bug that is made on purpose, the tests that should notice it do."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.seeds import KILL, SEEDS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200)]
ROOT = Path(__file__).parents[2]
QUICK = (
    "reply_late",
    "acknowledged_before_the_commit",
    "instance_fence_left_out",
    "job_fence_left_out",
    "lease_by_local_clock",
    "stale_lease_accepted",
    "message_id_taken_twice",
    "timer_early",
)
"""Played by the tests; LANEWAY_SEEDS=all (`make seeded`) plays every one."""


def test_every_seed_breaks_a_rule_of_its_own_and_names_tests_that_are_there() -> None:
    assert len(SEEDS) >= 20
    assert len({seed.rule for seed in SEEDS.values()}) == len(SEEDS)
    for seed in SEEDS.values():
        for test in seed.tests:
            file, _, name = test.partition("::")
            assert f"def {name.partition('[')[0]}(" in (ROOT / file).read_text(), test
    assert any(KILL in seed.tests for seed in SEEDS.values())


def test_seeded_bugs_are_noticed() -> None:
    # Given the bugs; when the tests of each are run with it, in a process of its own; then they fail.
    names = list(SEEDS) if os.environ.get("LANEWAY_SEEDS") == "all" else list(QUICK)
    command = [sys.executable, "-m", "tests.faults.seeded", "--json", *names]
    played = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    answers = [json.loads(line) for line in played.stdout.splitlines() if line.startswith("{")]
    assert len(answers) == len(names), played.stderr
    assert [answer for answer in answers if not answer["noticed"]] == []
