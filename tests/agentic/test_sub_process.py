"""An agent that is an ad-hoc sub-process (Camunda 8, "AI Agent Sub-process"): ``sub_process.bpmn``."""

from decimal import Decimal
from typing import Any

import pytest

from laneway.agents.chat import ModelFault
from tests.agentic.script import Script, call, calls, says, world
from tests.support.world import World

ASKED = {"request": "Where is my order?", "customer": "c1"}


def history(made: World, key: int) -> list[Any]:
    row = made.rows("element-instances", processInstanceKey=key, elementId="Helper", type="AD_HOC_SUB_PROCESS")[0]
    with made.laneway.store.read() as uow:
        instance = uow.agent_instance_at(int(row["elementInstanceKey"]))
        assert instance is not None
        return [instance, *uow.agent_history(instance.key)]


def roles(made: World, key: int) -> list[str]:
    return [item.role for item in history(made, key)[1:]]


def test_an_answer_without_a_tool_completes_the_sub_process() -> None:
    # Given
    script = Script(says("It is on its way."))
    made = world(script)

    # When
    key = made.start(variables=ASKED)
    made.settle()

    # Then the model was given the prompts of the diagram and the tools that are drawn, and its answer is a variable
    assert made.state(key) == "COMPLETED"
    assert made.variables(key)["agent"]["responseText"] == "It is on its way."
    assert script.last == [("system", "You help customers."), ("user", "Where is my order?")]
    assert [tool.name for tool in script.offered[0]] == ["LookUp", "Add", "AskPerson"]
    assert roles(made, key) == ["CONFIGURATION", "USER", "ASSISTANT"]


def test_several_tools_are_called_at_once_and_their_results_come_in_the_order_of_the_calls(address: str) -> None:
    # Given a model that asks for three things, one of them of a person
    wanted = [call("AskPerson", question="Who?"), call("LookUp", number="7"), call("Add", terms={"a": 1, "b": 2})]
    script = Script(calls(*wanted), says("Done."))
    made = world(script, settings={"database_url": address})
    key = made.start(variables=ASKED)
    made.settle()

    # When the worker is done before the person
    job = made.one_job("look-up")
    assert job.variables["number"] == "7"
    made.engine.complete_job(job.job.key, {"order": {"status": "sent"}})
    made.settle()
    assert len(script.heard) == 1  # nothing is asked before all of it is in
    (task,) = made.rows("user-tasks", processInstanceKey=key)
    made.engine.complete_user_task(task["userTaskKey"], {"answer": "Me"})
    made.settle()

    # Then
    assert script.last[2:] == [
        ("assistant", ""),
        ("tool", "Me"),
        ("tool", '{"status":"sent"}'),
        ("tool", "3"),
    ]
    assert [message.tool_call_id for message in script.heard[1][3:]] == ["id-AskPerson", "id-LookUp", "id-Add"]
    assert made.state(key) == "COMPLETED"
    instance = history(made, key)[0]
    assert (instance.status, instance.model_calls, instance.tool_calls) == ("COMPLETED", 2, 3)
    assert (instance.input_tokens, instance.output_tokens, instance.cost) == (150, 15, "0.015")
    made.close()


def test_the_variable_of_a_tool_call_says_which_call_it_is() -> None:
    script = Script(calls(call("LookUp", "the-id", number="7")), says("Done."))
    made = world(script)
    made.start(variables=ASKED)
    made.settle()

    job = made.one_job("look-up")

    assert job.variables["toolCall"] == {"number": "7", "_meta": {"id": "the-id", "name": "LookUp"}}


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (call("Delete", id="1"), "There is no tool 'Delete'"),
        (call("Noted"), "There is no tool 'Noted'"),
        (call("LookUp"), "do not meet its schema"),
        (call("LookUp", number="seven"), "do not meet its schema"),
        (call("LookUp", number="7", also="this"), "do not meet its schema"),
        (call("LookUp", number="7", _meta={"id": "other"}), "do not meet its schema"),
    ],
)
def test_what_is_not_drawn_so_is_refused_told_to_the_model_and_on_record(wanted: Any, said: str) -> None:
    # Given a model that asks for what it may not; when it is told why, it answers
    script = Script(calls(wanted), says("Then not."))
    made = world(script)
    key = made.start(variables=ASKED)
    made.settle()

    # Then nothing was activated, the model heard why, and the history has both
    assert made.rows("jobs", type="look-up") == []
    assert said in script.last[-1][1]
    assert made.state(key) == "COMPLETED"
    (refused,) = [item for item in history(made, key)[1:] if "refused" in item.details]
    assert said in next(iter(refused.details["refused"].values()))


