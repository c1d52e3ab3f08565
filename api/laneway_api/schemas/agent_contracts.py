"""Contracts of agents, as they were deployed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from laneway_api.rows import Falls, Key
from laneway_api.schemas.common import Instant, PageInfo, Wire
from laneway_api.search import SearchBody, Searched

SEARCHED = Searched(
    "agent-contracts",
    {
        "agentContractKey": "key",
        "hash": "text",
        "name": "text",
        "processDefinitionId": "text",
        "processDefinitionVersion": "integer",
        "processDefinitionKey": "key",
        "owner": "text",
        "adapter": "text",
        "model": "text",
        "authority": "text",
        "deploymentDate": "date",
        "tenantId": "text",
    },
    (
        "agentContractKey", "hash", "name", "processDefinitionId", "processDefinitionVersion", "processDefinitionKey", "owner",
        "adapter", "model", "authority", "deploymentDate", "tenantId",
    ),
)  # fmt: skip


class AgentContract(Wire):
    agent_contract_key: Key
    hash: str = Field(description="SHA-256 of what stands in the file; the record of each call names it")
    name: str
    process_definition_id: str
    process_definition_version: int
    process_definition_key: Key = Field(description="The version of the process that it is pinned to")
    purpose: str
    owner: str
    adapter: str
    model: str
    authority: Annotated[Literal["decide", "recommend", "none"], Falls("recommend")]
    job_types: list[str]
    deployment_date: Instant
    tenant_id: str


class AgentContracts(Wire):
    items: list[AgentContract]
    page: PageInfo


class AgentContractSearch(SearchBody):
    searched = SEARCHED


class AgentContractInFull(Wire):
    hash: str
    content: dict[str, Any] = Field(description="All that it says")
    deployed: list[AgentContract] = Field(description="Each version of a process that was deployed with it")
