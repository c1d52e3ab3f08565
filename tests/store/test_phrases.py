"""What many records of the trail say alike is kept once: nobody who reads the trail sees a difference, and nobody can forge it unseen."""

from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from laneway.domain.work import SYSTEM, Actor, AuditEntry
from laneway.ports import Filter, SearchQuery
from laneway.store import SqlStore, phrases
from laneway.store.tables import audit_log, phrase
from tests.store.build import PERSON, deploy, start

SAID = AuditEntry("ASSIGN", "USER_TASK", 5, PERSON, details={"command": "AssignUserTask", "confidence": 0.5})


def say(store: SqlStore, entry: AuditEntry, times: int = 1) -> None:
    for _ in range(times):
        with store.begin() as uow:
            uow.audit(entry)


def trail(store: SqlStore, *filters: Filter) -> list[dict[str, Any]]:
    return store.search(SearchQuery("audit-logs", filters, limit=100)).items


def told(store: SqlStore) -> list[bool]:
    with store._database.reading() as connection:
        return [
            row.phrase_key is not None
            for row in connection.execute(select(audit_log.c.phrase_key).order_by(audit_log.c.key))
        ]


def test_what_is_said_again_is_told_by_a_phrase(store: SqlStore) -> None:
    # Given a command that is recorded three times, and another one
    say(store, SAID, times=3)
    say(store, AuditEntry("ASSIGN", "USER_TASK", 6, SYSTEM))
    # When the trail is read
    assert told(store) == [False, True, True, False]
    same = [{**row, "auditLogKey": 0, "sequence": 0, "hash": "", "previousHash": ""} for row in trail(store)]
    # Then nothing tells how a record is kept
    assert same[0] == same[1] == same[2]
    assert (same[0]["actorId"], same[0]["details"]) == (PERSON.id, SAID.details)
    assert same[0]["processInstanceKey"] is None
    assert store.verify_audit() == {"checked": 4, "first_bad": None}


def test_what_agents_do_is_told_by_no_phrase(store: SqlStore) -> None:
    # Given an agent that took as long as before; when it is recorded, then as a record of its own: durations are many, and each would stay.
    say(store, SAID.changed(actor=Actor("agent", "classify"), details={"seconds": "1.003"}), times=3)
    assert told(store) == [False] * 3


def test_records_are_found_by_what_their_phrases_say(store: SqlStore) -> None:
    # Given instances of which each has a task that is assigned alike
    definition = deploy(store)
    roots = [start(store, definition) for _ in range(3)]
    entry = SAID.changed(process_id="order", element_id="approve")
    for root in roots:
        say(store, entry.changed(root_key=root, process_instance_key=root))
    assert told(store) == [False, False, False, False, True, True]
    # When they are looked for; then each filter meets those with a phrase and those without
    for field, value, count in (
        ("operationType", "ASSIGN", 3),
        ("entityType", "USER_TASK", 3),
        ("actorId", PERSON.id, 3),
        ("elementId", "approve", 3),
        ("processInstanceKey", str(roots[2]), 1),
        ("processInstanceKey", str(roots[0]), 1),
        ("rootProcessInstanceKey", str(roots[2]), 2),
    ):
        assert len(trail(store, Filter(field, "eq", value))) == count, field
    assert len(trail(store, Filter("processInstanceKey", "in", [str(key) for key in roots]))) == 3
    assert [row["processDefinitionId"] for row in trail(store, Filter("elementId", "eq", "approve"))] == ["order"] * 3
    assert store.history(roots[2])[0]["actor"] == store.history(roots[0])[0]["actor"]


def test_a_record_of_another_instance_of_the_root_keeps_its_key(store: SqlStore) -> None:
    root = start(store, deploy(store))
    say(store, SAID.changed(root_key=root, process_instance_key=root + 7), times=3)
    found = trail(store, Filter("processInstanceKey", "eq", str(root + 7)))
    assert [row["rootProcessInstanceKey"] for row in found] == [root] * 3
    assert store.verify_audit()["first_bad"] is None


@pytest.mark.parametrize(
    "forge", [update(phrase).values(actor_id="forged"), delete(phrase)], ids=["changed", "deleted"]
)
def test_a_phrase_that_was_forged_is_found_out(store: SqlStore, forge: Any) -> None:
    # Given
    say(store, SAID, times=2)
    # When
    with store._database.writing() as connection:
        connection.execute(forge)
    # Then
    bad = store.verify_audit()["first_bad"]
    assert bad is not None
    assert bad["sequence"] == 2


def test_of_a_command_that_failed_no_phrase_is_taken_for_stored(store: SqlStore) -> None:
    # Given a phrase that a command stores which is undone
    say(store, SAID)
    with suppress(ZeroDivisionError), store.begin() as uow:
        uow.audit(SAID)
        raise ZeroDivisionError
    # When it is said again, by that process and by one that takes part in a batch of which another command fails
    say(store, SAID)
    with store.batch() as batch:
        with batch.unit() as uow:
            uow.audit(SAID.changed(actor=Actor("user", "bob")))
        with suppress(ZeroDivisionError), batch.unit() as uow:
            uow.audit(SAID.changed(actor=Actor("user", "bob")))
            raise ZeroDivisionError
        with batch.unit() as uow:
            uow.audit(SAID.changed(actor=Actor("user", "bob")))
    # Then every record says what it said
    assert [row["actorId"] for row in trail(store)] == [PERSON.id, PERSON.id, "bob", "bob"]
    assert store.verify_audit() == {"checked": 4, "first_bad": None}


def test_long_details_are_never_shared(store: SqlStore) -> None:
    say(store, SAID.changed(details={"text": "x" * phrases.LONGEST}), times=3)
    assert told(store) == [False, False, False]
