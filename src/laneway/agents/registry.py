"""From a contract to the adapter that runs it: registered in this process, or installed in entry-point group `laneway.agents`."""

from __future__ import annotations

import inspect
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from laneway.agents import gateway
from laneway.agents.environment import AgentEnvironment
from laneway.agents.governed import GovernedEgress
from laneway.agents.tools.base import Tool
from laneway.domain.contract import AgentContract
from laneway.domain.errors import NotFound, Refused
from laneway.domain.tools import ToolGrant
from laneway.governance.schemas import canonical_json
from laneway.ports import AgentAdapter, Egress

ENTRY_POINT_GROUP = "laneway.agents"
MAX_KEPT = 256

AdapterFactory = Callable[..., AgentAdapter]
"""``create(config)`` or ``create(config, environment)``: the second gets the AgentEnvironment. Raises ValueError with a
message for the author of agents.yaml if the config is wrong."""


class AgentRegistry:
    """Adapters by name. Safe to use from several threads; adapters are kept per contract and must be re-entrant."""

    def __init__(self, environment: AgentEnvironment | None = None) -> None:
        self._environment = environment or AgentEnvironment()
        self._factories: dict[str, AdapterFactory] = {}
        self._kept: OrderedDict[str, AgentAdapter] = OrderedDict()
        self._lock = threading.Lock()

    def register(self, name: str, factory: AdapterFactory) -> None:
        """Make ``factory`` the adapter ``name`` in this process; it comes before an installed one of the same name."""
        with self._lock:
            self._factories[name] = factory
            self._kept.clear()

    def names(self) -> tuple[str, ...]:
        """All adapters that a contract may name."""
        from importlib.metadata import entry_points

        installed = {point.name for point in entry_points(group=ENTRY_POINT_GROUP)}
        return tuple(sorted(installed | set(self._factories) | {gateway.METHOD}))

    def get_adapter(self, contract: AgentContract) -> AgentAdapter:
        """The adapter of ``contract``, made on first use.

        Raises
        ------
        NotFound
            ``unknown_adapter``: no adapter of that name; the message lists those there are.
        Refused
            ``adapter_config``: the adapter cannot work with the contract's config.
        """
        # The model beside the hash: a limit may put another one in its place.
        model = contract.config.get("model")
        identity = (
            f"{contract.hash} {model}"
            if contract.hash
            else canonical_json([contract.adapter, dict(contract.config), repr(contract.systems)])
        )
        with self._lock:
            adapter = self._kept.get(identity)
            if adapter is not None:
                self._kept.move_to_end(identity)
                return adapter
        adapter = self._make(contract)
        with self._lock:
            self._kept[identity] = adapter
            while len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        return adapter

    def warm_up(self, name: str) -> None:
        """Do beforehand what takes long at the first job of the adapter ``name``: call ``warm_up`` of its factory's module, if it has one."""
        with self._lock:
            factory: Any = self._factories.get(name)
        if factory is None:
            from importlib.metadata import entry_points

            found = next(iter(entry_points(group=ENTRY_POINT_GROUP, name=name)), None)
            factory = None if found is None else found.load()
        prepare = getattr(inspect.getmodule(factory), "warm_up", None) if factory is not None else None
        if callable(prepare):
            prepare()

    def way_out(self, contract: AgentContract) -> Egress | None:
        """To the hosts that ``contract`` names; None where it names none."""
        return None if contract.systems is None else GovernedEgress(self._environment.egress, contract)

    def get_tool(self, contract: AgentContract, grant: ToolGrant) -> Tool:
        """What carries out calls of ``grant``.

        Raises
        ------
        Refused
            ``tool_config``: it cannot be had here.
        """
        from laneway.agents.tools import a2a, http, mcp, python

        try:
            match grant.kind:
                case "http":
                    return http.create(contract, grant, self._environment)
                case "python":
                    return python.create(grant)
                case "mcp":
                    return mcp.create(contract, grant, self._environment)
                case "a2a":
                    return a2a.create(contract, grant, self._environment)
                case "drawn":
                    raise ValueError(
                        "it is drawn in a diagram, and this agent's element is none that picks what is drawn"
                    )
        except ValueError as error:
            message = f"agent {contract.name!r}: the tool {grant.name!r} cannot be used here: {error}"
            raise Refused("tool_config", message, {"agent": contract.name, "tool": grant.name}) from error

    def _make(self, contract: AgentContract) -> AgentAdapter:
        factory = self._factory(contract)
        arguments: list[Any] = [contract.config]
        if _takes_environment(factory):
            # Each adapter gets the way out that its own contract allows.
            arguments.append(replace(self._environment, egress=GovernedEgress(self._environment.egress, contract)))
        try:
            return factory(*arguments)
        except ValueError as error:
            message = f"agent {contract.name!r}: the adapter {contract.adapter!r} refuses its config: {error}"
            raise Refused("adapter_config", message, {"agent": contract.name, "adapter": contract.adapter}) from error

    def _factory(self, contract: AgentContract) -> AdapterFactory:
        registered = self._factories.get(contract.adapter)
        if registered is not None:
            return registered
        from importlib.metadata import entry_points

        for point in entry_points(group=ENTRY_POINT_GROUP, name=contract.adapter):
            factory: AdapterFactory = point.load()
            return factory
        if contract.adapter == gateway.METHOD:
            return gateway.create
        names = self.names()
        message = (
            f"agent {contract.name!r}: there is no adapter {contract.adapter!r}; installed are {', '.join(names)}. "
            f"Others come with a package that has an entry point in the group {ENTRY_POINT_GROUP!r}"
        )
        raise NotFound("unknown_adapter", message, {"agent": contract.name, "installed": list(names)})


def _takes_environment(factory: AdapterFactory) -> bool:
    try:
        return "environment" in inspect.signature(factory).parameters
    except (TypeError, ValueError):
        return False


_default = AgentRegistry()


def get_adapter(contract: AgentContract) -> AgentAdapter:
    """From the registry of this process, see AgentRegistry.get_adapter."""
    return _default.get_adapter(contract)


def register(name: str, factory: AdapterFactory) -> None:
    """Add to the registry of this process, see AgentRegistry.register."""
    _default.register(name, factory)
