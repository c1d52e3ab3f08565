"""What takes long at the first job of an adapter is done when the worker starts, beside everything else."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from laneway.commands.context import Context
from laneway.logs import Logger

log = Logger("laneway.workers")


def warm_up(context: Context, adapters: object, tenant_ids: Sequence[str]) -> threading.Thread | None:
    """Warm the adapters of deployed contracts up, in a thread of its own. ``adapters``: one without ``warm_up`` has nothing to do."""
    prepare = getattr(adapters, "warm_up", None)
    if prepare is None:
        return None

    def work() -> None:
        try:
            with context.store.read() as uow:
                names = uow.deployed_adapters(tenant_ids)
            for name in names:
                prepare(name)
        except Exception:  # the first job finds out what is wrong, and says so
            log.warning("agents_not_warmed_up", exc_info=True)

    thread = threading.Thread(target=work, name="laneway-agents-warming", daemon=True)
    thread.start()
    return thread
