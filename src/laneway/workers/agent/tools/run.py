"""The one way from an agent's job to its loop."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from laneway.agents.chat import Conversational
from laneway.commands.context import Context
from laneway.commands.tool_calls import Held
from laneway.domain.autonomy import LEVELS, Level
from laneway.domain.contract import AgentRequest, AgentResult
from laneway.domain.errors import Conflict
from laneway.governance import gate
from laneway.ports import AgentAdapter
from laneway.workers.agent import replayed_tools
from laneway.workers.agent.replayed_tools import Recorded
from laneway.workers.agent.taking import TakenJob
from laneway.workers.agent.tools.broker import Broken, Broker, Suspended, Tools
from laneway.workers.agent.tools.loop import converse
from laneway.workers.agent.tools.origins import origins_of_input


@dataclass(frozen=True, slots=True)
class Desk:
    """What a job with tools needs besides its request."""

    context: Context
    taken: TakenJob
    tools: Tools


async def result_of(desk: Desk | Recorded | None, adapter: AgentAdapter, request: AgentRequest) -> AgentResult:
    """Raises Suspended, Broken, Halted, Overloaded. ``Recorded``: a replay, which calls nothing."""
    contract = request.contract
    if not isinstance(adapter, Conversational):
        said = f"the adapter {contract.adapter!r} cannot use tools; use `llm`, or leave `tools` out"
        raise Broken(gate.violation(contract, "failed", said))
    if desk is None:
        raise Broken(gate.violation(contract, "failed", "its tools cannot be called here"))
    if isinstance(desk, Recorded):
        return await replayed_tools.result_of(desk, adapter, request)
    job = desk.taken.job
    level: Level = next((each for each in LEVELS if each == job.autonomy), "auto")
    broker = Broker(desk.context, Held(job, contract), desk.tools, level)
    try:
        origins = await asyncio.to_thread(origins_of_input, desk.context, job)
        return await converse(broker, adapter, request, origins, told=job.error_message)
    except Conflict as lost:
        # The lease is somebody else's, who goes on from what is written down.
        raise Suspended from lost
