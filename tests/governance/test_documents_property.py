"""Whatever stands in a file, the gate answers with problems and never with a crash."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given, settings, strategies as st

from laneway.governance.contracts import load_contracts
from laneway.governance.numbers import NotJson, as_variable
from laneway.governance.schemas import canonical_json
from laneway.yaml_gate import DocumentFault, read_document

YAML_PIECES = st.sampled_from(
    [
        "a",
        "agents",
        "version",
        "1",
        ": ",
        "\n",
        "  ",
        "- ",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "&x ",
        "*x",
        "!!str ",
        "!",
        "'",
        '"',
        "|\n",
        "? ",
        "#",
        "---\n",
        "\t",
        "é",
        "\x00",
        "on",
        "<<",
        "%",
        "\\ud800",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs", "Cc"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('abcdef"\\/é', max_size=5), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=300)
@given(st.lists(YAML_PIECES, max_size=40).map("".join))
def test_any_text_is_read_or_refused_with_a_reason(text: str) -> None:
    try:
        read_document(text.encode("utf-8", "surrogatepass"))
        said = "read"
    except DocumentFault as fault:
        said = fault.message

    assert said


@given(st.binary(max_size=200))
def test_any_bytes_are_contracts_or_problems(data: bytes) -> None:
    found = load_contracts(data, "agents.yaml")

    assert found.problems
    assert not found.contracts


@given(JSON)
def test_json_is_read_as_it_was_written(value: Any) -> None:
    assert read_document(canonical_json({"a": value}).encode()).value == {"a": value}


@settings(max_examples=60)
@given(
    st.dictionaries(
        st.sampled_from(
            ["purpose", "owner", "adapter", "input", "output", "on", "retries", "timeout", "confidence", "x"]
        ),
        JSON,
    )
)
def test_any_agent_is_a_contract_or_a_problem(entry: dict[str, Any]) -> None:
    found = load_contracts(canonical_json({"version": 1, "agents": {"one": entry}}).encode(), "agents.yaml")

    assert bool(found.contracts) is not bool(found.problems)


@given(JSON | st.floats() | st.decimals() | st.lists(st.floats()))
def test_variables_hold_no_binary_floats(value: Any) -> None:
    try:
        converted = as_variable(value)
    except NotJson:
        return
    assert as_variable(converted) == converted
    assert not _holds_float(converted)
    if isinstance(value, float):
        assert converted == Decimal(repr(value))


def _holds_float(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_holds_float(item) for item in value.values())
    return any(_holds_float(item) for item in value) if isinstance(value, list) else isinstance(value, float)
