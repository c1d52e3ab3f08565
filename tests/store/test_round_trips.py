"""How often a command goes to PostgreSQL and back: what it takes where the database is far away, and on both CPUs where it is near."""

from __future__ import annotations

import selectors
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from laneway import commands
from laneway.bootstrap import build
from laneway.commands.execution import Command
from laneway.domain.contract import AgentCompleted
from laneway.domain.types import DEFAULT_TENANT
from laneway.domain.work import Actor
from laneway.engine import Engine
from laneway.governance.gate import Accepted
from laneway.ports import Filter, SearchQuery
from laneway.settings import Settings
from laneway.workers.agent import taking
from laneway.workers.agent.asking import Answer
from laneway.workers.agent.settling import Settling
from tests.support.drawing import Drawing, extension, job, refers

pytestmark = [pytest.mark.postgres]


class Line:
    """A socket before the server's, which counts how often a client speaks again after it was answered."""

    def __init__(self, server: str) -> None:
        self.ways = 0
        self._folder = tempfile.TemporaryDirectory(prefix="lw-line-", dir="/tmp")
        self._server = server
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(f"{self._folder.name}/.s.PGSQL.5432")
        self._listening.listen()
        self._sockets = [self._listening]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def host(self) -> str:
        return self._folder.name

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._server)
            self._sockets += [client, server]
            threading.Thread(target=self._carry, args=(client, server), daemon=True).start()

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        answered = True
        with selectors.DefaultSelector() as selector:
            selector.register(client, selectors.EVENT_READ, server)
            selector.register(server, selectors.EVENT_READ, client)
            while True:
                for key, _ in selector.select():
                    try:
                        data = key.fileobj.recv(65_536)  # type: ignore[union-attr]
                        key.data.sendall(data)
                    except OSError:
                        return
                    if not data:
                        return
                    if key.fileobj is client:
                        self.ways += answered
                        answered = False
                    else:
                        answered = True

    def close(self) -> None:
        for each in self._sockets:
            each.close()
        self._folder.cleanup()


@pytest.fixture
def line(postgres_database: str) -> Iterator[Line]:
    [folder] = parse_qs(urlsplit(postgres_database).query)["host"]
    made = Line(str(Path(folder) / ".s.PGSQL.5432"))
    yield made
    made.close()


@pytest.fixture
def engine(line: Line, postgres_database: str) -> Iterator[Engine]:
    url = f"{postgres_database.partition('?')[0]}?host={line.host}"
    with build(Settings(database_url=url, deploy_shipped=False, log_level="error")) as made:
        made.engine.deploy([("test.bpmn", drawn())])
        yield made.engine


def drawn() -> bytes:
    drawing = Drawing()
    computing = drawing.process("computing")
    script = computing.node("scriptTask", "script", extension(script_of("=n + 1")))
    computing.chain(computing.node("startEvent"), script, computing.node("endEvent"))
    working = drawing.process("working")
    working.chain(
        working.node("startEvent"),
        working.node("serviceTask", "work", extension(job("work"))),
        working.node("endEvent"),
    )
    asking = drawing.process("asking")
    asking.chain(asking.node("startEvent"), asking.node("userTask", "ask"), asking.node("endEvent"))
    waiting = drawing.process("waiting")
    drawing.message("told", "told", "=order")
    catch = waiting.node("intermediateCatchEvent", "wait", refers("message", "told"))
    waiting.chain(waiting.node("startEvent"), catch, waiting.node("endEvent"))
    return drawing.xml()


def script_of(text: str) -> str:
    return f'<zeebe:script xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" expression="{text}" resultVariable="n"/>'


def ways(line: Line, command: Callable[[], object]) -> int:
    before = line.ways
    command()
    return line.ways - before


