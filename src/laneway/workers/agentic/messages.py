"""From the history of an agent to what its model is given, and from what the model says to the history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laneway.agents.chat import Message, Reply, ToolCall, ToolDescription
from laneway.domain.agent_instance import HistoryItem, Role
from laneway.governance.conversation import Judged, OfferedTool, as_text, blocks, text_of, window
from laneway.workers.agent.taking import TakenJob


def item(taken: TakenJob, role: Role, iteration: int, content: Any = None, **rest: Any) -> HistoryItem:
    """Without key and sequence, which it gets when it is written."""
    job = taken.job
    return HistoryItem(
        key=0,
        root_key=job.root_key,
        agent_instance_key=0,
        element_instance_key=job.element_instance_key,
        job_key=job.key,
        lease_token=job.lease_token or "",
        sequence=0,
        iteration=iteration,
        role=role,
        content=[] if content is None else blocks(content),
        tenant_id=job.tenant_id,
        **rest,
    )


def messages_of(system_prompt: str, items: Sequence[HistoryItem], size: int) -> list[Message]:
    """The system prompt, which is always kept, and the last ``size`` messages."""
    messages = [Message("system", system_prompt)] if system_prompt else []
    for each in window(items, size):
        match each.role:
            case "USER":
                messages.append(Message("user", text_of(each.content)))
            case "ASSISTANT":
                calls = tuple(
                    ToolCall(call["toolCallId"], call["toolName"], call["arguments"] or {}) for call in each.tool_calls
                )
                messages.append(Message("assistant", text_of(each.content), calls))
            case "TOOL_RESULT":
                call_id = each.tool_calls[0]["toolCallId"]
                messages.append(Message("tool", "\n".join(_said(block) for block in each.content), (), call_id))
    return messages


def _said(block: Mapping[str, Any]) -> str:
    return as_text(block["text"] if "text" in block else block.get("object"))


def descriptions_of(tools: Mapping[str, OfferedTool]) -> list[ToolDescription]:
    return [ToolDescription(each.name, each.description, each.input_schema) for each in tools.values()]


def spoken(taken: TakenJob, reply: Reply, judged: Judged, iteration: int, seconds: float) -> HistoryItem:
    """What the model said, with what becomes of its calls."""
    details: dict[str, Any] = {"model": reply.model, "finishReason": reply.finish_reason}
    if judged.refused:
        details["refused"] = dict(judged.refused)
    if judged.waiting:
        details["waiting"] = {id: list(needs.because) for id, needs in judged.waiting.items()}
    if reply.cost is not None:
        details |= {"cost": repr(reply.cost), "currency": reply.currency}
    metrics = {
        "inputTokens": reply.input_tokens,
        "outputTokens": reply.output_tokens,
        "durationMs": int(seconds * 1000),
    }
    return item(
        taken,
        "ASSISTANT",
        iteration,
        reply.text or None,
        tool_calls=list(judged.calls),
        metrics=metrics,
        details=details,
    )
