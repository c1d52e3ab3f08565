"""Past turns of an agent that picks tools drawn in the diagram, given again under another contract; nothing is begun."""

from collections.abc import Mapping
from typing import Any

from laneway.workers.agent.replay import Which, contract_in, replay
from tests.agentic.script import Line, Script, call, calls, contract, says, world
from tests.support.world import ANNA, World

ASKED = {"request": "Where is my order?", "customer": "c1"}


def talked(*, answer: str = "It is on its way.", **changes: Any) -> World:
    """One conversation: the order is looked up, and its result told."""
    made = world(Script(calls(call("LookUp", number="7")), says(answer)), **changes)
    made.start(variables=ASKED)
    made.settle()
    return made


def done(made: World) -> None:
    made.engine.complete_job(made.one_job("look-up").job.key, {"order": "sent"})
    made.settle()


def again(made: World, *lines: Line, **changes: Any) -> tuple[dict[str, Any], Script]:
    """Turns of one replay are asked side by side, so that what a turn is answered is told by what it heard."""
    tried = Script(*lines)
    made.laneway.agents.register("scripted", lambda _: tried)
    name, content = contract(**{"adapter": "scripted", **changes})
    found = replay(made.context, made.laneway.agents, contract_in(content, name, None), Which())
    return found, tried


def counts(made: World) -> Mapping[str, int]:
    names = ("jobs", "audit-logs", "variables", "user-tasks", "incidents", "agent-history-items", "element-instances")
    return {name: len(made.rows(name)) for name in names}


def by_turn(first: Line, second: Line) -> tuple[Line, Line]:
    def say(messages: Any) -> Any:
        line = second if any(message.role == "tool" for message in messages) else first
        return line(messages) if callable(line) else line

    return say, say


def test_each_turn_is_given_again_with_what_was_before_it() -> None:
    # Given a conversation of two turns, of which a new model would begin with another tool
    made = talked()
    done(made)
    before = counts(made)
    lines = by_turn(calls(call("LookUp", number="8")), says("It is on its way."))

    # When it is replayed; then the second turn goes on from what happened, with the result that the tool gave
    found, tried = again(made, *lines)
    assert sorted(len(heard) for heard in tried.heard) == [2, 4]
    longest = max(tried.heard, key=len)
    assert [(message.role, message.text) for message in longest[1:]] == [
        ("user", "Where is my order?"),
        ("assistant", ""),
        ("tool", "sent"),
    ]
    # And the first one alone differs, call by call; nothing was begun, and nothing is written of processes.
    assert (found["calls"], found["failed"], found["skipped"], found["same"]["share"]) == (2, 0, 0, 0.5)
    (one,) = found["differences"]
    assert (one["turn"], one["elementId"], one["differs"]) == (1, "Helper", ["toolCalls"])
    assert one["tools"] == [
        {"tool": "LookUp", "arguments": '{"number":"8"}', "what": "not recorded"},
        {"tool": "LookUp", "arguments": '{"number":"7"}', "what": "not asked for"},
    ]
    assert (found["tools"], found["cost"]["now"]) == ({"answered": 1, "differences": 2}, "0.015")
    after = counts(made)
    assert after == before | {"audit-logs": after["audit-logs"]}


def test_a_tool_that_the_new_contract_prohibits_is_told() -> None:
    # Given a past call of a tool; when the contract that is tried prohibits it; then the turn says so, and begins nothing.
    made = talked()
    done(made)
    lines = by_turn(calls(call("LookUp", number="7")), says("It is on its way."))
    found, _ = again(made, *lines, conversation={"prohibited_tools": ["LookUp"]})
    (one,) = found["differences"]
    assert one["now"] == {"toolCalls": []}
    assert [each["what"] for each in one["tools"]] == [
        "refused: The tool LookUp is prohibited here.",
        "not asked for",
    ]


def test_what_a_person_decided_at_a_turn_is_held_against_that_turn() -> None:
    # Given an agent at recommend, whose first calls a person took and whose answer they wrote anew
    made = talked(autonomy="recommend")

    def decide(given: Any, action: str | None = None) -> None:
        (task,) = made.rows("user-tasks", state="CREATED", elementId="Helper")
        made.engine.complete_user_task(task["userTaskKey"], given, action=action, actor=ANNA)
        made.settle()

    decide({}, "accept")
    done(made)
    decide({"responseText": "It was sent on Monday."}, "override")

    # When a model that says what the person said is tried; then it agrees with them in both turns, and differs from the agent in one.
    lines = by_turn(calls(call("LookUp", number="7")), says("It was sent on Monday."))
    found, _ = again(made, *lines)
    assert (found["calls"], found["same"]["share"]) == (2, 0.5)
    assert (found["withPeople"]["pairs"], found["withPeople"]["share"]) == (2, 1.0)
    (one,) = found["differences"]
    assert (one["turn"], one["before"]["responseText"], one["now"]["responseText"]) == (
        2,
        "It is on its way.",
        "It was sent on Monday.",
    )


def test_a_turn_whose_model_fails_now_is_told() -> None:
    # Given a past turn; when the contract that is tried allows fewer calls of the model than it took; then that turn fails, and is not sent.
    made = talked()
    done(made)
    found, tried = again(made, calls(call("LookUp", number="7")), conversation={"max_model_calls": 1})
    assert (found["calls"], found["failed"], len(tried.heard)) == (2, 1, 1)
    (one,) = found["differences"]
    assert (one["turn"], one["failure"].split(":")[0]) == (2, "over_budget")
