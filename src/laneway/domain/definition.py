"""What was deployed: files as they came, and the definitions found in them. Never changed after the deployment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from laneway.domain.types import DEFAULT_TENANT

ResourceKind = Literal["process", "decision", "form", "agents", "bindings", "knowledge", "other"]


@dataclass(frozen=True, slots=True)
class Resource:
    """One file of a deployment, its bytes kept unchanged. ``name`` is data, never a path. ``hash``: SHA-256, hex.

    ``namespace``: of a DMN file. ``imports``: keys of the files of other deployments that it imports, by namespace.
    """

    key: int
    deployment_key: int
    name: str
    kind: ResourceKind
    hash: str
    content: bytes
    tenant_id: str = DEFAULT_TENANT
    namespace: str | None = None
    imports: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProcessDefinition:
    """``walkthrough`` None: as the diagram says (isExecutable). ``agents_hash`` and ``bindings_hash`` pin what was
    deployed beside the diagram, ``resource_key`` the diagram itself."""

    key: int
    process_id: str
    name: str | None
    version: int
    version_tag: str | None
    deployment_key: int
    resource_key: int
    resource_name: str
    hash: str
    has_start_form: bool = False
    walkthrough: bool | None = None
    agents_resource_key: int | None = None
    bindings_resource_key: int | None = None
    tenant_id: str = DEFAULT_TENANT
    deployed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DecisionDefinition:
    key: int
    decision_id: str
    name: str | None
    version: int
    deployment_key: int
    resource_key: int
    requirements_id: str
    requirements_key: int
    requirements_name: str | None
    hash: str
    tenant_id: str = DEFAULT_TENANT
    version_tag: str | None = None


@dataclass(frozen=True, slots=True)
class FormDefinition:
    """``schema`` is the JSON of the form (form-js), or a JSON Schema."""

    key: int
    form_id: str
    version: int
    deployment_key: int
    resource_key: int
    resource_name: str
    hash: str
    schema: dict[str, Any]
    tenant_id: str = DEFAULT_TENANT


@dataclass(frozen=True, slots=True)
class StartTrigger:
    """How a definition starts by itself: a start event that waits for a message, a signal, a timer or a condition.

    Only those of the latest version of a process are live. ``due``, ``repetitions`` and ``cycle`` belong to timers; the cycle is
    kept with the time that it is counted from (``laneway.runtime.schedule.Due.kept_cycle``).
    """

    key: int
    definition_key: int
    process_id: str
    element_id: str
    kind: Literal["message", "signal", "timer", "condition"]
    name: str | None = None
    due: datetime | None = None
    repetitions: int = 0
    cycle: str | None = None
    tenant_id: str = DEFAULT_TENANT


@dataclass(frozen=True, slots=True)
class Deployment:
    key: int
    deployed_at: datetime
    resources: tuple[Resource, ...]
    processes: tuple[ProcessDefinition, ...]
    decisions: tuple[DecisionDefinition, ...]
    forms: tuple[FormDefinition, ...]
    start_triggers: tuple[StartTrigger, ...]
    tenant_id: str = DEFAULT_TENANT
