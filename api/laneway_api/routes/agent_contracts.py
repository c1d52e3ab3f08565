"""Contracts of agents: find, read, and see who runs under them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path
from starlette.responses import Response

from laneway.domain.errors import NotFound
from laneway.engine import Engine
from laneway.ports import Filter
from laneway_api.responses import Json
from laneway_api.routing import EngineOf, answers, router
from laneway_api.rows import page_of, shape
from laneway_api.schemas import agent_contracts as schemas, process_instances as instances
from laneway_api.search import query

routes = router("Agent contracts")

ContractHash = Annotated[str, Path(alias="contractHash", max_length=100, description="Its hash")]


def _deployed(engine: Engine, contract_hash: str) -> list[dict[str, Any]]:
    found = engine.search(query(schemas.SEARCHED, None, fixed=(Filter("hash", "eq", contract_hash),))).items
    if not found:
        raise NotFound("agent_contract_not_found", f"No contract with the hash {contract_hash} was deployed")
    return found


@routes.post("/agent-contracts/search", response_model=schemas.AgentContracts, responses=answers(400))
def search_agent_contracts(engine: EngineOf, body: schemas.AgentContractSearch | None = None) -> Response:
    """Find contracts, each once for every version of a process that it was deployed with (Laneway's own)."""
    return Json(page_of(schemas.AgentContract, engine.search(query(schemas.SEARCHED, body))))


@routes.get("/agent-contracts/{contractHash}", response_model=schemas.AgentContractInFull, responses=answers(400, 404))
def get_agent_contract(contract_hash: ContractHash, engine: EngineOf) -> Response:
    """All that a contract says, by its hash, and with what it was deployed (Laneway's own)."""
    rows = _deployed(engine, contract_hash)
    deployed = [shape(schemas.AgentContract, row) for row in rows]
    return Json({"hash": contract_hash, "content": rows[0]["content"], "deployed": deployed})


@routes.post(
    "/agent-contracts/{contractHash}/process-instances/search",
    response_model=instances.ProcessInstances,
    responses=answers(400, 404),
)
def search_agent_contract_process_instances(
    contract_hash: ContractHash, engine: EngineOf, body: instances.ProcessInstanceSearch | None = None
) -> Response:
    """Process instances that are pinned to a contract, running and ended (Laneway's own)."""
    keys = [row["processDefinitionKey"] for row in _deployed(engine, contract_hash)]
    pinned = (Filter("processDefinitionKey", "in", keys),)
    return Json(page_of(instances.ProcessInstance, engine.search(query(instances.SEARCHED, body, fixed=pinned))))