def test_what_is_allowed_runs_beside_what_is_refused() -> None:
    script = Script(calls(call("Delete"), call("Add", terms={"a": 2, "b": 2})), says("4"))
    made = world(script)
    key = made.start(variables=ASKED)
    made.settle()
    assert [text for role, text in script.last if role == "tool"] == [
        "There is no tool 'Delete'. There are: Add, AskPerson, LookUp.",
        "4",
    ]
    assert made.state(key) == "COMPLETED"


def test_a_tool_without_a_result_is_told_as_done() -> None:
    script = Script(calls(call("LookUp", number="7")), says("Done."))
    made = world(script)
    made.start(variables=ASKED)
    made.settle()
    made.engine.complete_job(made.one_job("look-up").job.key, {"order": None})
    made.settle()
    assert script.last[-1] == ("tool", "This tool has run and gave no result.")


def test_an_event_waits_for_the_tools_and_comes_after_them_as_a_message() -> None:
    # Given a tool under way
    script = Script(calls(call("LookUp", number="7")), says("Done."))
    made = world(script)
    key = made.start(variables=ASKED)
    made.settle()

    # When the customer writes before it is done
    made.engine.publish_message("word", "c1", variables={"said": "I mean order 8"})
    made.settle()
    assert len(script.heard) == 1
    made.engine.complete_job(made.one_job("look-up").job.key, {"order": "found"})
    made.settle()

    # Then
    assert script.last[-2:] == [("tool", "found"), ("user", "I mean order 8")]
    assert made.state(key) == "COMPLETED"


def test_an_event_may_end_what_still_runs() -> None:
    # Given two tools under way, one of them done, and an agent that interrupts
    script = Script(calls(call("LookUp", number="7"), call("AskPerson", question="?")), says("Done."))
    made = world(script, edit=lambda text: text.replace("WAIT_FOR_TOOL_CALL_RESULTS", "INTERRUPT_TOOL_CALLS"))
    key = made.start(variables=ASKED)
    made.settle()
    made.engine.complete_job(made.one_job("look-up").job.key, {"order": "found"})
    made.settle()

    # When the customer writes
    made.engine.publish_message("word", "c1", variables={"said": "Never mind"})
    made.settle()

    # Then
    assert script.last[-3:] == [
        ("tool", "found"),
        ("tool", "This tool was cancelled before it gave a result."),
        ("user", "Never mind"),
    ]
    assert made.state(key) == "COMPLETED"


def test_the_most_model_calls_hold_whatever_the_model_wants() -> None:
    # Given a model that never comes to an end, and at most five calls by the diagram
    script = Script(*(calls(call("Add", terms={"a": 1, "b": number})) for number in range(9)))
    made = world(script)
    key = made.start(variables=ASKED)
    made.settle()

    (incident,) = made.rows("incidents", processInstanceKey=key, state="ACTIVE")
    assert "MAXIMUM_NUMBER_OF_MODEL_CALLS_REACHED" in incident["errorMessage"]
    assert len(script.heard) == 5


