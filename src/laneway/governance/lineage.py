"""Who wrote a variable, from what: told from the record of a process instance alone, so that writing costs nothing more.

The record has the commands of an instance in order, each with who gave it, and the events that followed. Walked through once, it says of each
variable written whether a person, a worker, an agent or a message gave it, or which element made it from which others; its origins are the
union of theirs (``tools.derived``), and a person who completes a task answers for what they give (``ENDORSED``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from laneway.domain.model import DecisionSpec, FlowNode, ProcessModel, ScriptSpec
from laneway.domain.origins import ORIGINS, Origins, brought, giver, of_models
from laneway.domain.types import HIDDEN_PREFIX
from laneway.governance.tools import derived, is_tainted, of_agent

_AGENT_FACTS = ("agent", "contract", "model", "prompt", "confidence", "adapter", "verdict", "fieldAuthority")
_Place = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Command:
    """One record of the trail with the events that followed, as they are packed."""

    sequence: int
    at: datetime
    actor_kind: str
    actor_id: str
    element_instance_key: int | None
    element_id: str | None
    details: Mapping[str, Any]
    events: Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Write:
    """``by``: agent | person | worker | message | start | system | script | mapping | decision. ``inputs``: what it was made from, with
    the origins of each; empty where somebody gave it as it is."""

    sequence: int
    at: datetime
    by: str
    who: str
    element_id: str | None
    command: str
    origins: Origins
    inputs: Mapping[str, Origins] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "sequence": self.sequence,
            "time": self.at,
            "by": self.by,
            "who": self.who,
            "elementId": self.element_id,
            "command": self.command,
            "origins": _sorted(self.origins),
            "untrusted": is_tainted(self.origins),
            "inputs": [{"name": name, "origins": _sorted(origins)} for name, origins in sorted(self.inputs.items())],
            "agent": dict(self.facts) or None,
        }


def writes_of(commands: Iterable[Command], models: Iterable[ProcessModel], scope_key: int, name: str) -> list[Write]:
    """Every write of one variable, oldest first."""
    walk = _Walk({node.id: node for model in models for node in model.nodes}, (scope_key, name))
    for command in commands:
        walk.through(command)
    return walk.found


def origins_of_record(commands: Sequence[Command], models: Iterable[ProcessModel], root_key: int) -> Origins:
    """A bound for every variable of a root instance: of all who ever gave it one, whichever. Nothing makes it better again.

    A single write may look better than it is (a message that waited is taken in by the command of somebody else), so that a decision what
    may be done without a person is taken on all of the record. Instances that began under an older schema ask for it; others keep it as they go
    (``domain.origins``).
    """
    began = any(
        event[0] == "ProcessInstanceStarted" and event[1] == root_key for each in commands for event in each.events
    )
    origins: Origins = frozenset() if began else frozenset({"unknown"})
    for command in commands:
        kinds = {event[0] for event in command.events}
        origins |= brought(
            str(command.details.get("command") or ""),
            command.actor_kind,
            writes="VariableWritten" in kinds,
            triggered="EventTriggered" in kinds,
        )
    return origins | of_models(models) or frozenset({"contract"})


class _Walk:
    def __init__(self, nodes: Mapping[str, FlowNode], wanted: _Place) -> None:
        self._nodes = nodes
        self._wanted = wanted
        self._origins: dict[_Place, Origins] = {}
        self._latest: dict[str, Origins] = {}
        """Of the last value of that name, in whichever scope."""
        self.found: list[Write] = []

    def through(self, command: Command) -> None:
        at_work: list[tuple[int, str]] = []
        if command.element_instance_key and command.element_id:
            at_work.append((command.element_instance_key, command.element_id))
        given: Write | None = None
        for event in command.events:
            kind = event[0]
            if kind == "ElementActivated":
                at_work.append((event[1], event[2]))
            elif kind in ("ElementCompleted", "ElementTerminated"):
                at_work = [each for each in at_work if each[0] != event[1]]
            elif kind == "EventTriggered":
                at_work.append((event[1], event[2]))
            elif kind == "VariableWritten" and not event[2].startswith(HIDDEN_PREFIX):
                place = (event[1], event[2])
                write = self._made(command, place, at_work)
                if write is None:
                    given = given or self._given(command)
                    write = given
                self._keep(place, write)

    def _keep(self, place: _Place, write: Write) -> None:
        self._origins[place] = self._latest[place[1]] = write.origins
        if place == self._wanted:
            self.found.append(write)

    def _made(self, command: Command, place: _Place, at_work: Sequence[tuple[int, str]]) -> Write | None:
        """By an element from other variables; None if what the command brought is written as it is."""
        for key, element_id in reversed(at_work):
            node = self._nodes.get(element_id)
            if node is None:
                continue
            by, names = _sources(node, place[1], own=place[0] == key)
            if by:
                inputs = {each: self._of(key, each) for each in names}
                origins = derived(*inputs.values())
                verb = str(command.details.get("command") or "")
                return Write(command.sequence, command.at, by, element_id, element_id, verb, origins, inputs)
        return None

    def _of(self, key: int, name: str) -> Origins:
        own = self._origins.get((key, name))
        return own if own is not None else self._latest.get(name, frozenset())

    def _given(self, command: Command) -> Write:
        verb = str(command.details.get("command") or "")
        who = f"{command.actor_kind}:{command.actor_id}"
        by, origins = giver(verb, command.actor_kind)
        facts: Mapping[str, Any] = {}
        inputs: dict[str, Origins] = {}
        if by == "agent":
            node = self._nodes.get(command.element_id or "")
            names = sorted({name for each in node.inputs for name in _names(each.source)}) if node is not None else []
            names = names or [str(name) for name in command.details.get("inputs", ())]
            inputs = {name: self._latest.get(name, frozenset()) for name in names}
            origins = of_agent(*inputs.values())
            facts = {name: command.details[name] for name in _AGENT_FACTS if name in command.details}
        elif by == "person" and command.details.get("formId"):
            facts = {"formId": command.details["formId"], "formVersion": command.details.get("formVersion")}
        return Write(command.sequence, command.at, by, who, command.element_id, verb, origins, inputs, facts)


def _sources(node: FlowNode, name: str, *, own: bool) -> tuple[str, list[str]]:
    """How ``node`` makes ``name`` and from which variables; "" if it does not. ``own``: in its own scope."""
    mappings = node.inputs if own else node.outputs
    read = [each.source for each in mappings if each.target.partition(".")[0] == name]
    if read:
        return "mapping", sorted({one for source in read for one in _names(source)})
    work = node.work
    if isinstance(work, ScriptSpec) and (not work.result_variable or work.result_variable.partition(".")[0] == name):
        return "script", sorted(_names(work.expression))
    if isinstance(work, DecisionSpec) and (not work.result_variable or work.result_variable.partition(".")[0] == name):
        # A table reads what it likes of what its task sees; its input mappings bound that where there are any.
        return "decision", sorted(each.target.partition(".")[0] for each in node.inputs)
    return "", []


def _names(source: object) -> Iterable[str]:
    return getattr(source, "names", None) or ()


def _sorted(origins: Origins) -> list[str]:
    return [each for each in ORIGINS if each in origins] or ["unknown"]
