"""Who asks, and for which tenant. Without authentication (the default) a name given with Basic is taken at its word."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from laneway.domain.errors import InvalidInput
from laneway.domain.types import DEFAULT_TENANT
from laneway.domain.work import Actor

ANONYMOUS = Actor("client", "anonymous")


def actor_named(authorization: bytes | None) -> Actor | None:
    """Whom the header names; None if it cannot be read."""
    if not authorization:
        return ANONYMOUS
    scheme, _, value = authorization.decode("latin-1").partition(" ")
    if scheme.lower() != "basic":
        return ANONYMOUS
    try:
        name = base64.b64decode(value, validate=True).decode("utf-8").partition(":")[0]
    except (ValueError, UnicodeDecodeError):
        return None
    if not name or len(name) > 256 or not name.isprintable():
        return ANONYMOUS
    return Actor("user", name)


def tenant(tenant_id: str | None) -> str:
    """There is one tenant so far. It may be named, and no other."""
    if tenant_id is not None and tenant_id != DEFAULT_TENANT:
        raise InvalidInput(
            "tenant_unknown", f"There is no tenant {tenant_id!r} here; leave tenantId out, or send {DEFAULT_TENANT!r}"
        )
    return DEFAULT_TENANT


def tenants(tenant_ids: Sequence[str] | None) -> tuple[str, ...]:
    """Tenants asked for that exist; the clients send the list even without multi-tenancy."""
    if not tenant_ids:
        return (DEFAULT_TENANT,)
    return tuple(one for one in tenant_ids if one == DEFAULT_TENANT)
