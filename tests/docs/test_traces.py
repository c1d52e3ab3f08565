"""docs/reference/traces.md names every attribute and event of a span, and none that there is not."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAME = re.compile(r"\b(?:laneway|gen_ai|http|error)\.[a-z_]+(?:\.[a-z_]+)*\b")


def test_attributes_and_events_are_documented() -> None:
    page = (ROOT / "docs" / "reference" / "traces.md").read_text(encoding="utf-8")
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src/laneway/tracing").glob("*.py"))
    said = set(re.findall(r'"((?:laneway|gen_ai|http|error)\.[a-z_.]+)"', code)) - {"laneway.tracing"}
    said |= {f"laneway.job.{name}" for name in ("key", "type", "kind")}
    assert {name for name in NAME.findall(page) if not name.startswith("laneway.tracing")} == said
