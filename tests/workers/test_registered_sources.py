"""Sources of the tenant's register: asked at each use, so that what is withdrawn is not drawn on any more."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from laneway.domain.errors import Forbidden
from laneway.domain.work import Actor
from tests.support.world import ANNA, BEN, World
from tests.workers.test_agents import GOOD, agents, letter

CITING = {**GOOD, "sources": [{"source": "rules", "name": "rules.md"}]}
SAID = {
    "owner": "kim",
    "files": ("rules*.md",),
    "valid_until": "2026-01-06",
    "reviewed": "2026-01-01",
    "max_age": "P9D",
}


def deploy(world: World, register: str = "the rules") -> None:
    name, content = agents(CITING, data_sources=["rules"])
    written = yaml.safe_load(content)
    written["data_sources"] = {"rules": {"register": register, "files": ["rules.md"]}}
    world.deploy(letter(), (name, yaml.safe_dump(written).encode()), ("rules.md", b"Be kind"))


def run(world: World) -> tuple[str, dict[str, Any]]:
    key = world.start(variables={"letter": "x"})
    world.settle()
    details = [row["details"] for row in world.audits(rootProcessInstanceKey=key) if "dataSources" in row["details"]]
    return world.state(key), details[-1]["dataSources"]


def test_what_is_approved_is_used_and_the_record_says_by_whom(stored: World) -> None:
    # Given a source that anna wrote and ben approved; when an agent cites it; then it may, and the record names both.
    source = stored.engine.create_data_source("the rules", SAID, actor=ANNA)
    stored.engine.update_data_source(source.key, {"status": "approved"}, actor=BEN)
    deploy(stored)
    state, told = run(stored)
    assert state == "COMPLETED"
    assert told == {"used": ["rules"], "register": {"rules": "the rules, version 2, approved by ben"}}


@pytest.mark.parametrize("how", ["draft", "outdated", "late", "unknown"])
def test_what_is_not_good_today_is_drawn_on_by_nobody(world: World, how: str) -> None:
    # Given a source that was good when the process was deployed
    source = world.engine.create_data_source("the rules", SAID, actor=ANNA)
    world.engine.update_data_source(source.key, {"status": "approved"}, actor=BEN)
    deploy(world, "no rules" if how == "unknown" else "the rules")
    # When it is not any more, then what cites it is not taken, and the record says why
    if how == "draft":
        world.engine.update_data_source(source.key, {"owner": "lou"}, actor=ANNA)
    elif how == "outdated":
        world.engine.update_data_source(source.key, {"status": "outdated"}, actor=ANNA, reason="new law")
    elif how == "late":
        world.pass_time(days=2)
    state, told = run(world)
    why = {
        "draft": "its status is draft", "outdated": "its status is outdated", "late": "not valid since 2026-01-06",
        "unknown": "the register has no source 'no rules'",
    }  # fmt: skip
    assert (state, told["withheld"]) == ("ACTIVE", [{"source": "rules", "reason": why[how]}])


def test_who_changed_a_source_and_why_is_on_record(world: World) -> None:
    source = world.engine.create_data_source("the rules", SAID, actor=ANNA)
    world.engine.update_data_source(source.key, {"status": "outdated"}, actor=BEN, reason="new law")
    (made, changed) = [row["details"] | {"by": row["actorId"]} for row in world.audits()]
    assert (made["by"], made["said"]["owner"]) == ("anna", "kim")
    assert (changed["by"], changed["changes"], changed["reason"]) == ("ben", {"status": "outdated"}, "new law")


def test_who_said_a_part_of_it_approves_none_of_it(stored: World) -> None:
    # Given what anna says of a source, of which ben corrects the owner
    engine = stored.engine
    source = engine.create_data_source("the prices", {"owner": "o", "files": ["*"]}, actor=ANNA)
    engine.update_data_source(source.key, {"owner": "boss"}, actor=BEN)
    # When she approves it, or he does; then it is refused, since both have made it
    for who in (ANNA, BEN):
        with pytest.raises(Forbidden) as refused:
            engine.update_data_source(source.key, {"status": "approved"}, actor=who)
        assert refused.value.code == "data_source_four_eyes"
    # When somebody else does; then it is approved, and what was said before is nobody's hindrance any more
    engine.update_data_source(source.key, {"status": "approved"}, actor=Actor("user", "cara"))
    engine.update_data_source(source.key, {"owner": "cfo"}, actor=BEN)
    assert engine.update_data_source(source.key, {"status": "approved"}, actor=ANNA).status == "approved"
