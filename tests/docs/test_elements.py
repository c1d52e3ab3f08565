"""docs/reference/elements.md says of every element what the tables of the source say."""

import ast
import inspect
import re
from pathlib import Path
from typing import get_args

import pytest

from laneway.diagrams import support
from laneway.domain.model import EventKind
from laneway.domain.types import ElementType
from laneway.runtime.behaviours import BEHAVIOURS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "elements.md").read_text(encoding="utf-8")
PLACES: tuple[support.Place, ...] = get_args(support.Place)
REFUSED = PAGE[PAGE.index("## Refused until later") : PAGE.index("## Read, shown")]


def test_every_behaviour_is_on_the_page_and_nothing_else() -> None:
    # Given the map from element to behaviour; when the page is read; then each row names the function that runs it.
    rows = re.findall(r"^\| [^|]+ \| `([A-Z_]+)` \| [^|]+ \| `(\w+\.\w+)` \| [\d.]+ \|$", PAGE, re.MULTILINE)

    assert dict(rows) == {
        str(kind): f"{behaviour.__module__.rpartition('.')[2]}.{behaviour.__name__}"
        for kind, behaviour in BEHAVIOURS.items()
    }


@pytest.mark.parametrize("kind", EventKind)
def test_the_page_says_of_every_trigger_where_it_runs(kind: EventKind) -> None:
    # Given the table of triggers in the source; when its row is read; then each cell says the same.
    row = re.search(rf"^\| `{kind}` \| (.+) \|$", PAGE, re.MULTILINE)
    assert row is not None
    cells = dict(zip(PLACES, row[1].split(" | "), strict=True))

    for place, cell in cells.items():
        if kind in support.RUNNING_EVENTS[place]:
            assert cell == "runs", place
        elif kind in support.HUMAN_EVENTS[place]:
            assert cell == "by hand", place
        else:
            assert cell in ("refused", "–"), place


def test_every_type_that_does_not_run_is_on_the_page() -> None:
    # Given the types that are refused; when the page is read; then each stands there with the words of the refusal.
    rows = re.findall(r"^\| [^|]+, `([A-Z_]+)` \| ([^|]+) \|$", REFUSED, re.MULTILINE)

    assert dict(rows) == {str(kind): words for kind, words in support.NOT_RUNNING_TYPES.items()}


def test_every_other_refusal_is_on_the_page() -> None:
    # Given what is refused of an element for what it says of itself; when the page is read; then the words stand there.
    function = ast.parse(inspect.getsource(support.not_running))
    said = [
        node.args[0]
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append"
    ]
    texts = [str(part.value) for one in said for part in ast.walk(one) if isinstance(part, ast.Constant)]

    assert texts
    for text in texts:
        assert text.strip() in REFUSED


def test_every_element_type_is_said_to_run_or_not() -> None:
    # Given every type of the API; when the page is read; then it has it, but those that are no element of a diagram.
    named = set(re.findall(r"`([A-Z_]+)`", PAGE))

    assert {str(kind) for kind in ElementType} - named == {"PROCESS", "UNKNOWN"}
