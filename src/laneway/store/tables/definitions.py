"""What was deployed. Rows here are never changed, but for the mark of the latest version."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, Table, UniqueConstraint

from laneway.store.tables.base import key, metadata, tenant
from laneway.store.types import Instant, Json, Key, Name

deployment = Table(
    "deployment",
    metadata,
    key(),
    tenant(),
    Column("deployed_at", Instant, nullable=False),
)

resource = Table(
    "resource",
    metadata,
    key(),
    tenant(),
    Column("deployment_key", Key, nullable=False, index=True),
    Column("name", Name, nullable=False),
    Column("kind", Name, nullable=False),
    Column("version", Integer, nullable=False),
    Column("hash", Name, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("namespace", Name),
    # Namespace to key of the resource that it was found in.
    Column("imports", Json, nullable=False, server_default="{}"),
    UniqueConstraint("tenant_id", "name", "version"),
)
Index(None, resource.c.tenant_id, resource.c.namespace, resource.c.key)

process_definition = Table(
    "process_definition",
    metadata,
    key(),
    tenant(),
    Column("process_id", Name, nullable=False),
    Column("name", Name),
    Column("version", Integer, nullable=False),
    Column("version_tag", Name),
    Column("is_latest", Boolean, nullable=False),
    Column("deployment_key", Key, nullable=False, index=True),
    Column("resource_key", Key, nullable=False),
    Column("resource_name", Name, nullable=False),
    Column("hash", Name, nullable=False),
    Column("has_start_form", Boolean, nullable=False),
    Column("walkthrough", Boolean),
    Column("agents_resource_key", Key),
    Column("bindings_resource_key", Key),
    Column("deployed_at", Instant),
    UniqueConstraint("tenant_id", "process_id", "version"),
)
Index("ix_process_definition_version_tag", process_definition.c.process_id, process_definition.c.version_tag)

decision_requirements = Table(
    "decision_requirements",
    metadata,
    key(),
    tenant(),
    Column("requirements_id", Name, nullable=False),
    Column("name", Name),
    Column("version", Integer, nullable=False),
    Column("deployment_key", Key, nullable=False),
    Column("resource_key", Key, nullable=False),
    Column("resource_name", Name, nullable=False),
    UniqueConstraint("tenant_id", "requirements_id", "version"),
)

decision_definition = Table(
    "decision_definition",
    metadata,
    key(),
    tenant(),
    Column("decision_id", Name, nullable=False),
    Column("name", Name),
    Column("version", Integer, nullable=False),
    Column("is_latest", Boolean, nullable=False),
    Column("deployment_key", Key, nullable=False, index=True),
    Column("resource_key", Key, nullable=False),
    Column("requirements_id", Name, nullable=False),
    Column("requirements_key", Key, nullable=False),
    Column("requirements_name", Name),
    Column("requirements_version", Integer, nullable=False),
    Column("hash", Name, nullable=False),
    Column("version_tag", Name),
    UniqueConstraint("tenant_id", "decision_id", "version"),
)
Index("ix_decision_definition_version_tag", decision_definition.c.decision_id, decision_definition.c.version_tag)

form_definition = Table(
    "form_definition",
    metadata,
    key(),
    tenant(),
    Column("form_id", Name, nullable=False),
    Column("version", Integer, nullable=False),
    Column("is_latest", Boolean, nullable=False),
    Column("deployment_key", Key, nullable=False, index=True),
    Column("resource_key", Key, nullable=False),
    Column("resource_name", Name, nullable=False),
    Column("hash", Name, nullable=False),
    Column("schema", Json, nullable=False),
    UniqueConstraint("tenant_id", "form_id", "version"),
)

start_trigger = Table(
    "start_trigger",
    metadata,
    key(),
    tenant(),
    Column("definition_key", Key, nullable=False),
    Column("process_id", Name, nullable=False),
    Column("element_id", Name, nullable=False),
    Column("kind", Name, nullable=False),
    Column("name", Name),
    Column("due", Instant),
    Column("repetitions", Integer, nullable=False),
    Column("cycle", Name),
    Column("created_at", Instant, nullable=False),
)
Index(None, start_trigger.c.tenant_id, start_trigger.c.kind, start_trigger.c.name)
Index(None, start_trigger.c.tenant_id, start_trigger.c.process_id)
