"""From an entry of agents.yaml, found without fault, to the contract that it stands for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, Literal

from laneway.domain.contract import (
    AgentContract,
    Conversation,
    DataSource,
    EvaluatorUse,
    ExceptionPath,
    GuardrailUse,
    SensitiveTopic,
    SystemRule,
)
from laneway.governance.contract_autonomy import autonomy_of
from laneway.governance.contract_limits import limits_of
from laneway.governance.contract_tools import DEFAULT_ROUNDS, tool_of
from laneway.governance.durations import seconds
from laneway.governance.schemas import canonical_json

_PATH_KINDS: Final[tuple[Literal["error", "escalation", "incident"], ...]] = ("error", "escalation", "incident")


def contract_of(agent: str, entry: dict[str, Any], register: tuple[DataSource, ...], raw: Any) -> AgentContract:
    owner = entry["owner"].strip()
    confidence = entry.get("confidence") or {}
    retries = entry.get("retries") or {}
    guardrails = entry.get("guardrails") or {}
    systems = systems_of(entry)
    said = entry.get("authority", "recommend")
    authority = said if isinstance(said, dict) else {"default": said}
    threshold = confidence.get("threshold")
    # What the register says of its sources binds as much as what stands under the agent.
    bound = {"name": agent, **entry} if raw is None else {"name": agent, **entry, "register": raw}
    return AgentContract(
        name=agent,
        purpose=entry["purpose"].strip(),
        owner=owner,
        job_types=tuple(entry.get("job_types") or (agent,)),
        adapter=entry["adapter"],
        config=entry.get("config") or {},
        input_schema=entry["input"],
        output_schema=entry["output"],
        authority=authority.get("default", "recommend"),
        field_authority=authority.get("fields", {}),
        confidence_threshold=None if threshold is None else float(threshold),
        confidence_field=confidence.get("field"),
        confidence_evaluator=evaluator_of(confidence.get("evaluator")),
        timeout=seconds(entry.get("timeout", "PT60S")),
        retries=int(retries.get("attempts", 3)),
        retry_backoff=seconds(retries.get("backoff", "PT1S")),
        on={kind: _path(owner, path) for kind, path in (entry.get("on") or {}).items()},
        guardrails_before=tuple(map(guardrail_of, guardrails.get("before") or ())),
        guardrails_after=tuple(map(guardrail_of, guardrails.get("after") or ())),
        systems=systems,
        tools=tuple(tool_of(name, each, systems) for name, each in (entry.get("tools") or {}).items()),
        tool_rounds=int(entry.get("tool_rounds", DEFAULT_ROUNDS)),
        sensitive_topics=tuple(_topic(name, each) for name, each in (entry.get("sensitive_topics") or {}).items()),
        conversation=_conversation(entry.get("conversation") or {}),
        data_register=register,
        data_sources=tuple(entry.get("data_sources") or ()),
        autonomy=autonomy_of(entry.get("autonomy")),
        limits=limits_of(entry.get("limits"), seconds(entry.get("timeout", "PT60S"))),
        hash=hashlib.sha256(canonical_json(bound).encode()).hexdigest(),
    )


def systems_of(entry: Mapping[str, Any]) -> tuple[SystemRule, ...] | None:
    systems = entry.get("systems")
    return None if systems is None else tuple(_system(name, each) for name, each in systems.items())


def _conversation(entry: Mapping[str, Any]) -> Conversation:
    cost = entry.get("max_cost")
    return Conversation(
        entry.get("max_model_calls"),
        entry.get("max_tool_calls"),
        entry.get("max_tokens"),
        None if cost is None else Decimal(cost),
        entry.get("context_window"),
        frozenset(entry.get("prohibited_tools") or ()),
    )


def _topic(name: str, entry: Mapping[str, Any]) -> SensitiveTopic:
    return SensitiveTopic(name, tuple(entry.get("words") or ()), entry.get("field"), tuple(entry.get("values") or ()))


def _system(name: str, entry: Mapping[str, Any]) -> SystemRule:
    return SystemRule(name, tuple(entry["hosts"]), entry.get("access", "prohibited"), entry.get("operations") or {})


def evaluator_of(entry: Mapping[str, Any] | None) -> EvaluatorUse | None:
    return None if entry is None else EvaluatorUse(entry["use"], entry.get("config") or {})


def guardrail_of(entry: Mapping[str, Any]) -> GuardrailUse:
    return GuardrailUse(entry["use"], entry.get("decision"), entry.get("config") or {})


def _path(owner: str, entry: Mapping[str, Any]) -> ExceptionPath:
    kind = next(kind for kind in _PATH_KINDS if kind in entry)
    within = entry.get("incident") or {}
    return ExceptionPath(
        kind,
        entry.get(kind) if kind != "incident" else None,
        within.get("owner") or entry.get("owner") or owner,
        within.get("urgency") or entry.get("urgency"),
        tuple(entry.get("information") or ()),
    )
