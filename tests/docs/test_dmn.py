"""docs/reference/dmn.md names tests, rules and codes that there are."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reference" / "dmn.md").read_text(encoding="utf-8")
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "src/laneway/decisions").glob("*.py")))
POINTERS = sorted(set(re.findall(r"`(test_\w+\.py)::(\w+)`", PAGE)))
REFUSALS = re.findall(r"`([a-z_-]+)`", PAGE[PAGE.index("## What is refused") : PAGE.index("What is wrong with one")])


@pytest.mark.parametrize(("file", "test"), POINTERS)
def test_a_test_that_the_page_names_is_there(file: str, test: str) -> None:
    assert f"def {test}(" in (ROOT / "tests" / "decisions" / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("code", REFUSALS)
def test_a_code_that_the_page_names_is_given(code: str) -> None:
    assert f'"{code}"' in SOURCE


def test_every_kind_of_boxed_expression_is_on_the_page() -> None:
    kinds = ("literal expression", "invocation", "context", "list", "relation", "function", "conditional", "filter")
    rows = re.findall(r"^\| ([^|]+) \| 10\.2\.1\.[\d., ]+ \|", PAGE, re.MULTILINE)

    assert not [kind for kind in (*kinds, "for", "some", "every") if kind not in " ".join(rows)]
