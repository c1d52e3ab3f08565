"""Whether a value is as a case expects it."""

from decimal import Decimal
from typing import Any

import pytest

from laneway.cases.matchers import ABSENT, lookup, mismatch

VALUES = {"draft": {"sources": [{"title": "Terms"}], "confidence": Decimal("0.80")}, "a.b": 1, "nothing": None}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("draft.sources.0.title", "Terms"),
        ("draft.sources.-1.title", "Terms"),
        ("a.b", 1),
        ("nothing", None),
        ("draft.sources.1", ABSENT),
        ("draft.text", ABSENT),
    ],
)
def test_a_path_leads_into_contexts_and_lists(path: str, value: Any) -> None:
    assert lookup(VALUES, path) is value or lookup(VALUES, path) == value


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        (Decimal("1.50"), Decimal("1.5")),
        (1, Decimal("1")),
        ({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}),
        ({"$gt": Decimal("0.5"), "$lte": 1}, Decimal("0.8")),
        ({"$contains": "Terms"}, "the terms of delivery"),
        ({"$contains": 2}, [1, 2]),
        ({"$matches": "^E-[0-9]+$"}, "E-1001"),
        ({"$in": ["a", "b"]}, "b"),
        ({"$notIn": ["a"]}, "b"),
        ({"$exists": False}, ABSENT),
        ({"$exists": True}, None),
        ({"$length": {"$gt": 1}}, "abc"),
        ({"$neq": "a"}, ABSENT),
    ],
)
def test_these_match(expected: Any, actual: Any) -> None:
    assert mismatch(expected, actual) is None


@pytest.mark.parametrize(
    ("expected", "actual", "said"),
    [
        (True, 1, "expected true, found 1"),
        ("a", ABSENT, 'expected "a", found nothing'),
        ([1], [1, 2], "expected [1], found [1, 2]"),
        ({"$gt": 1}, "2", 'expected $gt 1, found "2"'),
        ({"$contains": "x"}, None, 'expected $contains "x", found null'),
        ({"$like": "x"}, "x", "there is no test $like"),
    ],
)
def test_these_do_not_and_say_why(expected: Any, actual: Any, said: str) -> None:
    assert said in (mismatch(expected, actual) or "")
