"""The audit trail's hash chain: each record's hash covers the record and the hash before it, per root.

A record that was changed breaks its own hash, one deleted or moved the numbering; a chain cut off at its end no longer
reaches the head that its root keeps. Somebody who can write every table can forge all of it: keep a copy of the heads.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from typing import Any

from sqlalchemy import Connection, Row, select

from laneway.store import json, phrases, routes
from laneway.store.tables import audit_head, audit_log, process_instance
from laneway.store.types import to_microseconds

GENESIS = ""
"""What stands in the place of a previous hash before the first record of a chain."""

Heads = dict[tuple[int, str], tuple[int, str, int]]

_OF_STORAGE = ("hash", "command_key", "events", "route_key", "phrase_key")
_HASHED = tuple(str(column.name) for column in audit_log.c if column.name not in _OF_STORAGE)


def hash_of(previous_hash: str, record: Mapping[str, Any], events_digest: str) -> str:
    """SHA-256, hex, of the previous hash and the record's canonical JSON.

    ``record`` holds the columns of a row; ``events_digest`` stands for what happened, see ``laneway.store.packing``.
    """
    facts = {name: record[name] for name in _HASHED}
    facts["events_digest"] = events_digest
    if record.get("command_key") is not None:  # The key of the record tells it, but for records of before.
        facts["command_key"] = record["command_key"]
    facts["at"] = to_microseconds(facts["at"])
    return hash_of_facts(previous_hash, facts, json.encode_canonical(facts["details"])).hex()


def hash_of_facts(previous_hash: str, facts: dict[str, Any], details: str) -> bytes:
    """As ``hash_of``, of what is hashed alone: ``at`` as it is stored; ``details``: the canonical text of those among the facts."""
    return hashlib.sha256(previous_hash.encode() + json.canonical_bytes(facts, "details", details)).digest()


def verify(connection: Connection) -> dict[str, Any]:
    """Check every chain from its first record to its head, and the events that its records vouch for."""
    checked = 0
    with closing(_faults(connection)) as faults:
        for fault in faults:
            if fault is not None:
                return {"checked": checked, "first_bad": fault}
            checked += 1
    return {"checked": checked, "first_bad": None}


def _faults(connection: Connection) -> Generator[dict[str, Any] | None, None, None]:
    """One item per record: None if it is sound. What is missing after the last record of a chain is an item too."""
    heads = _heads(connection)
    statement = phrases.records().order_by(audit_log.c.root_key, audit_log.c.tenant_id, audit_log.c.sequence)
    digests = routes.Digests(connection)
    with connection.execute(statement, execution_options={"yield_per": 500}) as rows:
        yield from _faults_of(rows, heads, digests)
    for left, (expected, _, _) in heads.items():
        if expected > 0:
            yield _bad(left[0], left[1], 1, f"the chain has no record, its head says {expected}")


def _faults_of(rows: Iterable[Row[Any]], heads: Heads, digests: routes.Digests) -> Iterator[dict[str, Any] | None]:
    chain: tuple[int, str] | None = None
    sequence, previous = 0, GENESIS
    commands = 0
    for row in rows:
        record = dict(row._mapping)
        if chain != (row.root_key, row.tenant_id if row.root_key == 0 else ""):
            if chain is not None:
                yield from _end_of_chain(heads, chain, sequence, previous, commands)
            chain = (row.root_key, row.tenant_id if row.root_key == 0 else "")
            sequence, previous, commands = 0, GENESIS, 0
        fault = _fault_of(record, sequence + 1, previous, digests)
        yield fault
        sequence, previous = row.sequence, row.hash
        commands += row.events is not None
    if chain is not None:
        yield from _end_of_chain(heads, chain, sequence, previous, commands)


def _fault_of(
    record: Mapping[str, Any], expected: int, previous: str, digests: routes.Digests
) -> dict[str, Any] | None:
    problem = None
    if record["sequence"] != expected:
        problem = f"record {expected} is missing, the next one there is {record['sequence']}"
    else:
        try:
            digest = digests.of(record["events"], record["route_key"])
        except ValueError as error:
            problem = str(error)
        else:
            if hash_of(previous, record, digest) != record["hash"]:
                problem = "its content was changed, or that of the record before it"
    if problem is None:
        return None
    return _bad(record["root_key"], record["tenant_id"], expected, problem, record["key"])


def _end_of_chain(
    heads: Heads,
    chain: tuple[int, str],
    sequence: int,
    previous: str,
    commands: int,
) -> Iterator[dict[str, Any]]:
    head, head_hash, version = heads.pop(chain, (0, GENESIS, 0))
    if sequence < head:
        yield _bad(*chain, sequence + 1, f"the chain ends after record {sequence}, its head says {head}")
    elif sequence > head:
        yield _bad(*chain, head + 1, f"the chain goes on to record {sequence}, its head says {head}")
    elif previous != head_hash:
        yield _bad(*chain, sequence, "the last record is not the one that the head names")
    elif commands != version:
        yield _bad(*chain, sequence, f"the chain tells of {commands} commands, the instance has seen {version}")


def _heads(connection: Connection) -> Heads:
    """``(root, tenant if the root is 0)`` → number of records, hash of the last one, commands with a history."""
    heads = {
        (row.key, ""): (row.audit_sequence, row.audit_hash, row.version)
        for row in connection.execute(
            select(
                process_instance.c.key,
                process_instance.c.audit_sequence,
                process_instance.c.audit_hash,
                process_instance.c.version,
            ).where(process_instance.c.key == process_instance.c.root_key)
        )
    }
    for row in connection.execute(select(audit_head)):
        heads[0, row.tenant_id] = (row.sequence, row.hash, 0)
    return heads


def _bad(root_key: int, tenant_id: str, sequence: int, problem: str, key: int | None = None) -> dict[str, Any]:
    return {
        "rootProcessInstanceKey": root_key,
        "tenantId": tenant_id,
        "sequence": sequence,
        "auditLogKey": key,
        "problem": problem,
    }
