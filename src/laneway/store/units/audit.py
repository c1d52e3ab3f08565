"""The audit trail as a unit of work extends it: one record per command, chained per root."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select, update

from laneway.domain.transition import Transition
from laneway.domain.work import AuditEntry
from laneway.store import json
from laneway.store.chain import GENESIS, hash_of_facts
from laneway.store.phrases import LONGEST, Said, key_of_phrase
from laneway.store.prepared import Statement, insert_into
from laneway.store.routes import Told
from laneway.store.tables import audit_head, audit_log, phrase, process_instance
from laneway.store.units.base import BaseUnit
from laneway.store.upsert import unless_there

INSERT_RECORD = insert_into(audit_log)
_MOVE_HEAD = Statement(
    update(process_instance).where(process_instance.c.key == bindparam("row")),
    ("row", "audit_sequence", "audit_hash"),
    key="row",
)
_OF_ROOT = select(process_instance.c.audit_sequence, process_instance.c.audit_hash).where(
    process_instance.c.key == bindparam("root"), process_instance.c.root_key == process_instance.c.key
)
_HEAD = Statement(_OF_ROOT, ("root",))
FREE_HEAD = Statement(_OF_ROOT.with_for_update(skip_locked=True), ("root",))
_LOCKED_HEAD = Statement(_OF_ROOT.with_for_update(), ("root",))
_OF_TENANT = select(audit_head).where(audit_head.c.tenant_id == bindparam("tenant"))
_TENANT_HEAD = Statement(_OF_TENANT, ("tenant",))
_LOCKED_TENANT_HEAD = Statement(_OF_TENANT.with_for_update(), ("tenant",))
_ADD_TENANT_HEAD = Statement(unless_there(audit_head), audit_head.columns.keys())
_MOVE_TENANT_HEAD = Statement(
    update(audit_head).where(audit_head.c.tenant_id == bindparam("row")), ("row", "sequence", "hash"), key="row"
)
_ADD_PHRASE = Statement(unless_there(phrase), phrase.columns.keys())
_PHRASE = Statement(select(phrase).where(phrase.c.key == bindparam("phrase")), ("phrase",))
_ACTOR_KIND = 3
"""Where it stands in what is said."""
_LAST_KEY = (1 << 63) - 1


class AuditUnit(BaseUnit):
    def audit(self, entry: AuditEntry) -> int:
        root_key = entry.root_key
        head = self._root_head(root_key) if root_key else None
        if head is None:
            # No instance, or one that never came to be: the tenant's own chain.
            return self._append_to_tenant(entry)
        row, new_head = self._record(entry, root_key, head, None, self._key_of_record(), *entry[11:13])
        self._put_ready(INSERT_RECORD, [row], [row[0]])
        moved = {"row": root_key, "audit_sequence": new_head[0], "audit_hash": new_head[1]}
        self._put(_MOVE_HEAD, moved, key=root_key)
        self._heads[root_key, ""] = new_head
        hot = self._hot.kept(root_key) or self._hot.take(root_key)
        if hot is not None:
            hot.head = new_head
            self._hot.keep(hot)
        return int(row[0])

    def _root_head(self, root_key: int) -> tuple[int, str] | None:
        """Length and last hash of a root's chain; locks the root's row where others may write."""
        known = self._heads.get((root_key, ""))
        if known is not None:
            return known
        hot = None if self._locks_rows else self._hot.take(root_key)
        if hot is not None:
            self._hot.keep(hot)
            self._heads[root_key, ""] = hot.head
            return hot.head
        row = self._first(FREE_HEAD if self._locks_rows else _HEAD, {"root": root_key}, root_key)
        if row is None and self._locks_rows:
            self._settle()
            row = self._first(_LOCKED_HEAD, {"root": root_key})
        if row is None:
            return None
        self._heads[root_key, ""] = (row.audit_sequence, row.audit_hash)
        return row.audit_sequence, row.audit_hash

    def _append_to_tenant(self, entry: AuditEntry) -> int:
        tenant_id = entry.tenant_id
        head = self._heads.get((0, tenant_id)) or self._tenant_head(tenant_id)
        row, new_head = self._record(entry, 0, head, None, self._key_of_record(), *entry[11:13])
        self._put_ready(INSERT_RECORD, [row], [row[0]])
        moved = {"row": tenant_id, "sequence": new_head[0], "hash": new_head[1]}
        self._put(_MOVE_TENANT_HEAD, moved, key=("chain", tenant_id))
        self._heads[0, tenant_id] = new_head
        return int(row[0])

    def _tenant_head(self, tenant_id: str) -> tuple[int, str]:
        """As ``_root_head``, of the tenant's own chain; others wait for the end of the transaction to lengthen it."""
        statement, wanted = _LOCKED_TENANT_HEAD if self._locks_rows else _TENANT_HEAD, {"tenant": tenant_id}
        if self._locks_rows:
            self._settle()
        row = self._first(statement, wanted, ("chain", tenant_id))
        if row is None:
            # It is there before it is read again, so that two firsts of a tenant queue up behind each other too.
            self._put(_ADD_TENANT_HEAD, {"tenant_id": tenant_id, "sequence": 0, "hash": GENESIS})
            self._settle()
            row = self._first(statement, wanted)
        return (0, GENESIS) if row is None else (row.sequence, row.hash)

    def _record(
        self,
        entry: AuditEntry,
        root_key: int,
        head: tuple[int, str],
        told: Told | None,
        key: int,
        before: int | None,
        after: int | None,
    ) -> tuple[tuple[Any, ...], tuple[int, str]]:
        """The row of an entry after ``head``, as the driver takes it, and the head that it makes. ``root_key``, ``before`` and
        ``after`` go before what the entry says."""
        sequence, at = head[0] + 1, self._at()
        operation, entity_type, entity_key, actor, result, _, process_key, definition_key, process_id = entry[:9]
        element_key, element_id, _, _, details, tenant_id = entry[9:]
        text = json.encode_canonical(details)
        told_of = definition_key, process_id, element_id
        what: Said = (tenant_id, operation, entity_type, actor.kind, actor.id, result, *told_of, text)
        phrase_key = None if process_key is None and root_key else self._phrase(what)
        digest = hash_of_facts(
            head[1],
            {
                "actor_id": actor.id,
                "actor_kind": actor.kind,
                "after": after,
                "at": at,
                "before": before,
                "details": details,
                "element_id": element_id,
                "element_instance_key": element_key,
                "entity_key": entity_key,
                "entity_type": entity_type,
                "events_digest": "" if told is None else told.digest,
                "key": key,
                "operation": operation,
                "process_definition_key": definition_key,
                "process_id": process_id,
                "process_instance_key": process_key,
                "result": result,
                "root_key": root_key,
                "sequence": sequence,
                "tenant_id": tenant_id,
            },
            text,
        )
        if phrase_key is None:
            heading = operation, entity_type, entity_key, actor.kind, actor.id, result
        else:
            heading = "", "", entity_key, "", "", ""
            process_key = None if root_key and process_key == root_key else process_key
            definition_key, process_id, element_id, text = None, None, None, ""
        happened = (None, None) if told is None else (told.events, told.route_key)
        place = element_key, element_id, before, after, text
        row = (
            key,
            tenant_id,
            root_key,
            sequence,
            at,
            *heading,
            process_key,
            definition_key,
            process_id,
            *place,
            *happened,
            digest,
            None,
            phrase_key,
        )
        return row, (sequence, digest.hex())

    def _phrase(self, what: Said) -> int | None:
        """The key of a phrase that is stored and says it, if there is one or will be one with the commit."""
        phrases = self._routes.phrases
        known = phrases.get(what) or self.found_phrases.get(what)
        if known is not None:
            return known
        # What an agent does is told with how long it took and what it cost: never the same, or by chance.
        if what[_ACTOR_KIND] == "agent" or len(what[-1]) > LONGEST or not self._routes.seen_before(what):
            return None
        known = key_of_phrase(what)
        kept = self._first(_PHRASE, {"phrase": known})
        if kept is None:
            # Whoever else is storing it stores the same: the key is a digest of what it says.
            self._put_ready(_ADD_PHRASE, [(known, *what)], [known])
        elif tuple(kept)[1:-1] != what[:-1] or json.encode_canonical(kept.details) != what[-1]:
            return None
        self.found_phrases[what] = known
        return known

    def _key_of_record(self, transition: Transition | None = None) -> int:
        """The key of the command, for its first record: by it the command is found when nobody knows whether it was committed.

        Later ones that tell a transition begin where its keys do, so that these have places; no other record has that key.
        """
        key, self._unused_key = self._unused_key, None
        if key is not None:
            return key
        if transition is not None and (transition.created or transition.passed):
            return min(*transition.created, *(one[0] for one in transition.passed), _LAST_KEY)
        return self.ids.next()
