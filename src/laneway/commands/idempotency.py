"""``Idempotency-Key``: the same request again gives the reply of the first, within the transaction that did it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from laneway.commands.execution import Unit
from laneway.domain.errors import InvalidInput, Refused

Result = TypeVar("Result")
LONGEST_KEY = 200


def once(
    unit: Unit,
    idempotency_key: str | None,
    tenant_id: str,
    request: Mapping[str, Any],
    do: Callable[[], Result],
    dump: Callable[[Result], Any],
    restore: Callable[[Any], Result],
) -> Result:
    """Do it, or give the stored reply if the key was used for the same ``request`` before.

    Raises
    ------
    Refused
        ``idempotency_key_reused``: the key was used for another request.
    """
    if idempotency_key is None:
        return do()
    if not 0 < len(idempotency_key) <= LONGEST_KEY:
        raise InvalidInput("idempotency_key_invalid", f"An Idempotency-Key has 1 to {LONGEST_KEY} characters")
    digest = request_hash(request)
    stored = unit.uow.stored_reply(idempotency_key, tenant_id)
    if stored is not None:
        if stored[0] != digest:
            raise Refused(
                "idempotency_key_reused",
                f"The Idempotency-Key {idempotency_key!r} was used for another request; take a new one for this",
            )
        return restore(stored[1])
    result = do()
    unit.uow.store_reply(idempotency_key, tenant_id, digest, dump(result))
    return result


def request_hash(request: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(request, sort_keys=True, default=_plain).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, bytes):
        return {"sha256": hashlib.sha256(value).hexdigest()}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    return list(value)
