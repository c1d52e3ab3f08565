"""One trace follows an instance, whichever processes it goes through. Spans are those that a receiver of OTLP was sent."""

from __future__ import annotations

import queue
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from starlette.testclient import TestClient

from laneway.bootstrap import build
from laneway.commands.complete_user_task import complete_user_task
from laneway.commands.handing import Told
from laneway.domain.work import SYSTEM
from laneway.settings import Settings
from laneway.tracing.ids import read_traceparent, trace_of
from laneway.tracing.scope import logged
from laneway_api.app import create_app
from tests.support.drawing import Drawing, extension, job
from tests.support.processes import Process, until
from tests.tracing.collector import Collector, Model, Span

SERVER, CLIENT, PRODUCER, CONSUMER = 2, 3, 4, 5
CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SECRET = "rosebud-73"


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with Collector() as made:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", made.address)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "200")
        yield made


def files(model: Model | None = None, answer: object = None, **contract: Any) -> list[tuple[str, bytes]]:
    """``classify`` by the agent, ``check`` by a person, ``pack`` by a worker outside."""
    drawing = Drawing()
    process = drawing.process()
    process.chain(
        process.node("startEvent"),
        process.node("serviceTask", "classify", extension(job("classify"))),
        process.node("userTask", "check"),
        process.node("serviceTask", "send", extension(job("pack"))),
        process.node("endEvent"),
    )
    by_model = {} if model is None else {"base_url": f"{model.address}/v1", "model": "tiny", "structured": "none"}
    classifier = {
        "purpose": "Tells what kind of letter it is",
        "owner": "head-of-mail",
        "job_types": ["classify"],
        "adapter": "openai" if model is not None else "scripted",
        "config": by_model or {"answers": {"*": answer or {"output": {"kind": "complaint"}}}},
        "input": {"type": "object"},
        "output": {"type": "object", "properties": {"kind": {"type": "string"}}, "required": ["kind"]},
        "authority": "decide",
        **contract,
    }
    return [
        ("process.bpmn", drawing.xml()),
        ("agents.yaml", yaml.safe_dump({"version": 1, "agents": {"classifier": classifier}}).encode()),
    ]


class Traced:
    """Laneway in this process, its API asked directly, its workers stepped by hand."""

    def __init__(self, folder: Path, collector: Collector) -> None:
        self.made = build(Settings(database_url=f"sqlite:///{folder / 'laneway.db'}", tracing=True))
        self.api = TestClient(create_app(self.made), base_url="http://localhost")
        self.collector = collector

    def start(self, **headers: str) -> str:
        body = {"processDefinitionId": "process", "variables": {"letter": SECRET}}
        answer = self.api.post("/v2/process-instances", json=body, headers=headers)
        return str(answer.json()["processInstanceKey"])

    def spans(self) -> list[Span]:
        """All of them; nothing can be done after."""
        self.made.close()
        return self.collector.spans()


@pytest.fixture
def traced(tmp_path: Path, collector: Collector) -> Iterator[Traced]:
    made = Traced(tmp_path, collector)
    yield made
    made.made.close()


def open_task(search: Callable[..., httpx.Response]) -> str | None:
    """The key of the user task, once there is one."""
    items = search("/v2/user-tasks/search", json={}).json()["items"]
    return str(items[0]["userTaskKey"]) if items else None


def tree(spans: list[Span]) -> dict[str, str]:
    """Name of each span → that of its parent."""
    names = {span.span_id: span.name for span in spans}
    assert len(names) == len({span.name for span in spans}) == len(spans)
    return {span.name: names[span.parent_id] if span.parent_id else "" for span in spans}


