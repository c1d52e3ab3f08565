"""The application: guards around routes around the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic.alias_generators import to_camel

from laneway import __version__
from laneway.bootstrap import Laneway
from laneway.commands.awaiting import HandOver
from laneway_api import problems
from laneway_api.admission import Admission
from laneway_api.guards import Guards
from laneway_api.health import Health
from laneway_api.lean import Lean
from laneway_api.lines import Lines
from laneway_api.metrics import Metrics
from laneway_api.routes import (
    agent_contracts,
    agents,
    approvals,
    audit_logs,
    autonomy,
    budgets,
    cluster,
    data_sources,
    decisions,
    deployments,
    incidents,
    jobs,
    kill_switches,
    messages,
    operations,
    process_definitions,
    process_instances,
    user_tasks,
    variables,
)
from laneway_api.schemas.common import Problem
from laneway_api.tracing import Traced
from laneway_api.waiting import Closing

DESCRIPTION = (
    "Processes in which people, agents and systems work together. /v2 speaks the Camunda 8 Orchestration Cluster REST API "
    "(8.10), so that its clients work unchanged; what is marked as Laneway's own is beyond it. Keys are strings of digits, "
    "times are UTC, failures are application/problem+json with a stable code."
)
_NOUNS = (
    deployments,
    process_definitions,
    process_instances,
    user_tasks,
    jobs,
    messages,
    incidents,
    variables,
    decisions,
    kill_switches,
    budgets,
    data_sources,
    agent_contracts,
    agents,
    autonomy,
    approvals,
    audit_logs,
    cluster,
    operations,
)


def create_app(
    laneway: Laneway, *, allowed_hosts: Iterable[str] = (), only_probes: bool = False, lean: bool = True
) -> FastAPI:
    """The API over a built Laneway. ``allowed_hosts``: names beside those of the settings that the server answers to.
    ``only_probes``: health and metrics alone, for a process that works and answers no one else. ``lean``: False to answer every
    call by its documented route."""
    settings = laneway.settings
    limit = settings.max_upload_bytes
    app = FastAPI(
        title="Laneway",
        version=__version__,
        description=DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        strict_content_type=False,
        generate_unique_id_function=_operation_id,
        # Traces are made by ``Traced``; FastAPI would ask for its own at every request.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.engine = laneway.engine
    app.state.agents = laneway.agents
    app.state.settings = laneway.settings
    app.state.closing = Closing()
    app.state.lines = Lines(laneway.engine.listen)
    app.state.health = Health(laneway.engine.now, laneway.store.schema, laneway.workers.states, app.state.closing)
    app.state.admission = Admission(
        requests=settings.max_requests_at_once, held=settings.max_requests_held, content=settings.max_bytes_at_once
    )
    app.state.metrics = Metrics(
        laneway.engine, app.state.admission, laneway.store.backlog, laneway.store.connections, laneway.observers.tracing
    )
    laneway.observers.add(app.state.metrics)
    app.state.hand_over = HandOver(laneway.engine.desk)
    app.state.body_limit = limit
    problems.install(app)
    for routes in [operations.probes] if only_probes else [noun.routes for noun in _NOUNS]:
        app.include_router(routes)
    hosts = (*allowed_hosts, *settings.allowed_hosts, settings.host)
    app.openapi = partial(_described, app, app.openapi)  # type: ignore[method-assign]
    if lean and not only_probes:
        app.add_middleware(Lean, hand_over=app.state.hand_over)
    app.add_middleware(
        Guards, allowed_hosts=hosts, limit=limit, metrics=app.state.metrics, admission=app.state.admission
    )
    if laneway.observers.tracing is not None:
        app.add_middleware(Traced, tracing=laneway.observers.tracing)
    return app


def _described(app: FastAPI, describe: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The OpenAPI document, with failures as they are: FastAPI would promise a 422 of its own shape everywhere."""
    if app.openapi_schema is None:
        document = describe()
        schemas = document["components"]["schemas"]
        schemas.pop("HTTPValidationError", None)
        schemas.pop("ValidationError", None)
        schemas["Problem"] = Problem.model_json_schema()
        for operations in document["paths"].values():
            for operation in operations.values():
                if "application/json" in operation["responses"].get("422", {}).get("content", {}):
                    del operation["responses"]["422"]
    found = app.openapi_schema
    assert found is not None
    return found


def _operation_id(route: APIRoute) -> str:
    return to_camel(route.name)
