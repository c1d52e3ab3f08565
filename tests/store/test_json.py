"""JSON as it is kept: exact."""

import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from laneway.store.json import decode, encode, encode_canonical

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NUMBERS = st.integers() | st.integers(-(10**60), 10**60) | st.decimals(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=20,
)


def exactly(value: Any) -> Any:
    """A picture in which 1, 1.0, 1.00 and true differ."""
    if isinstance(value, dict):
        return {name: exactly(one) for name, one in value.items()}
    if isinstance(value, list):
        return [exactly(one) for one in value]
    return type(value).__name__, str(value)


@given(VALUES)
def test_a_value_comes_back_exactly(value: Any) -> None:
    read = decode(encode(value))
    assert exactly(_whole(read)) == exactly(_whole(value))
    assert decode(encode_canonical(value)) == value


def _whole(value: Any) -> Any:
    """A Decimal that is written without fraction or exponent is read as an int: they are one number in JSON."""
    if isinstance(value, dict):
        return {name: _whole(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_whole(one) for one in value]
    if isinstance(value, Decimal) and str(value).lstrip("-").isdigit() and str(value) != "-0":
        return int(value)
    return 0 if isinstance(value, Decimal) and str(value) == "-0" else value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1.50"), "1.50"),
        (Decimal("1E+2"), "1E+2"),
        (0.1, "0.1"),
        ((1, [Decimal("2.0")]), "[1,[2.0]]"),
        ('\x00\x1f"\\ü😀', '"\\u0000\\u001f\\"\\\\ü😀"'),
        (2**64, "18446744073709551616"),
        ({"a": True, "b": None}, '{"a":true,"b":null}'),
    ],
)
def test_encode(value: Any, text: str) -> None:
    assert encode(value) == text


def test_canonical_texts_of_equal_values_are_equal() -> None:
    assert encode_canonical({"b": 1, "a": {"d": 2, "c": 3}}) == '{"a":{"c":3,"d":2},"b":1}'


@pytest.mark.parametrize("value", [math.nan, math.inf, Decimal("NaN"), Decimal("-Infinity"), [Decimal("sNaN")]])
def test_no_number(value: Any) -> None:
    with pytest.raises(ValueError, match=r"no JSON number|not JSON compliant"):
        encode(value)


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes", [Decimal(1), object()], {1: Decimal(2)}])
def test_no_json(value: Any) -> None:
    with pytest.raises(TypeError):
        encode(value)
