"""The application: guards around lean calls around the documented routes.

The documented routes come last: importing FastAPI, making their models and building the application takes longer than all
the rest of a start. So a process listens before it has them, and what can be answered without is (``lean``). They are built in
a thread as soon as someone asks for one, or the server has time; who asks meanwhile waits.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from starlette.types import ASGIApp, Receive, Scope, Send

from laneway.bootstrap import Laneway
from laneway_api.guards import Guards
from laneway_api.lean import Lean
from laneway_api.parts import Parts, parts_of
from laneway_api.tracing import Traced

if TYPE_CHECKING:
    from laneway_api.documented import Documented


class App:
    """ASGI application.

    Attributes
    ----------
    state
        What its requests share.
    on_built
        Called once the documented routes are there, in the thread that built them.
    """

    def __init__(
        self, laneway: Laneway, parts: Parts, *, allowed_hosts: Iterable[str], only_probes: bool, lean: bool
    ) -> None:
        self.state = parts
        self.on_built: Callable[[], None] | None = None
        self._only_probes = only_probes
        self._built: Future[Documented] = Future()
        self._building = threading.Lock()
        self._begun = False
        self._documented: Documented | None = None
        app: ASGIApp = self._ask_documented
        if lean:
            app = Lean(app, parts, calls=not only_probes)
        app = Guards(
            app, allowed_hosts=allowed_hosts, limit=parts.body_limit, metrics=parts.metrics, admission=parts.admission
        )
        if laneway.observers.tracing is not None:
            app = Traced(app, tracing=laneway.observers.tracing)
        self._outermost = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = self
        await self._outermost(scope, receive, send)

    def begin_building(self) -> None:
        """The documented routes, in a thread of their own; once, however often it is asked for."""
        with self._building:
            if self._begun:
                return
            self._begun = True
        threading.Thread(target=self._build, name="documented", daemon=True).start()

    def documented(self) -> Documented:
        """The application of the documented routes; waits until it is built."""
        self.begin_building()
        return self._built.result()

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        return self.documented().openapi()

    def _build(self) -> None:
        try:
            from laneway_api.documented import documented

            self._documented = documented(self.state, only_probes=self._only_probes)
            if self.on_built is not None:
                self.on_built()
            self._built.set_result(self._documented)
        except BaseException as fault:
            self._built.set_exception(fault)

    async def _ask_documented(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._documented is None:
            self.begin_building()
            # Shielded: the future is shared, and one who goes must not take it from the others.
            await asyncio.shield(asyncio.wrap_future(self._built))
        assert self._documented is not None
        await self._documented(scope, receive, send)


def create_app(
    laneway: Laneway, *, allowed_hosts: Iterable[str] = (), only_probes: bool = False, lean: bool = True
) -> App:
    """The API over a built Laneway. ``allowed_hosts``: names beside those of the settings that the server answers to.
    ``only_probes``: health and metrics alone, for a process that works and answers no one else. ``lean``: False to answer every
    call by its documented route."""
    settings = laneway.settings
    return App(
        laneway,
        parts_of(laneway),
        allowed_hosts=(*allowed_hosts, *settings.allowed_hosts, settings.host),
        only_probes=only_probes,
        lean=lean,
    )
