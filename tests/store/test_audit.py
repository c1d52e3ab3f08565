"""The audit trail: whatever is changed, deleted, cut off or moved is found, and named."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, update

from laneway.domain.work import SYSTEM, AuditEntry
from laneway.ports import SearchQuery
from laneway.store import SqlStore, packing, phrases
from laneway.store.chain import hash_of
from laneway.store.routes import content_of
from laneway.store.tables import audit_head, audit_log, process_instance, route, route_element
from tests.store.build import NOON, PERSON, Step, deploy, start

ENTRY = AuditEntry("UPDATE", "USER_TASK", 5, PERSON, details={"command": "AssignUserTask", "confidence": 0.5})


@pytest.fixture
def root(store: SqlStore) -> int:
    """An instance with four records, two of them without a transition; and two records of no instance."""
    definition = deploy(store)
    root = start(store, definition)
    with store.begin() as uow:
        uow.audit(AuditEntry("ASSIGN", "USER_TASK", 5, PERSON, root_key=root))
    with store.begin() as uow:
        Step(uow, definition.key, uow.load(root)).apply("COMPLETE")
        uow.audit(AuditEntry("UPDATE", "JOB", 6, SYSTEM, root_key=root, result="FAIL"))
    with store.begin() as uow:
        uow.audit(ENTRY)
        uow.audit(ENTRY)
    start(store, definition)
    return root


def change(store: SqlStore, *statements: Any) -> None:
    with store._database.writing() as connection:
        for statement in statements:
            connection.execute(statement)


def records(store: SqlStore, root: int) -> list[Any]:
    with store._database.reading() as connection:
        of_root = phrases.records().where(audit_log.c.root_key == root).order_by(audit_log.c.sequence)
        return list(connection.execute(of_root))


def bad(store: SqlStore) -> dict[str, Any]:
    first_bad = store.verify_audit()["first_bad"]
    assert first_bad is not None
    return dict(first_bad)


def test_a_sound_trail(store: SqlStore, root: int) -> None:
    verified = store.verify_audit()
    assert verified["first_bad"] is None
    assert verified["checked"] == 7
    assert [one.sequence for one in records(store, root)] == [1, 2, 3, 4]
    assert [(one.before, one.after) for one in records(store, root)] == [(0, 1), (None, None), (1, 2), (None, None)]
    assert store.search(SearchQuery("audit-logs")).total == 7


def test_a_record_of_an_instance_that_never_came_to_be(store: SqlStore) -> None:
    with store.begin() as uow:
        key = uow.audit(AuditEntry("CREATE", "PROCESS_INSTANCE", 0, SYSTEM, root_key=99, result="FAIL"))
    (row,) = store.search(SearchQuery("audit-logs")).items
    assert (row["auditLogKey"], row["rootProcessInstanceKey"], row["result"]) == (key, None, "FAIL")
    assert store.verify_audit() == {"checked": 1, "first_bad": None}


def test_a_changed_text(store: SqlStore, root: int) -> None:
    second = records(store, root)[1]
    row = update(audit_log).where(audit_log.c.key == second.key)
    for column in (
        "operation",
        "actor_id",
        "actor_kind",
        "result",
        "entity_type",
        "element_id",
        "process_id",
        "tenant_id",
    ):
        change(store, row.values({column: "forged"}))
        found = bad(store)
        assert (column, found["rootProcessInstanceKey"], found["sequence"]) == (column, root, 2)
        change(store, row.values({column: getattr(second, column)}))
    assert store.verify_audit()["first_bad"] is None


def test_changed_details(store: SqlStore, root: int) -> None:
    last = records(store, 0)[-1]
    change(store, update(audit_log).where(audit_log.c.key == last.key).values(details={"confidence": 0.9}))
    found = bad(store)
    assert (found["rootProcessInstanceKey"], found["auditLogKey"], found["sequence"]) == (0, last.key, 2)
    assert "changed" in found["problem"]


def test_a_changed_record_with_a_hash_of_its_own(store: SqlStore, root: int) -> None:
    second = dict(records(store, root)[1]._mapping) | {"actor_id": "forged"}
    forged = hash_of(records(store, root)[0].hash, second, "")
    change(store, update(audit_log).where(audit_log.c.key == second["key"]).values(actor_id="forged", hash=forged))
    found = bad(store)
    assert found["sequence"] == 3
    assert "or that of the record before it" in found["problem"]


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_deleted_record(store: SqlStore, root: int, position: int) -> None:
    record = records(store, root)[position]
    change(store, delete(audit_log).where(audit_log.c.key == record.key))
    found = bad(store)
    assert (found["rootProcessInstanceKey"], found["sequence"]) == (root, position + 1)
    assert "missing" in found["problem"]


def test_a_trail_cut_off_at_its_end(store: SqlStore, root: int) -> None:
    change(store, delete(audit_log).where(audit_log.c.root_key == root, audit_log.c.sequence > 2))
    found = bad(store)
    assert (found["rootProcessInstanceKey"], found["sequence"]) == (root, 3)
    assert "head says 4" in found["problem"]


def test_a_trail_cut_off_with_its_head(store: SqlStore, root: int) -> None:
    second = records(store, root)[1]
    head = update(process_instance).where(process_instance.c.key == root)
    change(
        store,
        delete(audit_log).where(audit_log.c.root_key == root, audit_log.c.sequence > 2),
        head.values(audit_sequence=2, audit_hash=second.hash),
    )
    assert "the instance has seen 2" in bad(store)["problem"]


def test_a_trail_deleted_whole(store: SqlStore, root: int) -> None:
    change(store, delete(audit_log).where(audit_log.c.root_key == root))
    found = bad(store)
    assert (found["rootProcessInstanceKey"], found["sequence"]) == (root, 1)


def test_the_trail_of_a_tenant_cut_off(store: SqlStore, root: int) -> None:
    change(store, delete(audit_log).where(audit_log.c.root_key == 0, audit_log.c.sequence == 2))
    assert bad(store)["rootProcessInstanceKey"] == 0
    change(store, delete(audit_log).where(audit_log.c.root_key == 0))
    assert bad(store)["sequence"] == 1


def test_a_head_set_back(store: SqlStore, root: int) -> None:
    change(store, update(audit_head).values(sequence=1))
    assert "goes on" in bad(store)["problem"]


def test_records_in_another_order(store: SqlStore, root: int) -> None:
    second, third = records(store, root)[1:3]
    number = update(audit_log).where(audit_log.c.key == second.key)
    other = update(audit_log).where(audit_log.c.key == third.key)
    change(store, number.values(sequence=99), other.values(sequence=2), number.values(sequence=3))
    assert bad(store)["sequence"] == 2


def test_a_record_put_in(store: SqlStore, root: int) -> None:
    last = dict(records(store, root)[-1]._mapping)
    forged = last | {"key": 1, "sequence": 5, "operation": "DELETE"}
    forged["hash"] = hash_of(last["hash"], forged, "")
    change(store, insert(audit_log).values(**forged))
    assert "goes on" in bad(store)["problem"]


_HISTORIES: dict[str, dict[str, Any]] = {
    "changed": {"events": packing.pack(b'[["ProcessInstanceCompleted",1]]')},
    "unreadable": {"events": b"\x28\xb5\x2f\xfdnothing"},
    "deleted": {"events": None},
    "another actor": {"actor_id": "forged"},
    "another time": {"at": NOON - timedelta(days=1)},
    "another route": {"route_key": 5},
}


@pytest.mark.parametrize("values", _HISTORIES.values(), ids=_HISTORIES)
def test_history_that_is_not_what_it_was(store: SqlStore, root: int, values: dict[str, Any]) -> None:
    change(store, update(audit_log).where(audit_log.c.root_key == root, audit_log.c.after == 2).values(**values))
    found = bad(store)
    assert (found["rootProcessInstanceKey"], found["sequence"]) == (root, 3)


def _routes_changed() -> Iterator[Any]:
    other = content_of("<default>", [], (("ProcessInstanceCompleted", -1),))
    yield update(route).values(content=packing.pack(other))
    yield update(route).values(content=b"\x28\xb5\x2f\xfdnothing")
    yield delete(route)
    yield update(route_element).values(element_id="forged")
    yield delete(route_element)


@pytest.mark.parametrize("statement", list(_routes_changed()))
def test_a_route_that_is_not_what_it_was(store: SqlStore, statement: Any) -> None:
    # Given an instance whose start is told by a route, since others began so before
    definition = deploy(store)
    roots = [start(store, definition) for _ in range(3)]
    assert store.verify_audit()["first_bad"] is None
    # When the route is changed
    change(store, statement)
    # Then the trail of the first one that it tells is found out
    found = bad(store)
    assert (found["rootProcessInstanceKey"], found["sequence"]) == (roots[1], 1)
    assert "route" in found["problem"]
