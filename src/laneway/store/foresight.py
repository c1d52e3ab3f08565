"""What the commands of one transaction are known to read, asked of PostgreSQL at once and kept until they ask for it.

Roots are locked before anything of theirs is read, without waiting for anyone: a root that another transaction has is left out, and
its command finds that out by itself. What is kept is what the command would have found by asking: it is forgotten as soon as
something of it is written (``Buffer.touch``) or might have been.
"""

from __future__ import annotations

from collections.abc import Container, Hashable, Sequence
from typing import Any

from sqlalchemy import ARRAY, Table, Text, any_, bindparam, column, func, literal_column, select

from laneway.ports import Needs
from laneway.store.buffer import Buffer
from laneway.store.hot import Handed
from laneway.store.prepared import Driver, Shape, Statement, among
from laneway.store.tables import job, message_subscription, process_instance, user_task
from laneway.store.units.apply import (
    FREE_ROOT,
    LIVE_ELEMENTS,
    LIVE_ELEMENTS_OF,
    LIVE_VARIABLES,
    LIVE_VARIABLES_OF,
    LOCKED_ROOT,
    ROOT_COLUMNS,
)
from laneway.store.units.audit import FREE_HEAD
from laneway.store.units.definitions import LATEST_PROCESS, START_TRIGGERS, place_of_latest, place_of_starts
from laneway.store.units.messages import MEETING, MEETING_A_KEY, hashed, locked_as, meeting
from laneway.store.units.work import JOB, JOB_COLUMNS, USER_TASK, USER_TASK_COLUMNS

_ON = "postgresql"


def _roots(of: Table) -> Statement:
    """By keys that are found first, in each case: a join is planned by what the server believes of the tables, and it has been seen to read all of
    both while they were young and not yet counted. By the root's key twice, so that a distributed database asks its shards each for its own."""
    keys = select(of.c.root_key).where(among(of.c.key, "wanted", _ON)).scalar_subquery()
    wanted = select(process_instance.c.key, *ROOT_COLUMNS).where(
        process_instance.c.key == process_instance.c.root_key, process_instance.c.key == any_(func.array(keys))
    )
    return Statement({_ON: wanted.with_for_update(skip_locked=True)}, ("wanted",))


_ROOTS_OF_JOBS = _roots(job)
_ROOTS_OF_TASKS = _roots(user_task)
_JOBS = Statement({_ON: select(*JOB_COLUMNS).where(among(job.c.key, "wanted", _ON))}, ("wanted",))
_TASKS = Statement({_ON: select(*USER_TASK_COLUMNS).where(among(user_task.c.key, "wanted", _ON))}, ("wanted",))


def _listed(*names: str) -> Any:
    """Texts that are given as arrays, one beside the other."""
    given = [bindparam(f"{name}s", type_=ARRAY(Text)) for name in names]
    return func.unnest(*given).table_valued(*(column(name, Text) for name in names)).render_derived(name="wanted")


_held = _listed("shared", "own")
_LOCKS = Statement(
    {
        _ON: select(
            _held.c.own,
            func.pg_try_advisory_xact_lock_shared(hashed(_held.c.shared)).label("shared"),
            func.pg_try_advisory_xact_lock(hashed(_held.c.own)).label("held"),
        )
    },
    ("shareds", "owns", "seed"),
)
_met = _listed("tenant", "message", "correlation")
_MEETINGS = Statement(
    {
        _ON: select(message_subscription, _met.c.tenant, _met.c.message, _met.c.correlation)
        .where(
            message_subscription.c.state == literal_column("'CREATED'"),
            message_subscription.c.tenant_id == _met.c.tenant,
            message_subscription.c.name == _met.c.message,
            message_subscription.c.correlation_key.in_([_met.c.correlation, literal_column("''")]),
        )
        .order_by(message_subscription.c.key)
    },
    ("tenants", "messages", "correlations"),
)
_ROOTS_OF_KEYS = Statement(
    {
        _ON: select(process_instance.c.key, *ROOT_COLUMNS)
        .where(
            process_instance.c.key == process_instance.c.root_key,
            # Twice, so that a distributed database asks its shards each for its own.
            among(process_instance.c.key, "wanted", _ON),
            among(process_instance.c.root_key, "wanted", _ON),
        )
        .with_for_update(skip_locked=True)
    },
    ("wanted",),
)

Question = tuple[Shape, Sequence[Any]]


