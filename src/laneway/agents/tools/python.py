"""A Python function as a tool: registered in this process, or installed in the entry-point group `laneway.tools`.

It runs within the server, as an operator who installs it knows. A contract names it; it cannot bring it along.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

from laneway.agents.tools.base import ToolDone, ToolError, ToolFailed, ToolOutcome, ToolRequest
from laneway.domain.tools import ToolGrant
from laneway.governance.numbers import NotJson, as_variable

ENTRY_POINT_GROUP = "laneway.tools"
ToolFunction = Callable[[ToolRequest], Any]
"""Given the request, gives JSON, or raises ToolError where it did nothing. Sync (in a thread) or async."""

_registered: dict[str, ToolFunction] = {}


def register_tool(name: str, function: ToolFunction) -> None:
    """Let contracts name ``function`` as ``name`` in this process."""
    _registered[name] = function


class PythonTool:
    def __init__(self, grant: ToolGrant, function: ToolFunction) -> None:
        self._grant = grant
        self._function = function

    async def schema_hash(self) -> str:
        return self._grant.schema_hash

    async def call(self, request: ToolRequest) -> ToolOutcome:
        try:
            if inspect.iscoroutinefunction(self._function):
                answer = await self._function(request)
            else:
                answer = await asyncio.to_thread(self._function, request)
            return ToolDone(as_variable(answer))
        except ToolError as error:
            return ToolFailed(str(error)[:1000])
        except NotJson:
            return ToolDone({"note": "it was done, and what it gave back is not JSON"})


def create(grant: ToolGrant) -> PythonTool:
    """ValueError if there is no such function."""
    name = grant.config["function"]
    function = _registered.get(name)
    if function is None:
        for point in entry_points(group=ENTRY_POINT_GROUP, name=name):
            function = point.load()
    if function is None:
        installed = sorted({*_registered, *(point.name for point in entry_points(group=ENTRY_POINT_GROUP))})
        raise ValueError(
            f"there is no function {name!r} in the entry-point group {ENTRY_POINT_GROUP!r}; there are: {', '.join(installed) or 'none'}"
        )
    return PythonTool(grant, function)
