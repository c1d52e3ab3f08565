"""An engine that is closed and opened again after every single step must end with the history of one that never was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from laneway.cases import Case, find_folder, load_case
from laneway.cases.compare import differences
from laneway.cases.runner import play
from laneway.cases.session import Session
from tests.support.blocks import Block, Drawn, blocks
from tests.support.examples import examples

SHIPPED = Path(__file__).parents[2] / "bpmn" / "customer-service"


class Restarting(Session):
    """Opens a new engine on the same file before every command and every step of the workers."""

    restarts = 0

    def restart(self) -> None:
        self.close()
        self.clock.advance(timedelta(milliseconds=5))  # as it would; keys of later steps are later
        self.open()
        self.restarts += 1
        step = self.laneway.workers.step

        def step_and_restart() -> bool:
            worked = step()
            self.restart()
            return worked

        self.laneway.workers.step = step_and_restart  # type: ignore[method-assign]

    def complete(self, element_id: str, by: str | None, variables: Mapping[str, Any]) -> None:
        self.restart()
        super().complete(element_id, by, variables)

    def send(self, name: str, key: str, variables: Mapping[str, Any], at: str | None = None) -> None:
        self.restart()
        super().send(name, key, variables, at)

    def settle(self) -> None:
        self.restart()
        super().settle()


def told(session: Session) -> list[tuple[Any, ...]]:
    """The history without what differs between any two runs: keys and times."""
    return [(entry.kind, entry.element_id) for entry in session.history()]


FOLDER = find_folder(str(SHIPPED))
FILES = FOLDER.files()
CASES = [load_case(path) for path in FOLDER.cases()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_shipped_process_goes_on_after_a_restart_at_every_step(case: Case, tmp_path: Path):
    # given an uninterrupted run
    with Session(FILES, begins=case.begins, answers=case.agents) as whole:
        whole.start(case.process, case.start)
        for step in case.steps:
            play(step, whole)
        expected = told(whole)
    # when
    url = f"sqlite:///{tmp_path / 'restart.db'}"
    with Restarting(FILES, begins=case.begins, answers=case.agents, database_url=url) as restarted:
        restarted.start(case.process, case.start)
        for step in case.steps:
            play(step, restarted)
        # then
        assert restarted.restarts > 5
        assert told(restarted) == expected
        assert list(differences(case.expect, restarted.outcome(case.process))) == []
        assert restarted.engine.verify_audit()["first_bad"] is None


def run(session: Session, picks: list[int]) -> list[tuple[Any, ...]]:
    started = session.engine.start_instance(process_id="made_up")
    session.root_key = started.key
    session.settle()
    for step in range(500):
        waiting = session.open_tasks()
        if not waiting:
            break
        task = waiting[picks[step % len(picks)] % len(waiting)]
        session.complete(task["elementId"], None, {})
    assert session.state() == "COMPLETED"
    return told(session)


@given(blocks, st.lists(st.integers(0, 50), min_size=1, max_size=5))
@settings(max_examples=examples(20))
def test_made_up_processes_go_on_after_a_restart_at_every_step(
    tmp_path_factory: pytest.TempPathFactory, block: Block, picks: list[int]
):
    files = [("made_up.bpmn", Drawn(block).xml)]
    with Session(files) as whole:
        expected = run(whole, picks)
    url = f"sqlite:///{tmp_path_factory.mktemp('restart') / 'restart.db'}"
    with Restarting(files, database_url=url) as restarted:
        assert run(restarted, picks) == expected
