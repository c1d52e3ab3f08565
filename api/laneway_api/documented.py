"""The documented routes: a FastAPI application over the parts of a process. Importing and building it takes most of what a start takes, so that ``app``
imports it when the process listens already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import partial
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic.alias_generators import to_camel
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.types import ASGIApp

from laneway import __version__
from laneway_api import failing
from laneway_api.parts import Parts
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


class Documented(FastAPI):
    def build_middleware_stack(self) -> ASGIApp:
        """Without Starlette's own net under what no one expected: that of the guards is around this."""
        stack = super().build_middleware_stack()
        assert isinstance(stack, ServerErrorMiddleware)
        return stack.app


def documented(parts: Parts, *, only_probes: bool = False) -> Documented:
    """``only_probes``: health and metrics alone."""
    app = Documented(
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
    for part in fields(parts):
        setattr(app.state, part.name, getattr(parts, part.name))
    failing.install(app)
    for routes in [operations.probed] if only_probes else [noun.routes for noun in _NOUNS]:
        app.include_router(routes)
    app.openapi = partial(_described, app, app.openapi)  # type: ignore[method-assign]
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
