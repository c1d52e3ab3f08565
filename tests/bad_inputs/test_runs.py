"""What is drawn to never end, to eat the machine or to get out: deployed, run, and brought to an incident or refused."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from tests.bad_inputs.conftest import Server, refused
from tests.support.drawing import Drawing, Scope, duration, extension, job, mapping, refers


def script(expression: str) -> str:
    return extension(f'<zeebe:script expression="{escape(expression, {chr(34): "&quot;"})}" resultVariable="result"/>')


def python(code: str) -> str:
    return f"<script>{escape(code)}</script>"


def one(scope: Scope, *nodes: str) -> None:
    scope.chain(scope.node("startEvent"), *nodes, scope.node("endEvent"))


def self_loop(scope: Scope) -> None:
    task = scope.node("task")
    scope.chain(scope.node("startEvent"), task, task)


def endless(scope: Scope) -> None:
    first, second = scope.node("task"), scope.node("scriptTask", None, script("=1"))
    scope.chain(scope.node("startEvent"), first, second, first)


def recursive(scope: Scope) -> None:
    one(scope, scope.node("callActivity", None, extension('<zeebe:calledElement processId="recursive call"/>')))


def multiple(inner: str, sequential: str = "false") -> str:
    return f'<multiInstanceLoopCharacteristics isSequential="{sequential}">{inner}</multiInstanceLoopCharacteristics>'


def cardinality(count: str, sequential: str = "false") -> Callable[[Scope], None]:
    inner = multiple(f"<loopCardinality>{escape(count)}</loopCardinality>", sequential)
    return lambda scope: one(scope, scope.node("userTask", None, inner))


def looped(scope: Scope) -> None:
    inner = "<standardLoopCharacteristics><loopCondition>=true</loopCondition></standardLoopCharacteristics>"
    one(scope, scope.node("task", None, inner))


def fan(scope: Scope) -> None:
    """Every round doubles the tokens."""
    split, task, again = scope.node("parallelGateway"), scope.node("task"), scope.node("task")
    scope.chain(scope.node("startEvent"), split, task, split)
    scope.chain(split, again, split)


def collection(expression: str) -> Callable[[Scope], None]:
    text = escape(expression, {'"': "&quot;"})
    inner = extension(f'<zeebe:loopCharacteristics inputCollection="{text}" inputElement="item"/>')
    return lambda scope: one(scope, scope.node("userTask", None, multiple(inner)))


def scripted(inner: str, **attributes: str) -> Callable[[Scope], None]:
    return lambda scope: one(scope, scope.node("scriptTask", None, inner, **attributes))


def in_python(code: str) -> Callable[[Scope], None]:
    return scripted(python(code), scriptFormat="python")


INCIDENTS: dict[str, Callable[[Scope], None]] = {
    "self-loop": self_loop,
    "endless loop": endless,
    "tokens that double": fan,
    "recursive call": recursive,
    "cardinality": cardinality("=1000000000"),
    "cardinality in sequence": cardinality("=1000000000", "true"),
    "cardinality of a million digits": cardinality("=10**1000000"),
    "cardinality below nought": cardinality("=-1"),
    "collection": collection("=for i in 1..10**9 return i"),
    "standard loop": looped,
    "FEEL for": scripted(script("=for i in 1..10**9 return i")),
    "FEEL nested for": scripted(script("=for a in 1..9999, b in 1..9999, c in 1..9999 return 1")),
    "FEEL repeated text": scripted(script('=string join(for i in 1..10**10 return "a")')),
    "FEEL pattern": scripted(
        script('=matches("' + "a" * 40 + '!", "(a+)+$") or count(for i in 1..10**9 return i) > 0')
    ),
    "FEEL replace": scripted(
        script('=for i in 1..100000 return replace("' + "a" * 999 + '", "a", "' + "b" * 999 + '")')
    ),
    "Python power": in_python("result = 9**9**9"),
    "Python text": in_python("result = 'a'*10**10"),
    "Python list": in_python("result = [0]*10**10"),
    "Python loop": in_python("while True:\n    result = 1"),
    "Python recursion": in_python("def f(n):\n    return f(n + 1)\nresult = f(0)"),
    "SystemExit": in_python("raise SystemExit(3)"),
    "exit": in_python("exit(3)"),
    "Python import": in_python("import os\nos.system('touch CANARY')\nresult = 1"),
    "Python __import__": in_python("result = __import__('os').system('touch CANARY')"),
    "Python subclasses": in_python("result = str(().__class__.__bases__[0].__subclasses__())"),
    "Python open": in_python("result = open('CANARY', 'w').write('x')"),
    "Python eval": in_python("result = eval(\"open('CANARY', 'w')\")"),
    "Python builtins": in_python("result = print.__self__.open('CANARY', 'w')"),
}


@pytest.mark.parametrize("case", INCIDENTS)
def test_what_never_ends_comes_to_an_incident_or_is_refused(server: Server, case: str) -> None:
    drawing = Drawing()
    INCIDENTS[case](drawing.process(case))
    canary = server.folder / "CANARY"

    answer = server.upload((f"{case}.bpmn", drawing.xml()))
    if answer.status_code == 200:
        with server.bounded():
            incident = server.incident(server.start(case))
        assert incident["errorMessage"]
        assert len(incident["errorMessage"]) < 20_000
    else:
        refused(answer, 422)

    assert not canary.exists()
    server.answers()
    assert server.start("quick")


HOSTILE = [
    "__import__('os').system('touch CANARY')",
    "import os; os.system('touch CANARY')",
    "().__class__.__base__.__subclasses__()",
    "'{0.__class__}'.format(x)",
    "${().getClass().forName('java.lang.Runtime')}",
    "#{T(java.lang.Runtime).getRuntime().exec('touch CANARY')}",
    "{{7*7}}{% import os %}",
    '=get value({}, "__class__")',
    "={a: 1}.__class__",
    "=__import__('os')",
    "`touch CANARY`",
    "$(touch CANARY)",
    "'; DROP TABLE instance; --",
    "<img src=x onerror=alert(1)>",
]


def _timer(scope: Scope, text: str) -> None:
    one(scope, scope.node("intermediateCatchEvent", None, duration(text)))


def _condition(scope: Scope, text: str) -> None:
    gateway = scope.node("exclusiveGateway")
    scope.flow(scope.node("startEvent"), gateway)
    scope.flow(gateway, scope.node("userTask"), text)
    scope.flow(gateway, scope.node("userTask"), default=True)


def _correlation(scope: Scope, text: str) -> None:
    scope.drawing.message("m", text[:100], text)
    one(scope, scope.node("intermediateCatchEvent", None, refers("message", "m")))


def _name(scope: Scope, text: str) -> None:
    name = escape(text, {'"': "&quot;"})
    one(scope, scope.node("userTask", None, f"<documentation>{name}</documentation>"))


def _job_type(scope: Scope, text: str) -> None:
    one(scope, scope.node("serviceTask", None, extension(job(text))))


def _input(scope: Scope, text: str) -> None:
    one(scope, scope.node("userTask", None, extension(mapping({"x": text}))))


def _assignee(scope: Scope, text: str) -> None:
    inner = escape(text, {'"': "&quot;"})
    one(scope, scope.node("userTask", None, extension(f'<zeebe:assignmentDefinition assignee="{inner}"/>')))


def _called(scope: Scope, text: str) -> None:
    inner = escape(text, {'"': "&quot;"})
    one(scope, scope.node("callActivity", None, extension(f'<zeebe:calledElement processId="{inner}"/>')))


PLACES: dict[str, Callable[[Scope, str], None]] = {
    "timer": _timer,
    "condition": _condition,
    "cardinality": lambda scope, text: cardinality(text)(scope),
    "collection": lambda scope, text: collection(text)(scope),
    "correlation key": _correlation,
    "documentation": _name,
    "job type": _job_type,
    "input": _input,
    "assignee": _assignee,
    "called process": _called,
    "script": lambda scope, text: scripted(script(text))(scope),
    "Python": lambda scope, text: in_python(text)(scope),
}


@pytest.mark.parametrize("place", PLACES)
def test_text_is_never_run_wherever_it_stands(server: Server, place: str) -> None:
    with server.bounded():
        for number, text in enumerate(HOSTILE):
            drawing = Drawing()
            id = f"{place} {number}"
            PLACES[place](drawing.process(id), text)
            answer = server.upload((f"{id}.bpmn", drawing.xml()))
            if answer.status_code == 200:
                server.start(id, x=1)
            else:
                refused(answer, 422)
    server.answers()
    for folder in (server.folder, Path.cwd(), Path("/tmp")):
        assert not (folder / "CANARY").exists()
    shown = str(server.search("variables", name="x")) + str(server.search("user-tasks"))
    assert "<class" not in shown
    assert "'49'" not in shown


def test_a_chain_and_a_loop_of_5000_complete(server: Server) -> None:
    drawing = Drawing()
    chain = drawing.process("chain of 5,000")
    one(chain, *(chain.node("task") for _ in range(5_000)))
    loop = drawing.process("loop of 5,000")
    merge, split = loop.node("exclusiveGateway"), loop.node("exclusiveGateway")
    count = extension('<zeebe:script expression="=if n = null then 1 else n + 1" resultVariable="n"/>')
    loop.chain(loop.node("startEvent"), merge, loop.node("scriptTask", None, count), split)
    loop.flow(split, merge, "=n < 5000")
    loop.flow(split, loop.node("endEvent"), default=True)
    server.deployed(drawing, "thousands")

    for process in ("chain of 5,000", "loop of 5,000"):
        body = {
            "processDefinitionId": process,
            "awaitCompletion": True,
            "requestTimeout": 120_000,
            "fetchVariables": ["n"],
        }
        with server.bounded():
            answer = server.client.post("/v2/process-instances", json=body)
        assert answer.status_code == 200, answer.text
        (row,) = server.search("process-instances", processInstanceKey=answer.json()["processInstanceKey"])
        assert row["state"] == "COMPLETED"
        assert answer.json()["variables"] == ({"n": 5000} if process.startswith("loop") else {})


@pytest.fixture(scope="module")
def trap() -> Iterator[tuple[int, list[str]]]:
    """A server on this machine that nobody may reach: its port, and the paths that it was asked for."""
    asked: list[str] = []

    class Trap(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        do_GET = do_POST

        def log_message(self, format: str, *args: object) -> None:
            pass

    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Trap)
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    yield listening.server_port, asked
    listening.shutdown()
    thread.join()
    listening.server_close()


URLS = [
    "http://169.254.169.254/latest/meta-data/",
    "http://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://[::1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://127.1:{port}/",
    "http://0.0.0.0:{port}/",
    "http://10.1.2.3/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/",
]


def test_agents_reach_no_private_address(server: Server, trap: tuple[int, list[str]]) -> None:
    port, asked = trap
    keys = {}
    for number, url in enumerate(URLS):
        drawing = Drawing()
        scope = drawing.process(f"way out {number}")
        one(scope, scope.node("serviceTask", None, extension(job(f"reach-{number}"))))
        agents = (
            f"version: 1\nagents:\n  reach-{number}:\n    purpose: Reach it\n    owner: nobody\n    adapter: http\n"
            f"    config: {{url: '{url.format(port=port)}'}}\n    input: {{type: object}}\n    output: {{type: object}}\n"
            "    authority: decide\n    timeout: PT5S\n"
        ).encode()
        answer = server.upload((f"out{number}.bpmn", drawing.xml()), (f"out{number}.agents.yaml", agents))
        if answer.status_code != 200:
            refused(answer, 422)
            continue
        keys[url] = server.start(f"way out {number}")

    for url, key in keys.items():
        message = server.incident(key)["errorMessage"]
        assert "egress_denied" in message or not url.startswith("http"), (url, message)
    assert len(keys) >= 10
    assert asked == []


def test_markup_is_shown_inert(server: Server) -> None:
    evil = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    link = "[click](javascript:alert(3))"
    quoted = escape(evil, {'"': "&quot;"})
    drawing = Drawing()
    scope = drawing.process("marked up")
    one(scope, scope.node("userTask", "marked", f"<documentation>{quoted}{link}</documentation>"))
    xml = drawing.xml().replace(b'name="marked"', b'name="%s"' % quoted.encode())
    xml = xml.replace(b'name="marked up"', b'name="%s"' % quoted.encode())
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(4)"><script>alert(5)</script></svg>'
    form = b'{"id":"marked-form","components":[{"type":"html","content":"<img src=x onerror=alert(6)>"}]}'
    answer = server.upload(("marked.bpmn", xml), ("evil.svg", svg), ("page.html", evil.encode()), ("marked.form", form))
    assert answer.status_code == 200, answer.text
    key = server.start("marked up", note=evil)
    deployments = answer.json()["deployments"]

    # Our own pages show it as text, and would run no script if they did not.
    page = server.client.get("/")
    assert "<img src=x" not in page.text
    assert "<script>alert" not in page.text
    assert "&lt;img src=x onerror=alert(1)&gt;" in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "script-src" not in page.headers["content-security-policy"]

    # The answers of the API are JSON and nothing else to a browser.
    (task,) = server.search("user-tasks", processInstanceKey=key)
    assert task["name"] == evil
    for path in (f"/v2/user-tasks/{task['userTaskKey']}", f"/v2/process-instances/{key}"):
        found = server.client.get(path, headers={"accept": "text/html"})
        assert found.headers["content-type"] == "application/json"
        assert found.headers["x-content-type-options"] == "nosniff"

    # Files come back byte for byte, to be kept and not to be run.
    definition = next(one["processDefinition"] for one in deployments if one.get("processDefinition"))
    diagram = server.client.get(f"/v2/process-definitions/{definition['processDefinitionKey']}/xml")
    assert diagram.content == xml
    assert diagram.headers["content-security-policy"].startswith("sandbox")
    for resource in (one["resource"] for one in deployments if one.get("resource")):
        found = server.client.get(f"/v2/resources/{resource['resourceKey']}/content/binary")
        assert found.content in (svg, evil.encode())
        assert found.headers["content-type"] == "application/octet-stream"
        assert found.headers["content-disposition"] == "attachment"
        assert found.headers["content-security-policy"].startswith("sandbox")
        assert found.headers["x-content-type-options"] == "nosniff"

    # What was sent wrong comes back in a problem, as JSON.
    wrong = server.client.get(f"/v2/{evil}", headers={"accept": "text/html"})
    assert refused(wrong, 404)["detail"]
    assert wrong.headers["x-content-type-options"] == "nosniff"