@pytest.mark.slow
def test_one_trace_follows_an_instance_through_two_processes(
    postgres_database: str, tmp_path: Path, collector: Collector
) -> None:
    options = {"database": postgres_database, "tracing": "true", "egress_allow": "127.0.0.1", "log_format": "json"}
    with (
        Model({"kind": "complaint"}) as model,
        Process(tmp_path, "serve", "--port", "0", "--roles", "api", **options) as server,
    ):
        # Given a process that answers, one that works for agents, and an agent over HTTP
        address = server.address
        with build(Settings(database_url=postgres_database)) as laneway:
            laneway.engine.deploy(files(model))
        with (
            Process(tmp_path, "work", "--roles", "agents", **options) as agents,
            httpx.Client(base_url=address, timeout=30) as client,
        ):
            agents.says("works: agents")
            # When an instance is started by somebody who traces, its agent answers, and a person ends it
            body = {"processDefinitionId": "process", "variables": {"letter": SECRET}}
            root = client.post("/v2/process-instances", json=body, headers={"traceparent": CALLER}).json()
            task = until(lambda: open_task(client.post), "the agent has answered")
            client.post(f"/v2/user-tasks/{task}/completion", json={})
            last = {"POST /v2/user-tasks/{userTaskKey}/completion", "work on classify"}
            until(lambda: last <= {span.name for span in collector.spans()}, "both have sent theirs")
        # Then there is one trace, with everything where it came from
        spans = [span for span in collector.spans() if "search" not in span.name]
        assert tree(spans) == {
            "POST /v2/process-instances": "",
            "StartInstance": "POST /v2/process-instances",
            "open classify": "StartInstance",
            "wait for classify": "open classify",
            "work on classify": "open classify",
            "invoke_agent classifier": "work on classify",
            "CompleteJob": "work on classify",
            "open check": "CompleteJob",
            "POST /v2/user-tasks/{userTaskKey}/completion": "open check",
            "CompleteUserTask": "POST /v2/user-tasks/{userTaskKey}/completion",
            "open pack": "CompleteUserTask",
        }
        assert len({span.trace_id for span in spans}) == 1
        # the caller's as a link, the agent told of its own span, two processes, and who did what.
        assert collector.named("POST /v2/process-instances").links == ((CALLER[3:35], CALLER[36:52]),)
        call = collector.named("invoke_agent classifier")
        assert model.asked == [f"00-{call.trace_id}-{call.span_id}-01"]
        assert (call.kind, collector.named("work on classify").kind) == (CLIENT, CONSUMER)
        assert {name: call.attributes[name] for name in call.attributes if name.startswith("gen_ai")} == {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.provider.name": "openai",
            "gen_ai.agent.name": "classifier",
            "gen_ai.request.model": "tiny",
            "gen_ai.response.model": "tiny-1",
            "gen_ai.usage.input_tokens": 30,
            "gen_ai.usage.output_tokens": 5,
        }
        wait = collector.named("wait for classify")
        assert wait.end <= collector.named("work on classify").start + 1_000_000_000
        assert {
            span.attributes.get("laneway.root_instance.key") for span in spans if span.kind not in (SERVER, CLIENT)
        } == {root["processInstanceKey"]}
        assert {span.resource["service.name"] for span in spans} == {"laneway"}
        assert len({span.resource["laneway.roles"].values[0].string_value for span in spans}) == 2


def test_no_span_holds_a_value_or_a_message(traced: Traced) -> None:
    # Given a trace with a variable, a refused command that names it, and an incident that does
    traced.made.engine.deploy(files(answer={"output": {"kind": 7, "said": SECRET}}))
    key = traced.start()
    traced.made.workers.step()
    traced.api.post("/v2/process-instances", json={"processDefinitionId": SECRET})
    traced.api.post(f"/v2/process-instances/{key}/cancellation", json={})
    # When all is sent; then what was said is nowhere in it.
    assert traced.spans()
    assert SECRET.encode() not in b"".join(traced.collector.received)


