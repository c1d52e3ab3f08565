"""Long texts that no index entry can hold are refused or kept, the same on both databases, and no fault of the server."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.bad_inputs.conftest import Server, refused
from tests.support.drawing import Drawing, Scope, extension, job, refers

RANDOM = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=9_000))
"""Cannot be packed: an index entry of PostgreSQL holds about 2,700 bytes of it."""


def diagram(draw: Callable[[Scope, Drawing], None], process_id: str = "long") -> bytes:
    drawing = Drawing()
    draw(drawing.process(process_id), drawing)
    return drawing.xml()


def around(node: Callable[[Scope, Drawing], str]) -> Callable[[Scope, Drawing], None]:
    def draw(scope: Scope, drawing: Drawing) -> None:
        scope.chain(scope.node("startEvent"), node(scope, drawing), scope.node("endEvent"))

    return draw


def _message(scope: Scope, drawing: Drawing) -> str:
    return scope.node("intermediateCatchEvent", None, refers("message", drawing.message("m", RANDOM, '="k"')))


def _signal(scope: Scope, drawing: Drawing) -> str:
    return scope.node("intermediateCatchEvent", None, refers("signal", drawing.signal("m", RANDOM)))


def _people(scope: Scope, drawing: Drawing) -> str:
    inner = f'<zeebe:assignmentDefinition assignee="{RANDOM}" candidateGroups="{RANDOM}" candidateUsers="{RANDOM}"/>'
    return scope.node("userTask", None, extension(inner))


DIAGRAMS: dict[str, bytes] = {
    "element id": diagram(around(lambda scope, _: scope.node("userTask", RANDOM))),
    "element name": diagram(
        around(lambda scope, _: scope.node("userTask", None, f"<documentation>{RANDOM}</documentation>"))
    ),
    "process id": diagram(around(lambda scope, _: scope.node("userTask")), RANDOM),
    "job type": diagram(around(lambda scope, _: scope.node("serviceTask", None, extension(job(RANDOM))))),
    "message name": diagram(around(_message)),
    "signal name": diagram(around(_signal)),
    "people": diagram(around(_people)),
    "called process": diagram(
        around(lambda s, _: s.node("callActivity", None, extension(f'<zeebe:calledElement processId="{RANDOM}"/>')))
    ),
    "version tag": diagram(around(lambda scope, _: scope.node("userTask"))).replace(
        b'isExecutable="true">',
        f'isExecutable="true">{extension(f"<zeebe:versionTag value={chr(34)}{RANDOM}{chr(34)}/>")}'.encode(),
    ),
}


def proper(answer: httpx.Response) -> bool:
    """Whether it was taken; a refusal has the shape of one."""
    if answer.status_code in (200, 204):
        return True
    refused(answer, answer.status_code)
    assert answer.status_code in (400, 404, 409, 413, 422), answer.text[:300]
    return False


@pytest.mark.parametrize("case", DIAGRAMS)
def test_long_texts_in_a_diagram(server: Server, case: str) -> None:
    answer = server.upload((f"{case}.bpmn", DIAGRAMS[case]))

    if proper(answer):
        process = answer.json()["deployments"][0]["processDefinition"]["processDefinitionKey"]
        proper(server.client.post("/v2/process-instances", json={"processDefinitionKey": process}))
    server.answers()


REQUESTS: dict[str, tuple[str, dict[str, Any]]] = {
    "variable": ("/v2/process-instances", {"processDefinitionId": "waiting", "variables": {RANDOM: 1}}),
    "value": ("/v2/process-instances", {"processDefinitionId": "waiting", "variables": {"a": RANDOM}}),
    "business id": ("/v2/process-instances", {"processDefinitionId": "waiting", "businessId": "ü" * 256}),
    "process id": ("/v2/process-instances", {"processDefinitionId": RANDOM}),
    "message name": ("/v2/messages/publication", {"name": RANDOM[:1000], "correlationKey": "k", "timeToLive": 60_000}),
    "message name over": ("/v2/messages/publication", {"name": RANDOM, "correlationKey": "k", "timeToLive": 60_000}),
    "correlation key": ("/v2/messages/publication", {"name": "n", "correlationKey": RANDOM, "timeToLive": 60_000}),
    "message id": ("/v2/messages/publication", {"name": "n", "correlationKey": "k", "messageId": RANDOM, "timeToLive": 60_000}),
    "signal": ("/v2/signals/broadcast", {"signalName": RANDOM}),
    "job type": ("/v2/jobs/activation", {"type": RANDOM, "timeout": 1, "maxJobsToActivate": 1, "requestTimeout": -1}),
    "worker": ("/v2/jobs/activation", {"type": "x", "worker": RANDOM, "timeout": 1, "maxJobsToActivate": 1, "requestTimeout": -1}),
    "filter": ("/v2/process-instances/search", {"filter": {"processDefinitionId": RANDOM}}),
    "pattern": ("/v2/process-instances/search", {"filter": {"processDefinitionId": {"$like": "*" * 5000 + "x"}}}),
    "many patterns": ("/v2/user-tasks/search", {"filter": {"assignee": {"$like": "*a" * 2000}}}),
    "ten thousand keys": ("/v2/jobs/search", {"filter": {"jobKey": {"$in": [str(n) for n in range(70_000)]}}}),
    "sorts": ("/v2/jobs/search", {"sort": [{"field": "jobKey"}] * 5_000}),
}  # fmt: skip


@pytest.mark.parametrize("case", REQUESTS)
def test_long_texts_in_a_request(server: Server, case: str) -> None:
    drawing = Drawing()
    around(lambda scope, _: scope.node("userTask"))(drawing.process("waiting"), drawing)
    server.deployed(drawing, "waiting")
    path, body = REQUESTS[case]

    with server.bounded():
        proper(server.client.post(path, json=body))

    server.answers()


def test_long_texts_around_a_task_and_a_job(server: Server) -> None:
    drawing = Drawing()
    around(lambda scope, _: scope.node("userTask"))(drawing.process("long task"), drawing)
    around(lambda scope, _: scope.node("serviceTask", None, extension(job("long-job"))))(
        drawing.process("long job"), drawing
    )
    server.deployed(drawing, "long work")
    (task,) = server.search("user-tasks", processInstanceKey=server.start("long task"))
    server.start("long job")
    activation = {"type": "long-job", "timeout": 60_000, "maxJobsToActivate": 1, "requestTimeout": -1}
    (taken,) = server.client.post("/v2/jobs/activation", json=activation).json()["jobs"]
    task_path, job_path = f"/v2/user-tasks/{task['userTaskKey']}", f"/v2/jobs/{taken['jobKey']}"

    proper(server.client.post(f"{task_path}/assignment", json={"assignee": RANDOM}))
    proper(
        server.client.patch(task_path, json={"changeset": {"candidateGroups": [RANDOM], "candidateUsers": [RANDOM]}})
    )
    proper(server.client.post(f"{job_path}/error", json={"errorCode": RANDOM, "errorMessage": RANDOM}))
    proper(
        server.client.post("/v2/process-instances", json={"processDefinitionId": "waiting"}, auth=(RANDOM[:5000], "x"))
    )

    server.answers()
