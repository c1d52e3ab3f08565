"""Reading a text takes work in proportion to its length: counted in looks at a token, never by a clock."""

from typing import Any

import pytest

from laneway.expressions.builtins import BUILTINS
from laneway.expressions.parser import Parser


class _Watched(list[Any]):
    looks = 0

    def __getitem__(self, place: Any) -> Any:
        self.looks += 1 if isinstance(place, int) else place.stop - place.start
        return super().__getitem__(place)


def looks_per_token(text: str) -> float:
    parser = Parser(text, ("a-b", "Profit and Loss"), BUILTINS, strict=False)
    parser.tokens = watched = _Watched(parser.tokens)
    parser.expression(0)
    parser.expect_end()
    return watched.looks / len(watched)


@pytest.mark.parametrize(
    ("piece", "start", "end"),
    [
        ("a + ", "", "a"), ("a-b * Profit and Loss + ", "", "a"), ("a, ", "[", "a]"), ("some x in a satisfies x, ", "[", "a]"),
        ("every x in [1] y in [2] satisfies x = y, ", "[", "a]"), ("count(list: [1]), ", "[", "a]"), ("for a c in b return a c, ", "[", "a]"),
        ("if a then b else ", "", "a"), ("a and ", "", "a"), ("(function(x: number, y z) x)(1, 2), ", "[", "a]"), ("a instance of list<number>, ", "[", "a]"),
        ("a word after ", "", "a"), ("a.b c[item > 1] + ", "", "a"), ("a in (1, > 2) and ", "", "a"), ("{x y: 1, z: x y}, ", "[", "a]"), ("]1..2[, ", "[", "a]"),
    ],
)  # fmt: skip
def test_work_grows_with_the_text(piece: str, start: str, end: str) -> None:
    short, long = (looks_per_token(start + piece * times + end) for times in (50, 400))
    assert long < short * 1.25


def test_a_context_of_many_keys_with_spaces_is_no_worse() -> None:
    def context(size: int) -> str:
        return "{" + ", ".join(f"my key {number}: {number}" for number in range(size)) + "}"

    assert looks_per_token(context(400)) < looks_per_token(context(50)) * 1.25