def test_what_goes_wrong_is_on_record(traced: Traced) -> None:
    # Given an agent whose answer its contract does not accept
    traced.made.engine.deploy(files(answer={"output": {"kind": 7}}, retries={"attempts": 1}))
    key = traced.start()
    # When it is asked, and a job of the instance is completed that is none of the caller's
    traced.made.workers.step()
    answer = traced.api.post("/v2/jobs/5/completion", json={}, headers={"traceparent": CALLER})
    assert answer.status_code == 404
    # Then the call failed for that reason, the command that settled it opened an incident, and the refusal is its caller's.
    spans = {span.name: span for span in traced.spans()}
    call, settled, refused = spans["invoke_agent classifier"], spans["FailJob"], spans["CompleteJob"]
    assert (call.error, call.attributes["error.type"]) == (True, "output_invalid")
    assert settled.error
    assert settled.events["laneway.incident"]["laneway.element.id"] == "classify"
    assert settled.attributes["laneway.root_instance.key"] == key
    assert (refused.error, refused.attributes["error.type"]) == (True, "job_not_found")
    assert refused.trace_id == CALLER[3:35]
    assert spans["POST /v2/jobs/{jobKey}/completion"].parent_id == CALLER[36:52]


def test_a_worker_outside_is_seen_from_the_opening_of_its_job_on(traced: Traced) -> None:
    # Given an instance that waits for a worker outside
    traced.made.engine.deploy(files())
    traced.start()
    traced.made.workers.step()
    traced.api.post(f"/v2/user-tasks/{open_task(traced.api.post)}/completion", json={})
    # When that one takes the job and completes it
    asked = {"type": "pack", "worker": "outside", "timeout": 60_000, "maxJobsToActivate": 5}
    (taken,) = traced.api.post("/v2/jobs/activation", json=asked).json()["jobs"]
    traced.api.post(f"/v2/jobs/{taken['jobKey']}/completion", json={})
    # Then its wait and its completion hang on the opening of the job, and the end of the instance is said.
    spans = traced.spans()
    assert len({span.trace_id for span in spans if span.name != "Deploy"}) == 1
    opened = traced.collector.named("open pack")
    assert opened.kind == PRODUCER
    assert traced.collector.named("wait for pack").parent_id == opened.span_id
    request = traced.collector.named("POST /v2/jobs/{jobKey}/completion")
    assert request.parent_id == opened.span_id
    (ended,) = [span for span in spans if span.name == "CompleteJob" and span.parent_id == request.span_id]
    assert "laneway.process_instance.completed" in ended.events


def test_what_belongs_to_nobody_is_not_sent(traced: Traced) -> None:
    # Given requests that read, and one of them by somebody who traces
    traced.api.post("/v2/user-tasks/search", json={})
    traced.api.get("/health/live")
    traced.api.post("/v2/jobs/search", json={}, headers={"traceparent": CALLER})
    # When all is sent; then that one alone is, as a part of its caller's trace.
    assert [(span.name, span.trace_id) for span in traced.spans()] == [("POST /v2/jobs/search", CALLER[3:35])]


def test_a_command_on_another_instance_is_in_the_trace_of_that_one(traced: Traced) -> None:
    # Given two instances, each of which waits for the same signal
    drawing = Drawing()
    drawing.signal("go", "go")
    process = drawing.process()
    process.chain(
        process.node("startEvent"),
        process.node("intermediateCatchEvent", "wait", '<signalEventDefinition signalRef="go"/>'),
        process.node("endEvent"),
    )
    traced.made.engine.deploy([("process.bpmn", drawing.xml())])
    keys = [traced.start() for _ in range(2)]
    # When it is broadcast by one request
    traced.api.post("/v2/signals/broadcast", json={"signalName": "go"})
    # Then each trace shows how its instance went on, and one of them knows of the request by a link.
    found = [span for span in traced.spans() if span.name == "BroadcastSignal"]
    assert {span.attributes["laneway.root_instance.key"] for span in found} == set(keys)
    request = traced.collector.named("POST /v2/signals/broadcast")
    within, beside = sorted(found, key=lambda span: span.parent_id != request.span_id)
    assert (within.parent_id, within.trace_id) == (request.span_id, request.trace_id)
    assert beside.links == ((request.trace_id, request.span_id),)
    assert beside.trace_id != request.trace_id


