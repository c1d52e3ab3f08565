"""What units of a batch write in common: each row becomes what it would have become statement by statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings, strategies as st
from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from laneway.domain.errors import NotFound, StaleState
from laneway.domain.types import ElementType, JobState
from laneway.domain.work import SYSTEM, AuditEntry
from laneway.ports import UnitOfWork
from laneway.store import SqlStore, open_store
from laneway.store.buffer import Buffer, grouped
from laneway.store.prepared import Driver, Statement, insert_into
from laneway.store.tables import job, metadata, timer, variable
from laneway.store.upsert import replacing
from tests.store.build import Clock, Step, deploy, start
from tests.support.examples import examples

END = Statement(update(job).where(job.c.key == bindparam("row")), ("row", "ended_at"), key="row")
NAME = Statement(update(job).where(job.c.key == bindparam("row")), ("row", "worker"), key="row")
MOVE = Statement(update(timer).where(timer.c.key == bindparam("row")), ("row", "due"), key="row")
ADD = insert_into(job)
ADD_VARIABLE = insert_into(variable)
SET_VARIABLE = Statement(replacing(variable, ("scope_key", "name"), ("value",)), variable.columns.keys())
DIALECTS = {"sqlite": sqlite.dialect(), "postgresql": postgresql.psycopg.dialect(dbapi=psycopg)}


def entry(statement: Statement, *keys: int) -> tuple[Statement, list[Sequence[Any]], list[Any]]:
    rows: list[Sequence[Any]] = [(key,) for key in keys]
    return statement, rows, list(keys)


def shown(groups: Any) -> list[tuple[Statement, list[int]]]:
    return [(group.statement, [row[0] for row in group.rows]) for some in groups for group in some]


@pytest.mark.parametrize(
    ("log", "groups"),
    [
        ([entry(END, 1), entry(NAME, 2), entry(END, 3)], [(END, [1, 3]), (NAME, [2])]),
        ([entry(END, 1), entry(NAME, 1), entry(END, 1)], [(END, [1]), (NAME, [1]), (END, [1])]),
        ([entry(END, 1), entry(NAME, 2), entry(END, 2), entry(NAME, 3)], [(END, [1]), (NAME, [2, 3]), (END, [2])]),
        ([entry(ADD, 2), entry(END, 2), entry(ADD, 3), entry(END, 1)], [(END, [1]), (ADD, [2, 3]), (END, [2])]),
        ([entry(END, 1), entry(MOVE, 1), entry(END, 1)], [(END, [1, 1]), (MOVE, [1])]),
        (
            [entry(SET_VARIABLE, 2), entry(ADD_VARIABLE, 1), entry(SET_VARIABLE, 1)],
            [(ADD_VARIABLE, [1]), (SET_VARIABLE, [2, 1])],
        ),
    ],
)
def test_rows_are_grouped_as_far_as_the_order_of_each_row_allows(log: Any, groups: Any) -> None:
    assert shown(grouped(log)) == groups


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
@pytest.mark.parametrize("table", metadata.tables)
def test_whole_rows_are_given_in_the_order_of_their_columns(table: str, dialect: str) -> None:
    statement = insert_into(metadata.tables[table])

    assert statement.shape(DIALECTS[dialect]).places == tuple(metadata.tables[table].columns.keys())


@contextmanager
def written(store: SqlStore) -> Iterator[list[list[str]]]:
    """The tables of each flush."""
    flushes: list[list[str]] = []
    original = Driver.write

    def write(self: Driver, groups: Any, counts: list[int]) -> None:
        flushes.append([shape.text.split()[2 if shape.text.startswith("INSERT") else 1] for shape, _ in groups])
        original(self, groups, counts)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Driver, "write", write)
        yield flushes


def begin(uow: UnitOfWork, definition_key: int) -> Step:
    step = Step(uow, definition_key)
    step.job(step.element(2, ElementType.SERVICE_TASK))
    return step


def test_commands_of_a_batch_are_written_by_one_statement_for_each_table(store: SqlStore) -> None:
    # Given a batch of three commands that each begin an instance
    definition = deploy(store)
    with written(store) as flushes, store.batch() as batch:
        for _ in range(3):
            with batch.unit() as uow:
                begin(uow, definition.key).apply()
        # When nothing has asked for them, then nothing is written before the commit
        assert flushes == []
    # and then each table once.
    (tables,) = flushes
    assert len(tables) == len(set(tables))


def test_a_command_sees_what_it_wrote_and_what_those_before_it_wrote(store: SqlStore) -> None:
    definition = deploy(store)
    with store.batch() as batch:
        with batch.unit() as uow:
            step = begin(uow, definition.key)
            (opened,) = step.transition.opened
            step.variables(step.root, x=1)
            root = step.apply()
            found = uow.job(opened.key)
            assert found is not None
            assert uow.update_job(found, retries=7).version == 1
            assert uow.variables([root])[root] == {"x": 1}
        with batch.unit() as uow:
            again = uow.job(opened.key)
            assert again is not None
            assert (again.retries, again.version) == (7, 1)
            state = uow.load(root)
            assert state is not None
            assert len(state.elements) == 2


def test_a_command_that_fails_is_dropped_beside_one_that_stays(store: SqlStore) -> None:
    # Given three commands, the second of which fails before anything of it was needed
    definition = deploy(store)
    roots = []
    with written(store) as flushes, store.batch() as batch:
        for number in range(3):
            with suppress(NotFound), batch.unit() as uow:
                roots.append(begin(uow, definition.key).apply())
                if number == 1:
                    raise NotFound("no", "no")
        assert flushes == []
    # Then the others are there, and nothing of it is
    with store.read() as uow:
        assert [uow.header(root) is not None for root in roots] == [True, False, True]
    assert store.verify_audit()["first_bad"] is None


def test_a_command_that_fails_after_it_was_written_is_undone_beside_one_that_stays(store: SqlStore) -> None:
    # Given three commands, of which the second asks for what it wrote and then fails
    definition = deploy(store)
    roots = []
    with store.batch() as batch:
        for number in range(3):
            with suppress(NotFound), batch.unit() as uow:
                roots.append(begin(uow, definition.key).apply())
                if number == 1:
                    assert uow.header(roots[1]) is not None
                    raise NotFound("no", "no")
    # Then the others are there, and nothing of it is
    with store.read() as uow:
        assert [uow.header(root) is not None for root in roots] == [True, False, True]
    assert store.verify_audit()["first_bad"] is None


def test_a_stale_row_among_many_loses_the_batch(store: SqlStore) -> None:
    # Given instances, one of which goes on after its state was read
    definition = deploy(store)
    roots = [start(store, definition) for _ in range(3)]
    states = []
    with store.read() as uow:
        states = [uow.load(root) for root in roots]
    with store.begin() as uow:
        Step(uow, definition.key, uow.load(roots[1])).apply()

    def all_at_once() -> None:
        with store.batch() as batch:
            for state in states:
                with batch.unit() as uow:
                    step = Step(uow, definition.key, state)
                    step.variables(step.root, x=1)
                    step.apply()

    # When a batch moves all of them on from what was read; then it says which is stale, and nothing is written.
    with pytest.raises(StaleState) as raised:
        all_at_once()
    assert raised.value.code == "instance_changed"
    with store.read() as uow:
        assert uow.variables(roots) == {root: {} for root in roots}
    assert store.verify_audit()["first_bad"] is None


def test_a_batch_whose_earlier_rows_cannot_be_written_takes_no_more(store: SqlStore) -> None:
    # Given a batch whose first command is stale, which shows when a later one asks for something
    definition = deploy(store)
    root = start(store, definition)
    with store.read() as uow:
        stale = uow.load(root)
    with store.begin() as uow:
        Step(uow, definition.key, uow.load(root)).apply()

    def batch_of_three() -> None:
        with store.batch() as batch:
            with batch.unit() as uow:
                Step(uow, definition.key, stale).apply()
            with suppress(StaleState), batch.unit() as uow:
                uow.header(begin(uow, definition.key).apply())
            with batch.unit() as uow:
                begin(uow, definition.key).apply()

    # When the third comes; then it is told that there is no transaction any more.
    with pytest.raises(StaleState) as raised:
        batch_of_three()
    assert raised.value.code == "batch_lost"
    assert len(store.history(root)) == 2


def test_values_are_those_of_the_moment_when_they_were_put(memory: SqlStore) -> None:
    definition = deploy(memory)
    headers = {"a": "b"}
    with memory.begin() as uow:
        step = Step(uow, definition.key)
        opened = step.job(step.element(2, ElementType.SERVICE_TASK), headers=headers)
        step.apply()
        headers["a"] = "changed"
    with memory.read() as uow:
        found = uow.job(opened.key)
    assert found is not None
    assert found.headers == {"a": "b"}


def rows_of(store: SqlStore) -> dict[str, list[Any]]:
    """All that is in the database, of each table; node leases aside, which go by the clock of the host."""
    with store._database.reading() as connection:
        return {
            name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for name, table in metadata.tables.items()
            if name != "node"
        }


@dataclass(frozen=True)
class Command:
    """``acts`` on one instance, and whether it fails then."""

    instance: int
    acts: tuple[str, ...]
    fails: bool


ACTS = ("variable", "touch", "open", "close", "update_job", "audit", "look", "user_task", "end")
commands = st.builds(
    Command,
    st.integers(0, 2),
    st.lists(st.sampled_from(ACTS), min_size=1, max_size=4).map(tuple),
    st.sampled_from((False, False, True)),
)


def carry_out(store: SqlStore, batches: Sequence[Sequence[Command]]) -> None:
    definition = deploy(store)
    roots = [start(store, definition) for _ in range(3)]
    for some in batches:
        with store.batch() as batch:
            for number, command in enumerate(some):
                with suppress(NotFound), batch.unit() as uow:
                    act(uow, definition.key, roots[command.instance], command, number)


def act(uow: UnitOfWork, definition_key: int, root: int, command: Command, number: int) -> None:
    for name in command.acts:
        state = uow.load(root)
        if state is None or root not in state.elements:
            break
        step = Step(uow, definition_key, state)
        tasks = [one for one in state.elements.values() if one.slot == 2]
        if name == "audit":
            uow.audit(AuditEntry("UPDATE", "PROCESS_INSTANCE", root, SYSTEM, root_key=root))
            continue
        if name == "look":
            uow.header(root)
            continue
        if name == "update_job":
            found = uow.job(next(iter(tasks[0].waits))) if tasks else None
            if found is not None and found.state is JobState.CREATED:
                uow.update_job(found, retries=number)
            continue
        if name == "variable":
            step.variables(root, x=number, y=[number])
        elif name == "touch":
            state.elements[root].own_data()["n"] = number
            step.touch(state.elements[root])
        elif name == "open":
            step.job(step.element(2, ElementType.SERVICE_TASK))
        elif name == "user_task":
            step.user_task(step.element(3, ElementType.USER_TASK))
        elif name == "close" and tasks:
            for key in tasks[0].waits:
                step.close("job", key)
            step.end(tasks[0])
        elif name == "end":
            for one in reversed(list(state.elements.values())):
                for key, wait in one.waits.items():
                    step.close(wait.kind, key, "canceled")
                step.end(one)
        step.apply()
    if command.fails:
        raise NotFound("no", "no")


@given(st.lists(st.lists(commands, min_size=1, max_size=4), min_size=1, max_size=3))
@settings(max_examples=examples(25), deadline=None)
def test_rows_are_those_that_each_statement_by_itself_would_have_left(batches: list[list[Command]]) -> None:
    # Given commands in batches; when they are carried out with a buffer, and once more with each row written at once
    buffered = open_store("sqlite://", clock=Clock(), node_id=1)
    carry_out(buffered, batches)
    put = Buffer.put

    def at_once(self: Buffer, *given: Any) -> None:
        put(self, *given)
        self.settle()

    direct = open_store("sqlite://", clock=Clock(), node_id=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Buffer, "put", at_once)
        carry_out(direct, batches)
    # Then both databases hold the same.
    assert rows_of(buffered) == rows_of(direct)
    assert buffered.verify_audit()["first_bad"] is None
    buffered.close()
    direct.close()
