"""docs/reference/bpmn.md has every element and every event at every place, says of each what the source says, and names tests that are there."""

import re
from pathlib import Path
from typing import get_args

import pytest

from laneway.diagrams import support
from laneway.domain.model import EventKind
from laneway.runtime.behaviours import BEHAVIOURS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reference" / "bpmn.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| ")]
PLACES = {
    "start": "start",
    "sub_start": "start of a sub-process",
    "event_start": "start of an event sub-process",
    "catch": "catch",
    "throw": "throw",
    "boundary": "boundary",
    "end": "end",
}
EVENTS = {(row[0].strip("`"), row[1]): row for row in ROWS if row[0].strip("`") in set(EventKind)}
PARTS = {"START_EVENT", "INTERMEDIATE_CATCH_EVENT", "BOUNDARY_EVENT", "INTERMEDIATE_THROW_EVENT", "END_EVENT"}
"""Types of events: they have a row for each trigger instead."""


def test_every_element_that_runs_has_a_row() -> None:
    # Given the map from element to behaviour; when the tables are read; then each is there and said to run.
    running = {row[1].strip("`") for row in ROWS if len(row) > 4 and row[3] == "runs"}

    assert {str(kind) for kind in BEHAVIOURS} - PARTS <= running


@pytest.mark.parametrize("place", get_args(support.Place))
def test_every_event_that_may_stand_at_a_place_has_a_row(place: support.Place) -> None:
    # Given table 10.93 of the source; when the rows of a place are read; then each says whether it runs, and no other is there.
    said = {kind: row[4] for (kind, where), row in EVENTS.items() if where == PLACES[place]}

    assert said == {
        str(kind): "runs" if kind in support.RUNNING_EVENTS[place] else "refused"
        for kind in support.ALLOWED_EVENTS[place]
    }


def test_every_test_that_is_named_is_there() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.py)`", PAGE))

    assert len(named) > 15
    assert sorted(name for name in named if not (ROOT / name).is_file()) == []


def test_what_is_said_of_the_others_is_one_of_four_words() -> None:
    # Given the four columns of each row; when they are read; then they hold what the page explains, and nothing is left out.
    compared = [row for row in ROWS if len(row) > 4 and any("`tests/" in cell for cell in row)]

    assert len(compared) > 70
    for row in compared:
        assert set(row[-4:]) <= {"yes", "part", "no", "?"}, row
