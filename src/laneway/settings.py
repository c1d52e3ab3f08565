"""Settings: environment variables ``LANEWAY_…`` or a ``.env`` file, read once at start. See docs/reference/settings.md."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from laneway.domain.types import DEFAULT_TENANT

Names = Annotated[tuple[str, ...], NoDecode]
"""A list of names, written with commas between them."""

Numbers = Annotated[dict[str, int], NoDecode]
"""A number for each name, written ``name=number`` with commas between them."""


KNOWN_ROLES = ("api", "agents", "timers", "retention")


class McpServerSetting(BaseModel):
    """One of ``mcp_servers``: a command to start, or an address."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    command: list[str] = []
    env: dict[str, str] = {}
    url: str | None = None
    headers: dict[str, str] = {}

    @model_validator(mode="after")
    def _one_of_both(self) -> McpServerSetting:
        if bool(self.command) == bool(self.url):
            raise ValueError("write `command` or `url`")
        if self.url is not None and not self.url.startswith(("http://", "https://")):
            raise ValueError("`url` begins with neither http:// nor https://")
        return self


class Settings(BaseSettings):
    """Every field is an environment variable with the prefix ``LANEWAY_``. Seconds, bytes and counts unless said otherwise."""

    model_config = SettingsConfigDict(env_prefix="LANEWAY_", env_file=".env", extra="ignore", frozen=True)

    # Where it runs
    database_url: str = Field(
        default="sqlite:///laneway.db",
        description="`sqlite:///file`, `sqlite://` (in memory) or `postgresql://user@host/database`",
    )
    database_connect_timeout: int = Field(
        default=10, ge=2, le=600, description="Seconds within which a connection to PostgreSQL must be there"
    )
    database_silence_timeout: int = Field(
        default=60,
        ge=2,
        le=3600,
        description="Seconds after which PostgreSQL ends a transaction whose process is silent, and either side gives the other's host up",
    )
    host: str = Field(default="127.0.0.1", description="Address that the API listens on")
    port: int = Field(default=8080, ge=0, le=65535, description="Port that the API listens on; 0 takes a free one")
    allowed_hosts: Names = Field(
        default=(),
        description="Host names, beside the local ones, that the API answers to, with commas between them; `*` for any",
    )
    timezone: str = Field(
        default="UTC",
        description="IANA name, for cron expressions, days of cycles and times without an offset; a cycle keeps the one it began with",
    )
    node_id: int | None = Field(
        default=None,
        ge=0,
        le=1023,
        description="Number of this node in its keys; without it one is leased from the database",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least important messages that are logged"
    )
    log_format: Literal["console", "json"] = Field(default="console", description="How log lines look")
    tracing: bool = Field(
        default=False,
        description="Whether traces of OpenTelemetry are sent (extra `otel`); where to is said by the standard variables `OTEL_EXPORTER_OTLP_…`",
    )

    tenants: Names = Field(
        default=(DEFAULT_TENANT,), description="Tenants that this process works for, with commas between them"
    )

    shutdown_delay: float = Field(
        default=0.0,
        ge=0,
        le=600,
        description="Seconds that a process which was told to stop goes on answering, not ready, so that load balancers notice",
    )
    shutdown_timeout: float = Field(
        default=20.0,
        ge=0,
        le=3600,
        description="Seconds after that in which requests and jobs at work may end; leases of others are given back",
    )

    # Workers
    roles: Names = Field(
        default=("api", "agents", "timers", "retention"),
        description="What this process does, with commas between them: `api` answers requests, `agents` works on agent jobs and scripts, `timers` on timers and the outbox, `retention` removes what has expired",
    )
    agents: Names = Field(
        default=(), description="Agents whose jobs this process works on, with commas between them; without it all"
    )
    agent_limits: Numbers = Field(
        default={},
        description="Jobs of an agent at work at the same time, over all processes: `name=number`, with commas between them",
    )
    agent_priorities: Numbers = Field(
        default={},
        description="Added to the priority of an agent's jobs: `name=number`, with commas between them; higher goes first",
    )
    agent_budget: str = Field(
        default="",
        description="What all agents together may use up, as JSON like `limits` of a contract; it holds beside theirs",
    )
    agent_history_days: float = Field(
        default=0.0,
        ge=0,
        description="Days for which what agents said and were given is kept after the end of its process instance; 0: as long as the instance",
    )
    agent_steers: Literal["allow", "incident", "refuse"] = Field(
        default="incident",
        description="What an agent may not decide chooses a way, and no person decides (`agent_steers`): `allow` it, hold the instance by an `incident`, or `refuse` such diagrams at deployment, too",
    )
    agents_without_contract: Literal["allow", "auto", "refuse"] = Field(
        default="auto",
        description="Diagrams with an agent of which no contract says what it may do (`agent_without_contract`): `allow` them and hold its work, `refuse` them at deployment, or refuse them only where the deployment has contracts of other agents (`auto`)",
    )
    dispatcher: Literal["auto", "polling", "tickets"] = Field(
        default="auto",
        description="How agent jobs find this process: `tickets` of procrastinate on PostgreSQL, `polling` the table of jobs; `auto` is `tickets` on PostgreSQL",
    )
    agent_concurrency: int = Field(default=8, ge=1, le=1000, description="Agent jobs worked on at the same time")
    poll_interval: float = Field(
        default=1.0, gt=0, le=60, description="Seconds after which workers look for work of other nodes"
    )
    script_concurrency: int = Field(default=2, ge=1, le=64, description="Python scripts run at the same time")
    agent_functions: Names = Field(
        default=(),
        description="Functions `module:function` that the `python` adapter may call, with commas between them",
    )
    egress_allow: Names = Field(
        default=(),
        description="Hosts `name` or `name:port` that agents may reach although their address is not public, with commas between them",
    )

    trusted_proxies: Names = Field(
        default=(),
        description="Addresses or networks (10.0.0.0/8), with commas, of the proxies that verify passwords: a name given with Basic counts only from there; without, names are taken at their word from anybody",
    )
    replay_hosts: Names = Field(
        default=(),
        description="Hosts `name` or `name:port` that a replay may reach although no deployed contract of the agent leads there, with commas",
    )
    replay_secrets: Names = Field(
        default=(),
        description="Names of secrets that a replay may use although no deployed contract of the agent names them, with commas between them",
    )

    mcp_servers: dict[str, McpServerSetting] = Field(
        default={},
        description='MCP servers whose tools contracts may name, as JSON: {"NAME": {"command": ["PROGRAM", "ARGUMENT"], "env": {}}} or '
        '{"NAME": {"url": "https://…", "headers": {}}}',
    )

    # Limits
    max_upload_bytes: int = Field(default=10_000_000, ge=1, description="Largest body of a request")
    max_requests_at_once: int = Field(
        default=256,
        ge=1,
        description="Requests that are worked on or wait for their turn; more are told to come again (503, `Retry-After`)",
    )
    max_requests_held: int = Field(
        default=5_000,
        ge=1,
        description="Requests that wait for a job, a message or an end; more are told to come again",
    )
    max_bytes_at_once: int = Field(
        default=200_000_000, ge=1, description="Bytes of requests in memory at once; more are told to come again"
    )
    max_deployment_bytes: int = Field(default=50_000_000, ge=1, description="Largest sum of the files of a deployment")
    max_deployment_files: int = Field(default=500, ge=1, description="Most files of a deployment")
    max_variables_bytes: int = Field(default=4_000_000, ge=1, description="Largest variables that one command may give")
    max_jobs_per_activation: int = Field(default=1_000, ge=1, description="Most jobs that one activation hands out")
    max_steps: int = Field(
        default=50_000,
        ge=1,
        description="Elements that an instance may begin without waiting for anyone; more is an incident",
    )
    max_call_depth: int = Field(
        default=50, ge=1, description="Call activities nested in each other; more is an incident"
    )
    max_loop_rounds: int = Field(
        default=50_000, ge=1, description="Rounds of a loop, items of a multi-instance activity; more is an incident"
    )
    thrown_message_ttl: float = Field(
        default=3600.0, ge=0, description="Seconds that a message thrown by a process waits for its receiver"
    )
    definitions_in_memory: int = Field(default=256, ge=1, description="Compiled definitions that are kept")
    hot_bytes: int = Field(
        default=64_000_000, ge=0, description="Memory for instances that are at work, about; 0 reads them every time"
    )
    stale_retries: int = Field(
        default=20, ge=1, le=1000, description="Attempts of a command whose instance changes at the same time"
    )

    # Shipped processes
    deploy_shipped: bool = Field(
        default=True, description="Whether `laneway serve` deploys the processes that ship with Laneway"
    )

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{name!r} is no IANA time zone; write for example Europe/Berlin") from None
        return name

    @field_validator("roles")
    @classmethod
    def _known_roles(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in names if name not in KNOWN_ROLES]
        if unknown or not names:
            raise ValueError(f"roles are {', '.join(KNOWN_ROLES)}; not {', '.join(unknown) or 'none at all'}")
        return tuple(name for name in KNOWN_ROLES if name in names)

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for each in proxies:
            ip_network(each, strict=False)  # ValueError says what is wrong with it
        return proxies

    @field_validator("agent_limits", "agent_priorities", mode="before")
    @classmethod
    def _numbers(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        pairs = [item.partition("=") for item in value.split(",") if item.strip()]
        return {name.strip(): number.strip() for name, _, number in pairs}

    @field_validator(
        "allowed_hosts",
        "tenants",
        "roles",
        "agents",
        "agent_functions",
        "egress_allow",
        "trusted_proxies",
        "replay_hosts",
        "replay_secrets",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(item.strip() for item in value.split(",") if item.strip()) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _tickets_need_postgresql(self) -> Settings:
        if self.dispatcher == "tickets" and not self.database_url.startswith("postgresql"):
            raise ValueError("dispatcher `tickets` needs PostgreSQL; leave it out, or write `polling`, on SQLite")
        return self
