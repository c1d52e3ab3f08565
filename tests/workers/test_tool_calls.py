"""Calls of tools under a contract: decided, written down before they are sent, and made at most as often as they may."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
import yaml

from laneway.agents.tools.base import ToolError, ToolRequest
from laneway.agents.tools.python import PythonTool, _registered, register_tool
from laneway.commands.approvals import arguments_hash
from laneway.commands.tool_calls import Held, send_call
from laneway.domain.errors import Conflict
from laneway.domain.tools import ToolCallRecord
from laneway.domain.types import DEFAULT_TENANT
from laneway.domain.work import Actor
from laneway.workers.agent.taking import take
from laneway.workers.agent.tools.loop import WITHHELD
from tests.support.drawing import Drawing, extension, job, refers
from tests.support.world import ANNA, BEN, World
from tests.workers.test_agents import ends, letter

OUTPUT = {"type": "object", "properties": {"kind": {"type": "string"}}, "required": ["kind"]}
ANSWER = {"output": {"kind": "praise"}}
SKU = {"type": "object", "required": ["sku"], "properties": {"sku": {"type": "string"}}, "additionalProperties": False}


class Shop:
    """Tools of a shop that count what was done."""

    def __init__(self) -> None:
        self.done: list[ToolRequest] = []
        self.answers: list[Any] = []

    def __call__(self, request: ToolRequest) -> Any:
        self.done.append(request)
        answer = self.answers.pop(0) if self.answers else {"price": 3}
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def shop() -> Iterator[Shop]:
    made = Shop()
    register_tool("shop", made)
    yield made
    _registered.pop("shop")


def tool(access: str = "read", **changes: Any) -> dict[str, Any]:
    free = {"may_choose": True, "may_fill": ["sku"]}
    given = {"description": "d", "python": "shop", "access": access, "arguments": SKU, "untrusted": free}
    return {**given, **changes}


def clerk(replies: Any, tools: Mapping[str, Any], **changes: Any) -> tuple[str, bytes]:
    contract = {
        "purpose": "Helps",
        "owner": "head-of-shop",
        "job_types": ["classify"],
        "adapter": "scripted",
        "config": {"replies": replies} if isinstance(replies, list) else replies,
        "input": {"type": "object", "properties": {"letter": {"type": "string"}}, "required": ["letter"]},
        "output": OUTPUT,
        "authority": "decide",
        "retries": {"attempts": 2, "backoff": "PT10S"},
        "tools": dict(tools),
        **changes,
    }
    return "agents.yaml", yaml.safe_dump({"version": 1, "agents": {"clerk": contract}}).encode()


def calls(name: str = "look_up", *skus: str) -> dict[str, Any]:
    return {"calls": [{"tool": name, "arguments": {"sku": sku}} for sku in skus or ("A-1",)]}


def run(world: World, agents: tuple[str, bytes]) -> int:
    world.deploy(letter(), agents)
    key = world.start(variables={"letter": "please"})
    world.settle()
    return key


def journal(world: World) -> list[ToolCallRecord]:
    (job,) = world.rows("jobs")
    with world.engine._context.store.read() as uow:
        return list(uow.tool_calls(job["jobKey"]))


def test_an_agent_calls_tools_and_ends_with_an_answer(stored: World, shop: Shop) -> None:
    # Given an agent that looks two products up, then one more, then answers
    key = run(stored, clerk([calls("look_up", "A-1", "B-2"), calls(), ANSWER], {"look_up": tool()}))
    # Then all was done once, in order, each under a key of its own, and is written down
    assert stored.state(key) == "COMPLETED"
    assert [request.arguments["sku"] for request in shop.done] == ["A-1", "B-2", "A-1"]
    assert len({request.idempotency_key for request in shop.done}) == 3
    written = journal(stored)
    assert [(call.turn, call.place, call.state, call.result) for call in written] == [
        (2, 0, "done", {"price": 3}),
        (2, 1, "done", {"price": 3}),
        (5, 0, "done", {"price": 3}),
    ]


def test_every_call_is_on_record(world: World, shop: Shop) -> None:
    key = run(world, clerk([calls(), ANSWER], {"look_up": tool()}))

    told = [row["details"] for row in world.audits(rootProcessInstanceKey=key) if "toolCall" in row["details"]]
    assert [(each["command"], each["tool"]) for each in told] == [
        ("SendToolCall", "look_up"),
        ("EndToolCall", "look_up"),
    ]
    assert "A-1" not in str(told)


@pytest.mark.parametrize(
    ("asked", "tools"),
    [
        (calls("rm_rf"), {"look_up": tool()}),
        (calls("look_up"), {"look_up": tool("prohibited")}),
        (
            {"calls": [{"tool": "look_up", "arguments": {"sku": "https://evil.example.org/x"}}]},
            {"look_up": tool(hosts=["shop.example.com"], host_arguments=["sku"])},
        ),
    ],
)
def test_who_tries_what_is_not_allowed_is_not_believed(
    world: World, shop: Shop, asked: Any, tools: dict[str, Any]
) -> None:
    # Given a contract with a path for it; when an agent tries; then nothing is sent and the path is taken.
    key = run(world, clerk([asked, ANSWER], tools, on={"prohibited": {"error": "DOWN"}}))
    assert ends(world, key) == {"end_down"}
    assert shop.done == []
    assert [call.state for call in journal(world)] == ["denied"]


def test_an_attack_at_every_turn_ends_with_the_first(world: World, shop: Shop) -> None:
    key = run(world, clerk({"attack": calls("send_all")["calls"]}, {"look_up": tool()}))
    assert world.state(key) == "ACTIVE"
    assert len(world.rows("incidents", state="ACTIVE")) == 1
    assert shop.done == []


@pytest.mark.parametrize("arguments", [{}, {"sku": 5}, {"sku": "A-1", "smuggled": "x"}, "not an object"])
def test_wrong_arguments_are_told_to_the_model_and_nothing_is_sent(world: World, shop: Shop, arguments: Any) -> None:
    # Given arguments that the schema refuses; when the model is told; then it may do better.
    wrong = {"calls": [{"tool": "look_up", "arguments": arguments}]}
    key = run(world, clerk([wrong, calls(), ANSWER], {"look_up": tool()}))
    assert world.state(key) == "COMPLETED"
    assert [call.state for call in journal(world)] == ["denied", "done"]
    assert len(shop.done) == 1


def test_a_loop_without_an_end_is_ended(world: World, shop: Shop) -> None:
    # Given a model that asks and asks; when its rounds are used up; then a person is told.
    run(world, clerk([calls()] * 9, {"look_up": tool()}, tool_rounds=3))
    (incident,) = world.rows("incidents", state="ACTIVE")
    assert "3 rounds" in incident["errorMessage"]
    assert len(shop.done) == 3


def test_a_tool_that_says_no_is_told_to_the_model(world: World, shop: Shop) -> None:
    shop.answers = [ToolError("no such product")]
    key = run(world, clerk([calls(), ANSWER], {"look_up": tool("write")}))
    assert world.state(key) == "COMPLETED"
    (call,) = journal(world)
    assert (call.state, call.message) == ("failed", "no such product")


def test_who_does_not_know_what_came_of_a_call_never_repeats_it(stored: World, shop: Shop) -> None:
    # Given a tool that must not be called twice, and that breaks in the middle
    shop.answers = [RuntimeError("connection lost")]
    key = run(stored, clerk([calls("post"), ANSWER], {"post": tool("write")}))
    # When it is tried again and again
    for _ in range(2):
        (incident,) = stored.rows("incidents", state="ACTIVE")
        stored.engine.resolve_incident(incident["incidentKey"])
        stored.settle()
    # Then it was done once at most, and each time an incident names the call
    (call,) = journal(stored)
    (incident,) = stored.rows("incidents", state="ACTIVE")
    assert str(call.key) in incident["errorMessage"]
    assert (call.state, len(shop.done)) == ("unknown", 1)
    assert stored.state(key) == "ACTIVE"


def test_an_idempotent_call_is_repeated_under_the_same_key(stored: World, shop: Shop) -> None:
    # Given a tool that may be repeated, and that is down for a while
    shop.answers = [RuntimeError("connection lost")]
    key = run(stored, clerk([calls("post"), ANSWER], {"post": tool("write", idempotent=True)}))
    assert stored.state(key) == "ACTIVE"
    # When the job is tried again
    stored.pass_time(minutes=1)
    stored.settle()
    # Then it is sent again as the same call, and the model is not asked again for what it has said
    assert stored.state(key) == "COMPLETED"
    assert len(shop.done) == 2
    assert len({request.idempotency_key for request in shop.done}) == 1
    assert [call.state for call in journal(stored)] == ["done"]


def test_an_answer_that_was_not_accepted_is_answered_again_without_calling_again(world: World, shop: Shop) -> None:
    # Given an agent whose first answer does not meet its contract
    key = run(world, clerk([calls("post"), {"output": {"wrong": 1}}, ANSWER], {"post": tool("write")}))
    # When the next attempt comes
    world.pass_time(minutes=1)
    world.settle()
    # Then it goes on from what was said
    assert world.state(key) == "COMPLETED"
    assert len(shop.done) == 1


def test_an_adapter_that_is_no_model_cannot_use_tools(world: World, shop: Shop) -> None:
    run(world, clerk({"answers": {"*": {"output": {"kind": "x"}}}}, {"look_up": tool()}))
    (incident,) = world.rows("incidents", state="ACTIVE")
    assert "cannot use tools" in incident["errorMessage"]


def test_a_tool_that_is_not_installed_is_named(world: World) -> None:
    run(world, clerk([calls(), ANSWER], {"look_up": tool(python="nowhere")}))
    (incident,) = world.rows("incidents", state="ACTIVE")
    assert "nowhere" in incident["errorMessage"]


def test_a_tool_whose_schema_has_changed_is_not_called_and_a_person_is_told(
    world: World, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a tool that has another schema now than the one that was approved
    async def changed(_: PythonTool) -> str:
        return "0" * 64

    monkeypatch.setattr(PythonTool, "schema_hash", changed)
    # When an agent wants to call it, then nothing is sent, whatever path there is for what is prohibited
    run(world, clerk([calls(), ANSWER], {"look_up": tool()}, on={"prohibited": {"error": "DOWN"}}))
    (incident,) = world.rows("incidents", state="ACTIVE")
    assert "has changed since it was approved" in incident["errorMessage"]
    assert shop.done == []


def said_to_the_model(world: World) -> list[str]:
    (job,) = world.rows("jobs")
    with world.engine._context.store.read() as uow:
        return [turn.message["text"] for turn in uow.turns(job["jobKey"]) if turn.message["role"] == "tool"]


@pytest.mark.parametrize(
    ("guardrail", "heard"),
    [
        ({"use": "personal_data"}, '{"result":{"owner":"[email]"}}'),
        ({"use": "personal_data", "decision": "block"}, WITHHELD),
    ],
)
def test_what_a_tool_answers_goes_through_the_guardrails_before(
    world: World, shop: Shop, guardrail: dict[str, Any], heard: str
) -> None:
    # Given a tool that answers with somebody's address; when the model is told, then without it; the journal has it.
    shop.answers = [{"owner": "anna@example.com"}]
    key = run(world, clerk([calls(), ANSWER], {"look_up": tool()}, guardrails={"before": [guardrail]}))
    assert world.state(key) == "COMPLETED"
    assert said_to_the_model(world) == [heard]
    assert journal(world)[0].result == {"owner": "anna@example.com"}


def test_why_an_answer_was_not_accepted_is_text_from_outside(world: World, shop: Shop) -> None:
    # Given an agent that is told why its answer was not accepted, and asks for another call after that
    strict = tool("write", untrusted={"may_fill": ["sku"]})
    replies = [{"output": {"wrong": 1}}, calls("post"), ANSWER]
    run(world, clerk(replies, {"post": strict}))
    world.pass_time(minutes=1)
    world.settle()
    # Then what it was told may have led to that call, and a person is asked
    (job,) = world.rows("jobs")
    with world.engine._context.store.read() as uow:
        turns = uow.turns(job["jobKey"])
    assert [turn.origins for turn in turns if "not accepted" in turn.message["text"]] == [["unknown"]]
    assert len(world.rows("approvals", state="PENDING")) == 1
    assert shop.done == []


def held_by(access: str) -> dict[str, Any]:
    return {"post": tool(access, untrusted={"may_choose": False, "may_fill": []})}


@pytest.mark.parametrize("access", ["read", "write"])
def test_what_a_person_gave_needs_no_other_person(stored: World, shop: Shop, access: str) -> None:
    # Given a contract that lets nothing from outside choose or fill; when a person started it; then its tool runs.
    stored.deploy(letter(), clerk([calls("post"), ANSWER], held_by(access)))
    key = stored.engine.start_instance(process_id="process", variables={"letter": "x"}, actor=ANNA).key
    stored.settle()
    assert stored.state(key) == "COMPLETED"
    assert len(shop.done) == 1


def test_what_nobody_known_gave_needs_a_person(stored: World, shop: Shop) -> None:
    # Given the same contract; when a client that nobody knows started it; then a person is asked.
    stored.deploy(letter(), clerk([calls("post"), ANSWER], held_by("write")))
    client = Actor("client", "anonymous")
    stored.engine.start_instance(process_id="process", variables={"letter": "x"}, actor=client)
    stored.settle()
    (approval,) = stored.rows("approvals", state="PENDING")
    assert "text from outside may have chosen post" in approval["because"]
    assert shop.done == []


def test_what_a_tool_answered_is_text_from_outside(stored: World, shop: Shop) -> None:
    # Given a person's input and a first tool that answers; when the second is chosen after it; then a person is asked.
    stored.deploy(letter(), clerk([calls("look_up"), calls("post"), ANSWER], {"look_up": tool(), **held_by("write")}))
    stored.engine.start_instance(process_id="process", variables={"letter": "x"}, actor=ANNA)
    stored.settle()
    assert len(stored.rows("approvals", state="PENDING")) == 1
    assert len(shop.done) == 1


@pytest.mark.parametrize("catcher", ["intermediateCatchEvent", "receiveTask"])
def test_a_message_that_waited_for_a_person_stays_a_message(stored: World, shop: Shop, catcher: str) -> None:
    # Given a message that waits before its instance is there, so that a person's command takes it in
    drawing = Drawing()
    drawing.message("Letter", "letter", "=box")
    process = drawing.process()
    arrives = (
        process.node(catcher, "arrives", refers("message", "Letter"))
        if catcher == "intermediateCatchEvent"
        else process.node(catcher, "arrives", messageRef="Letter")
    )
    process.chain(
        process.node("startEvent"),
        arrives,
        process.node("serviceTask", "classify", extension(job("classify"))),
        process.node("endEvent"),
    )
    stored.deploy(drawing, clerk([calls("post"), ANSWER], held_by("write")))
    stored.engine.publish_message("letter", correlation_key="b", variables={"letter": "x"}, time_to_live_ms=99_000)
    stored.engine.start_instance(process_id="process", variables={"box": "b"}, actor=ANNA)
    # When its agent wants to write, then a person is asked
    stored.settle()
    assert len(stored.rows("approvals", state="PENDING")) == 1
    assert shop.done == []


def test_who_lost_the_lease_of_a_job_sends_nothing_more(stored: World, shop: Shop) -> None:
    # Given a call that was approved, and a worker whose lease of its job is somebody else's
    agents = clerk([calls("post"), ANSWER], {"post": tool("needs_approval")})
    stored.deploy(letter(), agents)
    stored.engine.start_instance(process_id="process", variables={"letter": "x"}, actor=ANNA)
    stored.settle()
    (approval,) = stored.rows("approvals", state="PENDING")
    stored.engine.approve(approval["approvalKey"], arguments_hash(approval["arguments"]), actor=BEN)
    (taken,) = take(stored.context, [DEFAULT_TENANT], 1)
    (call,) = journal(stored)
    assert taken.contract is not None
    lost = Held(replace(taken.job, lease_token="gone"), taken.contract)

    # When it sends the call; then it cannot, and the approval is not spent
    with pytest.raises(Conflict) as refused:
        send_call(stored.context, lost, call, str(call.schema_hash))
    assert refused.value.code == "stale_lease"
    assert stored.engine.get("approvals", approval["approvalKey"])["state"] == "APPROVED"
