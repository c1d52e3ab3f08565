"""A hostile model asks for tools; what may run is decided by the contract, the level and whose words are in the call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from laneway.domain.origins import ENDORSED, ORIGINS, Origin
from laneway.governance.autonomy import LEVELS, Level
from laneway.governance.tools import (
    UNTRUSTED,
    Allowed,
    Denied,
    NeedsApproval,
    Provenance,
    ToolCall,
    ToolRule,
    decide,
    derived,
    is_tainted,
    of_agent,
)

SCHEMA = {
    "type": "object",
    "required": ["to"],
    "properties": {
        "to": {"type": "string"},
        "text": {"type": "string"},
        "link": {"type": "string"},
        "options": {"type": "object"},
    },
}
SEND = ToolRule("send", "write", SCHEMA, "v1", frozenset({"shop.example.com"}), frozenset({"link"}), frozenset({"to"}))
LOOK = replace(SEND, tool="look", access="read")
REFUND = replace(SEND, tool="refund", access="needs_approval")
DROP = replace(SEND, tool="drop", access="prohibited")
RULES = {rule.tool: rule for rule in (SEND, LOOK, REFUND, DROP)}
TRUSTED = Provenance(frozenset({"contract"}), {"": frozenset({"system"})})


def call(tool: str = "send", schema: str = "v1", **arguments: Any) -> ToolCall:
    return ToolCall(tool, {"to": "ann", **arguments}, schema)


def denied(found: object) -> str:
    assert isinstance(found, Denied), found
    return found.reason


def test_a_call_within_the_contract_may_run_with_its_canonical_arguments() -> None:
    assert decide(RULES, "auto", call(text="hello"), TRUSTED) == Allowed('{"text":"hello","to":"ann"}')


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (call("shell"), "unlisted_tool"),
        (call("SEND"), "unlisted_tool"),
        (call("drop"), "prohibited"),
        (call(schema="v2"), "schema_changed"),
        (ToolCall("send", {}, "v1"), "arguments_invalid"),
        (ToolCall("send", ["ann"], "v1"), "arguments_invalid"),
        (ToolCall("send", None, "v1"), "arguments_invalid"),
        (call(text=5), "arguments_invalid"),
        (call(text=float("nan")), "arguments_invalid"),
        (call(bcc="eve"), "arguments_invalid"),
        (call(link="https://evil.test/"), "host_not_allowed"),
        (call(link="https://shop.example.com@evil.test/"), "host_not_allowed"),
        (call(link="https://shop.example.com\\.evil.test/"), "host_not_allowed"),
        (call(link="https://shop.example.com:8443/"), "host_not_allowed"),
        (call(link="https://shop.example.com.evil.test/"), "host_not_allowed"),
        (call(link="//shop.example.com/"), "host_not_allowed"),
        (call(link="file:///etc/passwd"), "host_not_allowed"),
    ],
)
def test_what_the_contract_does_not_allow_is_refused_at_every_level(asked: ToolCall, reason: str) -> None:
    assert {denied(decide(RULES, level, asked, TRUSTED)) for level in LEVELS} == {reason}


@pytest.mark.parametrize(
    ("tool", "level", "kind"),
    [
        ("look", "manual", Denied),
        ("look", "shadow", Allowed),
        ("look", "recommend", Allowed),
        ("look", "approve", Allowed),
        ("look", "auto", Allowed),
        ("send", "manual", Denied),
        ("send", "shadow", Denied),
        ("send", "recommend", Denied),
        ("send", "approve", NeedsApproval),
        ("send", "auto", Allowed),
        ("refund", "recommend", Denied),
        ("refund", "approve", NeedsApproval),
        ("refund", "auto", NeedsApproval),
    ],
)
def test_the_level_says_who_acts(tool: str, level: Level, kind: type) -> None:
    assert isinstance(decide(RULES, level, call(tool), TRUSTED), kind)


@pytest.mark.parametrize("origin", sorted(UNTRUSTED))
def test_text_from_outside_neither_chooses_a_tool_nor_fills_it_by_itself(origin: Origin) -> None:
    outside = frozenset({origin})
    chosen = decide(RULES, "auto", call(), Provenance(outside, {"": frozenset({"system"})}))
    filled = decide(RULES, "auto", call(text="x"), replace(TRUSTED, arguments={"": ENDORSED, "/text": outside}))
    sent = decide(RULES, "auto", call(), Provenance(ENDORSED, {"/to": outside}))

    assert isinstance(chosen, NeedsApproval)
    assert chosen.because == ("text from outside may have chosen send",)
    assert isinstance(filled, NeedsApproval)
    assert filled.because == ("the argument text holds text from outside",)
    assert isinstance(sent, NeedsApproval)
    assert sent.because == ("the recipient to holds text from outside",)


def test_the_contract_may_allow_it_by_name() -> None:
    rule = replace(SEND, untrusted_may_choose=True, untrusted_may_fill=frozenset({"text"}))
    provenance = Provenance(frozenset({"message"}), {"/to": ENDORSED, "/text": frozenset({"message"})})

    assert isinstance(decide({"send": rule}, "auto", call(text="x"), provenance), Allowed)
    assert isinstance(decide({"send": rule}, "auto", call(link="https://shop.example.com/"), provenance), NeedsApproval)


def test_one_part_from_outside_is_enough() -> None:
    rule = replace(SEND, untrusted_may_choose=True)
    deep = Provenance(ENDORSED, {"": ENDORSED, "/options": ENDORSED, "/options/a/0": frozenset({"document"})})

    assert isinstance(decide({"send": rule}, "auto", call(options={"a": ["x"]}), deep), NeedsApproval)


def test_a_shadow_cannot_wait_for_an_approval_that_nobody_is_asked_for() -> None:
    outside = Provenance(frozenset({"message"}), {"": ENDORSED})

    assert denied(decide(RULES, "shadow", call("look"), outside)) == "untrusted"


ORIGIN_SETS = st.frozensets(st.sampled_from(ORIGINS))


@given(st.lists(ORIGIN_SETS, min_size=1))
def test_nothing_that_is_made_from_untrusted_words_is_trusted(inputs: list[frozenset[Origin]]) -> None:
    for made in (derived(*inputs), of_agent(*inputs), derived(of_agent(*inputs), ENDORSED)):
        assert is_tainted(made) is any(is_tainted(each) for each in inputs)


@given(ORIGIN_SETS, ORIGIN_SETS, st.sampled_from(["look", "send", "refund"]), st.sampled_from(LEVELS))
def test_without_leave_no_tainted_call_ever_runs_by_itself(
    choice: frozenset[Origin], words: frozenset[Origin], tool: str, level: Level
) -> None:
    found = decide(RULES, level, call(tool, text="x"), Provenance(choice, {"": ENDORSED, "/text": words}))

    if is_tainted(choice) or is_tainted(words):
        assert not isinstance(found, Allowed)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(JSON | st.dictionaries(st.sampled_from(["to", "text", "link", "options", "x"]), JSON))
def test_whatever_a_model_says_is_decided_and_never_a_crash(arguments: Any) -> None:
    found = decide(RULES, "auto", ToolCall("send", arguments, "v1"), TRUSTED)

    if isinstance(found, Allowed):
        assert isinstance(arguments, Mapping)
        assert set(arguments) <= set(SCHEMA["properties"])  # type: ignore[arg-type]
