"""A Python function as an agent.

Config: ``function``: the name it was registered under, or ``module:function`` if the operator's settings allow exactly that.
A config comes with a deployment, so it must not be able to import what it likes.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any

from laneway.agents.environment import AgentEnvironment, AgentFunction
from laneway.domain.contract import AgentCompleted, AgentFailed, AgentRefused, AgentRequest, AgentResult, AgentUsage

_registered: dict[str, AgentFunction] = {}


def register_function(name: str, function: AgentFunction) -> None:
    """Let contracts name ``function`` as ``name`` in this process."""
    _registered[name] = function


class PythonAgent:
    """Calls one function. A sync one runs in a thread: it cannot be stopped at the timeout, only no longer be waited for."""

    def __init__(self, name: str, function: AgentFunction) -> None:
        self._name = name
        self._function = function
        self._is_async = inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
            getattr(function, "__call__", None)  # noqa: B004 - an object whose call is async
        )

    async def run(self, request: AgentRequest) -> AgentResult:
        started = time.monotonic()
        answer: Any
        if self._is_async:
            answer = self._function(request)
        else:
            answer = await asyncio.to_thread(self._function, request)
        if inspect.isawaitable(answer):
            answer = await answer
        seconds = time.monotonic() - started
        if isinstance(answer, AgentCompleted | AgentFailed | AgentRefused):
            return answer if answer.usage.seconds else replace(answer, usage=replace(answer.usage, seconds=seconds))
        if not isinstance(answer, Mapping):
            found = type(answer).__name__
            return AgentFailed(
                f"the function {self._name!r} gave a {found}, not a mapping of variables", retryable=False
            )
        return AgentCompleted(answer, model=self._name, method="Python function", usage=AgentUsage(seconds=seconds))


def create(config: Mapping[str, Any], environment: AgentEnvironment) -> PythonAgent:
    name = config.get("function")
    if not isinstance(name, str) or not name:
        raise ValueError("`function` is missing: write the name that the function was registered under")
    unknown = sorted(set(config) - {"function"})
    if unknown:
        raise ValueError(f"unknown keys {', '.join(unknown)}; known is `function`")
    return PythonAgent(name, _find(name, environment))


def _find(name: str, environment: AgentEnvironment) -> AgentFunction:
    found = environment.functions.get(name) or _registered.get(name)
    if found is not None:
        return found
    if name in environment.allowed_functions and ":" in name:
        module, _, attribute = name.partition(":")
        try:
            function = getattr(import_module(module), attribute)
        except (ImportError, AttributeError) as error:
            raise ValueError(f"the function {name!r} cannot be loaded: {error}") from error
        if not callable(function):
            raise ValueError(f"{name!r} is not a function")
        loaded: AgentFunction = function
        return loaded
    known = sorted({*environment.functions, *_registered, *environment.allowed_functions})
    raise ValueError(f"there is no function {name!r}; registered or allowed are: {', '.join(known) or 'none'}")
