"""A quick sample of the corpus; ``make security`` attempts all of it."""

from __future__ import annotations

import pytest

from tests.security.attacks import PLACES, corpus
from tests.security.drawn import drawn_corpus
from tests.security.field import Outcome
from tests.security.run import run


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    return list(run(1))


def test_the_corpus_has_at_least_five_hundred_attacks_each_with_a_twin() -> None:
    cases = list(corpus("127.0.0.1:1"))
    attacks = [case for case in cases if not case.benign]
    assert len(attacks) >= 500
    assert len(cases) == 2 * len(attacks)
    assert len({case.number for case in cases}) == len(cases)


def test_agents_with_drawn_tools_are_attacked_everywhere() -> None:
    attacks = [case for case in drawn_corpus("127.0.0.1:1") if not case.benign]
    assert len(attacks) >= 60
    assert {case.place for case in attacks} == set(PLACES)


def test_no_attack_has_an_effect_outside(outcomes: list[Outcome]) -> None:
    assert [(outcome.case.number, outcome.unauthorised) for outcome in outcomes if outcome.unauthorised] == []


def test_what_is_asked_for_honestly_is_done(outcomes: list[Outcome]) -> None:
    assert [outcome.case.number for outcome in outcomes if outcome.case.benign and not outcome.succeeded] == []


def test_injections_reach_the_agent_wherever_they_stand(outcomes: list[Outcome]) -> None:
    # Else nothing would be shown by what it did not do.
    reached = {outcome.case.place for outcome in outcomes if outcome.reached and not outcome.case.benign}
    assert reached == set(PLACES)


def test_under_contracts_that_allow_them_the_attacks_are_found() -> None:
    # Given the same attacks under contracts without edges, when effects are counted, then there are: the measure can fail.
    attacks = [each for each in run(1, loose=True, places=["variable"]) if not each.case.benign]
    found = {outcome.case.goal for outcome in attacks if outcome.unauthorised}
    assert found >= {"exfiltrate", "unlisted tool", "forged approval", "loop", "budget race", "cross-tenant"}
    drawn = {each.case.goal for each in attacks if each.unauthorised and each.case.process == "drawn"}
    assert drawn >= {"unlisted tool", "forged approval"}
