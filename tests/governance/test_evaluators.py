"""Evaluators: how far an answer is to be trusted, told by what can be counted."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from laneway.domain.contract import EvaluatorUse
from laneway.domain.errors import Refused
from laneway.governance.evaluators.base import Subject
from laneway.governance.evaluators.registry import make

A, B = {"kind": "a", "confidence": 0.9}, {"kind": "b"}
SCHEMA = {"type": "object", "properties": {"name": {}, "tags": {}, "note": {}, "count": {}, "confidence": {}}}


@pytest.mark.parametrize(
    ("others", "said"),
    [((A, A), 1), ((A, B), "0.6667"), ((B, B), "0.3333"), (({"kind": "a"}, None), "0.6667"), ((None, None), "0.3333")],
)
def test_agreement_is_the_share_of_answers_that_say_the_same(others: Any, said: Any) -> None:
    found = make(EvaluatorUse("agreement", {"answers": 3})).evaluate(Subject({}, A, others=others))
    assert found.confidence == Decimal(said)


def test_agreement_may_be_asked_of_some_fields_alone() -> None:
    evaluator = make(EvaluatorUse("agreement", {"answers": 2, "fields": ["kind"]}))
    assert evaluator.evaluate(Subject({}, {**A, "text": "x"}, others=({**A, "text": "y"},))).confidence == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("It takes a week [1]. It is free [2].", 1),
        ("It takes a week. [1] It is free.", "0.5"),
        ("It takes a week [3]. It is free [0].", 0),
        ("Prices are 1.50 per piece [1]\nand that is all", "0.5"),
        ("", 0),
        (None, 0),
    ],
)
def test_citations_are_the_share_of_sentences_that_cite_a_source(text: Any, said: Any) -> None:
    subject = Subject({}, {"answer": text}, sources=({"name": "a.md"}, {"name": "b.md"}))
    assert make(EvaluatorUse("citations", {"field": "answer"})).evaluate(subject).confidence == Decimal(said)


def test_without_sources_nothing_is_cited() -> None:
    found = make(EvaluatorUse("citations", {"field": "answer"})).evaluate(Subject({}, {"answer": "So it is [1]."}))
    assert found.confidence == 0


def test_completeness_is_the_share_of_fields_that_hold_something() -> None:
    output = {"name": " ", "tags": [], "note": None, "count": 0, "confidence": 1}
    found = make(EvaluatorUse("completeness")).evaluate(Subject({}, output, SCHEMA))
    assert (found.confidence, found.facts) == (Decimal("0.25"), {"missing": ["name", "tags", "note"]})


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("agreement", {"answers": 1}),
        ("agreement", {"answers": True}),
        ("agreement", {"often": 2}),
        ("citations", {}),
        ("completeness", {"fields": []}),
        ("guess", {}),
    ],
)
def test_what_cannot_be_meant_is_refused(name: str, config: Any) -> None:
    with pytest.raises(Refused) as refused:
        make(EvaluatorUse(name, config))
    assert refused.value.code == "evaluator_config"
