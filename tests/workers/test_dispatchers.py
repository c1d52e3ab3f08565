"""The contract of dispatchers, held by each: whatever it loses, doubles or brings late, each agent job is done, and once."""

from __future__ import annotations

import asyncio
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from procrastinate import PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from sqlalchemy import text

from laneway.agents.registry import AgentRegistry
from laneway.bootstrap import Laneway, build
from laneway.domain.contract import AgentCompleted, AgentFailed, AgentRequest, AgentResult
from laneway.domain.types import DEFAULT_TENANT, JobKind
from laneway.ports import Filter, SearchQuery
from laneway.settings import Settings
from laneway.workers.dispatch import PollingDispatcher
from laneway.workers.dispatch.tickets import TASK, TicketDispatcher, queue_of
from laneway.workers.dispatch.together import Together
from tests.support.drawing import Drawing, extension, job
from tests.support.postgres import PostgresServer

ALL = ("polling on SQLite", "polling on PostgreSQL", "tickets")
LONG = "agent-whose-name-is-longer-than-what-any-channel-takes"


class Recorder:
    """An adapter that notes what it is asked, and how many it is asked at once."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []
        self.most: Counter[str] = Counter()
        self.failures = 0
        self.seconds = 0.0
        self._now: Counter[str] = Counter()
        self._lock = threading.Lock()

    async def run(self, request: AgentRequest) -> AgentResult:
        names = (request.contract.name, "all")
        with self._lock:
            self.asked.append((request.contract.name, request.job_key))
            for name in names:
                self._now[name] += 1
                self.most[name] = max(self.most[name], self._now[name])
            fails = self.failures > 0
            self.failures -= fails
        await asyncio.sleep(self.seconds)
        with self._lock:
            for name in names:
                self._now[name] -= 1
        return AgentFailed("not now", retryable=True) if fails else AgentCompleted({"done": True})


class Place:
    """A database, and processes on it with the dispatcher of the test."""

    def __init__(self, url: str, tickets: bool) -> None:
        self.url = url
        self.tickets = tickets
        self.agent = Recorder()
        self._made: list[Laneway] = []

    def process(self, **settings: Any) -> Laneway:
        registry = AgentRegistry()
        registry.register("recorder", lambda config: self.agent)
        chosen = Settings(
            database_url=self.url,
            dispatcher="tickets" if self.tickets else "polling",
            roles=("agents",),
            **{"poll_interval": 0.2, **settings},
        )
        made = build(chosen, agents=registry)
        expected = TicketDispatcher if self.tickets else PollingDispatcher
        assert isinstance(made.workers._agents._dispatcher, expected)
        self._made.append(made)
        return made

    def close(self) -> None:
        for made in self._made:
            made.close()


@pytest.fixture(params=[ALL[0], *(pytest.param(name, marks=pytest.mark.postgres) for name in ALL[1:])])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    yield from _place(request, tmp_path, request.param)


@pytest.fixture
def by_tickets(request: pytest.FixtureRequest, tmp_path: Path, postgres_template: str) -> Iterator[Place]:
    yield from _place(request, tmp_path, "tickets")


def _place(request: pytest.FixtureRequest, folder: Path, name: str) -> Iterator[Place]:
    if name == "polling on SQLite":
        file = folder / "laneway.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        made = Place(f"sqlite:///{file}", tickets=False)
        yield made
        made.close()
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    database = server.create_database(request.getfixturevalue("postgres_template"))
    made = Place(server.database_url(database), tickets=name == "tickets")
    yield made
    made.close()
    server.drop_database(database)


def files(*agents: str) -> list[tuple[str, bytes]]:
    """One process for each agent, of its name in order: ``p0``, ``p1`` …"""
    drawing, contracts = Drawing(), {}
    for number, agent in enumerate(agents):
        process = drawing.process(f"p{number}")
        process.chain(
            process.node("startEvent"),
            process.node("serviceTask", f"task{number}", extension(job(f"type{number}"))),
            process.node("endEvent"),
        )
        contracts[agent] = {
            "purpose": "Notes what it is asked",
            "owner": "tester",
            "job_types": [f"type{number}"],
            "adapter": "recorder",
            "retries": {"attempts": 3, "backoff": "PT0.3S"},
            "authority": "decide",
            "input": {"type": "object"},
            "output": {"type": "object"},
        }
    return [
        ("process.bpmn", drawing.xml()),
        ("agents.yaml", yaml.safe_dump({"version": 1, "agents": contracts}).encode()),
    ]


def states(made: Laneway, **filters: str) -> list[str]:
    wanted = tuple(Filter(name, "eq", value) for name, value in filters.items())
    return [str(row["state"]) for row in made.engine.search(SearchQuery("process-instances", wanted, limit=1000)).items]


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def ended(made: Laneway, number: int) -> Callable[[], bool]:
    return lambda: Counter(states(made)) == {"COMPLETED": number}


def start(made: Laneway, process: str = "p0", times: int = 1) -> list[int]:
    return [made.engine.start_instance(process_id=process).key for _ in range(times)]


def test_a_job_is_done_whether_it_came_before_the_worker_or_after(place: Place) -> None:
    # Given a job that nobody works on yet
    made = place.process()
    made.engine.deploy(files("clerk", LONG))
    start(made)
    # When a worker starts, and other jobs come, of another agent too
    made.workers.start()
    start(made, times=3)
    start(made, "p1")
    # Then each is done once.
    until(ended(made, 5))
    assert Counter(Counter(place.agent.asked).values()) == {1: 5}


def test_a_retry_comes_after_its_back_off(place: Place) -> None:
    # Given an agent that fails twice
    made = place.process()
    made.engine.deploy(files("clerk"))
    place.agent.failures = 2
    made.workers.start()
    # When it is needed, then it is asked three times, each after its back-off.
    began = time.monotonic()
    start(made)
    until(ended(made, 1))
    assert len(place.agent.asked) == 3
    assert len(set(place.agent.asked)) == 1
    assert time.monotonic() - began >= 0.6


def test_a_job_whose_worker_has_gone_is_taken_over(place: Place) -> None:
    # Given a job that a worker has taken, which then was gone
    made = place.process()
    made.engine.deploy(files("clerk"))
    start(made)
    with made.store.begin() as uow:
        given: Mapping[str, Any] = {"kind": JobKind.AGENT, "types": None, "tenant_ids": (DEFAULT_TENANT,)}
        (taken,) = uow.activate_jobs(worker="gone", timeout_ms=1_000, limit=1, lease=True, **given)
    # When another works, then it has the job once the lease has run out.
    made.workers.start()
    until(ended(made, 1))
    assert place.agent.asked == [("clerk", taken.key)]


def test_an_agent_has_its_limit_over_all_processes_and_each_process_has_its_own(place: Place) -> None:
    # Given two processes, an agent that may have one job at a time, and one that has no limit
    limits = {"agent_limits": {"clerk": 1}, "agent_concurrency": 2}
    first, second = place.process(**limits), place.process(**limits)
    first.engine.deploy(files("clerk", "helper"))
    place.agent.seconds = 0.15
    start(first, times=4)
    start(first, "p1", times=8)
    # When both work
    first.workers.start()
    second.workers.start()
    until(ended(first, 12), 60)
    # Then the limits were kept, and each job was done once.
    assert place.agent.most["clerk"] == 1
    assert 1 < place.agent.most["all"] <= 4
    assert Counter(Counter(place.agent.asked).values()) == {1: 12}


def test_a_process_works_for_its_agents_alone(place: Place) -> None:
    # Given a process for one of two agents
    made = place.process(agents=(LONG,))
    made.engine.deploy(files("clerk", LONG))
    made.workers.start()
    # When both are needed
    start(made, "p0")
    start(made, "p1")
    # Then only that one is asked
    until(lambda: bool(states(made, state="COMPLETED")))
    time.sleep(0.6)
    assert [name for name, _ in place.agent.asked] == [LONG]
    # until somebody works for the other.
    place.process(agents=("clerk",)).workers.start()
    until(ended(made, 2))


def test_the_agent_with_the_higher_priority_goes_first(place: Place) -> None:
    # Given jobs of two agents, of which the later ones are more urgent
    made = place.process(agent_priorities={"urgent": 10}, agent_concurrency=1)
    made.engine.deploy(files("clerk", "urgent"))
    start(made, "p0", times=2)
    start(made, "p1", times=2)
    # When one worker begins, then it begins with those.
    made.workers.start()
    until(ended(made, 4))
    assert [name for name, _ in place.agent.asked] == ["urgent", "urgent", "clerk", "clerk"]


def test_what_a_worker_has_not_finished_is_given_back_when_it_stops(place: Place) -> None:
    # Given a worker with a job that takes long
    first, second = place.process(), place.process()
    first.engine.deploy(files("clerk"))
    place.agent.seconds = 20.0
    first.workers.start()
    start(first)
    until(lambda: len(place.agent.asked) == 1)
    # When it is told to stop, then another has the job soon.
    place.agent.seconds = 0.0
    first.workers.stop(0.2)
    second.workers.start()
    until(ended(second, 1), 15)


def tickets(made: Laneway, statement: str) -> list[Any]:
    with made.store._database.writing() as connection:  # type: ignore[attr-defined]
        rows = connection.execute(text(statement))
        return list(rows.scalars()) if rows.returns_rows else []


COUNT = "SELECT count(*) FROM laneway_tickets.procrastinate_jobs"


def registered(made: Laneway) -> None:
    """As if a worker were there, that brings nothing."""
    tickets(made, "INSERT INTO laneway_tickets.procrastinate_workers DEFAULT VALUES")


def test_a_ticket_is_written_in_the_transaction_of_the_state(by_tickets: Place) -> None:
    # Given somebody who works by tickets
    made = by_tickets.process()
    made.engine.deploy(files("clerk"))
    registered(made)
    # When a transaction that opens a job comes to nothing, then there is no ticket; when it is committed, there is one.
    connection = made.store._database.engine.connect()  # type: ignore[attr-defined]
    copy = "INSERT INTO job SELECT (jsonb_populate_record(job, jsonb_build_object('key', job.key + 1))).* FROM job"
    start(made)
    assert tickets(made, COUNT) == [1]
    with connection.begin() as transaction:
        connection.execute(text(copy))
        assert connection.scalar(text(COUNT)) == 2
        transaction.rollback()
    connection.close()
    assert tickets(made, COUNT) == [1]
    (queue,) = tickets(made, "SELECT queue_name FROM laneway_tickets.procrastinate_jobs")
    assert queue == queue_of("clerk")


def test_the_queue_of_an_agent_is_the_same_on_both_sides(by_tickets: Place) -> None:
    made = by_tickets.process()
    for name in ("clerk", LONG, "", "ä" * 17, "x" * 33, "x" * 34):
        quoted = name.replace("'", "''")
        assert tickets(made, f"SELECT laneway_tickets.queue_of('{quoted}')") == [queue_of(name)]


def test_nobody_s_tickets_are_not_written(by_tickets: Place) -> None:
    # Given that nobody works by tickets; when a job opens; then no ticket is left for no one.
    made = by_tickets.process()
    made.engine.deploy(files("clerk"))
    start(made)
    assert tickets(made, COUNT) == [0]


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param("DELETE FROM laneway_tickets.procrastinate_jobs", id="lost"),
        pytest.param(
            "INSERT INTO laneway_tickets.procrastinate_jobs (queue_name, task_name, args) "
            "SELECT queue_name, task_name, args FROM laneway_tickets.procrastinate_jobs, generate_series(1, 5)",
            id="doubled",
        ),
        pytest.param(
            "UPDATE laneway_tickets.procrastinate_jobs SET status = 'doing', worker_id = NULL", id="its worker killed"
        ),
        pytest.param(
            f"INSERT INTO laneway_tickets.procrastinate_jobs (queue_name, task_name, args) "
            f"VALUES ('agent:clerk', '{TASK}', '{{\"job_key\": \"5\"}}')",
            id="of a job that is not there",
        ),
    ],
)
def test_whatever_becomes_of_tickets_each_job_is_done_once(by_tickets: Place, harm: str) -> None:
    # Given jobs with tickets, to which something happens before anyone looks
    made = by_tickets.process()
    made.engine.deploy(files("clerk"))
    registered(made)
    start(made, times=3)
    assert tickets(made, COUNT) == [3]
    tickets(made, harm)
    # When a worker starts, then each job is done once, and no ticket is left.
    made.workers.start()
    until(ended(made, 3))
    until(lambda: tickets(made, COUNT) == [0])
    assert Counter(Counter(by_tickets.agent.asked).values()) == {1: 3}


class Counting(PsycopgConnector):
    """Counts what is asked of the database."""

    calls = 0

    async def execute_query_all_async(self, query: Any, **arguments: Any) -> list[dict[str, Any]]:
        self.calls += 1
        return await super().execute_query_all_async(query, **arguments)


def test_tickets_are_fetched_and_ended_many_at_a_time_and_one_that_is_gone_keeps_none_of_the_others(
    by_tickets: Place,
) -> None:
    # Given forty tickets, five of them more urgent
    made = by_tickets.process()
    made.engine.deploy(files("clerk"))
    registered(made)
    start(made, times=40)
    tickets(made, "UPDATE laneway_tickets.procrastinate_jobs SET priority = 9 WHERE id % 8 = 0")

    async def fetch_and_end() -> tuple[list[int], int, int]:
        address = by_tickets.url.replace("+psycopg", "")
        connector = Counting(conninfo=address, kwargs={"options": "-c search_path=laneway_tickets"}, min_size=1)
        await connector.open_async()
        together = Together(connector, 100)
        worker = await together.register_worker()
        fetched = []
        while (ticket := await together.fetch_job(None, worker)) is not None:
            fetched.append(ticket)
        fetching, connector.calls = connector.calls, 0
        # When one of them is forgotten, and all end
        await asyncio.to_thread(tickets, made, "DELETE FROM laneway_tickets.procrastinate_jobs WHERE id % 40 = 3")
        await asyncio.gather(*(together.finish_job(each, Status.SUCCEEDED, True) for each in fetched))
        await connector.close_async()
        return [each.priority for each in fetched], fetching, connector.calls

    priorities, fetching, ending = asyncio.run(fetch_and_end())
    # Then the urgent ones came first, and none is left, in a few calls.
    assert len(priorities) == 40
    assert priorities == sorted(priorities, reverse=True)
    assert set(priorities[:5]) == {9}
    assert fetching <= 6
    assert ending == 1
    assert tickets(made, COUNT) == [0]


def test_a_ticket_that_could_not_be_ended_is_ended_later(by_tickets: Place) -> None:
    # Given a ticket in hand, and a server that cannot end it just now
    made = by_tickets.process()
    made.engine.deploy(files("clerk"))
    registered(made)
    start(made)
    ending = "ALTER FUNCTION laneway_tickets.%s RENAME TO %s"

    async def fetch_and_end() -> None:
        address = by_tickets.url.replace("+psycopg", "")
        connector = PsycopgConnector(conninfo=address, kwargs={"options": "-c search_path=laneway_tickets"}, min_size=1)
        await connector.open_async()
        together = Together(connector, 4)
        worker = await together.register_worker()
        ticket = await together.fetch_job(None, worker)
        assert ticket is not None
        await asyncio.to_thread(tickets, made, ending % ("procrastinate_finish_job_v1", "away"))
        with pytest.raises(ConnectorException):
            await together.finish_job(ticket, Status.SUCCEEDED, True)
        assert await asyncio.to_thread(tickets, made, COUNT) == [1]
        # When it can again, and the worker looks for the next one
        await asyncio.to_thread(tickets, made, ending % ("away", "procrastinate_finish_job_v1"))
        assert await together.fetch_job(None, worker) is None
        await connector.close_async()

    asyncio.run(fetch_and_end())
    # Then it is gone, so that its job can have another one.
    assert tickets(made, COUNT) == [0]


def test_a_worker_fetches_no_more_tickets_than_it_can_begin(by_tickets: Place) -> None:
    # Given more tickets than a worker has room for; when it has begun what it can; then the others are there for somebody else.
    made = by_tickets.process()
    made.engine.deploy(files("clerk"))
    registered(made)
    start(made, times=12)

    async def fetch() -> None:
        address = by_tickets.url.replace("+psycopg", "")
        connector = PsycopgConnector(conninfo=address, kwargs={"options": "-c search_path=laneway_tickets"}, min_size=1)
        await connector.open_async()
        together = Together(connector, 7)
        worker = await together.register_worker()
        for _ in range(7):
            assert await together.fetch_job(None, worker) is not None
        await connector.close_async()

    asyncio.run(fetch())
    assert tickets(made, f"{COUNT} WHERE status = 'todo'") == [5]


def test_the_sweep_writes_no_second_ticket(by_tickets: Place) -> None:
    # Given a job without a ticket; when it is swept twice; then it has one.
    made = by_tickets.process()
    made.engine.deploy(files("clerk"))
    start(made)
    assert made.store.tickets is not None
    assert [made.store.tickets.mend(10, {}) for _ in range(2)] == [1, 0]
    assert tickets(made, COUNT) == [1]


def test_the_sweep_writes_tickets_of_an_agent_with_a_limit_for_as_many_as_there_is_room(by_tickets: Place) -> None:
    # Given five jobs of an agent that may have three at work, one of which is
    made = by_tickets.process()
    made.engine.deploy(files("clerk"))
    start(made, times=5)
    with made.store.begin() as uow:
        given: Mapping[str, Any] = {"kind": JobKind.AGENT, "types": None, "tenant_ids": (DEFAULT_TENANT,)}
        uow.activate_jobs(worker="other", timeout_ms=60_000, limit=1, lease=True, **given)
    # When it is swept, then two have tickets.
    assert made.store.tickets is not None
    assert made.store.tickets.mend(10, {"clerk": 3}) == 2


def test_jobs_of_an_agent_at_its_limit_follow_each_other_without_waiting_for_the_sweep(by_tickets: Place) -> None:
    # Given an agent that may have one job at work, and a sweep that is seldom
    made = by_tickets.process(agent_limits={"clerk": 1}, poll_interval=8.0)
    made.engine.deploy(files("clerk"))
    start(made, times=8)
    # When a worker begins, then it is not the sweep that each job waits for.
    made.workers.start()
    began = time.monotonic()
    until(ended(made, 8), 60)
    assert time.monotonic() - began < 30


def test_tickets_are_refused_where_there_are_none() -> None:
    with pytest.raises(ValueError, match="needs PostgreSQL"):
        Settings(database_url="sqlite://", dispatcher="tickets")