class Foresight:
    """For one transaction: ``questions`` to be asked, ``keep`` with what was found."""

    def __init__(self, needs: Sequence[Needs], driver: Driver) -> None:
        self._driver = driver
        self._jobs = list(dict.fromkeys(key for one in needs for key in one.jobs))
        self._tasks = list(dict.fromkeys(key for one in needs for key in one.user_tasks))
        self._processes = list(dict.fromkeys(place for one in needs for place in one.processes))
        # Those without a key meet others than those of their place.
        self._meetings = list(dict.fromkeys(place for one in needs for place in one.meetings if place[1]))
        self._loaded = {key for one in needs if one.states for key in (*one.jobs, *one.user_tasks)}
        self._asked: list[tuple[Statement, dict[str, Any]]] = []
        if self._jobs:
            self._asked.append((_ROOTS_OF_JOBS, {"wanted": self._jobs}))
        if self._tasks:
            self._asked.append((_ROOTS_OF_TASKS, {"wanted": self._tasks}))
        if self._jobs:
            self._asked.append((_JOBS, {"wanted": self._jobs}))
        if self._tasks:
            self._asked.append((_TASKS, {"wanted": self._tasks}))
        self._asked += [
            (LATEST_PROCESS, {"tenant": tenant_id, "process": process_id}) for process_id, tenant_id in self._processes
        ]
        if self._meetings:
            names, correlations, tenants = (list(each) for each in zip(*self._meetings, strict=True))
            places = {"tenants": tenants, "messages": names, "correlations": correlations}
            shared = [locked_as(tenant_id, name, "") for name, _, tenant_id in self._meetings]
            self._asked.append((_LOCKS, {"shareds": shared, "owns": list(map(_own, self._meetings)), "seed": MEETING}))
            self._asked.append((_MEETINGS, places))
            self._starts = list(dict.fromkeys((tenant_id, "message", name) for name, _, tenant_id in self._meetings))
            self._asked += [
                (START_TRIGGERS, {"tenant": tenant_id, "kind": kind, "trigger": name})
                for tenant_id, kind, name in self._starts
            ]

    @property
    def questions(self) -> list[Question]:
        return [self._question(*one) for one in self._asked]

    def _question(self, statement: Statement, values: dict[str, Any]) -> Question:
        shape = statement.shape(self._driver.dialect)
        return shape, shape.given(values)

    def keep(self, buffer: Buffer, hot: Handed, answers: Sequence[Sequence[Any]]) -> None:
        """Asks once more for the roots of who waits for a message, and for the states of the roots that are not in memory."""
        found = iter(zip(self._asked, answers, strict=True))

        def rows() -> list[Any]:
            (statement, _), answer = next(found)
            return list(map(statement.shape(self._driver.dialect).found, answer))

        roots: dict[int, Any] = {}
        for wanted in (self._jobs, self._tasks):
            if wanted:
                roots |= {row.key: row for row in rows()}
        for row in roots.values():
            _keep_root(buffer, row)
        loaded: set[int] = set()
        for statement, wanted in ((JOB, self._jobs), (USER_TASK, self._tasks)):
            if wanted:
                by_key = {row.key: row for row in rows()}
                for key in wanted:
                    row = by_key.get(key)
                    buffer.foresee(statement, key, [] if row is None else [row])
                    if row is not None and key in self._loaded:
                        loaded.add(row.root_key)
        for process_id, tenant_id in self._processes:
            buffer.foresee(LATEST_PROCESS, place_of_latest(process_id, tenant_id), rows())
        if self._meetings:
            held = {row.own for row in rows() if row.shared and row.held}
            waiting = self._keep_meetings(buffer, held, rows())
            loaded |= waiting
            for row in self._find(_ROOTS_OF_KEYS, {"wanted": sorted(waiting - roots.keys())}):
                roots[row.key] = row
                _keep_root(buffer, row)
            for place in self._starts:
                buffer.foresee(START_TRIGGERS, place_of_starts(*place), rows())
        self._keep_states(buffer, [key for key in loaded if key in roots and hot.version_of(key) != roots[key].version])

    def _find(self, statement: Statement, values: dict[str, Any]) -> list[Any]:
        if not any(values.values()):
            return []
        [answer] = self._driver.find_all([self._question(statement, values)])
        return list(map(statement.shape(self._driver.dialect).found, answer))

    def _keep_meetings(self, buffer: Buffer, held: Container[str], found: Sequence[Any]) -> set[int]:
        """Gives the roots of who waits. Of a meeting that another transaction is at nothing is kept: its command finds that out by itself."""
        by_place: dict[tuple[str, str, str], list[Any]] = {}
        for row in found:
            by_place.setdefault((row.message, row.correlation, row.tenant), []).append(row)
        roots: set[int] = set()
        for place in self._meetings:
            if _own(place) in held:
                name, correlation_key, tenant_id = place
                rows = by_place.get(place, [])
                buffer.foresee(MEETING_A_KEY, meeting(tenant_id, name, correlation_key), rows)
                # Of all that would change the answer: they are forgotten once that is written.
                buffer.foresee(MEETING_A_KEY, meeting(tenant_id, name, ""), [])
                for row in rows:
                    buffer.foresee(MEETING_A_KEY, row.key, [])
                    roots.add(row.root_key)
        return roots

    def _keep_states(self, buffer: Buffer, roots: Sequence[int]) -> None:
        roots = [root_key for root_key in roots if not buffer.touched((root_key,))]
        if not roots:
            return
        several = ((LIVE_ELEMENTS, LIVE_ELEMENTS_OF), (LIVE_VARIABLES, LIVE_VARIABLES_OF))
        answers = self._driver.find_all([self._question(of_many, {"wanted": roots}) for _, of_many in several])
        for (of_one, of_many), answer in zip(several, answers, strict=True):
            by_root: dict[Hashable, list[Any]] = {root_key: [] for root_key in roots}
            for row in map(of_many.shape(self._driver.dialect).found, answer):
                by_root[row.root_key].append(row)
            for root_key, found in by_root.items():
                buffer.foresee(of_one, root_key, found)


def _own(place: tuple[str, str, str]) -> str:
    name, correlation_key, tenant_id = place
    return locked_as(tenant_id, name, correlation_key)


def _keep_root(buffer: Buffer, row: Any) -> None:
    for statement in (LOCKED_ROOT, FREE_ROOT, FREE_HEAD):
        buffer.foresee(statement, row.key, [row])
