"""What docs/reference/agents.md shows must work as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tests.agents.requests import contract

from laneway.agents.local_kinds import KINDS
from laneway.agents.registry import AgentRegistry
from laneway.governance.contracts import VIOLATION_KINDS, load_contracts
from laneway.yaml_gate import read_document

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "agents.md"
HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "write-an-agent.md"


def blocks(path: Path) -> list[tuple[str, str]]:
    """The YAML of a page, each with the adapter under whose heading it stands."""
    adapter, found = "", []
    for part in re.split(r"^(?=##? )", path.read_text(encoding="utf-8"), flags=re.MULTILINE):
        heading = re.match(r"## `([a-z0-9]+)`", part)
        adapter = heading.group(1) if heading else adapter if part.startswith("### ") else ""
        for block in re.finditer(r"^( *)```yaml\n(.*?)^ *```", part, flags=re.MULTILINE | re.DOTALL):
            indent = len(block.group(1))
            found.append((adapter, "\n".join(line[indent:] for line in block.group(2).split("\n"))))
    return found


FILES = [text for page in (REFERENCE, HOW_TO) for _, text in blocks(page) if text.startswith("version:")]
CONFIGS = [(adapter, text) for adapter, text in blocks(REFERENCE) if text.startswith("config:")]


def test_the_pages_have_examples() -> None:
    assert len(FILES) == 3
    assert {adapter for adapter, _ in CONFIGS} == {"local", "llm", "openai", "http", "python", "scripted", "a2a"}


@pytest.mark.parametrize("text", FILES)
def test_contracts_of_the_pages_are_without_fault(text: str) -> None:
    found = load_contracts(text.encode(), "agents.yaml")

    assert [str(problem) for problem in found.problems] == []
    assert found.contracts


@pytest.mark.parametrize(("adapter", "text"), CONFIGS)
def test_configs_of_the_reference_are_taken(adapter: str, text: str) -> None:
    config: dict[str, Any] = read_document(text.encode()).value["config"]
    registry = AgentRegistry()
    if adapter == "python":
        from laneway.agents.python import register_function

        register_function(config["function"], lambda request: {})

    assert registry.get_adapter(contract(adapter, config)) is not None


def test_every_violation_and_kind_is_described() -> None:
    text = REFERENCE.read_text(encoding="utf-8")

    assert [kind for kind in (*VIOLATION_KINDS, *KINDS) if f"| `{kind}` |" not in text] == []
