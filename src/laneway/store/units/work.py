"""Work and what is read beside it: jobs, user tasks, incidents, variables, headers of instances."""

from __future__ import annotations

import secrets
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from operator import attrgetter, itemgetter
from typing import Any, TypeVar

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Row,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.engine import Dialect

from laneway.domain.errors import StaleState
from laneway.domain.types import HIDDEN_PREFIX, IncidentState, JobKind, JobPurpose, JobState, UserTaskState
from laneway.domain.work import Incident, Job, UserTask, make_job, make_user_task
from laneway.ports import AgentShare, InstanceHeader
from laneway.store import json
from laneway.store.hot import HotState, Labels
from laneway.store.prepared import DIALECTS, Statement, among
from laneway.store.routes import PLACES
from laneway.store.tables import (
    audit_log,
    element_instance,
    incident as incident_table,
    job as job_table,
    process_instance,
    route_element,
    user_task,
    user_task_candidate,
    variable,
)
from laneway.store.types import Instant, Json
from laneway.store.units.base import BaseUnit

T = TypeVar("T")
_JOB_FIELDS = tuple(Job.__dataclass_fields__)
_USER_TASK_FIELDS = tuple(UserTask.__dataclass_fields__)
_job_of = attrgetter(*_JOB_FIELDS)
_user_task_of = attrgetter(*_USER_TASK_FIELDS)
JOB_COLUMNS = tuple(job_table.c[name] for name in _JOB_FIELDS)
USER_TASK_COLUMNS = tuple(user_task.c[name] for name in _USER_TASK_FIELDS)
"""In the order in which the records take them."""
_JOB_KEY, _JOB_PRIORITY = (_JOB_FIELDS.index(name) for name in ("key", "priority"))
_JOB_STATE, _JOB_KIND, _JOB_PURPOSE = (_JOB_FIELDS.index(name) for name in ("state", "kind", "purpose"))
_USER_TASK_STATE = _USER_TASK_FIELDS.index("state")
_PLACES_OF_JOB = {name: place for place, name in enumerate(_JOB_FIELDS)}
_PLACES_OF_USER_TASK = {name: place for place, name in enumerate(_USER_TASK_FIELDS)}
_JOB_STATES = {each.value: each for each in JobState}
_JOB_KINDS = {each.value: each for each in JobKind}
_USER_TASK_STATES = {each.value: each for each in UserTaskState}
_INCIDENT_FIELDS = tuple(Incident.__dataclass_fields__)
MOST_LEFT_OUT = 200
"""Jobs that are taken in the same transaction, and found once more."""
READ_AHEAD = 32
"""Jobs that are found for others of the same transaction."""
_AGENT = 3
"""Seed of the hash under which the limit of an agent is kept by an advisory lock, apart from those of messages."""
_AS_WRITTEN = frozenset({str, int, bool, type(None)})
_ENDED_JOBS = frozenset({JobState.COMPLETED, JobState.ERROR_THROWN, JobState.CANCELED})


def available_at(
    state: JobState, retries: int, deadline: datetime | None, retry_at: datetime | None, otherwise: datetime
) -> datetime | None:
    """From when on a job may be handed out, or None if it may not: see docs/state-machines.md."""
    if state in _ENDED_JOBS or retries <= 0:
        return None
    if state is JobState.ACTIVATED:
        return deadline
    return retry_at or otherwise


JOB = Statement(select(*JOB_COLUMNS).where(job_table.c.key == bindparam("row")), ("row",))
JOBS = Statement(
    {dialect: select(*JOB_COLUMNS).where(among(job_table.c.key, "wanted", dialect)) for dialect in DIALECTS},
    ("wanted",),
)
USER_TASK = Statement(select(*USER_TASK_COLUMNS).where(user_task.c.key == bindparam("row")), ("row",))


