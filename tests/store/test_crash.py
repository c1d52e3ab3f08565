"""Several processes at one database, and processes that are killed at the worst moment."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from laneway.domain.errors import Overloaded, StaleState
from laneway.domain.types import DEFAULT_TENANT, JobKind
from laneway.ports import SearchQuery
from laneway.store import SqlStore, open_store
from tests.store.build import Step, deploy, start
from tests.support.postgres import PostgresServer

ROOT = Path(__file__).parents[2]


def run(script: str, *arguments: str) -> "subprocess.Popen[str]":
    """Another process that imports the same helpers."""
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


DIES = """
import os, signal, sys
from laneway.store import open_store
from tests.store.build import Step
url, definition_key, root = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
store = open_store(url)
with store.begin() as uow:
    step = Step(uow, definition_key, uow.load(root))
    step.variables(root, lost="x" * 100_000)
    step.apply()
    Step(uow, definition_key).apply()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_had_not_committed_never_was(migrated_url: str) -> None:
    store = open_store(migrated_url)
    definition = deploy(store)
    root = start(store, definition, variables={"kept": 1})

    process = run(DIES, migrated_url, str(definition.key), str(root))
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL

    with store.begin() as uow:
        state = uow.load(root)
        assert state is not None
        assert (state.version, state.variables) == (1, {root: {"kept": 1}})
        Step(uow, definition.key, state).apply()
    assert store.search(SearchQuery("process-instances")).total == 1
    assert len(store.history(root)) == 2
    assert store.verify_audit() == {"checked": 2, "first_bad": None}
    store.close()


DECIDES = """
import os, signal, sys
from laneway.domain.types import DEFAULT_TENANT
from laneway.store import open_store
store = open_store(sys.argv[1])
told = {"decisionId": "top", "output": 1, "requiredDecisions": [{"decisionId": "base", "output": 2}]}
with store.begin() as uow:
    uow.add_decision_evaluation(told, DEFAULT_TENANT)
    if sys.argv[2] == "before":
        os.kill(os.getpid(), signal.SIGKILL)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(("moment", "kept"), [("before", []), ("after", ["base", "top"])])
def test_an_evaluation_is_kept_whole_or_not_at_all(migrated_url: str, moment: str, kept: list[str]) -> None:
    process = run(DECIDES, migrated_url, moment)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL

    store = open_store(migrated_url)
    rows = store.search(SearchQuery("decision-instances")).items
    assert [row["decisionDefinitionId"] for row in rows] == kept
    store.close()


COMMITS = """
import os, signal, sys
from laneway.store import open_store
from tests.store.build import Step
url, definition_key = sys.argv[1], int(sys.argv[2])
store = open_store(url)
with store.begin() as uow:
    root = Step(uow, definition_key).apply()
print(root, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_had_committed_stays(migrated_url: str) -> None:
    store = open_store(migrated_url)
    definition = deploy(store)

    process = run(COMMITS, migrated_url, str(definition.key))
    out, _ = process.communicate(timeout=60)

    with store.read() as uow:
        assert uow.load(int(out)) is not None
    store.close()


WRITES = """
import sys
from laneway.domain.errors import Overloaded, StaleState
from laneway.store import open_store
from tests.store.build import Step
url, definition_key, root, rounds = sys.argv[1], *map(int, sys.argv[2:])
store = open_store(url)
print("ready", flush=True)
sys.stdin.readline()
done = 0
while done < rounds:
    try:
        with store.begin() as uow:
            state = uow.load(root)
            step = Step(uow, definition_key, state)
            step.variables(root, count=state.variables[root]["count"] + 1)
            step.apply()
        done += 1
    except StaleState:
        pass
print(store._lease.keys.node_id)
store.close()
"""


def test_two_processes_write_to_one_instance_and_lose_nothing(migrated_url: str) -> None:
    store = open_store(migrated_url)
    definition = deploy(store)
    root = start(store, definition, variables={"count": 0})

    processes = [run(WRITES, migrated_url, str(definition.key), str(root), "25") for _ in range(2)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    nodes = []
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        out, err = process.communicate(timeout=100)
        assert process.returncode == 0, err
        nodes.append(int(out))

    assert len({*nodes, store._lease.keys.node_id}) == 3
    with store.read() as uow:
        state = uow.load(root)
    assert state is not None
    assert (state.variables[root]["count"], state.version) == (50, 51)
    assert store.verify_audit() == {"checked": 51, "first_bad": None}
    store.close()


OPENS = """
import sys
from laneway.store import open_store
open_store(sys.argv[1]).close()
"""


def test_two_processes_open_an_empty_database_at_once(database_url: str) -> None:
    processes = [run(OPENS, database_url) for _ in range(2)]
    for process in processes:
        _, err = process.communicate(timeout=100)
        assert process.returncode == 0, err

    store = open_store(database_url)
    deploy(store)
    store.close()


def in_threads(count: int, work: Callable[[int], object]) -> list[object]:
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, range(count)))


