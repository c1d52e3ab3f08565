"""Approvals: a call waits for a person; what that person saw is what runs, once; and nobody approves their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from laneway.agents.tools.python import _registered, register_tool
from laneway.commands.approvals import arguments_hash
from laneway.domain.errors import Conflict, Forbidden, InvalidInput, LanewayError, NotFound
from laneway.domain.work import SYSTEM, Actor
from tests.support.drawing import Drawing, extension, job, refers
from tests.support.world import ANNA, BEN, World
from tests.workers.test_agents import letter
from tests.workers.test_tool_calls import ANSWER, Shop, calls, clerk, journal, tool

CARA = Actor("user", "cara")
ASKS = {"post": tool("needs_approval")}


@pytest.fixture
def shop() -> Iterator[Shop]:
    made = Shop()
    register_tool("shop", made)
    yield made
    _registered.pop("shop")


def waiting(
    world: World, tools: Any = ASKS, replies: Any = None, starter: Actor = ANNA, **changes: Any
) -> tuple[int, dict[str, Any]]:
    """An instance that anna (or ``starter``) started, and the approval that it waits for."""
    world.deploy(letter(), clerk(replies or [calls("post"), ANSWER], tools, **changes))
    key = world.engine.start_instance(process_id="process", variables={"letter": "x"}, actor=starter).key
    world.settle()
    (approval,) = world.rows("approvals", state="PENDING")
    return key, approval


def approve(world: World, approval: dict[str, Any], who: Actor = BEN) -> None:
    world.engine.approve(approval["approvalKey"], arguments_hash(approval["arguments"]), actor=who)


def test_a_call_that_needs_an_approval_waits_and_then_runs_once(stored: World, shop: Shop) -> None:
    # Given a call that waits for a person, who is shown what is going to be done, and why
    key, approval = waiting(stored)
    assert (shop.done, approval["arguments"]) == ([], '{"sku":"A-1"}')
    assert approval["because"] == ["the contract asks for an approval of post"]
    assert approval["makers"] == ["agent:clerk", "user:anna"]
    assert [row["state"] for row in stored.rows("jobs")] == ["CREATED"]
    # When another person approves it
    approve(stored, approval)
    stored.settle()
    # Then exactly that runs, the approval is spent, and the job goes on
    assert stored.state(key) == "COMPLETED"
    assert [request.arguments for request in shop.done] == [{"sku": "A-1"}]
    row = stored.engine.get("approvals", approval["approvalKey"])
    assert (row["state"], row["decidedBy"]) == ("USED", "user:ben")
    commands = [each["details"]["command"] for each in stored.audits(rootProcessInstanceKey=key)]
    assert [each for each in commands if "Approv" in each or "ToolCall" in each] == [
        "RequestApproval",
        "Approve",
        "SendToolCall",
        "EndToolCall",
    ]


def test_what_is_rejected_never_runs_and_the_agent_is_told(stored: World, shop: Shop) -> None:
    key, approval = waiting(stored)
    stored.engine.reject_approval(approval["approvalKey"], "too dear", actor=BEN)
    stored.settle()
    assert (stored.state(key), shop.done) == ("COMPLETED", [])
    (call,) = journal(stored)
    assert (call.state, call.message) == ("denied", "user:ben did not approve it: too dear")


def begun_by_message(throws: bool) -> Drawing:
    """``process`` begins by a message, which ``sender`` throws."""
    drawing = Drawing()
    drawing.message("M", "m")
    process = drawing.process()
    start = process.node("startEvent", "by_message", refers("message", "M"))
    process.chain(start, process.node("serviceTask", "classify", extension(job("classify"))), process.node("endEvent"))
    if throws:
        sender = drawing.process("sender")
        throw = sender.node("intermediateThrowEvent", "tell", refers("message", "M"))
        sender.chain(sender.node("startEvent"), throw, sender.node("endEvent"))
    return drawing


def thrown(world: World) -> None:
    world.engine.start_instance(process_id="sender", variables={"letter": "x"}, actor=ANNA)


def buffered(world: World) -> None:
    for who in (BEN, ANNA):
        world.engine.publish_message("m", "A", variables={"letter": "x"}, time_to_live_ms=3_600_000, actor=who)
    world.settle()
    (approval,) = world.rows("approvals", state="PENDING")
    world.engine.reject_approval(approval["approvalKey"], "no", actor=CARA)


@pytest.mark.parametrize("begin", [thrown, buffered])
def test_who_sent_the_message_that_began_it_cannot_approve_it(world: World, shop: Shop, begin: Any) -> None:
    # Given an instance that the engine began by itself, of what anna had sent before
    world.deploy(begun_by_message(begin is thrown), clerk([calls("post"), ANSWER], ASKS, input={"type": "object"}))
    begin(world)
    world.settle()
    # When she approves what its agent wants to do; then that is her own, and another person has to
    (approval,) = world.rows("approvals", state="PENDING")
    with pytest.raises(Forbidden) as refused:
        approve(world, approval, ANNA)
    assert (refused.value.code, approval["makers"]) == ("approval_maker", ["agent:clerk", "user:anna"])


def told(world: World, key: int) -> None:
    world.engine.correlate_message("m", "A", variables={"letter": "x"}, actor=BEN)


def written(world: World, key: int) -> None:
    world.engine.set_variables(key, {"letter": "x"}, actor=BEN)
    world.engine.correlate_message("m", "A", actor=SYSTEM)


@pytest.mark.parametrize("write", [told, written])
def test_who_wrote_into_the_instance_cannot_approve_what_its_agent_makes_of_it(
    stored: World, shop: Shop, write: Any
) -> None:
    # Given an instance of anna's that waits for a message before its agent begins; ben writes what the agent is going to read
    drawing = Drawing()
    drawing.message("M", "m", '="A"')
    process = drawing.process()
    wait = process.node("intermediateCatchEvent", "wait", refers("message", "M"))
    agent = process.node("serviceTask", "classify", extension(job("classify")))
    process.chain(process.node("startEvent"), wait, agent, process.node("endEvent"))
    stored.deploy(drawing, clerk([calls("post"), ANSWER], ASKS, input={"type": "object"}))
    key = stored.engine.start_instance(process_id="process", variables={}, actor=ANNA).key
    write(stored, key)
    stored.settle()
    # When he approves; then another person has to
    (approval,) = stored.rows("approvals", state="PENDING")
    assert approval["makers"] == ["agent:clerk", "user:anna", "user:ben"]
    with pytest.raises(Forbidden) as refused:
        approve(stored, approval, BEN)
    assert refused.value.code == "approval_maker"
    approve(stored, approval, CARA)
    stored.settle()
    assert (stored.state(key), len(shop.done)) == ("COMPLETED", 1)


def test_who_started_it_cannot_approve_it(world: World, shop: Shop) -> None:
    key, approval = waiting(world)
    with pytest.raises(Forbidden) as refused:
        approve(world, approval, ANNA)
    world.settle()
    assert refused.value.code == "approval_maker"
    assert (world.state(key), shop.done) == ("ACTIVE", [])
    (record,) = [row for row in world.audits(result="FAIL") if row["details"]["command"] == "Approve"]
    assert record["actorId"] == "anna"


@pytest.mark.parametrize("who", [SYSTEM, Actor("agent", "other"), Actor("client", "anonymous"), Actor("worker", "w")])
def test_only_a_person_can_approve(world: World, shop: Shop, who: Actor) -> None:
    _, approval = waiting(world)
    with pytest.raises(Forbidden) as refused:
        approve(world, approval, who)
    assert refused.value.code == "approval_not_a_person"


@pytest.mark.parametrize("groups", [{}, {"groups": ["managers"]}])
def test_only_who_is_named_can_approve(groups: dict[str, Any], world: World, shop: Shop) -> None:
    _, approval = waiting(world, {"post": tool("needs_approval", approval={"users": ["cara"], **groups})})
    with pytest.raises(Forbidden) as refused:
        approve(world, approval, BEN)
    assert refused.value.code == "approval_not_a_candidate"
    approve(world, approval, CARA)
    world.settle()
    assert len(shop.done) == 1


def test_who_edits_has_made_it_and_another_approves_what_was_edited(stored: World, shop: Shop) -> None:
    # Given a call that ben changes
    key, approval = waiting(stored)
    stored.engine.edit_approval(approval["approvalKey"], {"sku": "B-2"}, actor=BEN)
    edited = stored.engine.get("approvals", approval["approvalKey"])
    assert (edited["arguments"], edited["proposed"]) == ('{"sku":"B-2"}', '{"sku":"A-1"}')
    # When ben approves it, then not; when cara approves what stood there before, then not
    for who, seen in ((BEN, edited), (CARA, approval)):
        with pytest.raises(Forbidden):
            approve(stored, seen, who)
    # When cara approves what stands there, then that runs
    approve(stored, edited, CARA)
    stored.settle()
    assert stored.state(key) == "COMPLETED"
    assert [request.arguments for request in shop.done] == [{"sku": "B-2"}]


def test_an_edit_takes_an_approval_back(world: World, shop: Shop) -> None:
    _, approval = waiting(world)
    approve(world, approval)
    world.engine.edit_approval(approval["approvalKey"], {"sku": "B-2"}, actor=CARA)
    world.settle()
    assert shop.done == []
    assert world.engine.get("approvals", approval["approvalKey"])["state"] == "PENDING"


@pytest.mark.parametrize("arguments", [{}, {"sku": 5}, {"sku": "A-1", "more": 1}])
def test_an_edit_keeps_to_the_contract(world: World, shop: Shop, arguments: dict[str, Any]) -> None:
    _, approval = waiting(world)
    with pytest.raises(InvalidInput):
        world.engine.edit_approval(approval["approvalKey"], arguments, actor=BEN)


def test_nobody_approves_in_time(stored: World, shop: Shop) -> None:
    # Given an approval that holds for an hour
    key, approval = waiting(stored, {"post": tool("needs_approval", approval={"expires": "PT1H"})})
    # When the hour is over, then it can't be approved, and the agent goes on without
    stored.pass_time(hours=2)
    with pytest.raises(Forbidden) as refused:
        approve(stored, approval)
    assert refused.value.code == "approval_expired"
    stored.settle()
    assert (stored.state(key), shop.done) == ("COMPLETED", [])
    assert stored.engine.get("approvals", approval["approvalKey"])["state"] == "EXPIRED"


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "APPROVED", "decided_by": "user:ben"},
        {"state": "APPROVED", "decided_by": "user:ben", "seal": "0" * 64},
    ],
)
def test_a_forged_approval_lets_nothing_run(world: World, shop: Shop, changes: dict[str, Any]) -> None:
    # Given a row that says approved, and that nobody sealed
    key, approval = waiting(world)
    with world.context.store.begin() as uow:
        row = uow.approval(approval["approvalKey"])
        assert row is not None
        uow.update_approval(row, **changes)
    # When the job goes on, then nothing is sent
    world.pass_time(days=0.5)
    with world.context.store.begin() as uow:
        job = uow.job(approval["jobKey"])
        assert job is not None
        uow.update_job(job, retry_at=None)
    world.settle()
    assert shop.done == []
    assert world.state(key) == "COMPLETED"
    assert any(each["details"].get("code") == "approval_changed" for each in world.audits(result="FAIL"))


def test_arguments_that_are_swapped_after_the_approval_do_not_run(world: World, shop: Shop) -> None:
    _, approval = waiting(world)
    approve(world, approval)
    with world.context.store.begin() as uow:
        call = uow.tool_call(approval["toolCallKey"])
        assert call is not None
        uow.update_tool_call(call, arguments='{"sku":"EVIL"}')
    world.settle()
    assert shop.done == []


def test_an_approval_is_used_once(stored: World, shop: Shop) -> None:
    # Given a call that was approved and broke in the middle, and may be repeated
    shop.answers = [RuntimeError("gone")]
    key, approval = waiting(stored, {"post": tool("needs_approval", idempotent=True)})
    approve(stored, approval)
    stored.settle()
    # When the same call is sent again under its own key, then no second approval is asked for; it is one action
    stored.pass_time(minutes=1)
    stored.settle()
    assert stored.state(key) == "COMPLETED"
    assert len({request.idempotency_key for request in shop.done}) == 1
    # When the approval is used for anything more, then it is refused
    for attempt in (lambda: approve(stored, approval, CARA), lambda: edit(stored, approval)):
        with pytest.raises(Conflict):
            attempt()


def edit(world: World, approval: dict[str, Any]) -> None:
    world.engine.edit_approval(approval["approvalKey"], {"sku": "B-2"}, actor=CARA)


def test_each_call_needs_an_approval_of_its_own(world: World, shop: Shop) -> None:
    # Given two calls with the same arguments; when one is approved; then the other one waits still.
    world.deploy(letter(), clerk([calls("post", "A-1", "A-1"), ANSWER], ASKS))
    key = world.start(variables={"letter": "x"})
    world.settle()
    first, second = world.rows("approvals", state="PENDING")
    approve(world, first)
    world.settle()
    assert (len(shop.done), world.state(key)) == (1, "ACTIVE")
    approve(world, second)
    world.settle()
    assert (len(shop.done), world.state(key)) == (2, "COMPLETED")


def test_another_tenant_sees_no_approval(world: World, shop: Shop) -> None:
    _, approval = waiting(world)
    with pytest.raises(NotFound):
        world.engine.approve(
            approval["approvalKey"], arguments_hash(approval["arguments"]), actor=BEN, tenant_ids=("other",)
        )


def test_an_approval_of_a_job_that_has_ended_is_void(world: World, shop: Shop) -> None:
    key, approval = waiting(world)
    world.engine.cancel_instance(key)
    with pytest.raises(LanewayError) as refused:
        approve(world, approval)
    assert refused.value.code == "approval_decided"


def test_text_from_outside_needs_a_person_unless_the_contract_lets_it(world: World, shop: Shop) -> None:
    # Given input of which nothing is known
    nobody = Actor("client", "anonymous")
    _, approval = waiting(world, {"post": tool("write", untrusted={}, recipients=["sku"])}, starter=nobody)
    assert approval["because"] == [
        "text from outside may have chosen post",
        "the recipient sku holds text from outside",
    ]


def test_at_the_level_approve_what_writes_needs_a_person(world: World, shop: Shop) -> None:
    _, approval = waiting(world, {"post": tool("write")}, autonomy={"level": "approve"})
    assert approval["because"] == ["at the level approve a person approves what the agent does"]


def test_a_person_says_what_came_of_a_call_that_nobody_knows(stored: World, shop: Shop) -> None:
    # Given a call that broke in the middle
    shop.answers = [RuntimeError("gone")]
    stored.deploy(letter(), clerk([calls("post"), ANSWER], {"post": tool("write")}))
    key = stored.start(variables={"letter": "x"})
    stored.settle()
    (call,) = stored.rows("tool-calls", state="unknown")
    # When a person finds out, and resolves the incident
    stored.engine.tell_outcome(call["toolCallKey"], "done", "it stands in the ERP", result={"ok": True}, actor=BEN)
    (incident,) = stored.rows("incidents", state="ACTIVE")
    stored.engine.resolve_incident(incident["incidentKey"])
    stored.settle()
    # Then the agent goes on with it, and nothing was sent again
    assert (stored.state(key), len(shop.done)) == ("COMPLETED", 1)
    with pytest.raises(Conflict):
        stored.engine.tell_outcome(call["toolCallKey"], "done", "again", actor=BEN)


def test_a_person_may_claim_an_approval(world: World, shop: Shop) -> None:
    _, approval = waiting(world)
    world.engine.claim_approval(approval["approvalKey"], actor=BEN)
    assert world.engine.get("approvals", approval["approvalKey"])["assignee"] == "ben"
    with pytest.raises(Forbidden):
        world.engine.claim_approval(approval["approvalKey"], actor=ANNA)


@pytest.mark.parametrize("approved", [False, True])
def test_an_approval_of_what_was_canceled_is_found_as_canceled(stored: World, shop: Shop, approved: bool) -> None:
    # Given a call that waits for a person, or for its turn after they approved it; when its instance is canceled
    key, approval = waiting(stored)
    if approved:
        approve(stored, approval)
    stored.engine.cancel_instance(key)
    # Then its approval is found as canceled with it, and that is on record.
    assert [row["approvalKey"] for row in stored.rows("approvals", state="CANCELED")] == [approval["approvalKey"]]
    assert "CancelApproval" in stored.commands(rootProcessInstanceKey=key)
    assert shop.done == []


def test_an_approval_expires_though_nobody_was_there(tmp_path: Path, shop: Shop) -> None:
    # Given an approval that waits when everything is stopped; when it is started again after it has expired
    url = f"sqlite:///{tmp_path / 'stopped.db'}"
    world = World(url)
    key, approval = waiting(world)
    world.close()
    again = World(url)
    again.pass_time(days=2)
    try:
        again.settle()
        # Then it is expired, and the agent has gone on without.
        assert again.engine.get("approvals", approval["approvalKey"])["state"] == "EXPIRED"
        assert (again.state(key), shop.done) == ("COMPLETED", [])
    finally:
        again.close()
