"""JSON from outside: each bad input gets its own code, each good one comes back exactly."""

import contextlib
import json
import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from laneway import json_gate
from laneway.domain.errors import InvalidInput, TooLarge
from laneway.json_gate import loads
from tests.support.effort import effort


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"a": 1, "a": 2}', "json_duplicate_key"),
        (b'{"x": {"a": 1, "\\u0061": 2}}', "json_duplicate_key"),
        (b'"\\u0000"', "json_character"),
        (b'{"a\\u0000": 1}', "json_character"),
        (b'"\x00"', "json_syntax"),
        (b'"\\ud800"', "json_character"),
        (b'["ok", {"deep": "\\uDFFF"}]', "json_character"),
        (b'"\\ude00\\ud83d"', "json_character"),
        (b'"\xed\xa0\x80"', "json_encoding"),
        (b'"\xff"', "json_encoding"),
        ("{}".encode("utf-16"), "json_encoding"),
        (b"\xef\xbb\xbf{}", "json_syntax"),
        (b"NaN", "json_syntax"),
        (b"[Infinity]", "json_syntax"),
        (b"-Infinity", "json_syntax"),
        (b"1e999", "json_number"),
        (b"1e-999", "json_number"),
        (b"1e99999999999999999999", "json_number"),
        (b"0e999999999", "json_number"),
        (b"1" * 400, "json_number"),
        (b"-" + b"9" * 100_000, "json_number"),
        (b"0." + b"1" * 400, "json_number"),
        (b"[" * 65 + b"]" * 65, "json_depth"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "json_depth"),
        (b"[" * 100_000, "json_depth"),
        (b'{"\\u0001loop": 1}', "json_reserved_name"),
        (b'{"variables": {"\\u0001": 1}}', "json_reserved_name"),
        (b"", "json_syntax"),
        (b"{", "json_syntax"),
        (b"{} {}", "json_syntax"),
        (b"{'a': 1}", "json_syntax"),
        (b'{"a": 1,}', "json_syntax"),
        (b"01", "json_syntax"),
        (b"+1", "json_syntax"),
        (b".5", "json_syntax"),
        (b'"tab\there"', "json_syntax"),
    ],
)
def test_refuses(data: bytes, code: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        loads(data)
    assert raised.value.code == code


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"0.1", Decimal("0.1")),
        (b"1.0", Decimal("1.0")),
        (b"1e2", Decimal("1e2")),
        (b"12345678901234567890.123456789", Decimal("12345678901234567890.123456789")),
        (b"123456789012345678901234567890", 123456789012345678901234567890),
        (b'"\\\\u0000 is text"', "\\u0000 is text"),
        (b'"\\ud83d\\ude00"', "😀"),
        ('"ü😀"'.encode(), "ü😀"),
        (b'["\\u0001 as a value"]', ["\x01 as a value"]),
        (b"[" * 64 + b"]" * 64, None),
        (b"  null\n", None),
        (b"-0", 0),
    ],
)
def test_reads_exactly(data: bytes, value: Any) -> None:
    read = loads(data)
    if value is not None:
        assert read == value
        assert type(read) is type(value)


def test_too_many_bytes() -> None:
    with pytest.raises(TooLarge):
        loads(b'"' + b"a" * 100 + b'"', max_bytes=100)


def test_says_where() -> None:
    with pytest.raises(InvalidInput) as raised:
        loads(b'{\n  "a": nope\n}')
    assert raised.value.details == {"line": 2, "column": 8}


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(10**200), 10**200)
        | st.text(st.characters(exclude_characters="\x00\x01", exclude_categories=["Cs"])),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.text(st.characters(exclude_characters="\x00\x01", exclude_categories=["Cs"])), inner)
        ),
        max_leaves=30,
    )
)
def test_reads_back_what_others_write(value: Any) -> None:
    assert loads(json.dumps(value).encode()) == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_of_others_are_exact(number: float) -> None:
    if number == 0 or 1e-300 < abs(number) < 1e300:
        assert math.isclose(float(loads(json.dumps(number).encode())), number, rel_tol=0, abs_tol=0)


@pytest.mark.parametrize(
    "data",
    [
        b"[" + b"1," * 1_000_000 + b"1]",
        b"{" + b",".join(b'"k%d":"v"' % number for number in range(200_000)) + b"}",
        b'"' + b"\\\\" * 2_000_000 + b'"',
        b"[" + b"9" * 2_000_000 + b"]",
        b'["' + b"\\ud83d\\ude00" * 200_000 + b'"]',
    ],
    ids=["numbers", "members", "backslashes", "digits", "escapes"],
)
def test_takes_linear_time(data: bytes) -> None:
    def read() -> None:
        with contextlib.suppress(InvalidInput):
            loads(data)

    assert effort(read) < 300


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.text(max_size=8)
    | st.sampled_from(["1e5", "2.5", "\\"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(_JSON, st.sampled_from([(",", ":"), (", ", ": ")]), st.booleans())
def test_a_document_that_is_read_at_once_is_read_the_same_with_care(
    value: object, separators: tuple[str, str], ascii: bool
) -> None:
    # Given any document; when it can be read at once; then the values and their types are those of reading it with care.
    data = json.dumps(value, separators=separators, ensure_ascii=ascii).encode("utf-8", "surrogatepass")
    found = json_gate._at_once(data, 64)
    if found is not json_gate._NOT_READ:
        assert repr(found) == repr(json_gate._with_care(data, 64))


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":1}', b'{"a":[{"b":1,"b":2}]}', b"1e23", b"[1.0]", b"-0", b"18446744073709551616", b"[NaN]", b'"\\u0000"',
        b'{"\\u0001a":1}', b'{"a": 1}', b"\xef\xbb\xbf1", b'"\xff"', b"[" * 65 + b"]" * 65, b"", b"01",
    ],
)  # fmt: skip
def test_what_orjson_lets_pass_or_changes_is_read_with_care(data: bytes) -> None:
    assert json_gate._at_once(data, 64) is json_gate._NOT_READ


def test_what_clients_send_is_read_at_once() -> None:
    data = '{"variables":{"approved":true,"amount":-12,"name":"Zoë","list":[1,null,{"a":[]}]},"action":"e.g. 3rd"}'.encode()
    assert json_gate._at_once(data, 64) == json_gate._with_care(data, 64)
    assert json_gate._at_once(data, 64) is not json_gate._NOT_READ