_OF_TYPE = (
    select(*JOB_COLUMNS)
    .where(
        job_table.c.available_at <= bindparam("now"),
        job_table.c.available_at.is_not(None),
        job_table.c.kind == bindparam("kind"),
        job_table.c.type == bindparam("type"),
        job_table.c.tenant_id == bindparam("tenant"),
    )
    .order_by(job_table.c.priority.desc(), job_table.c.key)
    .limit(bindparam("limit", type_=Integer()))
)
OF_TYPE = Statement(_OF_TYPE, ("now", "kind", "type", "tenant", "limit"))
FREE_OF_TYPE = Statement(_OF_TYPE.with_for_update(skip_locked=True), OF_TYPE.names)


@cache
def _update_job(columns: tuple[str, ...]) -> Statement:
    # A job with an incident waits until that is resolved.
    at = case((job_table.c.incident_key.is_(None), bindparam("at", type_=Instant())), else_=None)
    held = update(job_table).where(job_table.c.key == bindparam("row"), job_table.c.version == bindparam("expected"))
    return Statement(
        held.values(available_at=at),
        ("row", "expected", "at", *columns),
        key="row",
        stale=StaleState("job_changed", "job {key} was changed by another command meanwhile"),
    )


@cache
def _update_user_task(columns: tuple[str, ...]) -> Statement:
    held = update(user_task).where(user_task.c.key == bindparam("row"), user_task.c.version == bindparam("expected"))
    return Statement(
        held,
        ("row", "expected", *columns),
        key="row",
        stale=StaleState("user_task_changed", "user task {key} was changed by another command meanwhile"),
    )


_LEASE_JOB = Statement(
    update(job_table).where(job_table.c.key == bindparam("row")),
    (
        *("row", "state", "worker", "deadline", "lease_token", "retry_at"),
        *("available_at", "version", "updated_at"),
    ),
    key="row",
    takes=True,
)


