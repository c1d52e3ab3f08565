"""Files of a deployment as they are read before anything is written: kinds by name, definitions, problems."""

from __future__ import annotations

import hashlib
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from laneway import json_gate
from laneway.commands.context import Limits
from laneway.commands.decision_files import DecisionFiles, Deployed, Reading, namespaces_imported
from laneway.domain.contract import AgentContract
from laneway.domain.definition import ResourceKind
from laneway.domain.errors import InvalidInput, LanewayError, TooLarge
from laneway.domain.model import ProcessModel
from laneway.domain.problem import Problem, Severity
from laneway.domain.types import DEFAULT_TENANT

if TYPE_CHECKING:
    from laneway.decisions import Decision, DecisionModel
    from laneway.decisions.program import Service
    from laneway.diagrams import Diagram

LONGEST_NAME = 512


@dataclass(frozen=True, slots=True)
class ReadFile:
    name: str
    content: bytes
    kind: ResourceKind
    hash: str

    @property
    def stem(self) -> str:
        """The base name up to its kind: ``order`` of ``forms/order.bindings.yaml``."""
        return _base(self.name).split(".", 1)[0]


@dataclass(frozen=True, slots=True)
class ReadDiagram:
    """A diagram with the contracts and bindings that go with it."""

    file: ReadFile
    diagram: Diagram
    agents: ReadFile | None = None
    bindings: ReadFile | None = None
    contracts: tuple[AgentContract, ...] = ()

    @property
    def runnable(self) -> tuple[ProcessModel, ...]:
        """Its processes, without the pools that stand for a partner and hold no flow nodes."""
        return tuple(model for model in self.diagram.processes if len(model.nodes) > 1)


@dataclass(frozen=True, slots=True)
class ReadForm:
    file: ReadFile
    form_id: str
    schema: dict[str, Any]


@dataclass(slots=True)
class ReadDeployment:
    files: list[ReadFile] = field(default_factory=list)
    diagrams: list[ReadDiagram] = field(default_factory=list)
    decisions: list[tuple[ReadFile, DecisionModel]] = field(default_factory=list)
    imports: dict[str, dict[str, int]] = field(default_factory=dict)
    """By name of a DMN file: keys of the deployed files that it imports, by namespace."""
    forms: list[ReadForm] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.severity is Severity.ERROR]


def kind_of(name: str) -> ResourceKind:
    """By extension and name alone, so that what a file is can be told by looking at it."""
    base = _base(name).lower()
    if base.endswith((".bpmn", ".xml")):
        return "process"
    if base.endswith(".dmn"):
        return "decision"
    if base.endswith(".form"):
        return "form"
    if base in ("agents.yaml", "agents.yml", "agents.json") or base.endswith(
        (".agents.yaml", ".agents.yml", ".agents.json")
    ):
        return "agents"
    if base.endswith((".bindings.yaml", ".bindings.yml", ".bindings.json")):
        return "bindings"
    if base.endswith((".md", ".txt")):
        return "knowledge"
    return "other"