@pytest.mark.parametrize(
    ("limits", "said", "heard"),
    [
        ({"max_model_calls": 2}, "MAXIMUM_NUMBER_OF_MODEL_CALLS_REACHED", 2),
        ({"max_tool_calls": 2}, "MAXIMUM_NUMBER_OF_TOOL_CALLS_REACHED", 3),
        ({"max_tokens": 200}, "MAXIMUM_NUMBER_OF_TOKENS_REACHED", 2),
        ({"max_cost": 0.025}, "MAXIMUM_COST_REACHED", 3),
    ],
)
def test_the_contract_s_limits_hold_too(limits: dict[str, Any], said: str, heard: int) -> None:
    script = Script(*(calls(call("Add", terms={"a": 1, "b": number})) for number in range(9)))
    made = world(script, conversation=limits)
    key = made.start(variables=ASKED)
    made.settle()
    (incident,) = made.rows("incidents", processInstanceKey=key, state="ACTIVE")
    assert said in incident["errorMessage"]
    assert len(script.heard) == heard


def test_a_drawn_tool_may_be_prohibited_by_the_contract() -> None:
    script = Script(calls(call("LookUp", number="7")), says("Done."))
    made = world(script, conversation={"prohibited_tools": ["LookUp"]})
    made.start(variables=ASKED)
    made.settle()
    assert script.last[-1] == ("tool", "The tool LookUp is prohibited here.")


def test_of_a_long_conversation_the_model_sees_the_system_prompt_and_the_end() -> None:
    rounds = [calls(call("Add", f"id-{number}", terms={"a": number, "b": 0})) for number in range(4)]
    script = Script(*rounds, says("Done."))
    made = world(script, conversation={"context_window": 4})
    made.start(variables=ASKED)
    made.settle()
    assert script.last == [
        ("system", "You help customers."),
        *[("assistant", ""), ("tool", "2")],
        *[("assistant", ""), ("tool", "3")],
    ]


def test_a_guardrail_looks_through_what_a_tool_brings() -> None:
    script = Script(calls(call("LookUp", number="7")), says("Done."))
    made = world(script, guardrails={"before": [{"use": "personal_data"}]})
    made.start(variables=ASKED)
    made.settle()
    made.engine.complete_job(made.one_job("look-up").job.key, {"order": "of anna@example.com"})
    made.settle()
    assert script.last[-1] == ("tool", "of [email]")


def test_a_failed_call_is_tried_again_and_counts() -> None:
    script = Script(ModelFault("busy"), says("Done."))
    made = world(script, retries={"attempts": 2, "backoff": "PT0S"})
    key = made.start(variables=ASKED)
    made.settle()
    assert made.state(key) == "COMPLETED"
    instance, *items = history(made, key)
    assert instance.model_calls == 2
    assert [item.role for item in items] == ["CONFIGURATION", "USER", "ASSISTANT"]


def test_without_a_contract_its_work_is_held() -> None:
    made = world(Script(), name="Somebody", settings={"agents_without_contract": "allow"})
    key = made.start(variables=ASKED)
    made.settle()
    (incident,) = made.rows("incidents", processInstanceKey=key, state="ACTIVE")
    assert "Helper" in incident["errorMessage"]
    assert "no contract" in incident["errorMessage"]


def test_an_answer_in_json_is_held_against_the_contract() -> None:
    def edit(text: str) -> str:
        return text.replace(
            'source="text" target="data.response.format.type"', 'source="json" target="data.response.format.type"'
        )

    output = {
        "type": "object",
        "properties": {"sure": {"type": "number"}, "rationale": {"type": "string"}},
        "required": ["sure"],
    }
    script = Script(says('{"sure": 0.9, "rationale": "it says so"}'))
    made = world(script, edit=edit, output=output, confidence={"threshold": 0.5, "field": "sure"})
    key = made.start(variables=ASKED)
    made.settle()
    assert made.variables(key)["agent"]["responseJson"] == {"sure": Decimal("0.9"), "rationale": "it says so"}
    answer = history(made, key)[-1]
    assert (answer.details["confidence"], answer.details["rationale"]) == ("0.9", "it says so")

    unsure = world(
        Script(says('{"sure": 0.1}')), edit=edit, output=output, confidence={"threshold": 0.5, "field": "sure"}
    )
    key = unsure.start(variables=ASKED)
    unsure.settle()
    (incident,) = unsure.rows("incidents", processInstanceKey=key, state="ACTIVE")
    assert "low_confidence" in incident["errorMessage"]