class WorkUnit(BaseUnit):
    # Instances
    def header(self, process_instance_key: int) -> InstanceHeader | None:
        row = self._first(_HEADER, {"wanted": process_instance_key}, process_instance_key)
        return None if row is None else _header(row)

    def headers(self, process_instance_keys: Iterable[int]) -> dict[int, InstanceHeader]:
        wanted = list(dict.fromkeys(process_instance_keys))
        if len(wanted) < 2:
            found = [self.header(key) for key in wanted]
            return {each.key: each for each in found if each is not None}
        rows = self._found(_HEADERS, {"wanted": wanted}, keys=wanted)
        return {row.key: _header(row) for row in rows}

    def labels(self, root_keys: Iterable[int]) -> dict[int, Labels]:
        found: dict[int, Labels] = {}
        asked: list[int] = []
        for root_key in root_keys:
            hot = self._looked_at(root_key)
            if hot is not None and hot.labels is not None:
                found[root_key] = hot.labels
            else:
                asked.append(root_key)
        headers = self.headers(asked) if asked else {}
        return found | {key: (header.tags, header.business_id) for key, header in headers.items()}

    def _looked_at(self, root_key: int) -> HotState | None:
        """What is in memory of it, if that is known to be as its rows are in this transaction."""
        return None if self._buffer is None or self._locks_rows else self._hot.look(root_key)

    def root_of_element(self, element_instance_key: int) -> int | None:
        root_key: int | None = self._connection.scalar(
            select(element_instance.c.root_key).where(element_instance.c.key == element_instance_key)
        )
        if root_key is None and self.header(element_instance_key) is not None:
            return element_instance_key  # of a called instance there is a row
        return self._root_of_told(element_instance_key) if root_key is None else root_key

    def _root_of_told(self, element_instance_key: int) -> int | None:
        """The root of an element instance that a route tells."""
        return self._connection.scalar(
            select(audit_log.c.root_key)
            .join(route_element, route_element.c.route_key == audit_log.c.route_key + 0)
            .where(
                audit_log.c.key > element_instance_key - PLACES,
                audit_log.c.key <= element_instance_key,
                route_element.c.place == element_instance_key - audit_log.c.key,
            )
        )

    # Jobs
    def job(self, key: int) -> Job | None:
        found = self._known_work(key)
        if type(found) is Job:
            return found
        row = self._first(JOB, {"row": key}, key)
        if row is None:
            return None
        self._seen_at(key, row.version)
        return self._keep_work(key, _job(row))

    def _known_work(self, key: int) -> Any:
        """What stayed in memory. SQLite says when another process has written, and then nothing did; on PostgreSQL nothing does."""
        return None if self._buffer is None or self._locks_rows else self._hot.work_of(key)

    def _keep_work(self, key: int, found: T) -> T:
        if self._buffer is not None and not self._locks_rows:
            self._hot.keep_work(key, found)
        return found

    def jobs(self, keys: Sequence[int]) -> Sequence[Job]:
        return [_job(row) for row in self._found(JOBS, {"wanted": list(keys)}, keys=keys)]

    def activate_jobs(
        self,
        *,
        kind: JobKind,
        types: Sequence[str] | None,
        worker: str,
        timeout_ms: int,
        limit: int,
        tenant_ids: Sequence[str],
        lease: bool = False,
        share: AgentShare | None = None,
        only: int | None = None,
    ) -> Sequence[Job]:
        found: Sequence[Any]
        if share is None and only is None and types is not None and len(types) == len(tenant_ids) == 1:
            named = {"kind": kind.value, "type": types[0], "tenant": tenant_ids[0], "now": self.now, "limit": limit}
            found = self._free_of_type(named, limit)
        else:
            found = self._free_jobs(kind, types, tenant_ids, limit, share, only)
        deadline = self.now + timedelta(milliseconds=timeout_ms)
        activated = [
            _job(
                row,
                state=JobState.ACTIVATED,
                worker=worker,
                deadline=deadline,
                lease_token=secrets.token_hex(16) if lease else None,
                retry_at=None,
                version=row.version + 1,
            )
            for row in found
        ]
        if activated:
            # The rows are locked, or no one else writes: the fence moves, and need not be asked.
            rows = [
                {
                    "row": new.key,
                    "state": new.state.value,
                    "worker": new.worker,
                    "deadline": new.deadline,
                    "lease_token": new.lease_token,
                    "retry_at": None,
                    "available_at": new.deadline,
                    "version": new.version,
                    "updated_at": self.now,
                }
                for new in activated
            ]
            self._put(_LEASE_JOB, *rows)
            for new in activated:
                self._seen_versions.pop(new.key, None)
            self._touch(new.key for new in activated)
            for new in activated:
                # What is handed out may be changed by whoever got it.
                self._keep_work(new.key, _changed_job(new, {"headers": dict(new.headers)}))
        return activated

    def _free_of_type(self, named: dict[str, Any], limit: int) -> Sequence[Any]:
        """The second of a transaction on SQLite finds some for those behind it, too, and none of them sends what is in the buffer before
        it, as long as nothing was done to jobs but to hand them out, to end them and to open new ones, which come last."""
        if self._buffer is None or self._locks_rows or not self._buffer.holds(("job",)):
            return self._found(FREE_OF_TYPE if self._locks_rows else OF_TYPE, named, tables=("job",))
        put, driver = self._buffer.jobs, self._buffer.driver
        shape = OF_TYPE.shape(driver.dialect)
        asked = tuple(named[name] for name in ("kind", "type", "tenant"))
        for again in (False, True):
            ahead = put.ahead.setdefault(asked, deque())
            found: list[Any] = []
            while put.known and ahead and len(found) < limit:
                row = ahead.popleft()
                if row[_JOB_KEY] not in put.taken:
                    found.append(row)
            if again or len(found) == limit or not put.known or len(put.taken) > MOST_LEFT_OUT:
                break
            wanted = {**named, "limit": limit + len(put.taken) + READ_AHEAD}
            put.ahead[asked] = deque(driver.find(shape, shape.given(wanted)))
        last = put.first
        in_order = last is None or (
            len(found) == limit and all(row[_JOB_PRIORITY] >= 0 and row[_JOB_KEY] < last for row in found)
        )
        if put.known and in_order and (again or len(found) == limit):
            return list(map(shape.found, found))
        return self._found(OF_TYPE, named, tables=("job",))

    def _free_jobs(
        self,
        kind: JobKind,
        types: Sequence[str] | None,
        tenant_ids: Sequence[str],
        limit: int,
        share: AgentShare | None,
        only: int | None,
    ) -> Sequence[Any]:
        wanted = self._available(kind, types, tenant_ids).where(job_table.c.available_at <= self.now)
        if only is not None:
            wanted = wanted.where(job_table.c.key == only)
        priority: ColumnElement[int] = job_table.c.priority
        room: dict[str, int] = {}
        if share is not None:
            room = self._room(share.limits)
            wanted = wanted.where(*_shared(share, room))
            if share.priorities:
                priority = priority + case(share.priorities, value=job_table.c.agent, else_=0)
        in_order = wanted.with_only_columns(*JOB_COLUMNS).order_by(priority.desc(), job_table.c.key).limit(limit)
        return _within(room, self._all(self._for_update(in_order, skip_locked=True)))

    def _room(self, limits: Mapping[str, int]) -> dict[str, int]:
        """How many more jobs of each limited agent may be handed out. Nobody else asks until the transaction ends."""
        if not limits:
            return {}
        if self._locks_rows:
            for agent in sorted(limits):
                lock = func.pg_advisory_xact_lock(func.hashtextextended(agent, _AGENT))
                self._connection.execute(select(lock))
        at_work = (
            select(job_table.c.agent, func.count().label("jobs"))
            .where(
                job_table.c.state == JobState.ACTIVATED.value,
                job_table.c.agent.in_(limits),
                job_table.c.deadline > self.now,
            )
            .group_by(job_table.c.agent)
        )
        return dict(limits) | {row.agent: limits[row.agent] - row.jobs for row in self._all(at_work)}

    def next_job_available(
        self, kind: JobKind, types: Sequence[str] | None, tenant_ids: Sequence[str]
    ) -> datetime | None:
        """When the next job of these types may be handed out (now or earlier if one waits already)."""
        earliest = self._available(kind, types, tenant_ids).with_only_columns(func.min(job_table.c.available_at))
        at: datetime | None = self._connection.scalar(earliest)
        return at

    def _available(self, kind: JobKind, types: Sequence[str] | None, tenant_ids: Sequence[str]) -> Select[Any]:
        found = select(job_table).where(
            job_table.c.available_at.is_not(None), job_table.c.kind == kind.value, job_table.c.tenant_id.in_(tenant_ids)
        )
        return found if types is None else found.where(job_table.c.type.in_(types))

    def update_job(self, job: Job, **changes: Any) -> Job:
        new = _changed_job(job, {**changes, "version": job.version + 1})
        if new.state in _ENDED_JOBS and new.ended_at is None:
            new = _changed_job(new, {"ended_at": self.now})
        row = {name: _plain(getattr(new, name)) for name in changes}
        row |= {"version": new.version, "ended_at": new.ended_at, "updated_at": self.now}
        at = available_at(new.state, new.retries, new.deadline, new.retry_at, self.now)
        held = {"row": new.key, "expected": job.version, "at": at}
        self._put(_update_job(tuple(row)), {**row, **held}, key=new.key)
        self._seen_versions.pop(new.key, None)
        return self._keep_work(new.key, new) if _reads_as_written(row.values()) else new

    def agent_job_at(self, process_instance_key: int, element_instance_key: int) -> Job | None:
        of_agent = select(*JOB_COLUMNS).where(
            job_table.c.process_instance_key == process_instance_key,
            job_table.c.element_instance_key == element_instance_key,
            job_table.c.agent.is_not(None),
            job_table.c.ended_at.is_(None),
        )
        row = self._one(of_agent.order_by(job_table.c.key.desc()).limit(1))
        return None if row is None else _job(row)

    # User tasks
    def user_task(self, key: int) -> UserTask | None:
        found = self._known_work(key)
        if type(found) is UserTask:
            return found
        if type(found) is tuple:
            # As a leg has opened it: what is its own, beside what it shares with others.
            row, own = found
            return self._keep_work(key, user_task_as_inserted(self._writes().driver.dialect, row.row(own)))
        row = self._first(USER_TASK, {"row": key}, key)
        if row is None:
            return None
        self._seen_at(key, row.version)
        return self._keep_work(key, _user_task(row))

    def update_user_task(self, task: UserTask, **changes: Any) -> UserTask:
        new = _changed_user_task(task, {**changes, "version": task.version + 1})
        if new.state in (UserTaskState.COMPLETED, UserTaskState.CANCELED) and new.completed_at is None:
            new = _changed_user_task(new, {"completed_at": self.now})
        row = {name: _plain(getattr(new, name)) for name in changes}
        row |= {"version": new.version, "completed_at": new.completed_at}
        held = {"row": new.key, "expected": task.version}
        self._put(_update_user_task(tuple(row)), {**row, **held}, key=new.key)
        self._seen_versions.pop(new.key, None)
        if "candidate_groups" in changes or "candidate_users" in changes:
            self._connection.execute(delete(user_task_candidate).where(user_task_candidate.c.user_task_key == new.key))
            rows = candidates_of(new.key, new.root_key, new.tenant_id, new.candidate_groups, new.candidate_users)
            if rows:
                self._connection.execute(insert(user_task_candidate), rows)
        return self._keep_work(new.key, new) if _reads_as_written(row.values()) else new

    # Incidents
    def incident(self, key: int) -> Incident | None:
        row = self._one(select(incident_table).where(incident_table.c.key == key))
        if row is None:
            return None
        values = {name: getattr(row, name) for name in _INCIDENT_FIELDS}
        values["state"] = IncidentState(values["state"])
        return Incident(**values)

    def job_of_incident(self, incident: Incident) -> Job | None:
        return None if incident.job_key is None else self.job(incident.job_key)

    # Variables
    def variables(self, scope_keys: Iterable[int], names: Sequence[str] | None = None) -> dict[int, dict[str, Any]]:
        keys = list(scope_keys)
        found: dict[int, dict[str, Any]] = {key: {} for key in keys}
        statement = select(variable.c.scope_key, variable.c.name, variable.c.value).where(
            variable.c.scope_key.in_(keys), _shown(), *_named(names)
        )
        for row in self._all(statement.order_by(variable.c.key)):
            found[row.scope_key][row.name] = json.decode(row.value)
        return found

    def visible_variables(self, element_instance_key: int, names: Sequence[str] | None = None) -> dict[str, Any]:
        # From the outside in, so that the nearest value of a name is the one that stays.
        wanted = {"wanted": element_instance_key}
        if names is None:
            rows = self._found(_visible_to(self._dialect), wanted, tables=("variable", "element_instance"))
        else:
            rows = self._all(_visible(self._dialect, True), {**wanted, "names": list(names)})
        nearest = {row.name: row.value for row in rows}
        return {name: json.decode(value) for name, value in nearest.items()}

    def visible_variables_of(
        self, element_instance_keys: Sequence[int], names: Sequence[str] | None = None
    ) -> dict[int, dict[str, Any]]:
        wanted = list(element_instance_keys)
        if len(wanted) == 1:
            return {wanted[0]: self.visible_variables(wanted[0], names)}
        found: dict[int, dict[str, Any]] = {key: {} for key in wanted}
        if wanted:
            given = {"wanted": wanted} | ({} if names is None else {"names": list(names)})
            statement = _visible_to_all(self._dialect, names is not None)
            rows = self._found(statement, given, tables=("variable", "element_instance"))
            nearest = {(row.wanted, row.name): row.value for row in rows}
            for (key, name), value in nearest.items():
                found[key][name] = json.decode(value)
        return found

    def visible_to(self, jobs: Iterable[Job], names: Sequence[str] | None = None) -> dict[int, dict[str, Any]]:
        found: dict[int, dict[str, Any]] = {}
        asked: list[int] = []
        for job in jobs:
            hot = self._looked_at(job.root_key)
            if hot is None or hot.state.place is None:
                asked.append(job.element_instance_key)
                continue
            # Whoever rests at a place has variables of the instance alone. A list is nobody else's.
            scope = hot.state.variables.get(job.root_key, {})
            found[job.element_instance_key] = {
                name: value if type(value) in _AS_WRITTEN else json.decode(json.encode(value))
                for name, value in scope.items()
                if not name.startswith(HIDDEN_PREFIX) and (names is None or name in names)
            }
        return found | self.visible_variables_of(asked, names) if asked else found


