"""Pages that the code points to are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
POINTER = re.compile(r"\bdocs/[a-z0-9/-]+\.md\b")


def pointers() -> list[str]:
    """Every documentation page that a file of the product names."""
    sources = [path for root in ("src", "api", "bpmn") for path in (ROOT / root).rglob("*") if path.is_file()]
    texts = (path.read_text(encoding="utf-8") for path in sources if path.suffix in {".py", ".yaml", ".json", ".md"})
    return sorted({page for text in texts for page in POINTER.findall(text)})


@pytest.mark.parametrize("page", pointers())
def test_a_page_that_the_code_points_to_is_there(page: str) -> None:
    assert (ROOT / page).is_file()
