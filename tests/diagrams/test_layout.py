"""Pictures for files without one: nothing overlaps, everything is drawn, and nothing else in the file changes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings

from laneway.diagrams import load
from laneway.diagrams.layout import layout
from laneway.domain.errors import Conflict, Refused
from tests.diagrams.sheet import flows, found, in_line, sheet
from tests.support.blocks import Block, Drawn, wild_blocks
from tests.support.drawing import Drawing
from tests.support.picture import Drawn as Picture

ROOT = Path(__file__).parents[2]


@given(wild_blocks)
@settings(max_examples=150, deadline=None)
def test_shapes_and_lines_of_anything_that_can_be_drawn(block: Block) -> None:
    assert Picture(layout(Drawn(block).xml, "made_up.bpmn")).faults() == []


@pytest.mark.parametrize("seed", range(8))
def test_shapes_and_lines_of_a_tangle(seed: int) -> None:
    # Given 40 elements with flows from anywhere to anywhere; when it is drawn; then no line runs through a shape.
    chance = random.Random(seed)
    drawing = Drawing()
    scope = drawing.process()
    kinds = ["task", "exclusiveGateway", "parallelGateway", "intermediateThrowEvent"]
    nodes = [scope.node(chance.choice(kinds)) for _ in range(40)]
    for _ in range(60):
        scope.flow(chance.choice(nodes), chance.choice(nodes))

    assert Picture(layout(drawing.xml(), "tangle.bpmn")).faults() == []


POOLS = (
    '<collaboration id="c"><participant id="a" name="Buyer" processRef="p"/><participant id="b" name="Seller"/>'
    '<messageFlow id="m" sourceRef="t" targetRef="b"/></collaboration>'
)
LANES = (
    '<laneSet id="ls"><lane id="l1"><flowNodeRef>s</flowNodeRef><flowNodeRef>e</flowNodeRef></lane>'
    '<lane id="l2"><childLaneSet id="cs"><lane id="l3"><flowNodeRef>t</flowNodeRef></lane><lane id="l4"/></childLaneSet>'
    "</lane></laneSet>"
)


def test_pools_lanes_and_message_flows() -> None:
    picture = Picture(layout(sheet(LANES + in_line('<task id="t"/>', "t"), beside=POOLS), "pools.bpmn"))

    assert picture.faults() == []
    shapes = picture.shapes
    assert all(shapes["a"].holds(shapes[inside]) for inside in ("l1", "l2", "l3", "l4", "s", "t", "e"))
    assert shapes["l2"].holds(shapes["l3"])
    assert shapes["l2"].holds(shapes["l4"])
    assert not shapes["a"].overlaps(shapes["b"])
    assert shapes["a"].right == shapes["l1"].right
    assert "m" in picture.lines


def test_data_annotations_and_event_sub_processes_are_drawn_beside_the_flow() -> None:
    body = in_line(
        '<task id="t"><dataInputAssociation id="da"><sourceRef>r</sourceRef></dataInputAssociation></task>', "t"
    )
    body += (
        '<dataObject id="d"/><dataObjectReference id="r" dataObjectRef="d" name="Order"/><textAnnotation id="x">'
        '<text>Why</text></textAnnotation><association id="as" sourceRef="t" targetRef="x"/>'
        '<subProcess id="u" triggeredByEvent="true"><startEvent id="us"/><endEvent id="ue"/>'
        + flows("us>ue")
        + "</subProcess>"
    )

    picture = Picture(layout(sheet(body), "data.bpmn"))

    assert picture.faults() == []
    assert {"r", "x", "u", "us"} <= picture.shapes.keys()
    assert {"da", "as"} <= picture.lines.keys()


def test_only_the_picture_is_put_in() -> None:
    data = sheet(in_line('<task id="t"/>', "t")).replace(b"<process", "<!-- Für später -->\r\n<process".encode())

    drawn = layout(data, "plain.bpmn")

    start = drawn.index(b"<bpmndi:BPMNDiagram")
    end = drawn.index(b"</bpmndi:BPMNDiagram>\n") + len(b"</bpmndi:BPMNDiagram>\n")
    assert drawn[:start] + drawn[end:] == data
    assert layout(data, "plain.bpmn") == drawn
    before, after = load(data, "plain.bpmn").processes[0], load(drawn, "plain.bpmn").processes[0]
    assert [node.id for node in before.nodes] == [node.id for node in after.nodes]


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "us-ascii", "windows-1252"])
def test_files_in_other_encodings(encoding: str) -> None:
    text = sheet(in_line('<task id="täsk"/>', "täsk")).decode()
    data = f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding, "xmlcharrefreplace")

    assert "täsk" in Picture(layout(data, "other.bpmn")).shapes


def test_a_picture_that_somebody_drew_is_replaced_only_when_asked() -> None:
    drawn = layout(sheet(in_line('<task id="t"/>', "t")), "drawn.bpmn")
    moved = drawn.replace(b'x="', b'x="7')

    with pytest.raises(Conflict) as refused:
        layout(moved, "drawn.bpmn")

    assert refused.value.code == "has_layout"
    assert layout(moved, "drawn.bpmn", force=True) == drawn


def test_a_picture_without_shapes_counts_as_none() -> None:
    data = sheet(in_line('<task id="t"/>', "t"))
    empty = data.replace(
        b"</definitions>", b'<bpmndi:BPMNDiagram id="x"><bpmndi:BPMNPlane/></bpmndi:BPMNDiagram></definitions>'
    )

    assert layout(empty, "empty.bpmn").count(b"<bpmndi:BPMNDiagram") == 1


def test_what_holds_nothing_to_draw_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        layout(b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d"/>', "nothing.bpmn")

    assert refused.value.code == "nothing_to_draw"


def test_an_element_without_id_is_left_out() -> None:
    picture = Picture(layout(sheet('<startEvent id="s"/><task/><endEvent id="e"/>' + flows("s>e")), "some.bpmn"))

    assert picture.shapes.keys() == {"s", "e"}


def test_deep_nesting() -> None:
    body = '<task id="t"/>'
    for depth in range(60):
        body = f'<subProcess id="u{depth}">{body}</subProcess>'

    assert Picture(layout(sheet(body), "deep.bpmn")).faults() == []


def test_a_check_tells_how_to_get_a_picture() -> None:
    data = sheet(in_line('<task id="t"/>', "t"))

    without = found(load(data, "plain.bpmn", thorough=True), "no_layout")

    assert "laneway layout plain.bpmn" in without[0].fix
    assert not found(load(layout(data, "plain.bpmn"), "plain.bpmn", thorough=True), "no_layout")


def test_the_diagram_that_ships_can_be_drawn_again() -> None:
    data = (ROOT / "bpmn" / "customer-service" / "customer-service.bpmn").read_bytes()

    assert Picture(layout(data, "customer-service.bpmn", force=True)).faults() == []