def read_files(
    files: Sequence[tuple[str, bytes]],
    limits: Limits,
    *,
    reading: Reading,
    tenant_id: str = DEFAULT_TENANT,
    walkthrough: bool | None = None,
    lenient: bool = False,
) -> ReadDeployment:
    """Read everything, collecting problems.

    Parameters
    ----------
    reading
        For looking up what is imported and was deployed before, in ``tenant_id``.
    lenient
        For a report: faults that the gates raise (DTD, encoding, size) become problems, so that one is always given, and
        diagrams are read thoroughly.

    Raises
    ------
    InvalidInput, TooLarge, Refused, UnsupportedEncoding
        For what cannot be a deployment at all, or came through a gate's refusal.
    """
    _check_sizes(files, limits)
    read = ReadDeployment()
    for name, content in files:
        read.files.append(ReadFile(name, content, kind_of(name), hashlib.sha256(content).hexdigest()))
    agents = {file.name: _contracts(read, file) for file in read.files if file.kind == "agents"}
    bindings = {file.name: _bindings(read, file) for file in read.files if file.kind == "bindings"}
    decisions = DecisionFiles({file.name: file.content for file in read.files if file.kind == "decision"})
    deployed = Deployed(reading, tenant_id, lambda: namespaces_imported(decisions))
    for file in read.files:
        try:
            if file.kind == "process":
                _read_diagram(read, file, agents, bindings, walkthrough, lenient)
            elif file.kind == "decision":
                _read_decisions(read, file, decisions, deployed, thorough=lenient)
            elif file.kind == "form":
                _read_form(read, file)
        except LanewayError as fault:
            if not lenient:
                raise
            line = fault.details.get("line")
            read.problems.append(
                Problem(
                    Severity.ERROR,
                    fault.code,
                    fault.message,
                    file=file.name,
                    line=line if isinstance(line, int) else None,
                )
            )
    _check_unused(read)
    _check_duplicates(read)
    refused = {"agent_steers"} if limits.refuse_agents_that_steer else set()
    # Whoever writes contracts means that agents have them; a diagram alone may be one that is only looked at, or not ready yet.
    strict = {"allow": False, "auto": any(agents.values()), "refuse": True}[limits.agents_without_contract]
    refused |= {"agent_without_contract"} if strict else set()
    read.problems = [replace(each, severity=Severity.ERROR) if each.rule in refused else each for each in read.problems]
    return read


def _check_sizes(files: Sequence[tuple[str, bytes]], limits: Limits) -> None:
    if not files:
        raise InvalidInput("no_files", "Send at least one file: a diagram (.bpmn), a decision (.dmn), a form (.form) …")
    if len(files) > limits.files_per_deployment:
        raise TooLarge("too_many_files", f"A deployment has at most {limits.files_per_deployment} files")
    if sum(len(content) for _, content in files) > limits.bytes_per_deployment:
        raise TooLarge("deployment_too_large", f"A deployment has at most {limits.bytes_per_deployment:,} bytes")
    seen: set[str] = set()
    for name, _ in files:
        if not name.strip() or len(name) > LONGEST_NAME or any(ord(character) < 32 for character in name):
            raise InvalidInput("file_name_invalid", f"A file has a name of 1 to {LONGEST_NAME} printable characters")
        if name in seen:
            raise InvalidInput("file_name_twice", f"Two files are named {name!r}; give each its own name")
        seen.add(name)


def _contracts(read: ReadDeployment, file: ReadFile) -> tuple[AgentContract, ...]:
    from laneway.governance.contracts import load_contracts

    found = load_contracts(file.content, file.name)
    read.problems.extend(found.problems)
    return found.contracts


def _bindings(read: ReadDeployment, file: ReadFile) -> Mapping[str, Any]:
    from laneway.diagrams import read_bindings

    mapping, problems = read_bindings(file.content, file.name)
    read.problems.extend(problems)
    return mapping


def _read_diagram(
    read: ReadDeployment,
    file: ReadFile,
    agents: Mapping[str, tuple[AgentContract, ...]],
    bindings: Mapping[str, Mapping[str, Any]],
    walkthrough: bool | None,
    thorough: bool,
) -> None:
    from laneway.diagrams import load

    agents_file = _beside(file, [each for each in read.files if each.kind == "agents"])
    bindings_file = _beside(file, [each for each in read.files if each.kind == "bindings"])
    contracts = agents[agents_file.name] if agents_file is not None else ()
    diagram = load(
        file.content,
        file.name,
        bindings=bindings[bindings_file.name] if bindings_file is not None else None,
        contracts=contracts,
        walkthrough=walkthrough,
        thorough=thorough,
    )
    read.problems.extend(diagram.problems)
    read.diagrams.append(ReadDiagram(file, diagram, agents_file, bindings_file, contracts))