_SELECT_HEADER = select(
    process_instance.c.key,
    process_instance.c.root_key,
    process_instance.c.process_definition_key,
    process_instance.c.process_id,
    process_instance.c.process_version,
    process_instance.c.state,
    process_instance.c.tenant_id,
    process_instance.c.tags,
    process_instance.c.business_id,
)
_HEADER = Statement(_SELECT_HEADER.where(process_instance.c.key == bindparam("wanted")), ("wanted",))
_HEADERS = Statement(
    {dialect: _SELECT_HEADER.where(among(process_instance.c.key, "wanted", dialect)) for dialect in DIALECTS},
    ("wanted",),
)


def _header(row: Any) -> InstanceHeader:
    return InstanceHeader(
        key=row.key,
        root_key=row.root_key,
        process_definition_key=row.process_definition_key,
        process_id=row.process_id,
        process_version=row.process_version,
        state=row.state,
        tenant_id=row.tenant_id,
        tags=tuple(row.tags),
        business_id=row.business_id,
    )


def same_root(one: FromClause, other: FromClause, dialect: str) -> list[ColumnElement[bool]]:
    """So that a distributed database asks one shard. SQLite, told so, would read all that the root ever had."""
    return [one.c.root_key == other.c.root_key] if dialect == "postgresql" else []


