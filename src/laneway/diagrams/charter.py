"""The charter of a process: the twelve questions that whoever lets agents work in it must be able to answer, and what is missing.

Answered from the diagram, the contracts deployed beside it and what the operator has set; never from what somebody remembers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from laneway.diagrams.contract_facts import approved_tools, too_small_call
from laneway.domain.contract import AgentContract, ExceptionPath
from laneway.domain.model import DecisionSpec, EventKind, FlowNode, JobSpec, ProcessModel, UserTaskSpec
from laneway.domain.types import ElementType

Lens = Literal[
    "purpose",
    "trigger",
    "tasks",
    "agents",
    "humans",
    "decisions",
    "systems",
    "data",
    "exceptions",
    "governance",
    "adoption",
    "benefits",
]
QUESTIONS: Final[Mapping[Lens, str]] = {
    "purpose": "What is it for, and who answers for it?",
    "trigger": "What starts it?",
    "tasks": "What may each agent be given, and what must it give back?",
    "agents": "Which agents work in it, and by what?",
    "humans": "Who decides, reviews and takes over?",
    "decisions": "What may an agent decide, when is it sure enough, and which rules hold?",
    "systems": "Which systems may be reached, and how?",
    "data": "Which sources may be drawn on, and are they in force?",
    "exceptions": "What happens when something goes wrong, and whose is it?",
    "governance": "Who watches over it, and what are the limits?",
    "adoption": "How much does each agent do by itself, and how is that judged?",
    "benefits": "What is it measured by, and against what?",
}
LANGUAGE_MODELS: Final = frozenset({"openai", "llm", "mcp", "a2a"})
"""Adapters that ask somebody else's model: what they cost and where they reach must be written down."""
REACHING: Final = LANGUAGE_MODELS | {"http"}
_JUDGING: Final = frozenset({"classify", "recommend"})
_STARTS: Final = {EventKind.MESSAGE: "message", EventKind.TIMER: "timer", EventKind.SIGNAL: "signal"}


