"""A process starts sooner when its garbage is not looked for meanwhile: what is imported stays, and is looked through in vain."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def swift_start() -> Iterator[Callable[[], None]]:
    """No collection until the process calls what this gives. From then on what was there is left alone (``gc.freeze``): modules,
    classes and routes live as long as the process, and each full collection would go through all of them."""
    # pydantic would look into every installed distribution for plugins that nobody here uses; the operator may say otherwise.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    enabled = gc.isenabled()
    gc.disable()

    def started() -> None:
        if enabled and not gc.isenabled():
            gc.freeze()
            gc.enable()

    try:
        yield started
    finally:
        if enabled:
            gc.enable()


def leave_alone() -> None:
    """What has been made since stays, too: a full collection would stop all commands for as long as it looks through that."""
    if gc.isenabled():
        gc.freeze()
