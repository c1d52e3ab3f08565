"""No flow node, sequence flow, lane or event definition is ever lost on the way from the XML to the model."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from laneway.diagrams import Diagram, load
from tests.diagrams.inventory import (
    CONFORMANCE,
    connections,
    lost,
    of_models,
    of_xml,
    own_diagrams,
    public_diagrams,
    without_flow_ids,
)

PUBLIC = public_diagrams()
if not PUBLIC:
    print(f"no public test diagrams under {CONFORMANCE}: only the project's own are checked", file=sys.stderr)

FILES = [*own_diagrams(), *PUBLIC]


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _assert_nothing_lost(data: bytes, diagram: Diagram) -> None:
    assert not any(lost(data, diagram).values())
    assert of_models(diagram) == of_xml(data)


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_every_element_of_the_file_is_in_the_models(path: Path) -> None:
    data = path.read_bytes()

    diagram = load(data, path.name)

    _assert_nothing_lost(data, diagram)


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_flows_without_ids_are_kept_and_connect_the_same_nodes(path: Path) -> None:
    data = without_flow_ids(path.read_bytes())

    diagram = load(data, path.name)

    _assert_nothing_lost(data, diagram)
    ids = [flow.id for model in diagram.processes for flow in model.flows]
    assert len(set(ids)) == len(ids)
    kept = [(model, flow) for model in diagram.processes for flow in model.flows]
    for (model, flow), (source, target) in zip(kept, connections(data), strict=True):
        if flow.source > 0 and flow.target > 0:
            assert (model.nodes[flow.source].id, model.nodes[flow.target].id) == tuple(
                each.rpartition(":")[2] for each in (source, target)
            )
        else:
            assert not diagram.deployable


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_a_refused_file_says_where_and_what_to_do(path: Path) -> None:
    diagram = load(path.read_bytes(), path.name)

    for problem in diagram.problems:
        if problem.severity == "error":
            assert problem.element_id or problem.rule in ("no_process", "not_bpmn", "unknown_element")
            assert problem.line is not None
            assert problem.message
            assert problem.fix


def test_there_are_diagrams_to_check() -> None:
    assert own_diagrams()