@dataclass(frozen=True, slots=True)
class Answer:
    """``about``: id of an element, name of an agent, or ``process``."""

    about: str
    text: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that a lens asks for and nothing says."""

    lens: Lens
    about: str
    message: str
    fix: str
    node: FlowNode | None = field(default=None, compare=False, repr=False)
    has_a_rule: bool = field(default=False, compare=False, repr=False)
    """Lint tells it by a rule of its own."""


@dataclass(frozen=True, slots=True)
class Charter:
    process_id: str
    name: str | None
    answers: Mapping[Lens, tuple[Answer, ...]]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Agent:
    """A task together with the contract that its agent works under; None where there is none."""

    node: FlowNode
    name: str
    contract: AgentContract | None


Found = Iterator[Answer | Gap]


def charter_of(
    model: ProcessModel,
    contracts: Sequence[AgentContract],
    levels: Mapping[str, str] | None = None,
) -> Charter:
    """``levels``: element id → level of autonomy that is set for it now, where that is not what the contract says."""
    known = {contract.name: contract for contract in contracts}
    agents = [
        Agent(node, node.work.agent, known.get(node.work.agent))
        for node in model.nodes[1:]
        if isinstance(node.work, JobSpec) and node.work.agent is not None
    ]
    answers: dict[Lens, tuple[Answer, ...]] = {}
    gaps: list[Gap] = []
    for lens in QUESTIONS:
        found = list(_LENSES[lens](model, agents, levels or {}))
        answers[lens] = tuple(each for each in found if isinstance(each, Answer))
        gaps += [each for each in found if isinstance(each, Gap)]
    return Charter(model.process_id, model.name, answers, tuple(gaps))


def _property(model: ProcessModel, name: str) -> str:
    return str(model.properties.get(name) or "").strip()


def _of_the_process(model: ProcessModel, lens: Lens, name: str, said: str, missing: str) -> Answer | Gap:
    value = _property(model, name)
    if value:
        return Answer("process", f"{said}: {value}")
    return Gap(lens, "process", missing, f"Add a property named {name} to the process.")


def _purpose(model: ProcessModel, agents: Sequence[Agent], levels: Mapping[str, str]) -> Found:
    said = _property(model, "purpose") or (model.documentation or "").strip()
    if said:
        yield Answer("process", said)
    else:
        yield Gap("purpose", "process", "nothing says what the process is for", "Add a property named purpose.")
    yield _of_the_process(model, "purpose", "owner", "Accountable", "nothing says who owns the process")


def _trigger(model: ProcessModel, agents: Sequence[Agent], levels: Mapping[str, str]) -> Found:
    starts = [model.nodes[slot] for slot in dict.fromkeys((*model.nodes[0].start_nodes, *model.nodes[0].event_starts))]
    for node in starts:
        event = node.event
        how = (
            "by hand or API"
            if event is None
            else f"{_STARTS.get(event.kind, event.kind.value.lower())} {event.name or ''}"
        )
        yield Answer(node.id, f"{node.name or node.id}: {how.strip()}. {node.documentation or ''}".strip())
        if not node.documentation:
            fix = "Write as its documentation which events start it, and what they bring."
            yield Gap("trigger", node.id, "nothing says what starts it here", fix, node)
    if not starts:
        yield Gap("trigger", "process", "it has no start", "Draw a start event.")


def _tasks(model: ProcessModel, agents: Sequence[Agent], levels: Mapping[str, str]) -> Found:
    for agent in agents:
        contract = agent.contract
        if contract is None:
            yield Gap(
                "tasks",
                agent.node.id,
                f"no contract says what {agent.name} may do",
                "Write it into agents.yaml.",
                agent.node,
            )
            continue
        given, back = (_fields(schema) for schema in (contract.input_schema, contract.output_schema))
        yield Answer(agent.node.id, f"{contract.purpose}. Given: {given or 'anything'}. Gives: {back or 'anything'}")
        for side, schema in (("input", contract.input_schema), ("output", contract.output_schema)):
            if not schema.get("properties"):
                fix = f"Name the {side} of {agent.name} under {side}.properties."
                yield Gap("tasks", agent.node.id, f"the {side} of {agent.name} has no edge", fix, agent.node)
        if contract.input_schema.get("additionalProperties") is not False:
            fix = "Write additionalProperties: false into its input."
            yield Gap("tasks", agent.node.id, f"{agent.name} may be given more than its input names", fix, agent.node)


def _agents(model: ProcessModel, agents: Sequence[Agent], levels: Mapping[str, str]) -> Found:
    for agent in agents:
        if agent.contract is not None:
            model_name = agent.contract.config.get("model")
            by = agent.contract.config.get("task") if agent.contract.adapter == "local" else model_name
            yield Answer(agent.node.id, f"{agent.name}: {agent.contract.adapter}" + (f" ({by})" if by else ""))
            if agent.contract.adapter in ("openai", "llm") and not model_name:
                fix = "Write config.model, so that nobody else chooses it."
                yield Gap("agents", agent.node.id, f"nothing says which model {agent.name} asks", fix, agent.node)
    if not agents:
        yield Answer("process", "No agent works in it.")


def _humans(model: ProcessModel, agents: Sequence[Agent], levels: Mapping[str, str]) -> Found:
    people = [node for node in model.nodes[1:] if isinstance(node.work, UserTaskSpec)]
    for node in people:
        work = node.work
        assert isinstance(work, UserTaskSpec)
        who = work.candidate_groups or work.candidate_users or work.assignee or (node.lanes[-1] if node.lanes else None)
        yield Answer(node.id, f"{node.name or node.id}: {_text(who) or 'nobody'}. {node.documentation or ''}".strip())
        if not who:
            fix = "Give it candidate groups, an assignee or a lane."
            yield Gap("humans", node.id, "nobody is named for it", fix, node)
        if not node.documentation:
            fix = "Write its purpose and role as its documentation."
            yield Gap("humans", node.id, "nothing says in which role a person does it", fix, node)
        if work.due_date is None and not any(_is_timer(model.nodes[slot]) for slot in node.boundary_events):
            yield Gap(
                "humans", node.id, "nothing says until when", "Give it a due date, or a timer on its border.", node
            )
    for agent in agents:
        for grant in () if agent.contract is None else approved_tools(agent.contract):
            who = ", ".join(grant.approvers) or "anybody who had no hand in it"
            found = f"; found by {', '.join(grant.approver_groups)}" if grant.approver_groups else ""
            hours = f"{grant.approval_expires / 3600:g}"
            yield Answer(
                agent.node.id, f"{agent.name}, {grant.name}: each call is approved by {who}{found}, within {hours} h"
            )
            if not grant.approvers:
                fix = "Name who may under approval: {users: [...]}; groups are for finding it."
                message = f"nobody is named who may approve calls of {grant.name}"
                ruled = bool(grant.approver_groups)
                yield Gap("humans", agent.node.id, message, fix, agent.node, ruled)
    if not people and agents:
        fix = "Draw a user task where judgement pays."
        yield Gap("humans", "process", "agents work in it, and no person is ever asked", fix)


def _decisions(model: ProcessModel, agents: Sequence[Agent], levels: Mapping[str, str]) -> Found:
    for agent in agents:
        contract = agent.contract
        if contract is None:
            continue
        said = (
            f"{agent.name} may {contract.authority}" if contract.authority != "none" else f"{agent.name} only prepares"
        )
        others = ", ".join(f"{name}: {value}" for name, value in contract.field_authority.items())
        sure = (
            f"; sure enough from {contract.confidence_threshold:g}" if contract.confidence_threshold is not None else ""
        )
        topics = ", ".join(topic.name for topic in contract.sensitive_topics)
        yield Answer(
            agent.node.id,
            said + (f" ({others})" if others else "") + sure + (f"; not about {topics}" if topics else ""),
        )
        decides = contract.authority == "decide" or "decide" in contract.field_authority.values()
        judges = contract.adapter in LANGUAGE_MODELS or contract.config.get("task") in _JUDGING
        if decides and judges and contract.confidence_threshold is None:
            fix = "Write confidence: {threshold: …}, and on: low_confidence."
            yield Gap("decisions", agent.node.id, f"{agent.name} decides, however unsure it is", fix, agent.node)
        if contract.confidence_threshold is not None and "low_confidence" not in contract.on:
            fix = "Write on: low_confidence."
            yield Gap(
                "decisions", agent.node.id, f"nothing says what happens when {agent.name} is unsure", fix, agent.node
            )
    for node in model.nodes[1:]:
        if isinstance(node.work, DecisionSpec):
            yield Answer(node.id, f"{node.name or node.id}: decision {node.work.decision_id}")


def _systems(model: ProcessModel, agents: Sequence[Agent], levels: Mapping[str, str]) -> Found:
    for agent in agents:
        contract = agent.contract
        if contract is None:
            continue
        for system in contract.systems or ():
            uses = ", ".join(f"{operation}: {access}" for operation, access in system.operations.items())
            yield Answer(
                agent.node.id, f"{agent.name}, {system.name} ({', '.join(system.hosts)}): {uses or system.access}"
            )
        if contract.systems is None and contract.adapter in REACHING:
            fix = "Write systems: with the hosts and operations it needs."
            yield Gap("systems", agent.node.id, f"nothing says what {agent.name} may reach", fix, agent.node)
    if not any(agent.contract and agent.contract.systems for agent in agents):
        yield Answer("process", "No agent reaches a system.")


def _data(model: ProcessModel, agents: Sequence[Agent], levels: Mapping[str, str]) -> Found:
    told: set[str] = set()
    for agent in agents:
        contract = agent.contract
        if contract is None:
            continue
        for source in contract.data_register:
            if source.name not in contract.data_sources or source.name in told:
                continue
            told.add(source.name)
            until = f", valid until {source.valid_until}" if source.valid_until else ""
            yield Answer(source.name, f"{source.name}: {source.status}, owner {source.owner}{until}")
            if source.valid_until is None and source.max_age is None:
                fix = "Write valid_until, or reviewed and max_age."
                yield Gap("data", source.name, f"nothing says how long {source.name} holds", fix, agent.node)
        if contract.config.get("task") == "retrieve" and not contract.data_sources:
            fix = "Register its sources under data_sources, and name them in the contract."
            yield Gap("data", agent.node.id, f"{agent.name} draws on files that no register knows", fix, agent.node)
    if not told:
        yield Answer("process", "No registered source is drawn on.")


def _exceptions(model: ProcessModel, agents: Sequence[Agent], levels: Mapping[str, str]) -> Found:
    for agent in agents:
        contract = agent.contract
        if contract is None:
            continue
        ways = "; ".join(f"{kind}: {_way(path, contract)}" for kind, path in contract.on.items())
        yield Answer(agent.node.id, f"{agent.name}: {ways or f'incident for {contract.owner}'}")
        if "failed" not in contract.on:
            yield Gap(
                "exceptions",
                agent.node.id,
                f"nothing says what happens when {agent.name} fails",
                "Write on: failed.",
                agent.node,
            )
        for kind, path in contract.on.items():
            lacks = [
                name
                for name, there in (
                    ("urgency", path.urgency),
                    ("information", path.information),
                )
                if not there and (path.kind == "incident" or name == "information")
            ]
            if lacks:
                fix = f"Write {' and '.join(lacks)} under on: {kind}."
                message = f"{agent.name}, {kind}: no {' and no '.join(lacks)} for whoever takes over"
                yield Gap("exceptions", agent.node.id, message, fix, agent.node)


def _governance(model: ProcessModel, agents: Sequence[Agent], levels: Mapping[str, str]) -> Found:
    yield _of_the_process(model, "governance", "riskController", "Risk", "nothing says who controls its risks")
    yield Answer(
        "process", f"Version {model.version_tag or 'by number alone'}; kill switches for agent, model, tool and process"
    )
    for agent in agents:
        contract = agent.contract
        if contract is None:
            continue
        limits = contract.limits.limits if contract.limits is not None else ()
        most = ", ".join(f"{each.most:f} {each.measure} per {each.span}" for each in limits)
        yield Answer(
            agent.node.id,
            f"{agent.name}: owner {contract.owner}, {contract.timeout:g} s, {contract.retries} attempts"
            + (f", at most {most}" if most else ""),
        )
        small = too_small_call(model, agent.node, contract)
        if small is not None:
            fix = "Raise call.tokens under limits, or say less in the prompt and the tools."
            message = (
                f"no call of {agent.name} fits into {small[0]} tokens: what it is always told takes at least {small[1]}"
            )
            yield Gap("governance", agent.node.id, message, fix, agent.node, has_a_rule=True)
        if not limits and contract.adapter in LANGUAGE_MODELS:
            fix = "Write limits: for calls, tokens or money."
            yield Gap("governance", agent.node.id, f"nothing limits what {agent.name} may use up", fix, agent.node)


def _adoption(model: ProcessModel, agents: Sequence[Agent], levels: Mapping[str, str]) -> Found:
    for agent in agents:
        if agent.contract is not None:
            written = agent.contract.autonomy.at(agent.node.id)
            level = levels.get(agent.node.id, written)
            yield Answer(
                agent.node.id, f"{agent.name}: {level}" + (f" (contract: {written})" if level != written else "")
            )
    if agents:
        missing = "nothing says how people's trust in the agents is judged"
        yield _of_the_process(model, "adoption", "adoption", "Judged by", missing)


def _benefits(model: ProcessModel, agents: Sequence[Agent], levels: Mapping[str, str]) -> Found:
    yield _of_the_process(model, "benefits", "measures", "Measured by", "nothing says what it is measured by")
    yield _of_the_process(model, "benefits", "baseline", "Against", "there is no baseline to hold it against")


_LENSES: Final[Mapping[Lens, Callable[[ProcessModel, Sequence[Agent], Mapping[str, str]], Found]]] = {
    "purpose": _purpose,
    "trigger": _trigger,
    "tasks": _tasks,
    "agents": _agents,
    "humans": _humans,
    "decisions": _decisions,
    "systems": _systems,
    "data": _data,
    "exceptions": _exceptions,
    "governance": _governance,
    "adoption": _adoption,
    "benefits": _benefits,
}


def as_wire(charter: Charter) -> dict[str, Any]:
    """As charter.schema.json has it."""
    return {
        "processDefinitionId": charter.process_id,
        "name": charter.name,
        "complete": not charter.gaps,
        "lenses": [
            {
                "lens": lens,
                "question": question,
                "answers": [{"about": answer.about, "text": answer.text} for answer in charter.answers[lens]],
                "missing": [
                    {"about": gap.about, "message": gap.message, "fix": gap.fix}
                    for gap in charter.gaps
                    if gap.lens == lens
                ],
            }
            for lens, question in QUESTIONS.items()
        ],
    }


def as_markdown(charter: Mapping[str, Any]) -> str:
    """Of what ``as_wire`` gives."""
    missing = sum(len(lens["missing"]) for lens in charter["lenses"])
    said = f"{missing} answers are missing." if missing else "nothing is missing."
    name = charter["processDefinitionId"]
    lines = [f"# Charter of {charter['name'] or name}", "", f"`{name}`: {said}", ""]
    for lens in charter["lenses"]:
        lines += [f"## {lens['lens'].capitalize()}: {lens['question']}", ""]
        lines += [f"- {_line(answer['text'])}" for answer in lens["answers"]]
        lines += [
            f"- **Missing** ({_line(gap['about'])}): {_line(gap['message'])}. {_line(gap['fix'])}"
            for gap in lens["missing"]
        ]
        lines.append("")
    return "\n".join(lines)


def _line(text: str) -> str:
    return " ".join(text.split())


def _fields(schema: Mapping[str, Any]) -> str:
    declared = schema.get("properties")
    return ", ".join(str(name) for name in declared) if isinstance(declared, Mapping) else ""


def _way(path: ExceptionPath, contract: AgentContract) -> str:
    where = path.kind if path.code is None else f"{path.kind} {path.code}"
    return f"{where}, {path.owner or contract.owner}" + (f", {path.urgency}" if path.urgency else "")


def _is_timer(node: FlowNode) -> bool:
    return node.type is ElementType.BOUNDARY_EVENT and node.event is not None and node.event.kind is EventKind.TIMER


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return str(getattr(value, "text", value)) if not isinstance(value, tuple) else ", ".join(map(str, value))