def test_a_job_goes_to_one_of_many_threads(store: SqlStore) -> None:
    definition = deploy(store)
    for _ in range(30):
        start(store, definition)

    def take(number: int) -> list[int]:
        taken: list[int] = []
        while True:
            with store.begin() as uow:
                jobs = uow.activate_jobs(
                    kind=JobKind.EXTERNAL,
                    types=["check"],
                    worker=str(number),
                    timeout_ms=60_000,
                    limit=2,
                    tenant_ids=[DEFAULT_TENANT],
                )
            if not jobs:
                return taken
            taken += [job.key for job in jobs]

    taken = [key for keys in in_threads(4, take) for key in keys]  # type: ignore[attr-defined]
    assert len(taken) == 30
    assert len(set(taken)) == 30


def test_threads_that_read_never_see_half_a_command(store: SqlStore) -> None:
    definition = deploy(store)
    root = start(store, definition, variables={"a": 0, "b": 0})
    stop = threading.Event()

    def read(_: int) -> int:
        seen = 0
        while not stop.is_set():
            with store.read() as uow:
                state = uow.load(root)
            assert state is not None
            assert state.variables[root]["a"] == state.variables[root]["b"] == state.version - 1
            seen += 1
        return seen

    def write(_: int) -> int:
        try:
            for number in range(1, 31):
                with store.begin() as uow:
                    step = Step(uow, definition.key, uow.load(root))
                    step.variables(root, a=number, b=number)
                    step.apply()
        finally:
            stop.set()
        return 1

    assert all(in_threads(3, lambda number: write(number) if number == 0 else read(number)))


def test_a_unit_of_work_within_another_is_refused(store: SqlStore) -> None:
    def nested() -> None:
        with store.begin(), store.begin():
            pass

    with pytest.raises(RuntimeError, match="within another"):
        nested()
    deploy(store)


def test_a_read_sees_what_was_just_written(store: SqlStore) -> None:
    for version in range(1, 20):
        key = deploy(store, version=version).key
        assert store.get("process-definitions", key) is not None
        with store.read() as uow:
            assert uow.process_definition(key) is not None


def test_two_first_records_of_a_tenant_queue_up(store: SqlStore) -> None:
    from laneway.domain.work import SYSTEM, AuditEntry

    def record(_: int) -> int:
        while True:
            try:
                with store.begin() as uow:
                    return uow.audit(AuditEntry("CREATE", "RESOURCE", 1, SYSTEM))
            except StaleState:
                continue

    assert len(set(in_threads(4, record))) == 4
    assert store.verify_audit() == {"checked": 4, "first_bad": None}


def test_without_a_clock_the_databases_own_is_used(migrated_url: str) -> None:
    store = open_store(migrated_url)
    before = datetime.now(UTC)
    with store.begin() as uow:
        assert before <= uow.now <= datetime.now(UTC)
        assert uow.now.tzinfo is UTC
    store.close()


@pytest.mark.postgres
def test_a_server_that_ends_the_connection(postgres_migrated: str, postgres_server: PostgresServer) -> None:
    store = open_store(postgres_migrated)

    def lose() -> None:
        with store.begin() as uow:
            postgres_server._execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'"
            )
            uow.header(1)

    with pytest.raises(Overloaded, match="before the command was committed"):
        lose()
    with store.begin() as uow:
        assert uow.header(1) is None
    store.close()


def test_a_server_that_is_away_is_told_of_as_one() -> None:
    # A server that restarts answers no connection for a while: the command is to be sent again, nothing is wrong with it.
    server = PostgresServer()
    try:
        server.start()
        store = open_store(server.database_url(server.create_database()))
    finally:
        server.stop()
    with pytest.raises(Overloaded) as told, store.begin():
        pass
    assert told.value.code == "database_lost"
    store._database.close()
