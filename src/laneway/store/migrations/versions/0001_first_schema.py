"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "audit_head",
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "audit_log",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("root_key", KEY, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("operation", NAME, nullable=False),
        sa.Column("entity_type", NAME, nullable=False),
        sa.Column("entity_key", KEY, nullable=False),
        sa.Column("actor_kind", NAME, nullable=False),
        sa.Column("actor_id", NAME, nullable=False),
        sa.Column("result", NAME, nullable=False),
        sa.Column("process_instance_key", KEY, nullable=True),
        sa.Column("process_definition_key", KEY, nullable=True),
        sa.Column("process_id", NAME, nullable=True),
        sa.Column("element_instance_key", KEY, nullable=True),
        sa.Column("element_id", NAME, nullable=True),
        sa.Column("before", sa.Integer(), nullable=True),
        sa.Column("after", sa.Integer(), nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("events_digest", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_audit_log")),
        sa.UniqueConstraint("root_key", "tenant_id", "sequence", name=op.f("uq_audit_log_root_key_tenant_id_sequence")),
    )
    op.create_index(op.f("ix_audit_log_at"), "audit_log", ["at"], unique=False)
    op.create_index(op.f("ix_audit_log_entity_key"), "audit_log", ["entity_key"], unique=False)
    op.create_index(
        op.f("ix_audit_log_process_instance_key_key"), "audit_log", ["process_instance_key", "key"], unique=False
    )
    op.create_table(
        "decision_definition",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("decision_id", NAME, nullable=False),
        sa.Column("name", NAME, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_latest", sa.Boolean(), nullable=False),
        sa.Column("deployment_key", KEY, nullable=False),
        sa.Column("resource_key", KEY, nullable=False),
        sa.Column("requirements_id", NAME, nullable=False),
        sa.Column("requirements_key", KEY, nullable=False),
        sa.Column("requirements_name", NAME, nullable=True),
        sa.Column("requirements_version", sa.Integer(), nullable=False),
        sa.Column("hash", NAME, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_decision_definition")),
        sa.UniqueConstraint(
            "tenant_id", "decision_id", "version", name=op.f("uq_decision_definition_tenant_id_decision_id_version")
        ),
    )
    op.create_index(
        op.f("ix_decision_definition_deployment_key"), "decision_definition", ["deployment_key"], unique=False
    )
    op.create_table(
        "decision_instance",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("root_key", KEY, nullable=False),
        sa.Column("process_instance_key", KEY, nullable=False),
        sa.Column("process_definition_key", KEY, nullable=False),
        sa.Column("process_id", NAME, nullable=False),
        sa.Column("element_instance_key", KEY, nullable=False),
        sa.Column("element_id", NAME, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("evaluated_at", sa.BigInteger(), nullable=False),
        sa.Column("state", NAME, nullable=False),
        sa.Column("failure", NAME, nullable=True),
        sa.Column("decision_id", NAME, nullable=False),
        sa.Column("decision_name", NAME, nullable=True),
        sa.Column("decision_version", sa.Integer(), nullable=True),
        sa.Column("decision_key", KEY, nullable=True),
        sa.Column("requirements_key", KEY, nullable=True),
        sa.Column("decision_type", NAME, nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_decision_instance")),
    )
    op.create_index(
        op.f("ix_decision_instance_decision_id_key"), "decision_instance", ["decision_id", "key"], unique=False
    )
    op.create_index(
        op.f("ix_decision_instance_process_instance_key_key"),
        "decision_instance",
        ["process_instance_key", "key"],
        unique=False,
    )
    op.create_table(
        "decision_requirements",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("requirements_id", NAME, nullable=False),
        sa.Column("name", NAME, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deployment_key", KEY, nullable=False),
        sa.Column("resource_key", KEY, nullable=False),
        sa.Column("resource_name", NAME, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_decision_requirements")),
        sa.UniqueConstraint(
            "tenant_id",
            "requirements_id",
            "version",
            name=op.f("uq_decision_requirements_tenant_id_requirements_id_version"),
        ),
    )
    op.create_table(
        "deployment",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("deployed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_deployment")),
    )
    op.create_table(
        "element_instance",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("root_key", KEY, nullable=False),
        sa.Column("process_instance_key", KEY, nullable=False),
        sa.Column("process_definition_key", KEY, nullable=False),
        sa.Column("process_id", NAME, nullable=False),
        sa.Column("parent_key", KEY, nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("element_id", NAME, nullable=False),
        sa.Column("element_name", NAME, nullable=True),
        sa.Column("type", NAME, nullable=False),
        sa.Column("state", NAME, nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("incident_key", KEY, nullable=True),
        sa.Column("runtime", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_element_instance")),
    )
    op.create_index(
        "ix_element_instance_live",
        "element_instance",
        ["root_key"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        op.f("ix_element_instance_process_definition_key_element_id_key"),
        "element_instance",
        ["process_definition_key", "element_id", "key"],
        unique=False,
    )
    op.create_index(
        op.f("ix_element_instance_process_instance_key_key"),
        "element_instance",
        ["process_instance_key", "key"],
        unique=False,
    )
    op.create_table(
        "form_definition",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("form_id", NAME, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_latest", sa.Boolean(), nullable=False),
        sa.Column("deployment_key", KEY, nullable=False),
        sa.Column("resource_key", KEY, nullable=False),
        sa.Column("resource_name", NAME, nullable=False),
        sa.Column("hash", NAME, nullable=False),
        sa.Column("schema", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_form_definition")),
        sa.UniqueConstraint(
            "tenant_id", "form_id", "version", name=op.f("uq_form_definition_tenant_id_form_id_version")
        ),
    )
    op.create_index(op.f("ix_form_definition_deployment_key"), "form_definition", ["deployment_key"], unique=False)
    op.create_table(
        "history",
        sa.Column("root_key", KEY, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor_kind", NAME, nullable=False),
        sa.Column("actor_id", NAME, nullable=False),
        sa.Column("operation", NAME, nullable=False),
        sa.Column("events", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("root_key", "sequence", name=op.f("pk_history")),
    )
    op.create_table(
        "idempotency",
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("key", NAME, nullable=False),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("stored_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "key", name=op.f("pk_idempotency")),
    )
    op.create_index(op.f("ix_idempotency_stored_at"), "idempotency", ["stored_at"], unique=False)
    op.create_table(
        "incident",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("root_key", KEY, nullable=False),
        sa.Column("process_instance_key", KEY, nullable=False),
        sa.Column("process_definition_key", KEY, nullable=False),
        sa.Column("process_id", NAME, nullable=False),
        sa.Column("element_instance_key", KEY, nullable=False),
        sa.Column("element_id", NAME, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("type", NAME, nullable=False),
        sa.Column("message", NAME, nullable=False),
        sa.Column("state", NAME, nullable=False),
        sa.Column("job_key", KEY, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("resolved_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_incident")),
    )
    op.create_index(op.f("ix_incident_created_at"), "incident", ["created_at"], unique=False)
    op.create_index(
        op.f("ix_incident_process_instance_key_key"), "incident", ["process_instance_key", "key"], unique=False
    )
    op.create_index(op.f("ix_incident_state_key"), "incident", ["state", "key"], unique=False)
    op.create_table(
        "job",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("root_key", KEY, nullable=False),
        sa.Column("process_instance_key", KEY, nullable=False),
        sa.Column("process_definition_key", KEY, nullable=False),
        sa.Column("process_id", NAME, nullable=False),
        sa.Column("element_instance_key", KEY, nullable=False),
        sa.Column("element_id", NAME, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("process_version", sa.Integer(), nullable=False),
        sa.Column("type", NAME, nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("state", NAME, nullable=False),
        sa.Column("retries", sa.Integer(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("agent", NAME, nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("worker", NAME, nullable=False),
        sa.Column("deadline", sa.BigInteger(), nullable=True),
        sa.Column("lease_token", NAME, nullable=True),
        sa.Column("retry_at", sa.BigInteger(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("error_code", NAME, nullable=True),
        sa.Column("incident_key", KEY, nullable=True),
        sa.Column("available_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_job")),
    )
    op.create_index(
        "ix_job_available",
        "job",
        ["kind", "type", "available_at"],
        unique=False,
        sqlite_where=sa.text("available_at IS NOT NULL"),
        postgresql_where=sa.text("available_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_job_process_instance_key_key"), "job", ["process_instance_key", "key"], unique=False)
    op.create_index(op.f("ix_job_state_key"), "job", ["state", "key"], unique=False)
    op.create_index(op.f("ix_job_type_key"), "job", ["type", "key"], unique=False)
    op.create_table(
        "message",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("correlation_key", NAME, nullable=False),
        sa.Column("message_id", NAME, nullable=True),
        sa.Column("variables", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_message")),
        sa.UniqueConstraint(
            "tenant_id",
            "name",
            "correlation_key",
            "message_id",
            name=op.f("uq_message_tenant_id_name_correlation_key_message_id"),
        ),
    )
    op.create_index(op.f("ix_message_expires_at"), "message", ["expires_at"], unique=False)
    op.create_table(
        "message_correlation",
        sa.Column("message_key", KEY, nullable=False),
        sa.Column("process_id", NAME, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("correlated_at", sa.BigInteger(), nullable=False),
        sa.Column("subscription_key", KEY, nullable=True),
        sa.Column("message_name", NAME, nullable=True),
        sa.Column("correlation_key", NAME, nullable=True),
        sa.Column("root_key", KEY, nullable=True),
        sa.Column("process_instance_key", KEY, nullable=True),
        sa.Column("process_definition_key", KEY, nullable=True),
        sa.Column("element_instance_key", KEY, nullable=True),
        sa.Column("element_id", NAME, nullable=True),
        sa.PrimaryKeyConstraint("message_key", "process_id", name=op.f("pk_message_correlation")),
    )
    op.create_index(
        op.f("ix_message_correlation_message_name_correlation_key"),
        "message_correlation",
        ["message_name", "correlation_key"],
        unique=False,
    )
    op.create_index(
        op.f("ix_message_correlation_process_instance_key"),
        "message_correlation",
        ["process_instance_key"],
        unique=False,
    )
    op.create_index(
        op.f("ix_message_correlation_subscription_key"), "message_correlation", ["subscription_key"], unique=False
    )
    op.create_table(
        "message_subscription",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("root_key", KEY, nullable=False),
        sa.Column("process_instance_key", KEY, nullable=False),
        sa.Column("process_definition_key", KEY, nullable=False),
        sa.Column("process_id", NAME, nullable=False),
        sa.Column("element_instance_key", KEY, nullable=False),
        sa.Column("element_id", NAME, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("correlation_key", NAME, nullable=False),
        sa.Column("interrupting", sa.Boolean(), nullable=False),
        sa.Column("state", NAME, nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_message_subscription")),
    )
    op.create_index(
        "ix_message_subscription_open",
        "message_subscription",
        ["tenant_id", "name", "correlation_key"],
        unique=False,
        sqlite_where=sa.text("state = 'CREATED'"),
        postgresql_where=sa.text("state = 'CREATED'"),
    )
    op.create_index(
        op.f("ix_message_subscription_process_instance_key_key"),
        "message_subscription",
        ["process_instance_key", "key"],
        unique=False,
    )
    op.create_table(
        "node",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("leased_until", sa.BigInteger(), nullable=False),
        sa.Column("reserved_until", KEY, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_node")),
    )
    op.create_table(
        "outbox",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("root_key", KEY, nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("correlation_key", NAME, nullable=False),
        sa.Column("variables", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_outbox")),
    )
    op.create_table(
        "process_definition",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("process_id", NAME, nullable=False),
        sa.Column("name", NAME, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("version_tag", NAME, nullable=True),
        sa.Column("is_latest", sa.Boolean(), nullable=False),
        sa.Column("deployment_key", KEY, nullable=False),
        sa.Column("resource_key", KEY, nullable=False),
        sa.Column("resource_name", NAME, nullable=False),
        sa.Column("hash", NAME, nullable=False),
        sa.Column("has_start_form", sa.Boolean(), nullable=False),
        sa.Column("walkthrough", sa.Boolean(), nullable=True),
        sa.Column("agents_resource_key", KEY, nullable=True),
        sa.Column("bindings_resource_key", KEY, nullable=True),
        sa.Column("deployed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_process_definition")),
        sa.UniqueConstraint(
            "tenant_id", "process_id", "version", name=op.f("uq_process_definition_tenant_id_process_id_version")
        ),
    )
    op.create_index(
        op.f("ix_process_definition_deployment_key"), "process_definition", ["deployment_key"], unique=False
    )
    op.create_index(
        "ix_process_definition_version_tag", "process_definition", ["process_id", "version_tag"], unique=False
    )
    op.create_table(
        "process_instance",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("root_key", KEY, nullable=False),
        sa.Column("parent_process_instance_key", KEY, nullable=True),
        sa.Column("parent_element_instance_key", KEY, nullable=True),
        sa.Column("process_definition_key", KEY, nullable=False),
        sa.Column("process_id", NAME, nullable=False),
        sa.Column("process_name", NAME, nullable=True),
        sa.Column("process_version", sa.Integer(), nullable=False),
        sa.Column("process_version_tag", NAME, nullable=True),
        sa.Column("state", NAME, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("has_incident", sa.Boolean(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("business_id", NAME, nullable=True),
        sa.Column("audit_sequence", sa.Integer(), nullable=False),
        sa.Column("audit_hash", NAME, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_process_instance")),
    )
    op.create_index(
        "ix_process_instance_business_id",
        "process_instance",
        ["business_id"],
        unique=False,
        sqlite_where=sa.text("business_id IS NOT NULL"),
        postgresql_where=sa.text("business_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_process_instance_ended_at"), "process_instance", ["ended_at"], unique=False)
    op.create_index(
        "ix_process_instance_parent_process_instance_key",
        "process_instance",
        ["parent_process_instance_key"],
        unique=False,
        sqlite_where=sa.text("parent_process_instance_key IS NOT NULL"),
        postgresql_where=sa.text("parent_process_instance_key IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_process_instance_process_definition_key_key"),
        "process_instance",
        ["process_definition_key", "key"],
        unique=False,
    )
    op.create_index(op.f("ix_process_instance_process_id_key"), "process_instance", ["process_id", "key"], unique=False)
    op.create_index(op.f("ix_process_instance_root_key"), "process_instance", ["root_key"], unique=False)
    op.create_index(op.f("ix_process_instance_started_at"), "process_instance", ["started_at"], unique=False)
    op.create_index(op.f("ix_process_instance_state_key"), "process_instance", ["state", "key"], unique=False)
    op.create_table(
        "resource",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("deployment_key", KEY, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("hash", NAME, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_resource")),
        sa.UniqueConstraint("tenant_id", "name", "version", name=op.f("uq_resource_tenant_id_name_version")),
    )
    op.create_index(op.f("ix_resource_deployment_key"), "resource", ["deployment_key"], unique=False)
    op.create_table(
        "signal_subscription",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("root_key", KEY, nullable=False),
        sa.Column("process_instance_key", KEY, nullable=False),
        sa.Column("process_definition_key", KEY, nullable=False),
        sa.Column("process_id", NAME, nullable=False),
        sa.Column("element_instance_key", KEY, nullable=False),
        sa.Column("element_id", NAME, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_signal_subscription")),
    )
    op.create_index(
        op.f("ix_signal_subscription_tenant_id_name"), "signal_subscription", ["tenant_id", "name"], unique=False
    )
    op.create_table(
        "start_trigger",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("definition_key", KEY, nullable=False),
        sa.Column("process_id", NAME, nullable=False),
        sa.Column("element_id", NAME, nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("name", NAME, nullable=True),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.Column("repetitions", sa.Integer(), nullable=False),
        sa.Column("cycle", NAME, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_start_trigger")),
    )
    op.create_index(
        op.f("ix_start_trigger_tenant_id_kind_name"), "start_trigger", ["tenant_id", "kind", "name"], unique=False
    )
    op.create_index(
        op.f("ix_start_trigger_tenant_id_process_id"), "start_trigger", ["tenant_id", "process_id"], unique=False
    )
    op.create_table(
        "timer",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("root_key", KEY, nullable=False),
        sa.Column("process_instance_key", KEY, nullable=False),
        sa.Column("element_instance_key", KEY, nullable=False),
        sa.Column("element_id", NAME, nullable=False),
        sa.Column("definition_key", KEY, nullable=True),
        sa.Column("start_trigger_key", KEY, nullable=True),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("repetitions", sa.Integer(), nullable=False),
        sa.Column("cycle", NAME, nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_timer")),
    )
    op.create_index(op.f("ix_timer_due_key"), "timer", ["due", "key"], unique=False)
    op.create_index(
        "ix_timer_start_trigger_key",
        "timer",
        ["start_trigger_key"],
        unique=False,
        sqlite_where=sa.text("start_trigger_key IS NOT NULL"),
        postgresql_where=sa.text("start_trigger_key IS NOT NULL"),
    )
    op.create_table(
        "user_task",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("root_key", KEY, nullable=False),
        sa.Column("process_instance_key", KEY, nullable=False),
        sa.Column("process_definition_key", KEY, nullable=False),
        sa.Column("process_id", NAME, nullable=False),
        sa.Column("element_instance_key", KEY, nullable=False),
        sa.Column("element_id", NAME, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("process_version", sa.Integer(), nullable=False),
        sa.Column("process_name", NAME, nullable=True),
        sa.Column("name", NAME, nullable=True),
        sa.Column("state", NAME, nullable=False),
        sa.Column("assignee", NAME, nullable=True),
        sa.Column("candidate_groups", sa.Text(), nullable=False),
        sa.Column("candidate_users", sa.Text(), nullable=False),
        sa.Column("due_date", sa.BigInteger(), nullable=True),
        sa.Column("follow_up_date", sa.BigInteger(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("form_id", NAME, nullable=True),
        sa.Column("form_key", KEY, nullable=True),
        sa.Column("external_form", NAME, nullable=True),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("choices", sa.Text(), nullable=False),
        sa.Column("choose_many", sa.Boolean(), nullable=False),
        sa.Column("question", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("completed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_user_task")),
    )
    op.create_index(
        "ix_user_task_assignee",
        "user_task",
        ["assignee"],
        unique=False,
        sqlite_where=sa.text("assignee IS NOT NULL"),
        postgresql_where=sa.text("assignee IS NOT NULL"),
    )
    op.create_index(op.f("ix_user_task_completed_at"), "user_task", ["completed_at"], unique=False)
    op.create_index(op.f("ix_user_task_created_at"), "user_task", ["created_at"], unique=False)
    op.create_index(
        "ix_user_task_due_date",
        "user_task",
        ["due_date"],
        unique=False,
        sqlite_where=sa.text("due_date IS NOT NULL"),
        postgresql_where=sa.text("due_date IS NOT NULL"),
    )
    op.create_index(
        "ix_user_task_follow_up_date",
        "user_task",
        ["follow_up_date"],
        unique=False,
        sqlite_where=sa.text("follow_up_date IS NOT NULL"),
        postgresql_where=sa.text("follow_up_date IS NOT NULL"),
    )
    op.create_index(op.f("ix_user_task_name"), "user_task", ["name"], unique=False)
    op.create_index(op.f("ix_user_task_priority_key"), "user_task", ["priority", "key"], unique=False)
    op.create_index(op.f("ix_user_task_process_id_key"), "user_task", ["process_id", "key"], unique=False)
    op.create_index(
        op.f("ix_user_task_process_instance_key_key"), "user_task", ["process_instance_key", "key"], unique=False
    )
    op.create_index(op.f("ix_user_task_state_key"), "user_task", ["state", "key"], unique=False)
    op.create_table(
        "user_task_candidate",
        sa.Column("user_task_key", KEY, nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.PrimaryKeyConstraint("user_task_key", "kind", "name", name=op.f("pk_user_task_candidate")),
    )
    op.create_index(
        op.f("ix_user_task_candidate_kind_name_user_task_key"),
        "user_task_candidate",
        ["kind", "name", "user_task_key"],
        unique=False,
    )
    op.create_table(
        "variable",
        sa.Column("scope_key", KEY, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("root_key", KEY, nullable=False),
        sa.Column("process_instance_key", KEY, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope_key", "name", name=op.f("pk_variable")),
        sa.UniqueConstraint("key", name=op.f("uq_variable_key")),
    )
    op.create_index(op.f("ix_variable_name_scope_key"), "variable", ["name", "scope_key"], unique=False)
    op.create_index(
        op.f("ix_variable_process_instance_key_name"), "variable", ["process_instance_key", "name"], unique=False
    )
    op.create_index(op.f("ix_variable_root_key"), "variable", ["root_key"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_variable_root_key"), table_name="variable")
    op.drop_index(op.f("ix_variable_process_instance_key_name"), table_name="variable")
    op.drop_index(op.f("ix_variable_name_scope_key"), table_name="variable")
    op.drop_table("variable")
    op.drop_index(op.f("ix_user_task_candidate_kind_name_user_task_key"), table_name="user_task_candidate")
    op.drop_table("user_task_candidate")
    op.drop_index(op.f("ix_user_task_state_key"), table_name="user_task")
    op.drop_index(op.f("ix_user_task_process_instance_key_key"), table_name="user_task")
    op.drop_index(op.f("ix_user_task_process_id_key"), table_name="user_task")
    op.drop_index(op.f("ix_user_task_priority_key"), table_name="user_task")
    op.drop_index(op.f("ix_user_task_name"), table_name="user_task")
    op.drop_index(
        "ix_user_task_follow_up_date",
        table_name="user_task",
        sqlite_where=sa.text("follow_up_date IS NOT NULL"),
        postgresql_where=sa.text("follow_up_date IS NOT NULL"),
    )
    op.drop_index(
        "ix_user_task_due_date",
        table_name="user_task",
        sqlite_where=sa.text("due_date IS NOT NULL"),
        postgresql_where=sa.text("due_date IS NOT NULL"),
    )
    op.drop_index(op.f("ix_user_task_created_at"), table_name="user_task")
    op.drop_index(op.f("ix_user_task_completed_at"), table_name="user_task")
    op.drop_index(
        "ix_user_task_assignee",
        table_name="user_task",
        sqlite_where=sa.text("assignee IS NOT NULL"),
        postgresql_where=sa.text("assignee IS NOT NULL"),
    )
    op.drop_table("user_task")
    op.drop_index(
        "ix_timer_start_trigger_key",
        table_name="timer",
        sqlite_where=sa.text("start_trigger_key IS NOT NULL"),
        postgresql_where=sa.text("start_trigger_key IS NOT NULL"),
    )
    op.drop_index(op.f("ix_timer_due_key"), table_name="timer")
    op.drop_table("timer")
    op.drop_index(op.f("ix_start_trigger_tenant_id_process_id"), table_name="start_trigger")
    op.drop_index(op.f("ix_start_trigger_tenant_id_kind_name"), table_name="start_trigger")
    op.drop_table("start_trigger")
    op.drop_index(op.f("ix_signal_subscription_tenant_id_name"), table_name="signal_subscription")
    op.drop_table("signal_subscription")
    op.drop_index(op.f("ix_resource_deployment_key"), table_name="resource")
    op.drop_table("resource")
    op.drop_index(op.f("ix_process_instance_state_key"), table_name="process_instance")
    op.drop_index(op.f("ix_process_instance_started_at"), table_name="process_instance")
    op.drop_index(op.f("ix_process_instance_root_key"), table_name="process_instance")
    op.drop_index(op.f("ix_process_instance_process_id_key"), table_name="process_instance")
    op.drop_index(op.f("ix_process_instance_process_definition_key_key"), table_name="process_instance")
    op.drop_index(
        "ix_process_instance_parent_process_instance_key",
        table_name="process_instance",
        sqlite_where=sa.text("parent_process_instance_key IS NOT NULL"),
        postgresql_where=sa.text("parent_process_instance_key IS NOT NULL"),
    )
    op.drop_index(op.f("ix_process_instance_ended_at"), table_name="process_instance")
    op.drop_index(
        "ix_process_instance_business_id",
        table_name="process_instance",
        sqlite_where=sa.text("business_id IS NOT NULL"),
        postgresql_where=sa.text("business_id IS NOT NULL"),
    )
    op.drop_table("process_instance")
    op.drop_index("ix_process_definition_version_tag", table_name="process_definition")
    op.drop_index(op.f("ix_process_definition_deployment_key"), table_name="process_definition")
    op.drop_table("process_definition")
    op.drop_table("outbox")
    op.drop_table("node")
    op.drop_index(op.f("ix_message_subscription_process_instance_key_key"), table_name="message_subscription")
    op.drop_index(
        "ix_message_subscription_open",
        table_name="message_subscription",
        sqlite_where=sa.text("state = 'CREATED'"),
        postgresql_where=sa.text("state = 'CREATED'"),
    )
    op.drop_table("message_subscription")
    op.drop_index(op.f("ix_message_correlation_subscription_key"), table_name="message_correlation")
    op.drop_index(op.f("ix_message_correlation_message_name_correlation_key"), table_name="message_correlation")
    op.drop_index(op.f("ix_message_correlation_process_instance_key"), table_name="message_correlation")
    op.drop_table("message_correlation")
    op.drop_index(op.f("ix_message_expires_at"), table_name="message")
    op.drop_table("message")
    op.drop_index(op.f("ix_job_type_key"), table_name="job")
    op.drop_index(op.f("ix_job_state_key"), table_name="job")
    op.drop_index(op.f("ix_job_process_instance_key_key"), table_name="job")
    op.drop_index(
        "ix_job_available",
        table_name="job",
        sqlite_where=sa.text("available_at IS NOT NULL"),
        postgresql_where=sa.text("available_at IS NOT NULL"),
    )
    op.drop_table("job")
    op.drop_index(op.f("ix_incident_state_key"), table_name="incident")
    op.drop_index(op.f("ix_incident_process_instance_key_key"), table_name="incident")
    op.drop_index(op.f("ix_incident_created_at"), table_name="incident")
    op.drop_table("incident")
    op.drop_index(op.f("ix_idempotency_stored_at"), table_name="idempotency")
    op.drop_table("idempotency")
    op.drop_table("history")
    op.drop_index(op.f("ix_form_definition_deployment_key"), table_name="form_definition")
    op.drop_table("form_definition")
    op.drop_index(op.f("ix_element_instance_process_instance_key_key"), table_name="element_instance")
    op.drop_index(op.f("ix_element_instance_process_definition_key_element_id_key"), table_name="element_instance")
    op.drop_index(
        "ix_element_instance_live",
        table_name="element_instance",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_table("element_instance")
    op.drop_table("deployment")
    op.drop_table("decision_requirements")
    op.drop_index(op.f("ix_decision_instance_process_instance_key_key"), table_name="decision_instance")
    op.drop_index(op.f("ix_decision_instance_decision_id_key"), table_name="decision_instance")
    op.drop_table("decision_instance")
    op.drop_index(op.f("ix_decision_definition_deployment_key"), table_name="decision_definition")
    op.drop_table("decision_definition")
    op.drop_index(op.f("ix_audit_log_process_instance_key_key"), table_name="audit_log")
    op.drop_index(op.f("ix_audit_log_entity_key"), table_name="audit_log")
    op.drop_index(op.f("ix_audit_log_at"), table_name="audit_log")
    op.drop_table("audit_log")
    op.drop_table("audit_head")
