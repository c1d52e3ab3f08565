"""Phrases: what many records of the audit trail say alike is kept once, and each of them keeps only what it has of its own.

Instances of a process are started, and their tasks completed, by the same few with the same few details. A row of the audit trail
with a phrase key says ``""`` or NULL where its phrase speaks for it; a key of its process instance that is NULL is that of its root.
Whatever a row says itself goes before its phrase, so that a row that was changed is found out by its hash, as ever.

As with routes, a phrase is stored by whoever says it for the second time, and its key is a digest of what it says. The chain's hashes
are of what is said, and know nothing of phrases.
"""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import Select, Text, and_, case, func, literal_column, select, type_coerce

from laneway.store import json
from laneway.store.routes import key_of
from laneway.store.tables import audit_log, phrase

LONGEST = 1_000
"""Characters of details that are told by a phrase: longer ones are of an agent's doing, and never the same."""

Said = tuple[str, str, str, str, str, str, int | None, str | None, str | None, str]
"""Tenant, operation, entity type, actor's kind and id, result, process definition's key and id, element's id, text of the details."""

_row, _phrase = audit_log.c, phrase.c
_NONE = literal_column("''", Text())


_UNKNOWN = literal_column("'null'", Text())
"""Details of a record whose phrase is not there, which is for ``verify`` to find out."""


def _text(name: str, unknown: Any = _NONE) -> Any:
    return func.coalesce(func.nullif(_row[name], _NONE), _phrase[name], unknown)


_SAID = {
    **{name: _text(name) for name in ("operation", "entity_type", "actor_kind", "actor_id", "result")},
    **{
        name: func.coalesce(_row[name], _phrase[name])
        for name in ("process_definition_key", "process_id", "element_id")
    },
    "process_instance_key": func.coalesce(
        _row.process_instance_key, case((and_(_row.phrase_key.is_not(None), _row.root_key != 0), _row.root_key))
    ),
    "details": type_coerce(_text("details", _UNKNOWN), _row.details.type),
}
said = {column.name: _SAID.get(column.name, column) for column in audit_log.columns}
"""What a record says, by the names of the columns; of rows of ``source``."""

source = audit_log.outerjoin(phrase, phrase.c.key == audit_log.c.phrase_key)
"""Rows of the trail with their phrases."""


def records(*others: Any) -> Select[Any]:
    """Whole records as they were written, whoever says it."""
    columns = [column.label(name) for name, column in said.items()]
    return select(*columns, *others).select_from(source)


def key_of_phrase(what: Said) -> int:
    return key_of(hashlib.sha256(json.encode_canonical(what).encode()).hexdigest())
