"""Every code that an error is raised with is documented."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from laneway.domain import errors

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference" / "errors.md"
KINDS = {
    name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.LanewayError)
}


def raised() -> Iterator[tuple[str, str]]:
    """(code, place) of every error that is made with a code that stands in the source."""
    for package in ("src/laneway", "api/laneway_api"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call) or not node.args:
                    continue
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                code = node.args[0]
                if name in KINDS and isinstance(code, ast.Constant) and isinstance(code.value, str):
                    yield code.value, f"{path.relative_to(ROOT)}:{node.lineno}"


def test_every_code_is_documented() -> None:
    # Given the codes in the source; when the page is read; then each stands in it.
    documented = set(re.findall(r"`([a-z_]+)`", REFERENCE.read_text(encoding="utf-8")))
    assert [f"{code} of {place}" for code, place in raised() if code not in documented] == []
