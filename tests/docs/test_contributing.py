"""What CONTRIBUTING promises holds."""

import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest

from laneway.diagrams.dialects import DIALECTS
from laneway.domain.history import HistoryEvent
from laneway.queries import timeline

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_its_rooms_are_those_that_the_import_rules_know() -> None:
    # Given the layers of the import rules, top first; when the table of rooms is read; then it has them from below.
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "rooms")
    rooms = [layer.strip("()") for layer in reversed(layers) if layer != "(__main__)"]
    table = PAGE[PAGE.index("| room |") : PAGE.index("## How do I add")]

    cells = re.findall(r"^\| (`.+?`) \|", table, re.MULTILINE)
    assert [room for cell in cells for room in re.findall(r"`(\w+)`", cell)] == [*rooms, "laneway_api"]


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`([a-z_]+/[a-z_/]*[a-z_]+\.py)`", PAGE))))
def test_the_files_that_it_names_are_there(path: str) -> None:
    assert any((ROOT / folder / path).is_file() for folder in ("src/laneway", "api", "."))


def test_the_targets_that_it_names_are_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    assert set(re.findall(r"(?:`|^ {4})make ([a-z-]+)", PAGE, re.MULTILINE)) - targets == set()


@pytest.mark.parametrize("namespace", DIALECTS)
def test_every_dialect_has_its_place_on_the_page(namespace: str) -> None:
    # Given a namespace that is read; when the page of dialects is read; then it names the vendor.
    page = (ROOT / "docs" / "reference" / "dialects.md").read_text(encoding="utf-8").lower().replace(" ", "")
    vendor = "zeebe" if "zeebe" in namespace else namespace.removeprefix("http://").partition(".")[0]

    assert vendor in page


def test_every_event_has_its_sentence() -> None:
    # Given what can happen; when the timeline is read; then it can tell each of it to a person.
    happens = {event.__name__ for event in get_args(HistoryEvent)}

    assert set(timeline._EVENTS) == happens
    assert set(timeline._SENTENCES) == happens


def test_nothing_is_skipped_or_left_for_later() -> None:
    # Given every line of code; when it is searched; then no test is skipped and nothing is a placeholder.
    words = (
        "pytest." + "skip(",
        "mark." + "skip",
        "x" + "fail",
        "importor" + "skip",
        "NotImplemented" + "Error",
        "TO" + "DO",
        "FIX" + "ME",
    )
    files = [file for folder in ("src", "api", "tests", "benchmarks") for file in (ROOT / folder).rglob("*.py")]
    found = [
        f"{file.relative_to(ROOT)}: {word}"
        for file in files
        if "node_modules" not in file.parts
        for word in words
        if re.search(rf"\b{re.escape(word)}", file.read_text(encoding="utf-8"))
    ]

    assert found == []
