"""Attributes of spans: keys, ids of the diagram, counts. Never a variable's value, a message's text, or who it was."""

from __future__ import annotations

from collections.abc import Mapping

from laneway.commands.observing import AgentCall
from laneway.domain.errors import LanewayError
from laneway.domain.transition import IncidentOpened, JobOpened, UserTaskOpened
from laneway.domain.work import AuditEntry, Job
from laneway.tracing.spans import Event, Value

Attributes = dict[str, Value]


def of_command(entry: AuditEntry, root_key: int) -> Attributes:
    return _known(
        {
            "laneway.command": str(entry.details.get("command", "")),
            "laneway.actor.kind": entry.actor.kind,
            "laneway.tenant.id": entry.tenant_id,
            "laneway.root_instance.key": _key(root_key),
            "laneway.process_instance.key": _key(entry.process_instance_key),
            "laneway.process_definition.id": entry.process_id,
            "laneway.process_definition.key": _key(entry.process_definition_key),
            "laneway.element.id": entry.element_id,
            "laneway.element_instance.key": _key(entry.element_instance_key),
            "laneway.job.key": _key(entry.entity_key) if entry.entity_type == "JOB" else None,
            "laneway.job.type": entry.details.get("jobType"),
            "laneway.user_task.key": _key(entry.entity_key) if entry.entity_type == "USER_TASK" else None,
        }
    )


def of_job(job: Job, attempt: int | None = None) -> Attributes:
    return _known(
        {
            "laneway.tenant.id": job.tenant_id,
            "laneway.root_instance.key": _key(job.root_key),
            "laneway.process_instance.key": _key(job.process_instance_key),
            "laneway.process_definition.id": job.process_id,
            "laneway.process_definition.key": _key(job.process_definition_key),
            "laneway.process_definition.version": job.process_version,
            "laneway.element.id": job.element_id,
            "laneway.element_instance.key": _key(job.element_instance_key),
            "laneway.job.key": _key(job.key),
            "laneway.job.type": job.type,
            "laneway.job.kind": job.kind.value,
            "laneway.job.attempt": attempt,
            "gen_ai.agent.name": job.agent,
        }
    )


def of_opened(work: JobOpened | UserTaskOpened, entry: AuditEntry, root_key: int) -> Attributes:
    found: dict[str, object] = {
        "laneway.tenant.id": entry.tenant_id,
        "laneway.root_instance.key": _key(root_key),
        "laneway.process_instance.key": _key(work.process_instance_key),
        "laneway.process_definition.key": _key(work.definition_key),
        "laneway.element.id": work.element_id,
        "laneway.element_instance.key": _key(work.element_instance_key),
    }
    if isinstance(work, JobOpened):
        job = {"key": _key(work.key), "type": work.type, "kind": work.kind.value}
        found |= {f"laneway.job.{name}": value for name, value in job.items()}
        found["gen_ai.agent.name"] = work.agent
    else:
        found["laneway.user_task.key"] = _key(work.key)
    return _known(found)


def of_incident(incident: IncidentOpened) -> Event:
    """Without its message, which shows variables."""
    facts = {
        "laneway.incident.key": _key(incident.key),
        "laneway.incident.type": incident.type,
        "laneway.element.id": incident.element_id,
        "laneway.job.key": _key(incident.job_key),
    }
    return Event("laneway.incident", _known(facts))


def of_asking(agent: str, adapter: str, model: str) -> Attributes:
    """OpenTelemetry's semantic conventions of generative AI, span "invoke agent"."""
    return _known(
        {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.provider.name": adapter,
            "gen_ai.agent.name": agent,
            "gen_ai.request.model": model or None,
        }
    )


def of_call(call: AgentCall) -> Attributes:
    return _known(
        {
            "gen_ai.response.model": call.model or None,
            "gen_ai.usage.input_tokens": call.input_tokens or None,
            "gen_ai.usage.output_tokens": call.output_tokens or None,
            "laneway.agent.verdict": call.verdict,
            "laneway.agent.cost": call.cost,
            "laneway.agent.cost.currency": call.currency,
        }
    )


def of_tool_call(agent: str, tool: str, kind: str, outcome: str) -> Attributes:
    """As above, span "execute tool"; never its arguments or its result."""
    return {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.agent.name": agent,
        "gen_ai.tool.name": tool,
        "gen_ai.tool.type": "function",
        "laneway.tool.kind": kind,
        "laneway.tool.outcome": outcome,
    }


def error_type(error: BaseException) -> str:
    return error.code if isinstance(error, LanewayError) else type(error).__name__


def _key(key: int | None) -> str | None:
    """As in JSON: a 64-bit number does not survive every reader."""
    return str(key) if key else None


def _known(facts: Mapping[str, object]) -> Attributes:
    return {name: value for name, value in facts.items() if isinstance(value, str | int | float) and value != ""}