def _wanted(dialect: str, several: bool) -> Subquery:
    if not several:
        return select(bindparam("wanted", type_=BigInteger).label("key")).subquery("given")
    if dialect == "postgresql":
        return select(func.unnest(bindparam("wanted", type_=ARRAY(BigInteger))).label("key")).subquery("given")
    listed = func.json_each(bindparam("wanted", type_=Json())).table_valued("value")
    return select(listed.c.value.label("key")).subquery("given")


@cache
def _visible(dialect: str, named: bool, several: bool = False) -> Select[Any]:
    """Made once: making it costs several times as much as asking it."""
    wanted = _wanted(dialect, several)
    element = element_instance.c
    # A root has no row among the elements: whoever has none is one.
    own = select(
        wanted.c.key.label("wanted"),
        wanted.c.key,
        element.parent_key,
        func.coalesce(element.root_key, wanted.c.key).label("root_key"),
        func.coalesce(element.process_instance_key, wanted.c.key).label("process_instance_key"),
        literal_column("0").label("distance"),
    ).select_from(wanted.outerjoin(element_instance, element.key == wanted.c.key))
    scopes = own.cte("scopes", recursive=True)
    outer = (
        select(
            scopes.c.wanted,
            scopes.c.parent_key,
            element.parent_key,
            scopes.c.root_key,
            func.coalesce(element.process_instance_key, scopes.c.parent_key),
            scopes.c.distance + 1,
        )
        .select_from(
            scopes.outerjoin(
                element_instance,
                and_(element.key == scopes.c.parent_key, *same_root(element_instance, scopes, dialect)),
            )
        )
        .where(scopes.c.key != scopes.c.process_instance_key)
    )
    scopes = scopes.union_all(outer)
    statement = select(*((scopes.c.wanted,) if several else ()), variable.c.name, variable.c.value).where(
        variable.c.scope_key == scopes.c.key, *same_root(variable, scopes, dialect), _shown()
    )
    if named:
        in_one = variable.c.name.in_(bindparam("names", expanding=True))
        statement = statement.where(among(variable.c.name, "names", dialect) if several else in_one)
    return statement.order_by(scopes.c.distance.desc(), variable.c.key)


