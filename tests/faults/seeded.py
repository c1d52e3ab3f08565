"""Runs tests with a bug sown: one fork per seed, so that what takes long to import is imported once.

python -m tests.faults.seeded [NAME …]      all without names; a table, and exit code 1 if a seed was not noticed
python -m tests.faults.seeded --json NAME …  one JSON object a line, for the tests
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from tests.faults.seeds import SEEDS

ROOT = Path(__file__).parents[2]
SOWING = f"""
import os, sys
sys.path.insert(0, {str(ROOT)!r})
if os.environ.get("LANEWAY_SEED"):
    from tests.faults.seeds import SEEDS
    SEEDS[os.environ["LANEWAY_SEED"]].sow()
"""
"""Processes that a test starts are sown too: Python runs a `sitecustomize` module before anything else."""

PASSED, FAILED = 0, 1


def play(name: str) -> dict[str, Any]:
    """Run the tests of a seed; ``noticed`` if every one of them failed, by failing and not by being lost."""
    seed = SEEDS[name]
    began = time.monotonic()
    outcomes = {test: _run(name, test) for test in seed.tests}
    return {
        "seed": name,
        "rule": seed.rule,
        "noticed": all(code == FAILED for code in outcomes.values()),
        "outcomes": outcomes,
        "seconds": round(time.monotonic() - began, 1),
    }


def _run(name: str, test: str) -> int:
    with tempfile.TemporaryDirectory(prefix="lw-seed-") as folder:
        Path(folder, "sitecustomize.py").write_text(SOWING)
        child = os.fork()
        if child == 0:
            _sow_and_test(name, test, folder)
        _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _sow_and_test(name: str, test: str, folder: str) -> None:
    code = 9
    try:
        output = os.open(
            os.path.join(tempfile.gettempdir(), f"lw-seed-{name}.log"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        )
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.chdir(ROOT)
        os.environ |= {
            "LANEWAY_SEED": name,
            "LANEWAY_KILLED_ORDERS": "1",
            "LANEWAY_KILLED_COMMITS": os.environ.get("LANEWAY_KILLED_COMMITS", SEEDS[name].commits),
            "LANEWAY_KILLED_ENOUGH": "1",
            "PYTHONPATH": os.pathsep.join([folder, *filter(None, [os.environ.get("PYTHONPATH")])]),
        }
        SEEDS[name].sow()
        code = int(pytest.main(["-q", "-x", "-p", "no:cacheprovider", test]))
    finally:
        sys.stdout.flush()
        os._exit(code)


def main(arguments: list[str]) -> int:
    # Imported here, once, what every test needs.
    import tests.support.world  # noqa: F401

    names = [name for name in arguments if name != "--json"] or list(SEEDS)
    answers = []
    for name in names:
        answers.append(play(name))
        if "--json" in arguments:
            print(json.dumps(answers[-1]), flush=True)
        else:
            noticed = "noticed" if answers[-1]["noticed"] else f"MISSED {answers[-1]['outcomes']}"
            print(f"{noticed:8} {answers[-1]['seconds']:6.1f} s  {name}: {answers[-1]['rule']}", flush=True)
    missed = [answer["seed"] for answer in answers if not answer["noticed"]]
    if "--json" not in arguments:
        print(f"{len(answers) - len(missed)} of {len(answers)} seeded bugs were noticed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
