"""Deployed definitions, compiled when they are first needed and kept: the ``Definitions`` that ``advance`` sees."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar
from weakref import WeakValueDictionary

from laneway.commands.decision_files import DecisionFiles, pinned
from laneway.domain.autonomy import Dial
from laneway.domain.contract import AgentContract, ExceptionPath
from laneway.domain.definition import DecisionDefinition, ProcessDefinition, Resource
from laneway.domain.errors import LanewayError, NotFound, Refused
from laneway.domain.model import ProcessModel
from laneway.ports import DataStores, DecisionOutcome, Store, ToolBegins, UnitOfWork

if TYPE_CHECKING:
    from laneway.decisions import DecisionModel

Kept = TypeVar("Kept")
PROPOSALS_LAST = 86_400.0
"""Seconds for which what an agent proposed can be approved, as calls of tools are, where its contract says nothing."""


class LeastRecentlyUsed(Generic[Kept]):
    """A bounded map, safe in threads. Two threads may make the same value; the later one is kept."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._items: OrderedDict[int, Kept] = OrderedDict()
        self._making: WeakValueDictionary[int, Any] = WeakValueDictionary()
        self._lock = threading.Lock()
        self._last: tuple[int, Kept] | None = None

    def clear(self) -> None:
        with self._lock:
            self._items.clear()
            self._last = None

    def get(self, key: int, make: Callable[[], Kept]) -> Kept:
        last = self._last
        if last is not None and last[0] == key:  # it is the most recently used already
            return last[1]
        with self._lock:
            found = self._items.get(key)
            if found is not None:
                self._items.move_to_end(key)
                self._last = (key, found)
                return found
        made = make()
        self.put(key, made)
        return made

    def get_once(self, key: int, make: Callable[[], Kept]) -> Kept:
        """As ``get``, where a thread that finds another one making it waits for that."""
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        with making:
            return self.get(key, make)

    def put(self, key: int, value: Kept) -> None:
        with self._lock:
            self._items[key] = value
            self._items.move_to_end(key)
            self._last = None
            while len(self._items) > self._size:
                self._items.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A definition with its model and the contracts deployed beside it, by agent name."""

    definition: ProcessDefinition
    model: ProcessModel
    contracts: Mapping[str, AgentContract] = field(default_factory=dict)


class DefinitionCache:
    """Definitions never change after deployment, so what was compiled for a key stays right for good."""

    def __init__(self, size: int = 256) -> None:
        self._processes: LeastRecentlyUsed[Compiled] = LeastRecentlyUsed(size)
        self._decisions: LeastRecentlyUsed[DecisionModel] = LeastRecentlyUsed(size)
        self._required: LeastRecentlyUsed[dict[str, DecisionDefinition]] = LeastRecentlyUsed(size)
        self._files: LeastRecentlyUsed[Mapping[str, bytes]] = LeastRecentlyUsed(32)

    def process(self, uow: UnitOfWork, definition_key: int) -> Compiled:
        """NotFound ``process_not_found`` if there is no such definition."""
        return self._processes.get(definition_key, lambda: _compile(uow, definition_key))

    def keep(self, compiled: Compiled) -> None:
        """What deployment has compiled anyway; only after its commit."""
        self._processes.put(compiled.definition.key, compiled)

    def ready(self) -> Ready:
        """For one command."""
        return Ready(self._processes, self._decisions)

    def decisions_beside(
        self, uow: UnitOfWork, definition: DecisionDefinition, ids: Sequence[str]
    ) -> Mapping[str, DecisionDefinition]:
        """Decisions that ``definition`` requires by id: of its deployment, or of those that its file imports from."""
        known = self._required.get(definition.resource_key, dict)
        for one in ids:
            if one not in known:
                found = uow.decision_in_deployment(one, definition.deployment_key)
                found = found or _imported_decision(uow, definition.resource_key, one)
                if found is not None:
                    known[one] = found
        return known

    def files(self, uow: UnitOfWork, deployment_key: int) -> Mapping[str, bytes]:
        """The knowledge deployed together: what agents may read."""
        return self._files.get(
            deployment_key,
            lambda: {
                resource.name: resource.content
                for resource in uow.resources_of(deployment_key)
                if resource.kind in ("knowledge", "other")
            },
        )


def read_contracts(files: Sequence[tuple[str, bytes]]) -> tuple[AgentContract, ...]:
    """The contracts in agents files, problems aside (deployment has refused files with errors)."""
    from laneway.governance.contracts import load_contracts

    return tuple(contract for name, content in files for contract in load_contracts(content, name).contracts)


class NotCompiled(Exception):
    """A definition is asked for within a transaction that writes, and would have to be compiled in it, while everybody
    else waits to write. Whoever began the transaction gives it up, has it compiled (``Ready``), and begins again."""

    def __init__(self, kind: Literal["process", "decision"], key: int) -> None:
        super().__init__(f"{kind} {key}")
        self.kind = kind
        self.key = key


class Ready:
    """What one command needs, compiled before its transaction. It keeps what it has had to compile: the command comes
    further with each attempt, however little the cache holds."""

    def __init__(self, processes: LeastRecentlyUsed[Compiled], decisions: LeastRecentlyUsed[DecisionModel]) -> None:
        self._processes = processes
        self._decisions = decisions
        self._made: dict[tuple[str, int], Any] = {}
        self._not_yet: set[tuple[str, int]] = set()

    def process(self, uow: UnitOfWork, definition_key: int) -> Compiled:
        return self._processes.get(
            definition_key, lambda: self._kept("process", definition_key, lambda: _compile(uow, definition_key))
        )

    def decision(self, uow: UnitOfWork, resource_key: int) -> DecisionModel:
        return self._decisions.get(
            resource_key, lambda: self._kept("decision", resource_key, lambda: _compile_decisions(uow, resource_key))
        )

    def _kept(self, kind: Literal["process", "decision"], key: int, within: Callable[[], Kept]) -> Kept:
        made = self._made.get((kind, key))
        if made is None:
            if (kind, key) in self._not_yet:
                return within()
            raise NotCompiled(kind, key)
        if isinstance(made, LanewayError):
            raise made
        found: Kept = made
        return found

    def compile(self, store: Store, missing: NotCompiled) -> None:
        """With no transaction open that writes; whoever needs the same at the same time waits for it."""
        made: Any
        try:
            if missing.kind == "process":
                made = self._processes.get_once(missing.key, lambda: _compile_apart(store, missing.key))
            else:
                made = self._decisions.get_once(missing.key, lambda: _compile_decisions_apart(store, missing.key))
        except NotFound:  # what the transaction itself deployed, or nothing at all: it finds out which
            self._not_yet.add((missing.kind, missing.key))
        except LanewayError as refused:
            self._made[missing.kind, missing.key] = refused
        else:
            self._made[missing.kind, missing.key] = made


def _compile_apart(store: Store, definition_key: int) -> Compiled:
    with store.read() as uow:
        compile_it = _read(uow, definition_key)
    return compile_it()


def _compile_decisions_apart(store: Store, resource_key: int) -> DecisionModel:
    with store.read() as uow:
        return _compile_decisions(uow, resource_key)


def _compile(uow: UnitOfWork, definition_key: int) -> Compiled:
    return _read(uow, definition_key)()


def _read(uow: UnitOfWork, definition_key: int) -> Callable[[], Compiled]:
    """All that compiling a definition needs of the database; what comes back compiles it."""
    from laneway.diagrams import read_bindings

    definition = uow.process_definition(definition_key)
    diagram_file = uow.resource(definition.resource_key) if definition is not None else None
    if definition is None or diagram_file is None:
        raise NotFound("process_not_found", f"No process definition has the key {definition_key}")
    contracts: tuple[AgentContract, ...] = ()
    if definition.agents_resource_key is not None:
        agents_file = uow.resource(definition.agents_resource_key)
        if agents_file is not None:
            contracts = read_contracts([(agents_file.name, agents_file.content)])
    bindings = None
    if definition.bindings_resource_key is not None:
        bindings_file = uow.resource(definition.bindings_resource_key)
        if bindings_file is not None:
            bindings, _ = read_bindings(bindings_file.content, bindings_file.name)
    return lambda: _compiled(definition, diagram_file, bindings, contracts)


def _compiled(
    definition: ProcessDefinition,
    diagram_file: Resource,
    bindings: Mapping[str, Any] | None,
    contracts: tuple[AgentContract, ...],
) -> Compiled:
    from laneway.diagrams import load

    diagram = load(
        diagram_file.content,
        diagram_file.name,
        bindings=bindings,
        contracts=contracts,
        walkthrough=definition.walkthrough,
    )
    for model in diagram.processes:
        if model.process_id == definition.process_id:
            return Compiled(definition, model, {contract.name: contract for contract in contracts})
    raise Refused(
        "definition_unreadable",
        f"{diagram_file.name} was deployed with process {definition.process_id}, which this version of Laneway no longer "
        "reads from it; deploy the file again to see why",
        problems=diagram.problems,
    )


def _imported_decision(uow: UnitOfWork, resource_key: int, decision_id: str) -> DecisionDefinition | None:
    importing = uow.resource(resource_key)
    for key in importing.imports.values() if importing is not None else ():
        imported = uow.resource(key)
        found = uow.decision_in_deployment(decision_id, imported.deployment_key) if imported is not None else None
        if found is not None and found.resource_key == key:
            return found
    return None


def _compile_decisions(uow: UnitOfWork, resource_key: int) -> DecisionModel:
    from laneway.decisions import load_decisions
    from laneway.diagrams.xml_gate import parse_xml

    resource = uow.resource(resource_key)
    if resource is None:
        raise NotFound("decision_not_found", f"No decision file has the key {resource_key}")
    beside = uow.resources_of(resource.deployment_key)
    files = DecisionFiles({other.name: other.content for other in beside if other.kind == "decision"})
    elsewhere = pinned(uow, resource, list(files))
    return load_decisions(parse_xml(resource.content, name=resource.name), resource.name, files, elsewhere)


class BoundDefinitions:
    """``ports.Definitions`` within one transaction that writes; raises NotCompiled for what ``ready`` has not got."""

    def __init__(self, cache: DefinitionCache, ready: Ready, uow: UnitOfWork, data_stores: DataStores) -> None:
        self._cache = cache
        self._ready = ready
        self._uow = uow
        self._data_stores = data_stores
        self._compiled: dict[int, Compiled] = {}
        self._dials: dict[tuple[int, str], Dial | None] = {}
        self.vouched: set[str] = set()
        """Fingerprints of the calls of drawn tools that this command has held against their contract."""

    def read_item(self, store: str, key: str, caller_definition_key: int) -> Any:
        tenant_id = self.compiled(caller_definition_key).definition.tenant_id
        return self._data_stores.read(self._uow, store, key, tenant_id)

    def dial(self, definition_key: int, element_id: str, agent: str) -> Dial | None:
        asked = (definition_key, element_id)
        if asked not in self._dials:
            self._dials[asked] = self._dial(definition_key, element_id, agent)
        return self._dials[asked]

    def tool_begins(
        self, definition_key: int, container: int, tool_id: str, call: Any, handed: Mapping[str, Mapping[str, str]]
    ) -> ToolBegins | None:
        from laneway.commands import drawn_begins

        return drawn_begins.decide(self, self._uow, definition_key, container, tool_id, call, handed)

    def _dial(self, definition_key: int, element_id: str, agent: str) -> Dial | None:
        compiled = self.compiled(definition_key)
        contract = compiled.contracts.get(agent)
        if contract is None:  # it holds its job with an incident that says so
            return None
        definition = compiled.definition
        level = self._uow.autonomy_level(definition.tenant_id, definition.process_id, element_id)
        level = level or contract.autonomy.at(element_id)
        if level == "auto":
            return None
        said = contract.autonomy
        groups = said.groups or (() if said.users else (contract.owner,))
        path = contract.on.get("approval_expired") or ExceptionPath()
        late = {"owner": path.owner or contract.owner}
        if path.code is not None:
            late |= {"kind": path.kind, "code": path.code}
        lasts = PROPOSALS_LAST if level == "approve" else None
        return Dial(level, groups, said.users, said.form_id, lasts if said.expires is None else said.expires, late)

    @property
    def has_agents(self) -> bool:
        """Whether a process that this command has asked for has agents under a contract."""
        return any(one.contracts for one in self._compiled.values())

    @property
    def has_tools(self) -> bool:
        """Whether an agent of a process that this command has asked for has tools, whose calls may wait for a person."""
        return any(contract.tools for one in self._compiled.values() for contract in one.contracts.values())

    def compiled(self, definition_key: int) -> Compiled:
        found = self._compiled.get(definition_key)
        if found is None:
            found = self._compiled[definition_key] = self._ready.process(self._uow, definition_key)
        return found

    def model(self, definition_key: int) -> ProcessModel:
        return self.compiled(definition_key).model

    def files(self, deployment_key: int) -> Mapping[str, bytes]:
        return self._cache.files(self._uow, deployment_key)

    def resolve_process(
        self, process_id: str, binding: str, version: str | None, caller_definition_key: int
    ) -> tuple[int, ProcessModel] | None:
        caller = self.compiled(caller_definition_key).definition
        definition: ProcessDefinition | None
        if binding == "deployment":
            definition = self._uow.process_in_deployment(process_id, caller.deployment_key)
        elif binding == "versionTag":
            definition = self._uow.process_by_tag(process_id, version or "", caller.tenant_id)
        elif binding == "version":
            number = int(version) if version is not None and version.isdecimal() else 0
            definition = self._uow.process_by_version(process_id, number, caller.tenant_id)
        else:
            definition = self._uow.latest_process(process_id, caller.tenant_id)
        return (definition.key, self.model(definition.key)) if definition is not None else None

    def evaluate_decision(
        self,
        decision_id: str,
        binding: str,
        version: str | None,
        caller_definition_key: int,
        variables: Mapping[str, Any],
        now: datetime,
        seed: Any = None,
    ) -> DecisionOutcome:
        caller = self.compiled(caller_definition_key).definition
        definition = None
        if binding == "deployment":
            definition = self._uow.decision_in_deployment(decision_id, caller.deployment_key)
        elif binding == "versionTag":
            definition = self._uow.decision_by_tag(decision_id, version or "", caller.tenant_id)
        elif binding == "version":
            number = int(version) if version is not None and version.isdecimal() else 0
            definition = self._uow.decision_by_version(decision_id, number, caller.tenant_id)
        elif binding == "latest":
            definition = self._uow.latest_decision(decision_id, caller.tenant_id)
            definition = definition or self._uow.latest_decision_named(decision_id, caller.tenant_id)
        if definition is None:
            raise NotFound(
                "decision_not_found",
                f"No decision «{decision_id}» is deployed ({binding}{f' {version}' if version else ''}); deploy its DMN file",
            )
        return self.evaluate(definition, variables, now, seed)

    def evaluate(
        self, definition: DecisionDefinition, variables: Mapping[str, Any], now: datetime, seed: Any = None
    ) -> DecisionOutcome:
        from laneway.decisions import DecisionFailed

        model = self._ready.decision(self._uow, definition.resource_key)
        try:
            result = model.evaluate(definition.decision_id, variables, now, strict=True, seed=seed)
        except DecisionFailed as fault:
            if fault.evaluation is None:
                fault.evaluation = {"failure": fault.message, "output": None}
            return DecisionOutcome(None, self._identified(definition, fault.evaluation), fault)
        return DecisionOutcome(result.output, self._identified(definition, result.details))

    def _identified(self, definition: DecisionDefinition, details: Mapping[str, Any]) -> dict[str, Any]:
        """Say of each decision of an evaluation which version of which file it was."""
        told = {**details, **_identity(definition)}
        required = details.get("requiredDecisions")
        if required:
            beside = self._cache.decisions_beside(self._uow, definition, [one["decisionId"] for one in required])
            told["requiredDecisions"] = [
                {**one, **_identity(beside[one["decisionId"]])} if one["decisionId"] in beside else one
                for one in required
            ]
        return told


def _identity(definition: DecisionDefinition) -> dict[str, Any]:
    return {
        "decisionId": definition.decision_id,
        "decisionName": definition.name,
        "decisionVersion": definition.version,
        "decisionKey": definition.key,
        "requirementsKey": definition.requirements_key,
        "hash": definition.hash,
    }