@cache
def _visible_to(dialect: str) -> Statement:
    return Statement(_visible(dialect, False), ("wanted",))


@cache
def _visible_to_all(dialect: str, named: bool) -> Statement:
    return Statement(_visible(dialect, named, True), ("wanted", "names") if named else ("wanted",))


def candidates_of(
    key: int, root_key: int, tenant_id: str, groups: Iterable[str], users: Iterable[str]
) -> list[dict[str, Any]]:
    """The rows by which a user task is found for its candidates."""
    named = [("group", name) for name in dict.fromkeys(groups)] + [("user", name) for name in dict.fromkeys(users)]
    common = {"user_task_key": key, "root_key": root_key, "tenant_id": tenant_id}
    return [{**common, "kind": kind, "name": name} for kind, name in named]


def _shared(share: AgentShare, room: Mapping[str, int]) -> list[ColumnElement[bool]]:
    full = [agent for agent, left in room.items() if left <= 0]
    mine: list[ColumnElement[bool]] = [] if share.agents is None else [job_table.c.agent.in_(share.agents)]
    mine += [
        or_(func.coalesce(job_table.c.agent, "") != agent, job_table.c.process_definition_key.not_in(definitions))
        for agent, definitions in share.without.items()
    ]
    return [*mine, func.coalesce(job_table.c.agent, "").not_in(full)] if full else mine


