"""A conversation between an agent and the tools drawn for it: what comes next, what of it the model still sees, what it may call.

Pure: values in, values out. Source of the rules: Camunda 8, "AI Agent Sub-process" (event handling, memory, limits) and "AI agent tool
definitions"; limits on tool calls, tokens and money are Laneway's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import count
from typing import Any, Final

from laneway.domain.agent_instance import NO_LIMIT, AgentInstance, HistoryItem
from laneway.domain.contract import Conversation
from laneway.governance.numbers import NotJson, as_variable
from laneway.governance.schemas import SchemaFault, canonical_json, compiled, describe
from laneway.governance.tools import NeedsApproval

CANCELLED: Final = "This tool was cancelled before it gave a result."
NO_RESULT: Final = "This tool has run and gave no result."
EVENT: Final = "Something happened in the meantime, of which nothing more is known."
LONGEST_ID: Final = 200
MODEL_CALLS: Final = "MAXIMUM_NUMBER_OF_MODEL_CALLS_REACHED"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Turn:
    """What came since the model spoke last. ``wait``: not all of it yet. ``interrupted``: what still runs is to be ended.

    ``results``: (call, content) in the order of the calls.
    """

    results: tuple[tuple[Json, Any], ...] = ()
    events: tuple[Any, ...] = ()
    wait: bool = False
    interrupted: bool = False


def asked_last(items: Sequence[HistoryItem]) -> HistoryItem | None:
    """The item whose tool calls have no results yet: the last one, if it has any."""
    last = items[-1] if items else None
    return last if last is not None and last.tool_calls and last.role != "TOOL_RESULT" else None


def next_turn(asked: HistoryItem | None, collected: Any, *, interrupts: bool, all_are_in: bool = False) -> Turn:
    """``collected``: ``{"id", "name", "content"}`` of each tool that ended, and of each event, which answers no call.

    Results come in the order of the calls, each call once, whatever was collected. ``interrupts``: an event ends what still runs.
    ``all_are_in``: nothing runs any more, so that what is missing never comes.
    """
    entries = [each for each in collected if isinstance(each, Mapping)] if isinstance(collected, list) else []
    events = tuple(_told(each.get("content"), EVENT) for each in entries if each.get("id") is None)
    if asked is None:
        return Turn(events=events)
    by_id: dict[str, Any] = {}
    for each in entries:
        if isinstance(each.get("id"), str):
            by_id.setdefault(each["id"], _told(each.get("content"), NO_RESULT))
    refused = asked.details.get("refused", {})
    missing = [
        call for call in asked.tool_calls if call["toolCallId"] not in by_id and call["toolCallId"] not in refused
    ]
    interrupted = bool(missing and events and interrupts)
    if missing and not interrupted and not all_are_in:
        return Turn(wait=True)
    found = tuple(
        (call, refused.get(call["toolCallId"], by_id.get(call["toolCallId"], CANCELLED))) for call in asked.tool_calls
    )
    return Turn(found, events, False, interrupted)


def _told(content: Any, otherwise: str) -> Any:
    return otherwise if content is None or content == "" else content


def window(items: Sequence[HistoryItem], size: int) -> list[HistoryItem]:
    """The last ``size`` messages; what a model said counts with all the results that it led to, and is kept with them or not at all.

    What configures the agent is no message, and is always kept by whoever adds the system prompt.
    """
    groups: list[list[HistoryItem]] = []
    for item in items:
        if item.role == "CONFIGURATION":
            continue
        if item.role == "TOOL_RESULT" and groups and groups[-1][0].role == "ASSISTANT":
            groups[-1].append(item)
        elif item.role != "TOOL_RESULT":  # of a discovery: no model asked for it
            groups.append([item])
    kept: list[list[HistoryItem]] = []
    room = max(size, 1)
    for group in reversed(groups):
        room -= 1 if len(group) == 1 else 2
        if room < 0 and kept:
            break
        kept.append(group)
    kept.reverse()
    return [item for group in kept for item in group]


@dataclass(frozen=True, slots=True)
class OfferedTool:
    """``element_id``: what is activated for it."""

    name: str
    description: str
    input_schema: Mapping[str, Any]
    element_id: str
    gateway: str | None = None


def told_of(instance: AgentInstance) -> list[OfferedTool]:
    """The tools as its model was told of them last."""
    return [
        OfferedTool(
            each["name"], each.get("description") or "", each["inputSchema"], each["elementId"], each.get("gateway")
        )
        for each in instance.tools
    ]


@dataclass(frozen=True, slots=True)
class Judged:
    """The calls of one reply in their order, ids made unique. ``refused``: id → what the model is told instead of a result. ``waiting``:
    id → what a person must let go."""

    calls: tuple[Json, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    waiting: Mapping[str, NeedsApproval] = field(default_factory=dict)

    @property
    def allowed(self) -> tuple[Json, ...]:
        held = (self.refused, self.waiting)
        return tuple(call for call in self.calls if not any(call["toolCallId"] in each for each in held))


def judge(
    tools: Mapping[str, OfferedTool],
    conversation: Conversation,
    calls: Sequence[tuple[str, str, Any]],
    iteration: int,
    taken: frozenset[str] = frozenset(),
) -> Judged:
    """``calls``: id, name and arguments as the model wrote them. ``taken``: ids of earlier calls, whose results are not these'."""
    found: list[Json] = []
    refused: dict[str, str] = {}
    seen = set(taken)
    for number, (said, name, arguments) in enumerate(calls):
        # Decided, approved and answered by its id: one that a model has guessed must not be that of two calls.
        made = (f"call-{iteration}-{number + 1}{'-' * longer}" for longer in count())
        id = said if said and len(said) <= LONGEST_ID and said not in seen else next(e for e in made if e not in seen)
        seen.add(id)
        tool = tools.get(name)
        given = _plain(arguments)
        found.append(
            {
                "toolCallId": id,
                "toolName": name[:200],
                "elementId": None if tool is None else tool.element_id,
                "arguments": given if isinstance(given, dict) else None,
            }
        )
        fault = _fault(tools, tool, conversation, name, given)
        if fault is not None:
            refused[id] = fault
    return Judged(tuple(found), refused)


