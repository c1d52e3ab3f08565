"""Large and hostile diagrams are read in linear time, without recursion."""

from __future__ import annotations

import pytest

from laneway.diagrams import load
from laneway.diagrams.layout import layout
from laneway.domain.errors import TooLarge
from tests.diagrams.sheet import draw, errors, found, sheet
from tests.support.effort import effort


def _chain(count: int) -> bytes:
    nodes = "".join(f'<task id="t{number}" name="T"/>' for number in range(count))
    links = "".join(f'<sequenceFlow sourceRef="t{number}" targetRef="t{number + 1}"/>' for number in range(count - 1))
    return sheet(nodes + links)


def test_a_chain_of_5000_tasks_loads() -> None:
    diagram = load(_chain(5_000), "chain.bpmn")

    assert errors(diagram) == []
    assert len(diagram.processes[0].flows) == 4_999


def test_time_grows_with_size_and_no_faster() -> None:
    def cost(count: int) -> float:
        data = _chain(count)
        return min(effort(lambda: load(data, "chain.bpmn")) for _ in range(3))

    assert cost(4_000) < 4 * cost(1_000) * 3


def test_a_deep_nest_of_sub_processes_loads() -> None:
    body = "".join(f'<subProcess id="s{number}">' for number in range(200)) + "</subProcess>" * 200

    assert len(draw(body).processes[0].nodes) == 201


def test_many_duplicate_ids_are_refused_quickly() -> None:
    def read() -> None:
        assert found(draw('<task id="a"/>' * 2_000), "duplicate_id")

    assert effort(read) < 400


def test_inclusive_gateways_drawn_to_be_costly_are_refused() -> None:
    count = 1_500
    nodes = "".join(f'<inclusiveGateway id="g{n}"/><task id="t{n}"/>' for n in range(count))
    links = "".join(
        f'<sequenceFlow sourceRef="{a}" targetRef="{b}"/>'
        for n in range(count)
        for a, b in (
            (f"g{n}", f"t{n}"),
            (f"t{n}", f"g{(n + 1) % count}"),
            (f"g{n}", f"t{(n + 7) % count}"),
            (f"t{n}", f"g{(n + 2) % count}"),
        )
    )

    diagram = draw(nodes + links, executable=False)

    assert found(diagram, "too_many_joins")


@pytest.mark.parametrize(
    ("beside", "code"),
    [('<process id="x"/>' * 1_001, "too_many_processes"), ("", "too_many_lanes")],
)
def test_too_many_processes_or_lanes_are_refused(beside: str, code: str) -> None:
    lanes = "" if beside else f"<laneSet>{'<lane/>' * 10_001}</laneSet>"

    with pytest.raises(TooLarge) as refused:
        draw(lanes, beside=beside)

    assert refused.value.code == code


def test_references_with_quotes_and_extensions_without_ids_do_no_harm() -> None:
    body = (
        '<task id="t"><dataInputAssociation><sourceRef>\'"]</sourceRef></dataInputAssociation></task>'
        "<extensionElements><message/><signal/><error/><escalation/><dataStore/><correlationProperty/></extensionElements>"
    )

    assert errors(draw(body)) == []


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('ls')",
        "().__class__.__subclasses__()",
        "'{0.__class__}'.format(x)",
    ],
)
def test_hostile_texts_are_refused_or_never_evaluated_at_load(text: str) -> None:
    escaped = text.replace("'", "&apos;")
    body = (
        f'<startEvent id="s" name="{escaped}"/><userTask id="t" camunda:assignee="{escaped}"><multiInstanceLoopCharacteristics>'
        f"<loopCardinality>{escaped}</loopCardinality></multiInstanceLoopCharacteristics></userTask>"
        f"<sequenceFlow sourceRef='s' targetRef='t'><conditionExpression>{escaped}</conditionExpression></sequenceFlow>"
        f'<intermediateCatchEvent id="c"><timerEventDefinition><timeDuration>{escaped}</timeDuration></timerEventDefinition>'
        "</intermediateCatchEvent>"
    )

    assert not draw(body).deployable


def _tangle(count: int) -> bytes:
    """Gateways of all kinds with flows from anywhere to anywhere, which no reduction takes apart."""
    kinds = ("parallelGateway", "exclusiveGateway", "task")
    nodes = "".join(f'<{kinds[n % 3]} id="g{n}" wrong="{n}"/>' for n in range(count))
    links = "".join(
        f'<sequenceFlow id="f{n}_{step}" sourceRef="g{n}" targetRef="g{(n * step + 1) % count}"/>'
        for n in range(count)
        for step in (1, 7)
    )
    return sheet(f'<startEvent id="s"/>{nodes}{links}<sequenceFlow id="f" sourceRef="s" targetRef="g0"/>')


@pytest.mark.parametrize("read", ["check", "layout"])
def test_checking_and_drawing_a_tangle_cost_what_its_size_is(read: str) -> None:
    def cost(count: int) -> float:
        data = _tangle(count)
        if read == "layout":
            return effort(lambda: layout(data, "tangle.bpmn"))
        return effort(lambda: load(data, "tangle.bpmn", walkthrough=True, thorough=True))

    assert cost(4_000) < 4 * cost(1_000) * 3


def test_faults_by_the_schema_among_many_siblings_are_told_without_their_places() -> None:
    data = (
        _chain(4_000).replace(b' name="T"', b' name="T" wrong="x"').replace(b"<sequenceFlow", b'<sequenceFlow also=""')
    )

    problems = found(load(data, "faulty.bpmn", thorough=True), "xml_schema")

    assert any("3,999 more places" in problem.message for problem in problems)
    assert {problem.line for problem in problems} == {None}
