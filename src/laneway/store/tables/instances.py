"""What runs and what ran: process instances, their elements and variables."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    and_,
    or_,
    text,
)

from laneway.store.tables.base import index_by, index_where, key, metadata, tenant
from laneway.store.types import Digest, Instant, Json, Key, Name

process_instance = Table(
    "process_instance",
    metadata,
    key(),
    tenant(),
    Column("root_key", Key, nullable=False),
    Column("parent_process_instance_key", Key),
    Column("parent_element_instance_key", Key),
    Column("process_definition_key", Key, nullable=False),
    Column("process_id", Name, nullable=False),
    Column("process_name", Name),
    Column("process_version", Integer, nullable=False),
    Column("process_version_tag", Name),
    Column("state", Name, nullable=False),
    # The fence: commands seen by a root. 0 for called instances, which share the fence of their root.
    Column("version", Integer, nullable=False),
    Column("started_at", Instant, nullable=False, index=True),
    Column("ended_at", Instant),
    Column("has_incident", Boolean, nullable=False),
    Column("tags", Json, nullable=False),
    Column("business_id", Name),
    # The head of the root's audit chain, so that a chain cut off at its end is found out.
    Column("audit_sequence", Integer, nullable=False),
    Column("audit_hash", Digest, nullable=False),
    # Of a root: whose words were ever written in it, see domain.origins. NULL where the record alone tells: of before revision 0017.
    Column("origins", SmallInteger),
    # The element instance of a root that outlives the command which started it is this row: with its place in the model, its
    # state where that is another one than of the process instance, and the rest as of other elements. NULL where it has a row
    # of its own (called instances, roots that had ended before revision 0018) or a route tells it.
    Column("slot", Integer),
    Column("element_state", Name),
    Column("runtime", Text),
    Column("incident_key", Key),
)
index_where(
    "ix_process_instance_root_key",
    process_instance.c.root_key,
    where=text("root_key <> key"),
)
# Most have completed, and are found without an index of their state.
index_where("ix_process_instance_active", process_instance.c.key, where=text("state = 'ACTIVE'"))
index_where("ix_process_instance_terminated", process_instance.c.key, where=text("state = 'TERMINATED'"))
index_where("ix_process_instance_ended_at", process_instance.c.ended_at, where=text("ended_at IS NOT NULL"))
index_by(process_instance.c.process_id)
index_where(
    "ix_process_instance_parent_process_instance_key",
    process_instance.c.parent_process_instance_key,
    where=text("parent_process_instance_key IS NOT NULL"),
)
index_where("ix_process_instance_business_id", process_instance.c.business_id, where=text("business_id IS NOT NULL"))


def of_root_instance(root_key: int) -> ColumnElement[bool]:
    """The process instances of a root, by the indexes that there are: the root itself is none of those with a root."""
    other = and_(process_instance.c.root_key == root_key, process_instance.c.root_key != process_instance.c.key)
    return or_(process_instance.c.key == root_key, other)


element_instance = Table(
    "element_instance",
    metadata,
    key(),
    tenant(),
    Column("root_key", Key, nullable=False),
    Column("process_instance_key", Key, nullable=False),
    Column("process_definition_key", Key, nullable=False),
    Column("process_id", Name, nullable=False),
    Column("parent_key", Key, nullable=False),
    Column("slot", Integer, nullable=False),
    Column("element_id", Name, nullable=False),
    Column("element_name", Name),
    Column("type", Name, nullable=False),
    Column("state", Name, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("incident_key", Key),
    # ElementInstance.runtime_json(); NULL where there is nothing, and once it has ended.
    Column("runtime", Text),
)
index_where("ix_element_instance_live", element_instance.c.root_key, where=text("ended_at IS NULL"))
# Live ones are found by their root. Of those that have ended, the ones that no route tells have a row.
index_where(
    "ix_element_instance_process_instance_key_key",
    element_instance.c.process_instance_key,
    element_instance.c.key,
    where=text("ended_at IS NOT NULL"),
)
index_where(
    "ix_element_instance_process_definition_key_element_id_key",
    element_instance.c.process_definition_key,
    element_instance.c.element_id,
    element_instance.c.key,
    where=text("ended_at IS NOT NULL"),
)

variable = Table(
    "variable",
    metadata,
    Column("scope_key", Key, nullable=False),
    Column("name", Name, nullable=False),
    Column("key", Key, nullable=False, unique=True),
    tenant(),
    Column("root_key", Key, nullable=False),
    Column("process_instance_key", Key, nullable=False),
    Column("value", Text, nullable=False),
    Column("updated_at", Instant, nullable=False),
    PrimaryKeyConstraint("scope_key", "name"),
)
# Those of the instance itself are found by their scope.
index_where(
    "ix_variable_process_instance_key_name",
    variable.c.process_instance_key,
    variable.c.name,
    where=text("process_instance_key <> scope_key"),
)
Index(None, variable.c.name, variable.c.scope_key)
