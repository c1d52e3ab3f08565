"""What a step of an agent asks of its root costs the same however many steps came before: counted in what the database reads."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, text

from laneway.domain.types import DEFAULT_TENANT, ElementType, JobKind
from laneway.domain.work import Actor, AuditEntry
from laneway.ports import UnitOfWork
from laneway.store import SqlStore
from tests.store.build import PERSON, Step, deploy

FEW, MANY = 20, 2_000
CLERK, TRIAGE = Actor("agent", "clerk"), Actor("agent", "triage")


def lived(store: SqlStore, steps: int) -> int:
    """A root that a person started and that took so many steps, each with a job of an agent and a record of its call."""
    definition = deploy(store, f"steps-{steps}")
    with store.begin() as uow:
        step = Step(uow, definition.key)
        step.end(step.element(1, ElementType.START_EVENT))
        host = step.element(2, ElementType.SERVICE_TASK)
        for number in range(steps):
            step.job(host, kind=JobKind.AGENT, agent="clerk" if number % 2 else "triage")
        root = step.apply("CREATE", actor=PERSON)
        for number in range(steps):
            entry = AuditEntry(
                "UPDATE", "JOB", 7, CLERK if number % 2 else TRIAGE, root_key=root, details={"number": number}
            )
            uow.audit(entry)
    return root


ASKED: Sequence[tuple[str, Callable[[UnitOfWork, int], Any], Any]] = (
    ("who started it", lambda uow, root: uow.started_by(root, DEFAULT_TENANT), PERSON),
    ("its agents", lambda uow, root: uow.agents_in(root), ["clerk", "triage"]),
    ("whose words it holds", lambda uow, root: uow.origins(root), frozenset()),
)


@contextmanager
def statements(store: SqlStore) -> Iterator[list[tuple[str, Any]]]:
    seen: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        seen.append((statement, parameters))

    engine = store._database._reader
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def read_by(store: SqlStore, ask: Callable[[UnitOfWork], Any]) -> int:
    """What a question makes the database do: instructions of SQLite's machine, blocks that PostgreSQL looks at."""
    with statements(store) as seen, store.read() as uow:
        ask(uow)
    total = 0
    with store._database.reading() as connection:
        if store._database.is_sqlite:
            raw = connection.connection.driver_connection
            assert isinstance(raw, sqlite3.Connection)
            done = 0

            def count() -> int:
                nonlocal done
                done += 1
                return 0

            for statement, parameters in seen:
                raw.set_progress_handler(count, 1)
                raw.execute(statement, parameters).fetchall()
                raw.set_progress_handler(None, 0)
            return done
        for statement, parameters in seen:
            plan = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters)
            told = plan.scalar_one()
            (top,) = json.loads(told) if isinstance(told, str) else told
            total += top["Plan"]["Shared Hit Blocks"] + top["Plan"]["Shared Read Blocks"]
    return total


@pytest.mark.parametrize(("ask", "answer"), [each[1:] for each in ASKED], ids=[each[0] for each in ASKED])
def test_a_question_reads_no_more_of_a_long_life(
    store: SqlStore, ask: Callable[[UnitOfWork, int], Any], answer: Any
) -> None:
    # Given a root that took a hundred times as many steps as another
    short, long = lived(store, FEW), lived(store, MANY)
    if not store._database.is_sqlite:
        with store._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    # When both are asked
    for root in (short, long):
        with store.read() as uow:
            assert ask(uow, root) == answer
    few, many = read_by(store, lambda uow: ask(uow, short)), read_by(store, lambda uow: ask(uow, long))
    # Then the database did about as much for the one as for the other.
    assert few > 0
    assert many <= 1.5 * few + 10, (few, many)