def test_a_lone_command_goes_to_the_database_and_back_few_times(line: Line, engine: Engine) -> None:
    def start(process_id: str) -> int:
        return engine.start_instance(process_id=process_id, variables={"n": 1, "order": "o-1"}).key

    def one_job() -> int:
        [taken] = engine.activate_jobs(type="work", worker="w", timeout_ms=60_000, max_jobs=1)
        return taken.job.key

    def task_of(instance: int) -> int:
        found = engine.search(SearchQuery("user-tasks", (Filter("processInstanceKey", "eq", instance),), limit=1))
        return int(found.items[0]["userTaskKey"])

    # Given: statements are prepared, routes stored
    for _ in range(8):
        start("computing")
        start("working")
        engine.complete_job(one_job(), {})
        task = task_of(start("asking"))
        engine.assign_user_task(task, "ada", allow_override=False)
        engine.complete_user_task(task, {})
        start("waiting")
        engine.correlate_message("told", "o-1", variables={})
    start("working")
    task = task_of(start("asking"))
    start("waiting")
    # When
    counts = {
        "start": ways(line, lambda: start("computing")),
        "activate": ways(line, lambda: engine.activate_jobs(type="work", worker="w", timeout_ms=1, max_jobs=1)),
        "claim": ways(line, lambda: engine.assign_user_task(task, "ada", allow_override=False)),
        "complete task": ways(line, lambda: engine.complete_user_task(task, {})),
        "correlate": ways(line, lambda: engine.correlate_message("told", "o-1", variables={})),
    }
    # Then: once to begin with what it is known to read, once for each other thing that is read, once for all that is written, once to commit
    assert counts == {"start": 3, "activate": 6, "claim": 3, "complete task": 3, "correlate": 4}


def test_commands_that_come_together_read_together(line: Line, engine: Engine) -> None:
    # Given twenty jobs of as many instances, which this process does not have in memory, and prepared statements
    def jobs() -> list[int]:
        for _ in range(20):
            engine.start_instance(process_id="working", variables={"n": 1, "order": "o-1"})
        taken = engine.activate_jobs(type="work", worker="w", timeout_ms=60_000, max_jobs=20)
        engine._context.store._hot._states.clear()  # type: ignore[attr-defined]
        return [each.job.key for each in taken]

    def complete_all() -> None:
        for done in engine.submit(*map(completion, jobs_now)):
            done.result(30)

    for _ in range(2):
        jobs_now = jobs()
        complete_all()
    jobs_now = jobs()
    # When they are completed together
    counted = ways(line, complete_all)
    # Then there and back a few times for all of them, not for each: a transaction for as many as the last had, then for the others.
    assert counted <= 16


def completion(job_key: int) -> Command[None]:
    return commands.complete_job(job_key, {"done": True}, lease_token=None, actor=Actor("worker", "w"), tenant_ids=None)


def test_agents_that_answer_together_are_taken_in_together(line: Line, engine: Engine) -> None:
    # Given twenty answers of agents whose instances this process does not have in memory, and prepared statements
    engine.deploy([("agents.bpmn", thinking()), ("agents.yaml", CONTRACT)])

    def answers() -> list[Command[None]]:
        for _ in range(20):
            engine.start_instance(process_id="thinking", variables={"letter": "x"})
        taken = taking.take(engine._context, [DEFAULT_TENANT], 20, kept=True)
        engine._context.store._hot._states.clear()  # type: ignore[attr-defined]
        given = [Settling(engine._context, each, ANSWER, 1.0).command() for each in taken]
        return [command for command in given if command is not None]

    def take_in() -> None:
        for done in engine.submit(*given):
            done.result(30)

    for _ in range(2):
        given = answers()
        take_in()
    given = answers()
    # When they are taken in together
    counted = ways(line, take_in)
    # Then as few ways as for any other jobs: what an agent leaves behind is written with the rest.
    assert len(given) == 20
    assert counted <= 16


def thinking() -> bytes:
    drawing = Drawing()
    process = drawing.process("thinking")
    think = process.node("serviceTask", "think", extension(job("think")))
    process.chain(process.node("startEvent"), think, process.node("endEvent"))
    return drawing.xml()


CONTRACT = b"""
version: 1
agents:
  think:
    purpose: Thinks
    owner: nobody
    adapter: scripted
    config: {answers: {"*": {output: {}}}}
    input: {type: object, properties: {letter: {type: string}}}
    output: {type: object, properties: {kind: {type: string}}}
    authority: decide
"""
ANSWER = Answer(Accepted({"kind": "praise"}, Decimal("0.9")), AgentCompleted({"kind": "praise"}, confidence=0.9))
