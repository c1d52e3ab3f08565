"""The one place that wires rooms together: production defaults, replacements as arguments."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING

from laneway.agents.environment import AgentEnvironment, McpServer
from laneway.agents.registry import AgentRegistry
from laneway.commands.context import Context, Limits
from laneway.commands.data_stores import InDatabase
from laneway.commands.definitions import DefinitionCache
from laneway.commands.observing import Observers
from laneway.domain.errors import InvalidInput
from laneway.domain.limits import AgentLimits
from laneway.domain.model import ProcessModel
from laneway.engine import Engine
from laneway.logs import Logger, configure_with
from laneway.ports import AgentShare, DataStores, Dispatcher, Egress, Store
from laneway.runtime.limits import Limits as RuntimeLimits
from laneway.settings import Settings
from laneway.workers import AgentWorker, InProcessWakeup, InternalWorker, RetentionWorker, TimerWorker, Workers
from laneway.workers.dispatch import PollingDispatcher

if TYPE_CHECKING:
    from laneway.store.maintenance import Maintenance
    from laneway.tracing import Tracer


SECONDS_TO_DRAIN = 10.0
"""For commands whose callers have gone, before the database is let go of. They are done or not, as after any end of a process."""


@dataclass(frozen=True, slots=True)
class Models:
    """Compiled models by definition key, for readers that hold no transaction."""

    store: Store
    cache: DefinitionCache

    def model(self, definition_key: int) -> ProcessModel:
        """NotFound ``process_not_found``."""
        with self.store.read() as uow:
            return self.cache.process(uow, definition_key).model


@dataclass(frozen=True, slots=True)
class Laneway:
    """A whole Laneway. Close it, or use it as a context manager."""

    settings: Settings
    store: Store
    engine: Engine
    workers: Workers
    definitions: Models
    agents: AgentRegistry
    observers: Observers

    def close(self) -> None:
        """Stop the workers and let go of the database."""
        self.workers.stop()
        if not self.engine.drain(SECONDS_TO_DRAIN):
            Logger("laneway").warning("commands_left_undone")
        self.store.close()
        if self.observers.tracing is not None:
            self.observers.tracing.close()

    def __enter__(self) -> Laneway:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def build(
    settings: Settings | None = None,
    *,
    clock: Callable[[], datetime] | None = None,
    agents: AgentRegistry | None = None,
    data_stores: DataStores | None = None,
    workers: bool = False,
) -> Laneway:
    """Open the database and put everything together.

    Parameters
    ----------
    clock
        Gives the time, aware; without it the database's own clock does.
    agents
        Where adapters come from; without it those registered in this process and installed.
    data_stores
        Where data stores of diagrams keep their items; without it the database.
    workers
        Whether to start the worker loops of the settings' roles. Without, ``workers.start()`` starts them, and ``workers.step()`` steps them.
    """
    from laneway.store import Patience, open_store

    settings = settings or Settings()
    tracer = _tracer(settings)
    configure_logging(settings)
    patience = Patience(settings.database_connect_timeout, settings.database_silence_timeout)
    store = open_store(
        settings.database_url,
        clock=clock,
        node_id=settings.node_id,
        patience=patience,
        hot_bytes=settings.hot_bytes,
    )
    definitions = DefinitionCache(settings.definitions_in_memory)
    context = Context(
        store,
        definitions,
        InProcessWakeup(),
        limits_of(settings),
        runtime_limits_of(settings),
        data_stores or InDatabase(),
        agent_budget=_agent_budget(settings),
    )
    context.observers.tracing = tracer
    adapters = agents or AgentRegistry(_environment(settings, clock, tracer))
    loops = Workers(
        context,
        AgentWorker(
            context,
            adapters,
            settings.tenants,
            settings.agent_concurrency,
            settings.poll_interval,
            dispatcher=_dispatcher(settings, store, virtual=clock is not None),
            share=AgentShare(settings.agents or None, settings.agent_limits, settings.agent_priorities),
        ),
        InternalWorker(context, settings.tenants),
        TimerWorker(context, settings.poll_interval),
        RetentionWorker(
            context,
            timedelta(days=settings.agent_history_days) if settings.agent_history_days else None,
        ),
        roles=settings.roles,
        poll_interval=settings.poll_interval,
        scripts_at_once=settings.script_concurrency,
    )
    laneway = Laneway(settings, store, Engine(context), loops, Models(store, definitions), adapters, context.observers)
    if workers:
        loops.start()
    return laneway


def maintenance(settings: Settings) -> Maintenance:
    """What an operator does with the database of the settings; nothing is opened yet."""
    from laneway.store.maintenance import Maintenance

    return Maintenance(settings.database_url)


def _dispatcher(settings: Settings, store: Store, *, virtual: bool) -> Dispatcher:
    """Tickets go by the database's clock, so that a virtual one needs polling."""
    tickets = store.tickets
    if tickets is None or settings.dispatcher == "polling" or (settings.dispatcher == "auto" and virtual):
        return PollingDispatcher()
    from laneway.workers.dispatch.tickets import TicketDispatcher

    return TicketDispatcher(
        tickets,
        settings.database_url,
        settings.agents or None,
        settings.agent_priorities,
        settings.agent_limits,
        settings.poll_interval,
    )


