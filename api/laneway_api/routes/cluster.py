"""What the server says of itself and of the caller."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from laneway import __version__
from laneway.domain.types import DEFAULT_TENANT
from laneway_api.responses import Json
from laneway_api.routing import EngineOf, Who, answers, router
from laneway_api.schemas import cluster as schemas

routes = router("Server")

GATEWAY_VERSION = "8.10.0"
"""The version of the wire format that is spoken."""


@routes.get("/topology", response_model=schemas.Topology, responses=answers())
def get_topology(request: Request) -> Response:
    """One node, one partition; `gatewayVersion` is the version of the API that is spoken."""
    partition = {"partitionId": 1, "role": "leader", "health": "healthy", "state": "active"}
    return Json(
        {
            "brokers": [
                {
                    "nodeId": 0,
                    "brokerId": "0",
                    "host": request.url.hostname or "localhost",
                    "port": request.url.port or 80,
                    "partitions": [partition],
                    "version": __version__,
                }
            ],
            "clusterId": None,
            "clusterSize": 1,
            "partitionsCount": 1,
            "replicationFactor": 1,
            "gatewayVersion": GATEWAY_VERSION,
            "lastCompletedChangeId": "0",
        }
    )


@routes.get("/status", status_code=204, response_class=Response, responses=answers(503))
def get_status(engine: EngineOf) -> Response:
    """204 while the database answers."""
    engine.now()
    return Response(status_code=204)


@routes.get("/license", response_model=schemas.License, responses=answers())
def get_license() -> Response:
    """Free software: there is nothing that could expire."""
    return Json({"validLicense": True, "licenseType": "Apache-2.0", "isCommercial": False, "expiresAt": None})


@routes.get("/authentication/me", response_model=schemas.Me, responses=answers())
def get_authentication(actor: Who) -> Response:
    """Who the server takes the caller for."""
    return Json(
        {
            "username": actor.id,
            "displayName": None,
            "email": None,
            "authorizedComponents": ["*"],
            "tenants": [{"tenantId": DEFAULT_TENANT, "name": "Default", "description": None}],
            "groups": [],
            "roles": [],
            "salesPlanType": None,
            "c8Links": {},
            "canLogout": False,
        }
    )


@routes.get("/system/configuration", response_model=schemas.SystemConfiguration, responses=answers())
def get_system_configuration(request: Request) -> Response:
    """Limits and switches that clients look up."""
    return Json(
        {
            "jobMetrics": {
                "enabled": False,
                "exportInterval": "PT5M",
                "maxWorkerNameLength": 10_000,
                "maxJobTypeLength": 1_000,
                "maxTenantIdLength": 31,
                "maxUniqueKeys": 0,
            },
            "components": {"active": []},
            "deployment": {"isMultiTenancyEnabled": False, "maxRequestSize": request.app.state.body_limit},
            "authentication": {"canLogout": False, "isLoginDelegated": False},
            "cloud": {"stage": None},
        }
    )
