"""Which elements of a definition agents work on, noted when it is deployed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from laneway.commands.definitions import Compiled
from laneway.domain.agent_instance import AgentDefinition, AgentType
from laneway.domain.model import FlowNode, JobSpec
from laneway.ports import UnitOfWork

MARK = "zeebe:agentDefinition"
"""Key of the properties of an element that is said to be an agent which runs elsewhere (Camunda 8, "Connect an external agent")."""


def note_agents(uow: UnitOfWork, compiled: Iterable[Compiled]) -> None:
    uow.add_agent_definitions([found for each in compiled for found in _agents_of(uow, each)])


def _agents_of(uow: UnitOfWork, compiled: Compiled) -> Iterator[AgentDefinition]:
    definition = compiled.definition
    for node in compiled.model.nodes[1:]:
        agent_type = type_of(node)
        if agent_type is not None:
            yield AgentDefinition(
                uow.ids.next(),
                definition.key,
                definition.process_id,
                definition.version,
                definition.version_tag,
                node.id,
                node.name or node.id,
                agent_type,
                definition.tenant_id,
            )


def type_of(node: FlowNode) -> AgentType | None:
    if isinstance(node.work, JobSpec) and node.work.agent is not None:
        return "AI_AGENT_SUB_PROCESS" if node.ad_hoc is not None else "AI_AGENT_TASK"
    return "EXTERNAL_AGENT" if any(name.startswith(MARK) for name in node.properties) else None
