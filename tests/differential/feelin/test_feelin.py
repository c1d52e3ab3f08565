"""Where feelin and Laneway answer the same expression otherwise, the reason is written down."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.differential.feelin.differences import DIFFERENCES
from tests.differential.feelin.expressions import CONTEXT, EXPRESSIONS
from tests.differential.feelin.made_up import made_up
from tests.differential.feelin.oracle import agree, feelin, laneway

MADE_UP = 1_000 * int(os.environ.get("LANEWAY_EXAMPLES", "1"))


def disagreements(texts: list[str]) -> dict[str, tuple[Any, Any]]:
    """Text → Laneway's and feelin's answer, where they differ."""
    theirs = feelin([(text, CONTEXT) for text in texts])
    pairs = {text: (laneway((text, CONTEXT)), other) for text, other in zip(texts, theirs, strict=True)}
    return {text: pair for text, pair in pairs.items() if not agree(*pair)}


@pytest.fixture(scope="module")
def picked() -> dict[str, tuple[Any, Any]]:
    return disagreements(list(EXPRESSIONS))


def test_picked_expressions_differ_only_where_the_standard_says_so(picked: dict[str, tuple[Any, Any]]) -> None:
    unexplained = {text: pair for text, pair in picked.items() if text not in DIFFERENCES}
    assert unexplained == {}


def test_every_difference_written_down_is_one(picked: dict[str, tuple[Any, Any]]) -> None:
    assert set(DIFFERENCES) - set(picked) == set()


def test_made_up_expressions_agree() -> None:
    assert disagreements(made_up(MADE_UP, seed=20_260_101)) == {}


def test_what_is_asked_covers_every_kind_of_answer() -> None:
    answers = [laneway((text, CONTEXT)) for text in EXPRESSIONS]
    kinds = {type(answer).__name__ for answer in answers}
    assert kinds == {"NoneType", "bool", "str", "Decimal", "list", "dict"}
    assert len(EXPRESSIONS) > 700
