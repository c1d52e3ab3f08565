"""From a deployed process to its end, all in the terminal, with a server at work in between."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, closing

import pytest

from laneway.bootstrap import Laneway
from laneway.ports import SearchQuery
from tests.cli.conftest import LEAVE, Run

Server = Callable[[], AbstractContextManager[Laneway]]


@pytest.fixture
def leave(laneway: Run, server: Server) -> str:
    """Key of an instance that waits for the supervisor."""
    laneway("deploy", LEAVE)
    with server() as running:
        return str(
            running.engine.start_instance(process_id="leave-request", variables={"employee": "Ada", "days": 5}).key
        )


def test_a_task_is_listed_completed_and_told_of(laneway: Run, leave: str) -> None:
    task = json.loads(laneway("tasks", "--group", "supervisor", "--json").out)[0]

    completed = laneway("complete", task["userTaskKey"], "--var", "approved=true", "--by", "grace")

    assert completed.code == 0
    assert "completed «Decide the request»" in completed.out
    assert laneway("tasks").out.strip() == "no tasks wait for a person"
    story = laneway("history", leave).out
    assert "grace completed «Decide the request»; gave approved" in story
    assert "Leave granted" in story
    assert "COMPLETED" in story
    assert json.loads(laneway("instances", "--json").out)[0]["state"] == "COMPLETED"


def test_the_history_as_json_has_every_event_and_keys_as_texts(laneway: Run, leave: str) -> None:
    events = json.loads(laneway("history", leave, "--json").out)

    assert {event["kind"] for event in events} >= {
        "command",
        "ElementActivated",
        "SequenceFlowTaken",
        "UserTaskCreated",
    }
    assert events[0]["at"].endswith("Z")
    assert {type(event["elementInstanceKey"]) for event in events} <= {str, type(None)}


def test_the_whole_story_tells_flows_too(laneway: Run, leave: str) -> None:
    assert "flow to-decide was taken" not in laneway("history", leave).out
    assert "flow to-decide was taken" in laneway("history", leave, "--all").out


def test_a_task_of_someone_else_is_not_taken_away(laneway: Run, leave: str, server: Server) -> None:
    key = json.loads(laneway("tasks", "--json").out)[0]["userTaskKey"]
    with server() as running:
        running.engine.assign_user_task(int(key), "grace")

    answer = laneway("complete", key, "--by", "mallory", "--var", "approved=false")

    assert answer.code == 3
    assert "«Decide the request» is grace's" in answer.error
    assert len(json.loads(laneway("tasks", "--assignee", "grace", "--json").out)) == 1


def test_a_task_is_completed_once(laneway: Run, leave: str) -> None:
    key = json.loads(laneway("tasks", "--json").out)[0]["userTaskKey"]
    laneway("complete", key, "--by", "grace", "--var", "approved=true")

    again = laneway("complete", key, "--by", "grace", "--var", "approved=false")

    assert again.code == 3
    assert "user_task_not_active" in again.error


def test_instances_are_filtered_by_process_and_state(laneway: Run, leave: str, server: Server) -> None:
    with server() as running:
        running.engine.cancel_instance(int(leave))

    terminated = laneway("instances", "--state", "terminated", "--process", "leave-request", "--json")

    assert [row["processInstanceKey"] for row in json.loads(terminated.out)] == [leave]
    assert laneway("instances", "--state", "active").out.strip() == "no instances"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("history", "17"), 3, "process_instance_not_found"),
        (("history", "seventeen"), 2, "'seventeen' is no key"),
        (("complete", "17"), 3, "user_task_not_found"),
        (("resolve", "17"), 3, "incident_not_found"),
        (("complete", "17", "--var", "approved"), 2, "write NAME=VALUE"),
        (("decide", "--decision", "nothing"), 3, "decision_not_found"),
        (("run", "nothing"), 3, "is neither a folder, nor a file, nor a process that ships"),
    ],
)
def test_failures_are_a_sentence_and_an_exit_code(
    laneway: Run, arguments: tuple[str, ...], code: int, said: str
) -> None:
    answer = laneway(*arguments)

    assert (answer.code, answer.out) == (code, "")
    assert answer.error.startswith("laneway: ")
    assert said in answer.error


def test_an_incident_is_listed_and_resolved(laneway: Run, server: Server) -> None:
    diagram = LEAVE.read_bytes().replace(b"=approved and days &lt;= 30", b"=approved and days &lt;= limit")
    with server() as running:
        running.engine.deploy([("leave.bpmn", diagram)])
        key = running.engine.start_instance(process_id="leave-request", variables={"days": 5}).key
        task = running.engine.search(SearchQuery("user-tasks")).items[0]
        running.engine.complete_user_task(int(task["userTaskKey"]), {"approved": True})

    incident = json.loads(laneway("incidents", "--json").out)[0]
    resolved = laneway("resolve", incident["incidentKey"], "--var", "limit=30", "--by", "otto")

    assert incident["elementId"] == "approved"
    assert resolved.code == 0
    assert laneway("incidents").out.strip() == "no incidents"
    assert "Leave granted" in laneway("history", key).out


def test_audit_verify_names_the_first_bad_record(laneway: Run, leave: str, database: str) -> None:
    assert laneway("audit", "verify").code == 0

    with closing(sqlite3.connect(database.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute("UPDATE audit_log SET actor_id = 'nobody' WHERE key = (SELECT max(key) FROM audit_log)")
    answer = laneway("audit", "verify")

    assert answer.code == 1
    assert "the audit trail was changed" in answer.out
