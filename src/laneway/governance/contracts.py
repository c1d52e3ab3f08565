"""agents.yaml → contracts, or problems that name the agent, the key, the line and what to write.

The format is published as JSON Schema in agents.schema.json beside this module and described in docs/reference/agents.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final, Literal, get_args

from laneway.domain.contract import (
    AgentContract,
    DataSource,
    GuardrailDecision,
)
from laneway.domain.errors import Refused
from laneway.domain.problem import Problem, Severity
from laneway.governance import contract_autonomy, contract_limits
from laneway.governance.contract_entries import contract_of, evaluator_of, guardrail_of, systems_of
from laneway.governance.contract_tools import faults_of as tool_faults
from laneway.governance.durations import DurationFault, seconds
from laneway.governance.evaluators.registry import make as make_evaluator
from laneway.governance.guardrails.registry import make
from laneway.governance.schemas import Finding, Schema, SchemaFault
from laneway.yaml_gate import Document, DocumentFault, Path, read_document

ViolationKind = Literal[
    "input_invalid",
    "output_invalid",
    "low_confidence",
    "timeout",
    "refused",
    "failed",
    "blocked",
    "handed_over",
    "prohibited",
    "source_not_approved",
    "sensitive_topic",
    "killed",
    "over_budget",
    "approval_expired",
]
VIOLATION_KINDS: Final[tuple[str, ...]] = get_args(ViolationKind)

DECISIONS: Final = (None, *get_args(GuardrailDecision))
LONGEST_TIMEOUT = 24 * 3600.0
LONGEST_BACKOFF = 3600.0
LONGEST_AGE = 3650 * 86_400.0


@dataclass(frozen=True, slots=True)
class ContractFile:
    """``contracts`` are those without a fault, in the order of the file. A problem of severity error forbids deployment.

    A guardrail that is not installed here is a problem, but leaves its contract: the package may be missing on one node only, and
    a contract that is lost binds nobody.
    """

    contracts: tuple[AgentContract, ...]
    problems: tuple[Problem, ...]


def file_schema() -> dict[str, Any]:
    """The published JSON Schema of agents.yaml."""
    text = files("laneway.governance").joinpath("agents.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


@lru_cache(maxsize=1)
def _file_schema() -> tuple[dict[str, Any], Schema]:
    schema = file_schema()
    return schema, Schema(schema)


def load_contracts(data: bytes, name: str) -> ContractFile:
    """Read the contracts in ``data``; ``name`` is the file's name in problems. Never raises for what stands in the file."""
    try:
        document = read_document(data)
    except DocumentFault as fault:
        rule = f"agents-{fault.rule}"
        return ContractFile((), (Problem(Severity.ERROR, rule, fault.message, file=name, line=fault.line),))
    return _Reader(document, name).read()


