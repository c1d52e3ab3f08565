"""Calls of drawn tools, told to metrics and traces once the model has heard what came of them.

What is drawn is done by jobs and elements, which have spans of their own; between the call and its result may lie days. So the span
``execute_tool`` of a drawn tool stands where its result was taken in, and says what came of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from laneway.commands.observing import Observers
from laneway.domain.agent_instance import HistoryItem
from laneway.domain.contract import AgentContract
from laneway.governance import drawn_tools
from laneway.governance.conversation import CANCELLED, Judged, OfferedTool, Turn

KIND = "drawn"
UNLISTED = "unlisted"
"""What a model makes up is no label: there would be no end of them."""


def told(
    observers: Observers,
    contract: AgentContract,
    tools: Mapping[str, OfferedTool],
    asked: HistoryItem | None,
    turn: Turn,
) -> None:
    if asked is None or asked.role != "ASSISTANT":
        return
    denied = asked.details.get("refused", {})
    for call, content in turn.results:
        outcome = "denied" if call["toolCallId"] in denied else "failed" if content == CANCELLED else "done"
        _one(observers, contract, tools, call["toolName"], outcome)


def refused(observers: Observers, contract: AgentContract, tools: Mapping[str, OfferedTool], judged: Judged) -> None:
    for call in judged.calls:
        if call["toolCallId"] in judged.refused:
            _one(observers, contract, tools, call["toolName"], "denied")


def _one(
    observers: Observers, contract: AgentContract, tools: Mapping[str, OfferedTool], name: str, outcome: str
) -> None:
    tool = tools.get(name)
    grant = None if tool is None else drawn_tools.grant_of(contract, tool)
    named = UNLISTED if tool is None else name
    with observers.calling(contract.name, named, KIND if grant is None else grant.kind) as calling:
        calling.answered(outcome)
    observers.tool_called(contract.name, named, outcome)
