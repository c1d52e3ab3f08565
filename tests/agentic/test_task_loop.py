"""An agent task, a gateway, a multi-instance ad-hoc sub-process, and back (Camunda 8, "AI Agent Task"): ``task_loop.bpmn``."""

from typing import Any

from tests.agentic.script import Script, call, calls, says, world

ASKED = {"request": "How much is twice 4?"}


def test_tools_are_called_beside_each_other_and_the_conversation_goes_on(address: str) -> None:
    # Given a model that asks for two things, one of a person
    script = Script(calls(call("AskPerson", "1", question="Sure?"), call("Double", "2", number=4)), says("It is 8."))
    made = world(script, "task_loop.bpmn", settings={"database_url": address})
    key = made.start(variables=ASKED)
    made.settle()

    # When the person has answered
    assert [tool.name for tool in script.offered[0]] == ["Double", "AskPerson"]
    (task,) = made.rows("user-tasks", processInstanceKey=key, elementId="AskPerson")
    made.engine.complete_user_task(task["userTaskKey"], {"answer": "Yes"})
    made.settle()

    # Then
    assert script.last == [
        ("system", "You help."),
        ("user", "How much is twice 4?"),
        ("assistant", ""),
        ("tool", "Yes"),
        ("tool", "8"),
    ]
    variables = made.variables(key)
    assert variables["agent"]["responseText"] == "It is 8."
    assert variables["lastSaid"] == "It is 8."
    assert "toolCalls" not in variables["agent"]
    assert variables["agent"]["context"]["metrics"]["modelCalls"] == 2
    made.close()


def test_a_further_request_comes_to_the_same_conversation() -> None:
    script = Script(says("8."), says("16."))
    made = world(script, "task_loop.bpmn")
    key = made.start(variables=ASKED)
    made.settle()

    (task,) = made.rows("user-tasks", processInstanceKey=key, elementId="Content")
    made.engine.complete_user_task(task["userTaskKey"], {"followUp": "And twice that?"})
    made.settle()

    assert script.last[1:] == [("user", "How much is twice 4?"), ("assistant", "8."), ("user", "And twice that?")]


def test_a_context_of_another_instance_is_not_believed() -> None:
    # Given the conversation of one instance
    script = Script(says("The secret is 42."), says("I know nothing."))
    made = world(script, "task_loop.bpmn")
    other = made.start(variables={"request": "Remember the secret"})
    made.settle()
    stolen: Any = made.variables(other)["agent"]

    # When another instance brings its context
    made.start(variables={"request": "What is the secret?", "agent": stolen})
    made.settle()

    # Then it is a new conversation
    assert script.last == [("system", "You help."), ("user", "What is the secret?")]


def test_results_without_a_conversation_are_an_incident_that_says_so() -> None:
    made = world(Script(), "task_loop.bpmn")
    key = made.start(variables={**ASKED, "toolCallResults": [{"id": "1", "name": "Double", "content": 8}]})
    made.settle()
    (incident,) = made.rows("incidents", processInstanceKey=key, state="ACTIVE")
    assert "TOOL_CALL_RESULTS_ON_EMPTY_CONTEXT" in incident["errorMessage"]
