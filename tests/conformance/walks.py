"""What happens to the public diagrams when they are deployed and run: served back as they were, walked to every corner."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from lxml import etree

from laneway.bootstrap import build
from laneway.diagrams import Diagram, load
from laneway.domain.errors import LanewayError
from laneway.domain.model import ProcessModel
from laneway.domain.types import ElementType
from laneway.engine import Engine
from laneway.settings import Settings
from tests.support.walk import missed


def run(directory: Path) -> bool:
    """Print a row for each folder of ``directory``, and each flow node that no walk reached; True if all is as it must be."""
    folders = sorted(each for each in directory.glob("*") if each.is_dir()) if directory.is_dir() else []
    if not folders:
        print(f"walks: not run, {directory} holds no diagrams")
        return True
    print(f"{'folder':<42}{'deployed':>9}{'served':>8}{'refused':>9}{'nodes':>7}{'reached':>9}{'steps':>8}")
    total = Counter[str]()
    left: list[str] = []
    for folder in folders:
        counts = Counter[str]()
        laneway = build(Settings(database_url="sqlite://"))
        for path in sorted(folder.glob("*.bpmn")):
            left += _file(laneway.engine, path, counts)
        laneway.close()
        total.update(counts)
        print(f"{folder.name:<42}{_row(counts)}", flush=True)
    print(f"{'all':<42}{_row(total)}")
    for line in left:
        print(f"  {line}")
    return total["served"] == total["deployed"] and len(left) == total["explained"]


def _row(counts: Counter[str]) -> str:
    widths = {"deployed": 9, "served": 8, "refused": 9, "nodes": 7, "reached": 9, "steps": 8}
    return "".join(f"{counts[name]:>{width},}" for name, width in widths.items())


def _file(engine: Engine, path: Path, counts: Counter[str]) -> list[str]:
    """Strict where the diagram asks for it and is complete, else as a walkthrough."""
    data = path.read_bytes()
    where = f"{path.parent.name}/{path.name}"
    try:
        diagram = loaded(data, path.name)
    except LanewayError as error:
        counts["refused"] += 1
        return [] if error.message else [f"{where}: refused without a reason"]
    if not diagram.deployable:
        counts["refused"] += 1
        reasons = [problem for problem in diagram.problems if problem.severity == "error"]
        return [f"{where}: {each.rule} names no element" for each in reasons if not each.element_id and not each.line]
    counts["deployed"] += 1
    counts["served"] += served_back(engine, data, path.name)
    found, nodes, steps = missed(diagram)
    left = [f"{where}: {process} {identifier} is not reached" for process, ids in found.items() for identifier in ids]
    never = {model.process_id: never_taken(model) for model in diagram.processes}
    counts.update(nodes=nodes, reached=nodes - len(left), steps=steps)
    why = [flow for process in found for flow in never[process]]
    if why:
        counts["explained"] += len(left)
        return [f"{line} (explained: {', '.join(why)} says what an earlier flow says)" for line in left]
    return left


def never_taken(model: ProcessModel) -> list[str]:
    """Flows off an exclusive gateway whose condition is word by word that of a flow before them."""
    found: list[str] = []
    for node in model.nodes:
        texts: set[str] = set()
        for flow in (model.flows[index] for index in node.outgoing if node.type is ElementType.EXCLUSIVE_GATEWAY):
            if flow.condition is not None:
                found += [flow.id] if flow.condition.text in texts else []
                texts.add(flow.condition.text)
    return found


def loaded(data: bytes, name: str) -> Diagram:
    diagram = load(data, name)
    return diagram if diagram.deployable else load(data, name, walkthrough=True)


def served_back(engine: Engine, data: bytes, name: str) -> bool:
    """Whether what is served after a deployment is canonically the upload (C14N 2.0)."""
    served = _deployed(engine, data, name)
    return bool(served) and all(canonical(each) == canonical(data) for each in served)


def _deployed(engine: Engine, data: bytes, name: str) -> list[bytes]:
    """The file and each of its definitions as they come back."""
    try:
        deployment = engine.deploy([(name, data)])
    except LanewayError:
        deployment = engine.deploy([(name, data)], walkthrough=True)
    contents = [each.content for each in engine.resources(deployment.key)]
    return contents + [engine.definition_xml(each.key) for each in deployment.processes]


def canonical(data: bytes) -> bytes:
    return etree.tostring(etree.fromstring(data), method="c14n2")
