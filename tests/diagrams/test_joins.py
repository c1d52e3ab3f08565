"""Tables of inclusive joins, held against the definition of BPMN 2.0, 13.4.3, by exhaustive search."""

from __future__ import annotations

from hypothesis import given, strategies as st

from laneway.domain.model import ProcessModel
from laneway.domain.types import ElementType
from tests.diagrams.sheet import draw, flows, model


def _by_search(loaded: ProcessModel, gateway: int, flow: int) -> int:
    """Every slot from which ``flow`` can be reached without passing ``gateway``: one search forwards from each."""
    target = loaded.flows[flow].source
    found = 0
    for start in range(1, len(loaded.nodes)):
        if start == gateway:
            continue
        seen, stack = {start}, [start]
        while stack:
            slot = stack.pop()
            node = loaded.nodes[slot]
            for after in (*(loaded.flows[index].target for index in node.outgoing), *node.boundary_events):
                if after not in seen and after != gateway:
                    seen.add(after)
                    stack.append(after)
        if target in seen:
            found |= 1 << start
    return found


@given(st.integers(2, 7), st.data())
def test_tables_equal_exhaustive_search(count: int, data: st.DataObject) -> None:
    kinds = data.draw(st.lists(st.sampled_from(["inclusiveGateway", "task"]), min_size=count, max_size=count))
    pairs = data.draw(st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=2 * count))
    nodes = "".join(f'<{kind} id="n{number}"/>' for number, kind in enumerate(kinds))
    hosts = [number for number, kind in enumerate(kinds) if kind == "task"][:2]
    nodes += "".join(
        f'<boundaryEvent id="b{host}" attachedToRef="n{host}"><timerEventDefinition/></boundaryEvent>' for host in hosts
    )
    edges = [f"n{a}>n{b}" for a, b in dict.fromkeys(pairs)] + [f"b{host}>n{(host + 1) % count}" for host in hosts]

    loaded = draw(nodes + flows(*edges), executable=False).processes[0]

    joins = {
        node.slot for node in loaded.nodes if node.type is ElementType.INCLUSIVE_GATEWAY and len(node.incoming) > 1
    }
    assert set(loaded.joins) == joins
    for gateway, join in loaded.joins.items():
        assert join.flows == loaded.nodes[gateway].incoming
        assert join.upstream == tuple(_by_search(loaded, gateway, flow) for flow in join.flows)


def test_a_self_loop_brings_nothing_from_elsewhere() -> None:
    loaded = draw('<task id="a"/><inclusiveGateway id="g"/>' + flows("a>g", "g>g"), executable=False).processes[0]

    assert loaded.joins[2].upstream == (1 << 1, 0)


def test_link_events_carry_tokens_to_a_join() -> None:
    body = (
        '<task id="a"/><intermediateThrowEvent id="t"><linkEventDefinition name="x"/></intermediateThrowEvent>'
        '<intermediateCatchEvent id="c"><linkEventDefinition name="x"/></intermediateCatchEvent>'
        '<task id="b"/><inclusiveGateway id="g"/>' + flows("a>t", "c>g", "b>g")
    )

    loaded = model(draw(body))

    assert loaded.joins[loaded.slots["g"]].upstream[0] == 0b1110


def test_parallel_gateways_need_no_table() -> None:
    assert model(draw('<task id="a"/><task id="b"/><parallelGateway id="g"/>' + flows("a>g", "b>g"))).joins == {}
