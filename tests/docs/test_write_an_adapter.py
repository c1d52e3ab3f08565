"""The tutorial's adapter is under 40 lines and works as it stands on the page, from the contract to the record."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from laneway.agents.registry import AgentRegistry
from tests.support.drawing import Drawing, extension, job
from tests.support.world import World

PAGE = (Path(__file__).parents[2] / "docs" / "tutorial" / "write-an-adapter.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


@pytest.fixture
def glossary(tmp_path: Path) -> ModuleType:
    """The code of the page, as a module."""
    file = tmp_path / "glossary.py"
    file.write_text(block("python"), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("glossary", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_takes_under_forty_lines() -> None:
    assert len(block("python").splitlines()) < 40


@pytest.mark.parametrize(("text", "state"), [("The SKU in the ERP", "COMPLETED"), ("nothing of the kind", "ACTIVE")])
def test_it_works_on_a_process_under_its_contract(glossary: ModuleType, text: str, state: str) -> None:
    # Given the adapter and the contract of the page, when a process needs it, then it answers, or its path is taken.
    registry = AgentRegistry()
    registry.register("glossary", glossary.create)
    world = World(agents=registry)
    try:
        drawing = Drawing()
        process = drawing.process()
        task = process.node("serviceTask", "task", extension(job("explain")))
        process.chain(process.node("startEvent"), task, process.node("endEvent"))
        world.deploy(drawing, ("agents.yaml", block("yaml").encode()))
        key = world.start(variables={"text": text})
        world.settle()
        assert world.state(key) == state
        if state == "COMPLETED":
            assert set(world.variables(key)["explanations"]) == {"SKU", "ERP"}
        else:
            assert len(world.rows("incidents", state="ACTIVE")) == 1
    finally:
        world.close()