def test_a_command_that_was_handed_over_is_in_the_request_that_gave_it(traced: Traced) -> None:
    # Given a task, and a request that hands its completion over instead of waiting for it
    traced.made.engine.deploy(files())
    traced.start()
    traced.made.workers.step()
    task = open_task(traced.api.post)
    told: queue.SimpleQueue[list[Told]] = queue.SimpleQueue()
    tracing = traced.made.observers.tracing
    assert tracing is not None
    with tracing.handling("POST", None) as handling:
        command = complete_user_task(int(task or 0), {}, action=None, actor=SYSTEM, tenant_ids=None)
        traced.made.engine.desk(told.put).hand_over(command, "ticket")
        assert told.get(timeout=30)[0][2] is None
        handling.answered("/handed-over", 204)
    # When all is sent; then the command is below the request, and within its time.
    traced.spans()
    request, done = traced.collector.named("POST /handed-over"), traced.collector.named("CompleteUserTask")
    assert (done.parent_id, done.trace_id) == (request.span_id, request.trace_id)
    assert request.start <= done.start <= done.end <= request.end


def test_a_sampler_takes_whole_instances(tmp_path: Path, collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given that half of them are to be sent
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.5")
    traced = Traced(tmp_path, collector)
    traced.made.engine.deploy(files())
    # When there are many
    for _ in range(20):
        traced.start()
    traced.made.workers.step()
    # Then each was sent from its request to its user task, or not at all.
    whole: dict[str, set[str]] = {}
    for span in traced.spans():
        whole.setdefault(span.trace_id, set()).add(span.name)
    assert 0 < len(whole) < 20
    assert len({frozenset(names) for names in whole.values()}) == 1
    assert {"POST /v2/process-instances", "CompleteJob", "open check"} <= whole.popitem()[1]


def test_log_lines_say_where_they_belong(traced: Traced) -> None:
    # Given a line of nothing in particular, and one of a request that has started an instance
    traced.made.engine.deploy(files())
    tracing = traced.made.observers.tracing
    assert tracing is not None
    assert logged(None, "info", {}) == {}
    with tracing.handling("POST", None) as handling:
        assert logged(None, "info", {}) == {}
        root = traced.made.engine.start_instance(process_id="process").key
        line = logged(None, "info", {})
        handling.answered("/v2/process-instances", 200)
    # When all is sent; then that one names the span of the request.
    assert traced.spans()
    request = traced.collector.named("POST /v2/process-instances")
    assert line == {"trace_id": request.trace_id, "span_id": request.span_id}
    assert request.trace_id == f"{trace_of(root):032x}"


def test_without_the_setting_opentelemetry_s_sdk_is_not_loaded(tmp_path: Path) -> None:
    program = (
        "import sys; from laneway.bootstrap import build; from laneway.settings import Settings; from laneway_api.app import create_app\n"
        "with build(Settings(database_url='sqlite://')) as made: create_app(made)\n"
        "print([name for name in sys.modules if name.startswith(('opentelemetry.sdk', 'laneway.tracing'))])"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_a_collector_that_is_away_disturbs_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    with Collector() as nobody:
        traced = Traced(tmp_path, nobody)
    traced.made.engine.deploy(files())
    assert traced.start()
    assert traced.made.workers.step()
    traced.made.close()


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (CALLER, (0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331, True)),
        (CALLER[:-2] + "00", (0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331, False)),
        ("cc" + CALLER[2:] + "-what-comes-later", (0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331, True)),
        (CALLER + "-more", None),
        ("ff" + CALLER[2:], None),
        (CALLER.upper(), None),
        (f"00-{'0' * 32}-b7ad6b7169203331-01", None),
        (f"00-0af7651916cd43dd8448eb211c80319c-{'0' * 16}-01", None),
        ("", None),
        (None, None),
    ],
)
def test_a_traceparent_is_read_as_w3c_has_it(text: str | None, read: tuple[int, int, bool] | None) -> None:
    assert read_traceparent(text) == read