def _within(room: Mapping[str, int], rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    taken: Counter[str] = Counter()
    kept = []
    for row in rows:
        if row.agent not in room or taken[row.agent] < room[row.agent]:
            taken[row.agent] += 1
            kept.append(row)
    return kept


def _shown() -> ColumnElement[bool]:
    return func.substr(variable.c.name, 1, 1) != HIDDEN_PREFIX


def _named(names: Sequence[str] | None) -> list[ColumnElement[bool]]:
    return [] if names is None else [variable.c.name.in_(names)]


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, (JobState, JobKind, UserTaskState)) else value


def _job(row: Any, **changes: Any) -> Job:
    """``row``: the columns ``JOB_COLUMNS``."""
    values = list(row)
    values[_JOB_STATE] = _JOB_STATES[values[_JOB_STATE]]
    values[_JOB_KIND] = _JOB_KINDS[values[_JOB_KIND]]
    values[_JOB_PURPOSE] = JobPurpose(values[_JOB_PURPOSE] or JobPurpose.BPMN_ELEMENT)
    for name, value in changes.items():
        values[_PLACES_OF_JOB[name]] = value
    return make_job(values)


def _user_task(row: Any) -> UserTask:
    """``row``: the columns ``USER_TASK_COLUMNS``."""
    values = list(row)
    values[_USER_TASK_STATE] = _USER_TASK_STATES[values[_USER_TASK_STATE]]
    return make_user_task(values)


@cache
def _places_of_user_task() -> Any:
    return itemgetter(*(list(user_task.columns.keys()).index(name) for name in _USER_TASK_FIELDS))


def user_task_as_inserted(dialect: Dialect, row: Sequence[Any]) -> UserTask:
    """``row``: a whole one, as the driver was given it."""
    return _user_task(USER_TASK.shape(dialect).values(_places_of_user_task()(row)))


def _reads_as_written(values: Iterable[Any]) -> bool:
    return all(type(value) in _AS_WRITTEN or (type(value) is datetime and value.tzinfo is UTC) for value in values)


def _changed_job(job: Job, changes: Mapping[str, Any]) -> Job:
    """As ``dataclasses.replace``, at a third of its cost."""
    values = list(_job_of(job))
    for name, value in changes.items():
        values[_PLACES_OF_JOB[name]] = value
    return make_job(values)


def _changed_user_task(task: UserTask, changes: Mapping[str, Any]) -> UserTask:
    values = list(_user_task_of(task))
    for name, value in changes.items():
        values[_PLACES_OF_USER_TASK[name]] = value
    return make_user_task(values)
