"""What all parts of the façade have: the context that commands and questions are given."""

from __future__ import annotations

from laneway.commands.context import Context
from laneway.domain.types import DEFAULT_TENANT

DEFAULT_TENANTS: tuple[str, ...] = (DEFAULT_TENANT,)


class Base:
    def __init__(self, context: Context) -> None:
        self._context = context