def _fault(
    tools: Mapping[str, OfferedTool], tool: OfferedTool | None, conversation: Conversation, name: str, arguments: Any
) -> str | None:
    if tool is None:
        return f"There is no tool {name[:100]!r}. There are: {', '.join(sorted(tools)) or 'none'}."
    if tool.name in conversation.prohibited or tool.element_id in conversation.prohibited:
        return f"The tool {tool.name} is prohibited here."
    if not isinstance(arguments, dict):
        return f"The arguments of {tool.name} are no JSON object."
    try:
        findings = compiled(tool.input_schema).findings(arguments)
    except SchemaFault as fault:
        return f"The tool {tool.name} cannot be called: its schema is no JSON Schema ({fault.message})."
    except ValueError:
        return f"The arguments of {tool.name} are not JSON."
    return f"The arguments of {tool.name} do not meet its schema: {describe(findings)}." if findings else None


def _plain(arguments: Any) -> Any:
    try:
        return as_variable(arguments)
    except NotJson:
        return None


def breach(instance: AgentInstance, conversation: Conversation) -> str | None:
    """Why the model may not be called once more; None if it may. What was spent counts, also of what was discarded."""
    most = instance.limits.get("maxModelCalls", NO_LIMIT)
    if most != NO_LIMIT and instance.model_calls >= most:
        return f"{MODEL_CALLS}: the model was called {instance.model_calls} times, and {most} is the most"
    most = instance.limits.get("maxTokens", NO_LIMIT)
    used = instance.input_tokens + instance.output_tokens
    if most != NO_LIMIT and used >= most:
        return f"MAXIMUM_NUMBER_OF_TOKENS_REACHED: {used} tokens were used, and {most} is the most"
    if conversation.max_cost is not None:
        spent = amount(instance.cost)
        if spent >= conversation.max_cost:
            return f"MAXIMUM_COST_REACHED: {spent} {instance.currency or ''} was spent, and {conversation.max_cost} is the most"
    return None


def too_many_tools(instance: AgentInstance, coming: int) -> str | None:
    most = instance.limits.get("maxToolCalls", NO_LIMIT)
    if most == NO_LIMIT or instance.tool_calls + coming <= most:
        return None
    return f"MAXIMUM_NUMBER_OF_TOOL_CALLS_REACHED: {instance.tool_calls} were made and {coming} more are asked for, and {most} is the most"


def amount(text: str | None) -> Decimal:
    try:
        return Decimal(text) if text else Decimal(0)
    except InvalidOperation:
        return Decimal(0)


def as_text(content: Any) -> str:
    """Of a result as the model is given it: texts as they are, anything else as JSON."""
    return content if isinstance(content, str) else canonical_json(content)


def blocks(content: Any) -> list[Json]:
    """As the history keeps it."""
    if isinstance(content, str):
        return [{"contentType": "TEXT", "text": content}]
    return [{"contentType": "OBJECT", "object": content}]


def text_of(content: Sequence[Json]) -> str:
    return "\n".join(str(each["text"]) if "text" in each else canonical_json(each.get("object")) for each in content)