def configure_logging(settings: Settings) -> None:
    """Log to standard error, which leaves standard output to answers. A host that has set structlog up keeps its own."""
    configure_with(partial(_configure_structlog, settings))


def _configure_structlog(settings: Settings) -> None:
    import structlog

    levels = {"debug": 10, "info": 20, "warning": 30, "error": 40}
    # Traces without the values of variables: those may be people's data, or secrets.
    console = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    last = structlog.processors.JSONRenderer() if settings.log_format == "json" else console
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            *_of_traces(settings),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            *([structlog.processors.format_exc_info] if settings.log_format == "json" else []),
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(levels[settings.log_level]),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )


def _of_traces(settings: Settings) -> list[Callable[..., dict[str, object]]]:
    if not settings.tracing:
        return []
    from laneway.tracing.scope import logged

    return [logged]


def limits_of(settings: Settings) -> Limits:
    return Limits(
        stale_retries=settings.stale_retries,
        files_per_deployment=settings.max_deployment_files,
        bytes_per_deployment=settings.max_deployment_bytes,
        bytes_of_variables=settings.max_variables_bytes,
        jobs_per_activation=settings.max_jobs_per_activation,
        thrown_message_ttl=settings.thrown_message_ttl,
        definitions_in_memory=settings.definitions_in_memory,
        refuse_agents_that_steer=settings.agent_steers == "refuse",
        agents_without_contract=settings.agents_without_contract,
    )


def runtime_limits_of(settings: Settings) -> RuntimeLimits:
    return RuntimeLimits(
        steps=settings.max_steps,
        call_depth=settings.max_call_depth,
        loop_rounds=settings.max_loop_rounds,
        timezone=settings.timezone,
        agents_steer=settings.agent_steers == "allow",
    )


def agent_environment(settings: Settings) -> AgentEnvironment:
    """What agents and their tools are given in a process with these settings."""
    return _environment(settings, None, None)


def _environment(settings: Settings, clock: Callable[[], datetime] | None, tracer: Tracer | None) -> AgentEnvironment:
    from laneway.agents.egress import HttpEgress

    egress: Egress = HttpEgress(settings.egress_allow)
    if tracer is not None:
        from laneway.tracing import TracedEgress

        egress = TracedEgress(egress, tracer)
    return AgentEnvironment(
        egress=egress,
        clock=clock or _utc_now,
        allowed_functions=frozenset(settings.agent_functions),
        mcp_servers={
            name: McpServer(tuple(each.command), each.env, each.url, each.headers)
            for name, each in settings.mcp_servers.items()
        },
    )


def _agent_budget(settings: Settings) -> AgentLimits | None:
    """InvalidInput ``agent_budget_invalid``."""
    if not settings.agent_budget.strip():
        return None
    from laneway.governance.contract_limits import read_limits

    try:
        return read_limits(settings.agent_budget)
    except ValueError as fault:
        raise InvalidInput("agent_budget_invalid", f"LANEWAY_AGENT_BUDGET: {fault}") from None


def _tracer(settings: Settings) -> Tracer | None:
    """InvalidInput ``tracing_not_installed``."""
    if not settings.tracing:
        return None
    try:
        from laneway.tracing import open_tracer
    except ModuleNotFoundError as missing:
        raise InvalidInput(
            "tracing_not_installed",
            f"LANEWAY_TRACING needs {missing.name}: pip install 'laneway[otel]', or leave it out",
        ) from missing
    return open_tracer(settings.roles)


def _utc_now() -> datetime:
    return datetime.now(UTC)
