"""An agent is given, and may cite, what the register approves and its contract names, and nothing else of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, strategies as st

from laneway.domain.contract import AgentContract, DataSource
from laneway.governance.contracts import load_contracts
from laneway.governance.sources import cited_fault, sift, why_not

TODAY = date(2026, 11, 23)
RETURNS = DataSource("returns", "kim", "approved", ("knowledge/returns*.md",))
PRICES = DataSource("prices", "kim", "approved", ("prices.md",))
FILES = {"knowledge/returns.md": b"30 days", "prices.md": b"12", "prompts/answer.md": b"Answer"}


def contract(*register: DataSource, sources: tuple[str, ...] = ("returns",)) -> AgentContract:
    return AgentContract("a", "p", "o", ("a",), "local", data_register=register, data_sources=sources)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"status": "outdated"}, "its status is outdated"),
        ({"status": "draft"}, "its status is draft"),
        ({"valid_until": date(2026, 11, 23)}, None),
        ({"valid_until": date(2026, 11, 22)}, "not valid since 2026-11-22"),
        ({"valid_from": date(2026, 11, 24)}, "not valid before 2026-11-24"),
        ({"max_age": 86_400.0, "reviewed": date(2026, 11, 22)}, None),
        ({"max_age": 86_400.0, "reviewed": date(2026, 11, 21)}, "not reviewed since 2026-11-21"),
        ({"max_age": 86_400.0}, "nobody says when it was reviewed"),
    ],
)
def test_a_source_is_used_while_it_is_approved_valid_and_fresh(changes: dict[str, Any], reason: str | None) -> None:
    assert why_not(replace(RETURNS, **changes), TODAY) == reason


def test_an_agent_sees_the_files_of_its_sources_and_those_that_no_source_claims() -> None:
    sifted = sift(contract(RETURNS, PRICES), FILES, TODAY)

    assert set(sifted.files) == {"knowledge/returns.md", "prompts/answer.md"}
    assert sifted.notes == {"used": ["returns"]}


def test_what_may_not_be_used_is_withheld_and_the_record_says_why() -> None:
    sifted = sift(contract(replace(RETURNS, status="draft"), PRICES), FILES, TODAY)

    assert set(sifted.files) == {"prompts/answer.md"}
    assert sifted.notes == {"used": [], "withheld": [{"source": "returns", "reason": "its status is draft"}]}


def test_a_file_that_two_sources_claim_must_be_good_in_both() -> None:
    old = DataSource("old", "kim", "outdated", ("knowledge/*.md",))

    assert set(sift(contract(RETURNS, old), FILES, TODAY).files) == {"prices.md", "prompts/answer.md"}


def test_without_a_register_nothing_is_withheld() -> None:
    assert sift(contract(sources=()), FILES, TODAY).files == FILES
    assert cited_fault(contract(sources=()), [{"name": "anything"}], FILES, TODAY) is None


@pytest.mark.parametrize(
    ("citation", "said"),
    [
        ({"name": "knowledge/returns.md"}, None),
        ({"name": "knowledge/returns.md", "sha256": hashlib.sha256(b"30 days").hexdigest()}, None),
        ({"source": "returns", "title": "§ 4"}, None),
        ({"name": "knowledge/returns.md", "sha256": "0" * 64}, "is not the text of returns that is deployed"),
        ({"name": "prices.md"}, "is of prices, which its contract does not name"),
        ({"source": "drafts"}, "may not be used: its status is draft"),
        ({"source": "returns", "name": "new.md"}, "may not be used: its status is draft"),
        ({"name": "https://evil.test/"}, "is in no register"),
        ({}, "is in no register"),
        ("returns", "is no citation"),
    ],
)
def test_what_is_cited_is_held_against_the_register(citation: Any, said: str | None) -> None:
    drafts = DataSource("drafts", "kim", "draft", ("new.md",))
    fault = cited_fault(contract(RETURNS, PRICES, drafts), [citation], FILES, TODAY)

    assert fault is None if said is None else said in (fault or "")


def test_an_agent_without_sources_may_cite_what_is_not_registered_alone() -> None:
    none = contract(RETURNS, sources=())

    assert cited_fault(none, [{"name": "elsewhere"}], FILES, TODAY) is None
    assert cited_fault(none, [{"source": "returns"}], FILES, TODAY) is not None


@given(
    st.lists(
        st.builds(
            DataSource,
            st.sampled_from(["a", "b", "c"]),
            st.just("kim"),
            st.sampled_from(["approved", "outdated", "draft"]),
            st.tuples(st.sampled_from(["x.md", "y.md", "*.md"])),
            valid_until=st.none() | st.just(TODAY) | st.just(date(2020, 1, 1)),
        ),
        unique_by=lambda source: source.name,
        min_size=1,
    ),
    st.lists(st.sampled_from(["a", "b", "c"]), unique=True),
)
def test_no_file_is_seen_that_a_source_forbids(register: list[DataSource], named: list[str]) -> None:
    files: Mapping[str, bytes] = {"x.md": b"", "y.md": b""}
    agreed = contract(*register, sources=tuple(named))

    for name in sift(agreed, files, TODAY).files:
        claiming = [source for source in register if name in source.files or "*.md" in source.files]
        assert all(why_not(source, TODAY) is None for source in claiming)
        assert not claiming or {source.name for source in claiming} & set(named)
        assert not claiming or cited_fault(agreed, [{"name": name}], files, TODAY) is None


AGENTS = """\
version: 1
data_sources:
  returns:
    owner: kim
    status: approved
    files: ["knowledge/*.md"]
    valid_until: 2027-12-31
    reviewed: 2026-06-01
    max_age: P365D
agents:
  one:
    purpose: p
    owner: o
    adapter: local
    data_sources: [returns]
    input: {type: object}
    output: {type: object}
"""


def test_the_register_is_read_from_the_file_and_binds_by_the_hash() -> None:
    (one,) = load_contracts(AGENTS.encode(), "agents.yaml").contracts
    (changed,) = load_contracts(AGENTS.replace("approved", "draft").encode(), "agents.yaml").contracts

    assert one.data_register == (
        DataSource(
            "returns",
            "kim",
            "approved",
            ("knowledge/*.md",),
            valid_until=date(2027, 12, 31),
            reviewed=date(2026, 6, 1),
            max_age=365 * 86_400.0,
        ),
    )
    assert one.data_sources == ("returns",)
    assert one.hash != changed.hash


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2027-12-31", "end of 2027", "agents.yaml:7: error [agents-data-source]: data_sources.returns.valid_until"),
        ("P365D", "a year", "agents.yaml:9: error [agents-duration]: data_sources.returns.max_age"),
        ("    reviewed: 2026-06-01\n", "", "the age counts from the last review, which is not written"),
        ("    owner: kim\n", "", "error [agents-missing-key]: data_sources.returns: 'owner' is missing"),
        ("approved", "fine", "data_sources.returns.status"),
        ("[returns]", "[refunds]", "agent 'one', data_sources.0: there is no source 'refunds'"),
    ],
)
def test_a_fault_in_the_register_is_named_and_no_contract_rests_on_it(old: str, new: str, said: str) -> None:
    found = load_contracts(AGENTS.replace(old, new).encode(), "agents.yaml")

    assert any(said in str(problem) for problem in found.problems)
    assert not found.contracts
