r"""Sets of characters: ranges of code points, sorted, apart from each other.

Categories are those of the Unicode version of this Python (XML Schema part 2, F.1.1, takes "the latest"); ``\i`` and ``\c``
are the name characters of XML 1.0, fifth edition.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from functools import cache

__all__ = [
    "ANYTHING",
    "CATEGORIES",
    "NAME_CHARACTERS",
    "NAME_START",
    "SPACES",
    "Characters",
    "category",
    "complement",
    "difference",
    "holds",
    "of",
    "single",
    "union",
    "variants",
    "with_variants",
    "word_characters",
]

Characters = tuple[tuple[int, int], ...]
"""First and last code point of each range."""

_LAST = 0x10FFFF
ANYTHING: Characters = ((0, _LAST),)
SPACES: Characters = ((9, 10), (13, 13), (32, 32))
NAME_START: Characters = (
    (0x3A, 0x3A), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x2FF), (0x370, 0x37D),
    (0x37F, 0x1FFF), (0x200C, 0x200D), (0x2070, 0x218F), (0x2C00, 0x2FEF), (0x3001, 0xD7FF), (0xF900, 0xFDCF),
    (0xFDF0, 0xFFFD), (0x10000, 0xEFFFF),
)  # fmt: skip
CATEGORIES = frozenset({
    "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps", "Pe", "Pi",
    "Pf", "Po", "Z", "Zs", "Zl", "Zp", "S", "Sm", "Sc", "Sk", "So", "C", "Cc", "Cf", "Co", "Cn",
})  # fmt: skip
_UNASSIGNED_FROM, _TAGS, _PRIVATE = 0x33480, 0xE0000, 0xF0000
"""Nothing is assigned between these planes but the tags and variation selectors at the start of plane 14."""


def single(point: int) -> Characters:
    return ((point, point),)


def of(ranges: Iterable[tuple[int, int]]) -> Characters:
    """Sort ranges and join those that touch."""
    result: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if result and low <= result[-1][1] + 1:
            if high > result[-1][1]:
                result[-1] = (result[-1][0], high)
        else:
            result.append((low, high))
    return tuple(result)


def union(*sets: Characters) -> Characters:
    return of(piece for one in sets for piece in one)


def complement(characters: Characters) -> Characters:
    result: list[tuple[int, int]] = []
    start = 0
    for low, high in characters:
        if low > start:
            result.append((start, low - 1))
        start = high + 1
    if start <= _LAST:
        result.append((start, _LAST))
    return tuple(result)


def difference(left: Characters, right: Characters) -> Characters:
    return complement(union(complement(left), right))


def holds(characters: Characters, point: int) -> bool:
    index = bisect_right(characters, (point, _LAST)) - 1
    return index >= 0 and characters[index][1] >= point


@cache
def _by_category() -> dict[str, Characters]:
    found: dict[str, list[tuple[int, int]]] = {name: [] for name in CATEGORIES | {"Cs"}}

    def note(name: str, low: int, high: int) -> None:
        found[name].append((low, high))

    kind_of = unicodedata.category
    for first, last in ((0, _UNASSIGNED_FROM - 1), (_TAGS, _TAGS + 0xFFF)):
        start, kind = first, kind_of(chr(first))
        for point in range(first + 1, last + 1):
            other = kind_of(chr(point))
            if other != kind:
                note(kind, start, point - 1)
                start, kind = point, other
        note(kind, start, last)
    note("Cn", _UNASSIGNED_FROM, _TAGS - 1)
    note("Cn", _TAGS + 0x1000, _PRIVATE - 1)
    for plane in (_PRIVATE, _PRIVATE + 0x10000):
        note("Co", plane, plane + 0xFFFD)
        note("Cn", plane + 0xFFFE, plane + 0xFFFF)
    sets = {name: of(ranges) for name, ranges in found.items()}
    for group in "LMNPZSC":
        sets[group] = union(*(characters for name, characters in sets.items() if name[0] == group and len(name) == 2))
    return sets


def category(name: str) -> Characters:
    return _by_category()[name]


@cache
def word_characters() -> Characters:
    r"""``\w``: everything but punctuation, separators and "other"."""
    return complement(union(category("P"), category("Z"), category("C")))


NAME_CHARACTERS: Characters = union(
    NAME_START, ((0x2D, 0x2E), (0x30, 0x39), (0xB7, 0xB7), (0x300, 0x36F), (0x203F, 0x2040))
)


@cache
def _case_classes() -> dict[int, frozenset[int]]:
    """With each character that has case, all that are its variants: the same in lower or in upper case."""
    same: dict[tuple[str, str], list[int]] = {}
    for point in range(0x1EA00):
        character = chr(point)
        lower, upper = character.lower(), character.upper()
        if lower != upper:
            same.setdefault(("lower", lower), []).append(point)
            same.setdefault(("upper", upper), []).append(point)
    classes: dict[int, set[int]] = {}
    for points in same.values():
        for point in points:
            classes.setdefault(point, set()).update(points)
    return {point: frozenset(variants) for point, variants in classes.items() if len(variants) > 1}


def variants(point: int) -> frozenset[int]:
    """The case-variants of a character, itself included (XPath functions 2.0, 7.6.1.1, flag i)."""
    return _case_classes().get(point, frozenset({point}))


def with_variants(characters: Characters) -> Characters:
    """Add the case-variants of every character of a set."""
    classes = _case_classes()
    if sum(high - low for low, high in characters) < 64:
        points = [point for low, high in characters for point in range(low, high + 1) if point in classes]
    else:
        points = [point for point in classes if holds(characters, point)]
    return of([*characters, *((variant, variant) for point in points for variant in classes[point])])
