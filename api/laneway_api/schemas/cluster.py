"""What the server says of itself and of the caller."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from laneway_api.schemas.common import Instant, Wire


class Partition(Wire):
    partition_id: int
    role: Literal["leader", "follower", "inactive"]
    health: Literal["healthy", "unhealthy", "dead"]
    state: Literal["active", "joining", "learner", "leaving", "recovering", "unknown"]


class Broker(Wire):
    node_id: int
    broker_id: str
    host: str
    port: int
    partitions: list[Partition]
    version: str


class Topology(Wire):
    """One node with one partition: any Laneway process serves any instance, so that there is nothing to route."""

    brokers: list[Broker]
    cluster_id: str | None
    cluster_size: int
    partitions_count: int
    replication_factor: int
    gateway_version: str = Field(description="The version of the API that is spoken")
    last_completed_change_id: str


class License(Wire):
    valid_license: bool
    license_type: str
    is_commercial: bool
    expires_at: Instant | None


class Tenant(Wire):
    tenant_id: str
    name: str
    description: str | None


class Me(Wire):
    username: str
    display_name: str | None
    email: str | None
    authorized_components: list[str]
    tenants: list[Tenant]
    groups: list[str]
    roles: list[str]
    sales_plan_type: str | None
    c8_links: dict[str, str]
    can_logout: bool


class SystemConfiguration(Wire):
    """Limits and switches that clients look up."""

    job_metrics: dict[str, Any]
    components: dict[str, Any]
    deployment: dict[str, Any]
    authentication: dict[str, Any]
    cloud: dict[str, Any]