def _beside(file: ReadFile, candidates: list[ReadFile]) -> ReadFile | None:
    """The one named like the diagram (``order.agents.yaml`` for ``order.bpmn``), else the one that is named like none, or the only one."""
    for candidate in candidates:
        if candidate.stem == file.stem:
            return candidate
    for candidate in candidates:
        if candidate.stem == "agents":
            return candidate
    return candidates[0] if len(candidates) == 1 else None


def _read_decisions(
    read: ReadDeployment, file: ReadFile, files: DecisionFiles, deployed: Deployed, *, thorough: bool
) -> None:
    from laneway.decisions import lint_decisions, load_decisions

    elsewhere = deployed.importer(list(files))
    model = load_decisions(files[file.name], file.name, files, elsewhere)
    read.imports[file.name] = elsewhere.found
    read.problems.extend(model.problems)
    if thorough:
        read.problems.extend(lint_decisions(files[file.name], file.name))
    read.decisions.append((file, model))


def callable_ones(model: DecisionModel) -> tuple[Decision | Service, ...]:
    """What of a file has a definition of its own: decisions, and decision services, which are asked like them."""
    return (*model.decisions, *model.services)


def _read_form(read: ReadDeployment, file: ReadFile) -> None:
    def fault(rule: str, message: str, fix: str) -> None:
        read.problems.append(Problem(Severity.ERROR, rule, message, fix, file=file.name))

    try:
        schema = json_gate.loads(file.content.removeprefix(BOM_UTF8))
    except LanewayError as error:
        export = "export the form again from the modeller; it is a JSON file"
        fault("form-syntax", f"this is not a form: {error.message}", export)
        return
    if not isinstance(schema, dict):
        fault("form-syntax", "a form is a JSON object", "export the form again from the modeller")
        return
    if isinstance(schema.get("components"), list):
        form_id = schema.get("id")
        if not isinstance(form_id, str) or not form_id:
            fault("form-without-id", "the form has no id", 'give it an "id", the one that the user task names')
            return
    elif "$schema" in schema or "properties" in schema:
        form_id = schema.get("id") if isinstance(schema.get("id"), str) else None
        form_id = form_id or file.stem
        from laneway.governance.schemas import SchemaFault, compiled

        try:
            compiled(schema)
        except SchemaFault as error:
            fault("form-schema", f"this is no valid JSON Schema: {error}", "correct the schema")
            return
    else:
        fault(
            "form-unknown",
            "neither a form-js form (components) nor a JSON Schema (properties)",
            "export the form again",
        )
        return
    read.forms.append(ReadForm(file, form_id, schema))


def _check_unused(read: ReadDeployment) -> None:
    """Contracts or bindings that go with no diagram would be obeyed by nobody, unnoticed."""
    used = {file.name for each in read.diagrams for file in (each.agents, each.bindings) if file is not None}
    for file in read.files:
        if read.diagrams and file.kind in ("agents", "bindings") and file.name not in used:
            fix = f"name it like its diagram: {read.diagrams[0].file.stem}.{file.kind}.yaml"
            message = f"no diagram of this deployment takes these {file.kind}"
            read.problems.append(Problem(Severity.WARNING, "file-unused", message, fix, file=file.name))


def _check_duplicates(read: ReadDeployment) -> None:
    seen: dict[tuple[str, str], str] = {}
    for kind, identity, file in _identities(read):
        first = seen.setdefault((kind, identity), "")
        if not first:
            seen[kind, identity] = file
            continue
        where = f"both in {first} and in {file}" if first != file else f"twice in {file}"
        message = f"{kind} «{identity}» is {where}"
        fix = "give each an id of its own, or leave one out"
        read.problems.append(Problem(Severity.ERROR, f"duplicate_{kind}_id", message, fix, file=file))


def _identities(read: ReadDeployment) -> Iterator[tuple[str, str, str]]:
    for each in read.diagrams:
        for model in each.runnable:
            yield "process", model.process_id, each.file.name
    for file, decisions in read.decisions:
        for decision in callable_ones(decisions):
            yield "decision", decision.id, file.name
    for form in read.forms:
        yield "form", form.form_id, form.file.name


def _base(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).name
