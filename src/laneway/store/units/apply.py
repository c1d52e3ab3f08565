"""``load`` and ``apply``: an instance's live state out of its rows, and a transition into them, in one pass."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, SmallInteger, Table, bindparam, insert, select, union_all, update

from laneway.domain.course import CourseTaken
from laneway.domain.definition import ProcessDefinition
from laneway.domain.errors import StaleState
from laneway.domain.leg import LegTaken
from laneway.domain.model import ProcessModel
from laneway.domain.origins import of_transition
from laneway.domain.state import ElementInstance, InstanceState
from laneway.domain.transition import IncidentOpened, MessageToSend, Transition
from laneway.domain.types import ElementState, ElementType, ProcessInstanceState
from laneway.domain.work import AuditEntry
from laneway.store import json
from laneway.store.chain import GENESIS
from laneway.store.hot import NO_LABELS, HotState
from laneway.store.prepared import Statement, among, insert_into
from laneway.store.tables import (
    decision_instance,
    element_instance,
    outbox,
    process_instance,
    variable,
)
from laneway.store.tables.instances import of_root_instance
from laneway.store.units.audit import INSERT_RECORD
from laneway.store.units.closed import ClosedUnit
from laneway.store.units.course import TOLD_BY_A_ROUTE, CourseUnit
from laneway.store.units.decisions import decision_rows, element_of, evaluation_rows
from laneway.store.units.definitions import DefinitionsUnit
from laneway.store.units.leg import TOUCHED, LegUnit, RowsOfLeg, runtime_text, state_of_root
from laneway.store.units.told import KEEPS_NO_ROW
from laneway.store.upsert import replacing

_READ_AS_WRITTEN = frozenset({str, int, bool, type(None)})
_ACTIVE = ProcessInstanceState.ACTIVE.value
_COMPLETED = ElementState.COMPLETED.value


class ApplyUnit(CourseUnit, ClosedUnit, DefinitionsUnit, LegUnit):
    def load(self, root_key: int) -> InstanceState | None:
        hot = self._hot.take(root_key)
        if hot is not None and not self._locks_rows:
            # SQLite says when another process has written, and then nothing is hot.
            self._heads[root_key, ""] = hot.head
            self._texts[root_key] = hot.text
            self._labels[root_key] = hot.labels
            return hot.state
        root = self._root(root_key)
        if root is None:
            return None
        head = self._heads[root_key, ""] = (root.audit_sequence, root.audit_hash)
        # By the chain's head too: a replica that has taken over may have come to the same version by another way.
        if hot is not None and hot.state.version == root.version and hot.head == head:
            self._texts[root_key] = hot.text
            self._labels[root_key] = hot.labels
            return hot.state
        return self._read(root_key, root)

    def _root(self, root_key: int) -> Any:
        if not self._locks_rows:
            return self._first(_ROOT, {"root": root_key}, root_key)
        if self._buffer is None or not self._buffer.shared:
            return self._first(LOCKED_ROOT, {"root": root_key}, root_key)
        # To wait and to fail would undo what other commands have written.
        root = self._first(FREE_ROOT, {"root": root_key}, root_key)
        if root is None:
            raise StaleState(
                "instance_changed", f"process instance {root_key} is locked by another command, or not there"
            )
        return root

    def _read(self, root_key: int, root: Any) -> InstanceState:
        state = InstanceState(root_key)
        state.version = root.version
        self._texts[root_key] = text = 0
        if root.ended_at is not None:
            return state
        element = ElementInstance(root_key, root.slot, ElementType.PROCESS, root.process_definition_key, 0, root_key)
        element.state = ElementState(root.element_state or _ACTIVE)
        if root.runtime is not None:
            element.load_runtime_json(json.decode(root.runtime))
        state.elements[root_key] = element
        for row in self._found(LIVE_ELEMENTS, {"root": root_key}, root_key):
            element = ElementInstance(
                row.key,
                row.slot,
                ElementType(row.type),
                row.process_definition_key,
                row.parent_key,
                row.process_instance_key,
            )
            element.state = ElementState(row.state)
            if row.runtime is not None:
                element.load_runtime_json(json.decode(row.runtime))
            state.elements[row.key] = element
        for row in self._found(LIVE_VARIABLES, {"root": root_key}, root_key):
            text += len(row.value)
            state.variables.setdefault(row.scope_key, {})[row.name] = json.decode(row.value)
        state.rebuild_links()
        self._texts[root_key] = text
        return state

    def forget(self, root_key: int) -> None:
        self._hot.take(root_key)

    def apply(
        self,
        transition: Transition,
        *,
        expected_version: int,
        audit: AuditEntry,
        tenant_id: str,
        model_of: Callable[[int], ProcessModel],
        tags: Sequence[str] = (),
        business_id: str | None = None,
    ) -> None:
        root_key = transition.state.root_key
        version = expected_version + 1
        head = (0, GENESIS) if expected_version == 0 else self._root_head(root_key)
        if head is None:
            raise StaleState("instance_gone", f"process instance {root_key} is not there (any more)")
        entry = audit if audit.tenant_id == tenant_id else audit.changed(tenant_id=tenant_id)
        # What the record says of `after` leads to its history, so it is no caller's to choose.
        fences = (expected_version if audit.before is None else audit.before, version)
        reads = False
        for definition_key, _, _ in transition.process_instances.values():
            reads = reads or model_of(definition_key).reads_data_stores
        verb = str(entry.details.get("command") or "")
        origins = of_transition(transition, verb, entry.actor.kind, reads_data_stores=reads)
        key = self._key_of_record(transition)
        taken = transition if isinstance(transition, CourseTaken) and expected_version == 0 else None
        if taken is not None:
            told_before = self._told_by_course(taken, key, tenant_id)
            if told_before is not None:
                self._write_course(taken, told_before, key, entry, fences, tags, business_id, origins)
                return
        known = self._known_leg(transition, key, tenant_id, model_of)
        leg: RowsOfLeg | None = None
        without_row: Collection[int] = ()
        if known is not None:
            told, leg = known
        else:
            told, without_row = self._tell(transition, key, tenant_id, model_of)
        record, new_head = self._record(entry, root_key, head, told, key, *fences)

        root_values: dict[str, Any] = {
            "version": version,
            "audit_sequence": new_head[0],
            "audit_hash": new_head[1],
            "added": origins,
        }
        if expected_version > 0:
            self._pass_fence(root_key, expected_version, root_values, self._end_of_root(transition))
        self._start_process_instances(transition, tenant_id, root_values, tags, business_id, without_row, leg)
        if leg is not None and isinstance(transition, LegTaken):
            self._move_elements(transition, leg, tenant_id, _UPDATE_ELEMENT, _UPDATE_ROOT)
        else:
            self._write_elements(transition, tenant_id, model_of, without_row)
            self._end_process_instances(transition)
        self._write_variables(transition, tenant_id)
        self._write_work(transition, tenant_id, leg)
        if not isinstance(transition, LegTaken):  # No leg evaluates decisions, or throws anything.
            self._write_decisions(transition, tenant_id, model_of)
            self._write_outbox(transition, tenant_id)

        self._put_ready(INSERT_RECORD, [record], [key], root_key)
        self._heads[root_key, ""] = new_head
        transition.state.version = version
        if transition.state.alive:
            transition.state.settle()
            if expected_version == 0:
                self._labels[root_key] = (tuple(tags), business_id) if tags or business_id is not None else NO_LABELS
            labels = self._labels.get(root_key)
            self._hot.keep(HotState(transition.state, new_head, self._texts.get(root_key, 0), labels))

    def _end_of_root(self, transition: Transition) -> tuple[str, datetime] | None:
        if isinstance(transition, LegTaken):
            return (_COMPLETED, self.now) if transition.completed else None
        end = transition.ended.get(transition.state.root_key)
        return None if end is None else (end.state, end.at)

    def _pass_fence(
        self, root_key: int, expected_version: int, values: Mapping[str, Any], end: tuple[str, datetime] | None
    ) -> None:
        # The chain's head is held against what was read, too: a record may be added without the fence moving.
        sequence = values["audit_sequence"]
        chain = (values["version"], sequence, bytes.fromhex(values["audit_hash"]))
        row: tuple[Any, ...] = (root_key, expected_version, sequence - 1, values["added"], *chain)
        statement = _PASS_FENCE
        if end is not None:
            statement = _PASS_FENCE_AND_END
            row = (*row, str(end[0]), self._instant(end[1]), False, *_NOT_ALIVE.values())
        pick = statement.picking(self._writes().driver.dialect)
        self._put_ready(statement, [pick(row)], [root_key], None if end is None else root_key)

    def _start_process_instances(
        self,
        transition: Transition,
        tenant_id: str,
        root_values: Mapping[str, Any],
        tags: Sequence[str],
        business_id: str | None,
        without_row: Collection[int],
        leg: RowsOfLeg | None,
    ) -> None:
        """Those that have ended already are written as they ended."""
        if not transition.process_instances:
            return
        root_key, at = transition.state.root_key, self._at()
        of_root = TOLD_BY_A_ROUTE
        if leg is not None:
            of_root = leg.root
        elif root_key in transition.process_instances and root_key not in without_row:
            of_root = _root_columns(transition)
        rows: list[Sequence[Any]] = []
        keys: list[Any] = []
        for key, (definition_key, parent_process, parent_element) in transition.process_instances.items():
            definition = self._definition(definition_key)
            end = None if isinstance(transition, LegTaken) else transition.ended.get(key)
            root = key == root_key
            keys.append(key)
            rows.append(
                (
                    key,
                    tenant_id,
                    root_key,
                    parent_process,
                    parent_element,
                    definition_key,
                    definition.process_id,
                    definition.name,
                    definition.version,
                    definition.version_tag,
                    _ACTIVE if end is None else str(end.state),
                    root_values["version"] if root else 0,
                    at,
                    None if end is None else self._instant(end.at),
                    False,
                    json.encode(list(tags)) if root and tags else "[]",
                    business_id if root else None,
                    root_values["audit_sequence"] if root else 0,
                    bytes.fromhex(root_values["audit_hash"]) if root else b"",
                    root_values["added"] if root else None,
                    *(of_root if root else TOLD_BY_A_ROUTE),
                )
            )
        self._put_ready(insert_into(process_instance), rows, keys)
        self._touch(keys)

    def _write_elements(
        self,
        transition: Transition,
        tenant_id: str,
        model_of: Callable[[int], ProcessModel],
        without_row: Collection[int],
    ) -> None:
        root_key, at = transition.state.root_key, self._at()
        rows: list[Sequence[Any]] = []

        def row(key: int, slot: int, definition_key: int, parent: int, process_key: int, *rest: Any) -> None:
            node = model_of(definition_key).nodes[slot]
            process_id = self._definition(definition_key).process_id
            of_node = (definition_key, process_id, parent, slot, node.id, node.name)
            type, state, ended_at, incident_key, runtime = rest
            type = node.type.value if type is None else type.value
            rows.append(
                (key, tenant_id, root_key, process_key, *of_node, type, state, at, ended_at, incident_key, runtime)
            )

        if len(without_row) < len(transition.passed):
            for each in transition.passed:
                if each[0] not in without_row:
                    row(*each, None, _COMPLETED, at, None, None)
        for key, element in transition.created.items():
            if key in without_row or key == root_key:
                continue
            end = transition.ended.get(key)
            place = (key, element.slot, element.definition_key, element.parent, element.process_key, element.type)
            if end is None:
                row(*place, element.state.value, None, element.incident or None, runtime_text(element))
            else:
                row(*place, str(end.state), self._instant(end.at), None, None)
        if rows:
            self._put_ready(insert_into(element_instance), rows, [each[0] for each in rows])
        touched: list[dict[str, Any]] = []
        if transition.touched:
            live = transition.state.elements
            touched = [
                {"row": key, **_live_values(live[key])}
                for key in transition.touched
                if key in live and key not in transition.created and key not in transition.ended
            ]
            if touched and root_key in transition.touched:
                self._put(_UPDATE_ROOT, *(_root_values(one) for one in touched if one["row"] == root_key))
                touched = [one for one in touched if one["row"] != root_key]
        ended = [
            {"row": key, **_ended_values(end.state, end.at)}
            for key, end in transition.ended.items()
            if key not in transition.created and key != root_key
        ]
        if touched or ended:
            self._put(_UPDATE_ELEMENT, *touched, *ended)

    def _end_process_instances(self, transition: Transition) -> None:
        """Those that were there before, but for the root, which has ended with its fence."""
        root_key = transition.state.root_key
        ended = [
            {"row": key, **_end_values(end.state, end.at)}
            for key, end in transition.ended.items()
            if end.element.type is ElementType.PROCESS and key not in transition.process_instances and key != root_key
        ]
        if ended:
            self._put(_END_PROCESS_INSTANCE, *ended)
            self._touch(row["row"] for row in ended)

    def _write_variables(self, transition: Transition, tenant_id: str) -> None:
        if not transition.variables:
            return
        root_key, at = transition.state.root_key, self._at()
        next_key, encode = self.ids.next, json.encode
        # Whoever goes a leg has variables of the instance alone, and that is new where the leg leads from a start.
        created: Collection[int] = (
            transition.created if not isinstance(transition, LegTaken) else transition.process_instances
        )
        process_of: dict[int, int] = {root_key: root_key}
        new: list[Sequence[Any]] = []
        rest: list[Sequence[Any]] = []
        for (scope_key, name), value in transition.variables.items():
            process_key = process_of.get(scope_key)
            if process_key is None:
                process_key = process_of[scope_key] = element_of(transition, scope_key).process_key
            row = (scope_key, name, next_key(), tenant_id, root_key, process_key, encode(value), at)
            (new if scope_key in created else rest).append(row)
        if new:
            self._put_ready(insert_into(variable), new, [row[2] for row in new])
        if rest:
            self._put_ready(_UPSERT_VARIABLE, rest, [])
        if self._hot.used and transition.state.alive:
            rows = [*new, *rest]
            self._texts[root_key] = self._texts.get(root_key, 0) + sum(len(row[6]) for row in rows)
            _as_read(transition.state, rows)

    def _write_work(self, transition: Transition, tenant_id: str, leg: RowsOfLeg | None = None) -> None:
        if leg is not None and leg.work is not None and isinstance(transition, LegTaken):
            if leg.work:
                self._open_work(transition, leg.work, tenant_id)
            self._close(transition.closed)
            return
        if transition.opened:
            gone = {one.key for one in transition.closed if one.kind in KEEPS_NO_ROW}
            make = self._opened_rows(transition.state.root_key, tenant_id)
            by_table: dict[Table, list[dict[str, Any]]] = {}
            for opened in transition.opened:
                if opened.key not in gone:
                    for table, row in make.of(opened):
                        by_table.setdefault(table, []).append(row)
            for table, rows in by_table.items():
                self._put(insert_into(table), *rows)
            self._touch_opened([one for one in transition.opened if type(one) in TOUCHED], tenant_id)
        incidents = [one for one in transition.opened if isinstance(one, IncidentOpened)]
        self._hold_jobs([(one.job_key, one.key) for one in incidents if one.job_key is not None])
        self._change_user_tasks(tenant_id, transition.user_tasks)
        self._close(transition.closed)
        if incidents or any(one.kind == "incident" for one in transition.closed):
            self._mark_incidents(transition.state)

    def _write_decisions(self, transition: Transition, tenant_id: str, model_of: Callable[[int], ProcessModel]) -> None:
        rows = decision_rows(transition, tenant_id, self.now, self.ids, self._definition, model_of)
        if rows:
            self._put(insert_into(decision_instance), *rows)

    def add_decision_evaluation(self, details: Mapping[str, Any], tenant_id: str) -> int:
        rows = evaluation_rows(details, tenant_id, self.now, self.ids)
        self._connection.execute(insert(decision_instance), rows)
        return int(rows[0]["evaluation_key"])

    def _mark_incidents(self, state: InstanceState) -> None:
        """A process instance has an incident if one is open in it, or in an instance that it called."""
        marked: set[int] = set()
        for element in state.elements.values():
            process_key = element.process_key if element.incident else 0
            while process_key and process_key not in marked:
                marked.add(process_key)
                process = state.elements.get(process_key)
                caller = None if process is None else state.elements.get(process.parent)
                process_key = 0 if caller is None else caller.process_key
        of_root = update(process_instance).where(of_root_instance(state.root_key))
        self._connection.execute(
            of_root.where(process_instance.c.has_incident, process_instance.c.key.not_in(marked)).values(
                has_incident=False
            )
        )
        if marked:
            self._connection.execute(of_root.where(process_instance.c.key.in_(marked)).values(has_incident=True))

    def _write_outbox(self, transition: Transition, tenant_id: str) -> None:
        rows = [
            {
                "key": self.ids.next(),
                "tenant_id": tenant_id,
                "root_key": transition.state.root_key,
                "kind": "message" if isinstance(sent, MessageToSend) else "signal",
                "name": sent.name,
                "correlation_key": sent.correlation_key if isinstance(sent, MessageToSend) else "",
                "variables": sent.variables,
                "created_at": self.now,
            }
            for sent in transition.outbox
        ]
        if rows:
            self._put(insert_into(outbox), *rows)

    def _definition(self, key: int) -> ProcessDefinition:
        definition = self.process_definition(key)
        if definition is None:
            raise LookupError(f"a transition names process definition {key}, which was never deployed")
        return definition


ROOT_COLUMNS = (
    process_instance.c.version,
    process_instance.c.audit_sequence,
    process_instance.c.audit_hash,
    process_instance.c.process_definition_key,
    process_instance.c.ended_at,
    process_instance.c.slot,
    process_instance.c.element_state,
    process_instance.c.runtime,
)
_SELECT_ROOT = select(*ROOT_COLUMNS).where(
    process_instance.c.key == bindparam("root"), process_instance.c.root_key == process_instance.c.key
)
_ROOT = Statement(_SELECT_ROOT, ("root",))
LOCKED_ROOT = Statement(_SELECT_ROOT.with_for_update(), ("root",))
FREE_ROOT = Statement(_SELECT_ROOT.with_for_update(skip_locked=True), ("root",))

_ELEMENTS = (
    select(
        element_instance.c.key,
        element_instance.c.root_key,
        element_instance.c.slot,
        element_instance.c.type,
        element_instance.c.process_definition_key,
        element_instance.c.parent_key,
        element_instance.c.process_instance_key,
        element_instance.c.state,
        element_instance.c.runtime,
    )
    .where(element_instance.c.ended_at.is_(None))
    .order_by(element_instance.c.key)
)
_OF_ONE = element_instance.c.root_key == bindparam("root")
_OF_MANY = among(element_instance.c.root_key, "wanted", "postgresql")
LIVE_ELEMENTS = Statement(_ELEMENTS.where(_OF_ONE), ("root",))
LIVE_ELEMENTS_OF = Statement({"postgresql": _ELEMENTS.where(_OF_MANY)}, ("wanted",))

_VARIABLES = (
    select(variable.c.root_key, variable.c.scope_key, variable.c.name, variable.c.value, variable.c.key)
    .join(element_instance, element_instance.c.key == variable.c.scope_key)
    .where(element_instance.c.ended_at.is_(None))
)
# Tied by the root too, so that a distributed database asks one shard. SQLite, told so, would read all that the root ever had.
_TIED = variable.c.root_key == element_instance.c.root_key
_OF_ROOT = select(variable.c.root_key, variable.c.scope_key, variable.c.name, variable.c.value, variable.c.key)


def _of_scopes(of_roots: Select[Any], of_others: Select[Any]) -> Select[Any]:
    found = union_all(of_roots, of_others).subquery("found")
    return select(found.c.root_key, found.c.scope_key, found.c.name, found.c.value).order_by(found.c.key)


_VARIABLE_OF_ONE = (variable.c.scope_key == bindparam("root"), variable.c.root_key == bindparam("root"))
LIVE_VARIABLES = Statement(
    {
        "sqlite": _of_scopes(_OF_ROOT.where(_VARIABLE_OF_ONE[0]), _VARIABLES.where(_OF_ONE)),
        "postgresql": _of_scopes(_OF_ROOT.where(*_VARIABLE_OF_ONE), _VARIABLES.where(_OF_ONE, _TIED)),
    },
    ("root",),
)
_VARIABLE_OF_MANY = (
    among(variable.c.scope_key, "wanted", "postgresql"),
    variable.c.root_key == variable.c.scope_key,
)
LIVE_VARIABLES_OF = Statement(
    {"postgresql": _of_scopes(_OF_ROOT.where(*_VARIABLE_OF_MANY), _VARIABLES.where(_OF_MANY, _TIED))}, ("wanted",)
)

_UPSERT_VARIABLE = Statement(
    replacing(variable, on=("scope_key", "name"), columns=("value", "updated_at")), variable.columns.keys()
)

_NOT_ALIVE = {"element_state": None, "runtime": None, "incident_key": None}
_AS_EXPECTED = (
    update(process_instance)
    .where(
        process_instance.c.key == bindparam("row"),
        process_instance.c.version == bindparam("expected"),
        process_instance.c.audit_sequence == bindparam("head"),
    )
    .values(origins=process_instance.c.origins.op("|")(bindparam("added", type_=SmallInteger)))
)
_CHANGED = StaleState("instance_changed", "process instance {key} was changed by another command meanwhile")
_PASS_FENCE = Statement(
    _AS_EXPECTED,
    ("row", "expected", "head", "added", "version", "audit_sequence", "audit_hash"),
    key="row",
    stale=_CHANGED,
)
_PASS_FENCE_AND_END = Statement(
    _AS_EXPECTED,
    (*_PASS_FENCE.names, "state", "ended_at", "has_incident", *_NOT_ALIVE),
    key="row",
    stale=_CHANGED,
)
_UPDATE_ELEMENT = Statement(
    update(element_instance).where(element_instance.c.key == bindparam("row")),
    ("row", "state", "ended_at", "incident_key", "runtime"),
    key="row",
)
_UPDATE_ROOT = Statement(
    update(process_instance).where(process_instance.c.key == bindparam("row")), ("row", *_NOT_ALIVE), key="row"
)
_END_PROCESS_INSTANCE = Statement(
    update(process_instance).where(process_instance.c.key == bindparam("row")),
    ("row", "state", "ended_at", "has_incident"),
    key="row",
)


def _live_values(element: ElementInstance) -> dict[str, Any]:
    return {
        "state": element.state.value,
        "ended_at": None,
        "incident_key": element.incident or None,
        "runtime": runtime_text(element),
    }


def _root_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Of what the row of a live element is set to, what the row of a root is set to."""
    return {
        "row": values["row"],
        "element_state": state_of_root(values["state"]),
        "runtime": values["runtime"],
        "incident_key": values["incident_key"],
    }


def _root_columns(transition: Transition) -> tuple[Any, ...]:
    """The element of a root that the transition started."""
    root_key = transition.state.root_key
    element = transition.created[root_key]
    if not isinstance(transition, LegTaken) and root_key in transition.ended:
        return element.slot, None, None, None
    values = _root_values({"row": element.key, **_live_values(element)})
    return element.slot, values["element_state"], values["runtime"], values["incident_key"]


def _as_read(state: InstanceState, rows: Sequence[Sequence[Any]]) -> None:
    """Let variables be what they will be when they are read: a date is a text then, and a list nobody else's."""
    for row in rows:
        scope_key, name = row[0], row[1]
        scope = state.variables.get(scope_key)
        if scope is not None and type(scope.get(name)) not in _READ_AS_WRITTEN:
            scope[name] = json.decode(row[6])


def _end_values(state: str, at: datetime) -> dict[str, Any]:
    return {"state": str(state), "ended_at": at, "has_incident": False}


def _ended_values(state: str, at: datetime) -> dict[str, Any]:
    return {"state": str(state), "ended_at": at, "incident_key": None, "runtime": None}