class _Reader:
    def __init__(self, document: Document, name: str) -> None:
        self._document = document
        self._name = name
        self._problems: list[Problem] = []
        self._faulty: set[str] = set()
        self._faulty_sources: set[str] = set()

    def read(self) -> ContractFile:
        schema, validator = _file_schema()
        for finding in validator.findings(self._document.value):
            self._explain(finding, schema)
        value = self._document.value
        agents = value.get("agents") if isinstance(value, dict) else None
        register, raw = self._register(value)
        contracts: list[AgentContract] = []
        if isinstance(agents, dict):
            for agent, entry in agents.items():
                if isinstance(entry, dict):
                    self._check(("agents", agent), entry)
                    self._check_names(("agents", agent), entry, register)
                    if agent not in self._faulty:
                        contracts.append(contract_of(agent, entry, tuple(register.values()), raw))
        self._one_agent_per_job_type(contracts)
        problems = sorted(self._problems, key=lambda problem: problem.line or 0)
        return ContractFile(
            tuple(contract for contract in contracts if contract.name not in self._faulty), tuple(problems)
        )

    def _add(self, rule: str, path: Path, message: str, fix: str = "") -> None:
        if len(path) >= 2 and path[0] == "agents":
            agent = str(path[1])
            if rule not in ("agents-guardrail", "agents-evaluator"):
                self._faulty.add(agent)
            where = ".".join(str(part) for part in path[2:])
            message = f"agent {agent!r}" + (f", {where}" if where else "") + f": {message}"
        elif path:
            if path[0] == "data_sources" and len(path) > 1:
                self._faulty_sources.add(str(path[1]))
            message = f"{'.'.join(str(part) for part in path)}: {message}"
        self._problems.append(
            Problem(Severity.ERROR, rule, message, fix, file=self._name, line=self._document.line(path))
        )

    def _explain(self, finding: Finding, schema: dict[str, Any]) -> None:
        if finding.kind == "AdditionalProperties":
            known = sorted(_at(schema, finding.schema_path[:-1]).get("properties", ()))
            for key in finding.facts.get("unexpected", ()):
                close = get_close_matches(str(key), known, 1)
                hint = f"did you mean {close[0]!r}? " if close else ""
                self._add(
                    "agents-unknown-key", (*finding.path, key), "unknown key", f"{hint}known here: {', '.join(known)}"
                )
        elif finding.kind == "Required":
            key = str(finding.facts.get("property", ""))
            about = _at(schema, (*finding.schema_path[:-1], "properties", key)).get("description", "")
            self._add("agents-missing-key", finding.path, f"{key!r} is missing", f"write `{key}:` {about}".rstrip())
        elif finding.kind == "PropertyNames" and finding.path[-1:] == ("operations",):
            self._add("agents-value", finding.path, "an operation is METHOD /path", "for example GET /orders/*")
        elif finding.kind == "PropertyNames":
            self._add("agents-value", finding.path, "a name starts with a letter and holds letters, digits, _ . - only")
        elif finding.kind.startswith("AnyOf") and "sensitive_topics" in finding.path:
            self._add(
                "agents-value", finding.path, "nothing tells the topic", "write `words:`, or `field:` and `values:`"
            )
        elif finding.kind == "Type" and not finding.path:
            self._add("agents-value", (), "the file does not hold a mapping", "start with `version: 1` and `agents:`")
        else:
            expected = finding.expected.replace("the value is not a regex", "a regular expression")
            if finding.kind == "Pattern":
                expected = "the value is empty or holds characters that are not allowed"
            elif finding.kind.startswith("OneOf") and "on" in finding.path:
                expected = "name exactly one of error, escalation, incident"
            about = _at(schema, finding.schema_path[:-1]).get("description", "")
            self._add("agents-value", finding.path, expected, about)

    def _check(self, here: Path, entry: dict[str, Any]) -> None:
        """What the schema of the file cannot say. The entry may have other faults, which are reported already."""
        for side in ("input", "output"):
            if isinstance(entry.get(side), dict):
                self._check_schema((*here, side), entry[side])
        self._check_output_fields(here, entry)
        for rule, path, message, fix in contract_autonomy.faults(entry):
            self._add(rule, (*here, *path), message, fix)
        self._check_duration((*here, "timeout"), entry.get("timeout"), 0.001, LONGEST_TIMEOUT)
        retries = entry.get("retries")
        if isinstance(retries, dict):
            self._check_duration((*here, "retries", "backoff"), retries.get("backoff"), 0.0, LONGEST_BACKOFF)

        self._check_limits(here, entry)
        self._check_evaluator((*here, "confidence"), entry.get("confidence"), bool(entry.get("tools")))
        if isinstance(entry.get("systems"), dict):
            self._one_system_per_host((*here, "systems"), entry["systems"])
        if isinstance(entry.get("tools"), dict):
            self._check_tools(here, entry)
        guardrails = entry.get("guardrails")
        if isinstance(guardrails, dict):
            for side in ("before", "after"):
                self._check_guardrails((*here, "guardrails", side), guardrails.get(side))

    def _check_evaluator(self, here: Path, confidence: Any, has_tools: bool) -> None:
        use = confidence.get("evaluator") if isinstance(confidence, dict) else None
        if not isinstance(use, dict) or str(here[1]) in self._faulty:
            return
        if "field" in confidence:
            what = "the confidence comes from a field or from an evaluator, not from both"
            self._add("agents-evaluator", (*here, "evaluator"), what, "leave one of them out")
        try:
            evaluator = evaluator_of(use)
            assert evaluator is not None
            if make_evaluator(evaluator).answers > 1 and has_tools:
                what = "an agent with tools is asked once: what it does is not to be done several times"
                self._add("agents-evaluator", (*here, "evaluator"), what, "choose an evaluator that needs one answer")
        except Refused as refused:
            self._add("agents-evaluator", (*here, "evaluator"), refused.message, "see docs/reference/agents.md")

    def _check_limits(self, here: Path, entry: Mapping[str, Any]) -> None:
        if isinstance(entry.get("limits"), dict) and str(here[1]) not in self._faulty:
            timeout = seconds(entry.get("timeout", "PT60S"))
            for where, what, how in contract_limits.faults(entry["limits"], timeout):
                self._add("agents-limits", (*here, "limits", *where), what, how)

    def _register(self, value: Any) -> tuple[dict[str, DataSource], Any]:
        """The sources without a fault, by name; and the section as it stands, for the hash."""
        section = value.get("data_sources") if isinstance(value, dict) else None
        register: dict[str, DataSource] = {}
        for name, entry in section.items() if isinstance(section, dict) else ():
            here = ("data_sources", name)
            if name in self._faulty_sources or not isinstance(entry, dict):
                continue
            if "register" in entry:
                for key in sorted(set(entry) - {"register", "files"}):
                    what = "the register of the tenant says this"
                    self._add("agents-data-source", (*here, key), what, "leave it out, or leave out `register:`")
                if name not in self._faulty_sources:
                    named = str(entry["register"]).strip()
                    register[name] = DataSource(name, "", "draft", tuple(entry["files"]), register=named)
                continue
            days: dict[str, date | None] = {}
            for key in ("valid_from", "valid_until", "reviewed"):
                try:
                    days[key] = None if entry.get(key) is None else date.fromisoformat(entry[key])
                except ValueError:
                    self._add(
                        "agents-data-source", (*here, key), f"{entry[key]!r} is no date", "for example 2026-12-31"
                    )
            age = entry.get("max_age")
            self._check_duration((*here, "max_age"), age, 1.0, LONGEST_AGE)
            if age is not None and entry.get("reviewed") is None:
                self._add(
                    "agents-data-source",
                    (*here, "max_age"),
                    "the age counts from the last review, which is not written",
                    "write `reviewed:` with its date",
                )
            if name not in self._faulty_sources:
                oldest = None if age is None else seconds(age)
                register[name] = DataSource(
                    name,
                    entry["owner"].strip(),
                    entry["status"],
                    tuple(entry["files"]),
                    days["valid_from"],
                    days["valid_until"],
                    days["reviewed"],
                    oldest,
                )
        return register, section

    def _check_names(self, here: Path, entry: Mapping[str, Any], register: Mapping[str, DataSource]) -> None:
        """Names that stand for something elsewhere in the file."""
        named = entry.get("data_sources")
        for index, name in enumerate(named if isinstance(named, list) else ()):
            if name not in register:
                self._add(
                    "agents-data-source",
                    (*here, "data_sources", index),
                    f"there is no source {name!r}, or it has a fault",
                    f"register it under `data_sources:`; registered: {', '.join(sorted(register)) or 'none'}",
                )
        on = entry.get("on")
        for kind, path in on.items() if isinstance(on, dict) else ():
            listed = path.get("information") if isinstance(path, dict) else None
            for index, name in enumerate(listed if isinstance(listed, list) else ()):
                side, _, field = str(name).partition(".")
                schema = entry.get(side) if field else None
                declared = schema.get("properties", {}) if isinstance(schema, dict) else None
                if isinstance(declared, dict) and field not in declared:
                    self._add(
                        "agents-information",
                        (*here, "on", kind, "information", index),
                        f"the {side} declares no property {field!r}",
                        f"declared: {', '.join(sorted(declared)) or 'none'}",
                    )

    def _one_system_per_host(self, here: Path, systems: Mapping[str, Any]) -> None:
        taken: dict[str, str] = {}
        for name, system in systems.items():
            hosts = system.get("hosts") if isinstance(system, dict) else None
            for host in hosts if isinstance(hosts, list) else ():
                first = taken.setdefault(str(host).lower(), name)
                if first != name:
                    self._add(
                        "agents-system",
                        (*here, name, "hosts"),
                        f"the host {host} already belongs to system {first!r}",
                        "give each host to one system, and tell its uses apart by operations",
                    )

    def _check_tools(self, here: Path, entry: Mapping[str, Any]) -> None:
        systems = None if str(here[1]) in self._faulty else systems_of(entry)
        for name, tool in entry["tools"].items():
            for path, message, fix in tool_faults(tool, systems) if isinstance(tool, dict) else ():
                self._add("agents-tool", (*here, "tools", name, *path), message, fix)

    def _check_guardrails(self, here: Path, uses: Any) -> None:
        for index, use in enumerate(uses if isinstance(uses, list) else ()):
            if not isinstance(use, dict) or not isinstance(use.get("use"), str):
                continue
            if use.get("decision") in DECISIONS and isinstance(use.get("config", {}), dict):
                try:
                    make(guardrail_of(use))
                except Refused as refused:
                    self._add("agents-guardrail", (*here, index), refused.message, "see docs/reference/agents.md")

    def _check_output_fields(self, here: Path, entry: Mapping[str, Any]) -> None:
        output, confidence, authority = (entry.get(key) for key in ("output", "confidence", "authority"))
        declared = output.get("properties", {}) if isinstance(output, dict) else None
        if not isinstance(declared, dict):
            return
        named: list[tuple[str, Path, Any]] = []
        if isinstance(confidence, dict) and isinstance(output, dict) and "properties" in output:
            named.append(("agents-confidence-field", ("confidence", "field"), confidence.get("field")))
        fields = authority.get("fields") if isinstance(authority, dict) else None
        for field in fields if isinstance(fields, dict) else ():
            named.append(("agents-authority-field", ("authority", "fields", field), field))
        topics = entry.get("sensitive_topics")
        for name, topic in topics.items() if isinstance(topics, dict) else ():
            if isinstance(topic, dict):
                named.append(("agents-topic-field", ("sensitive_topics", name, "field"), topic.get("field")))
        for rule, path, field in named:
            if isinstance(field, str) and field not in declared:
                self._add(
                    rule,
                    (*here, *path),
                    f"the output declares no property {field!r}",
                    f"add it to output.properties; declared: {', '.join(sorted(declared)) or 'none'}",
                )

    def _check_schema(self, path: Path, schema: Mapping[str, Any]) -> None:
        if schema.get("type", "object") != "object":
            fix = "write `type: object` and the variables under `properties:`"
            self._add("agents-schema", path, "variables have names, so the schema must be of an object", fix)
            return
        try:
            Schema(schema)
        except SchemaFault as fault:
            self._add("agents-schema", (*path, *fault.path), f"this is not a JSON Schema: {fault.message}")

    def _check_duration(self, path: Path, text: Any, shortest: float, longest: float) -> None:
        if not isinstance(text, str):
            return
        try:
            length = seconds(text)
        except DurationFault as fault:
            self._add("agents-duration", path, str(fault), "for example PT20S, PT5M, P1D")
            return
        if not shortest <= length <= longest:
            self._add("agents-duration", path, f"{text} is not between {shortest:g} and {longest:g} seconds")

    def _one_agent_per_job_type(self, contracts: list[AgentContract]) -> None:
        taken: dict[str, str] = {}
        for contract in contracts:
            for job_type in contract.job_types:
                first = taken.setdefault(job_type, contract.name)
                if first != contract.name:
                    self._add(
                        "agents-duplicate-job-type",
                        ("agents", contract.name, "job_types"),
                        f"job type {job_type!r} already belongs to agent {first!r}",
                        "give each job type to one agent",
                    )


def _at(schema: Any, path: Path) -> dict[str, Any]:
    """The sub-schema at ``path``, following the references within the file; ``{}`` if there is none."""
    root = schema
    for part in path:
        schema = _resolved(root, schema)
        if part == "$ref":
            continue
        try:
            schema = schema[part]
        except (KeyError, IndexError, TypeError):
            return {}
    found = _resolved(root, schema)
    return found if isinstance(found, dict) else {}


def _resolved(root: Any, schema: Any) -> Any:
    while isinstance(schema, dict) and isinstance(schema.get("$ref"), str):
        target: Any = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        schema = target
    return schema


ContractLookup = Callable[[str], AgentContract | None]
"""Job type → the contract that it runs under."""


def by_job_type(contracts: tuple[AgentContract, ...]) -> ContractLookup:
    """Find contracts by the job types that they name."""
    index = {job_type: contract for contract in contracts for job_type in contract.job_types}
    return index.get
