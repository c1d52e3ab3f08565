"""A short random walk through what ``make fuzz`` looks at for as long as one likes."""

import pytest
from hypothesis import given, settings, strategies as st

from tests.fuzz.targets import FRAGMENTS, check, text_of

PLACES = st.lists(st.integers(0, 255), max_size=25).map(bytes)


@given(PLACES)
@settings(max_examples=300, deadline=None)
def test_no_row_of_fragments_crashes_or_hangs(places: bytes) -> None:
    check(b"\x01" + places)


@given(st.binary(max_size=60))
@settings(max_examples=100, deadline=None)
def test_no_bytes_crash_or_hang(data: bytes) -> None:
    check(b"\x00" + data)


def test_bytes_are_places_in_the_list_of_fragments() -> None:
    assert text_of(b"\x01\x00\x00\x00\x01") == FRAGMENTS[0] + FRAGMENTS[1]
    assert text_of(b"\x00a + 1") == "a + 1"


@pytest.mark.parametrize(
    "text", ["a+++b", "]1..5[", "((((", "{a:{b:", 'a in (? > "', "-----1", "1 in 2 in 3", "not(not(1))"]
)
def test_what_was_found_by_hand(text: str) -> None:
    check(b"\x00" + text.encode())
