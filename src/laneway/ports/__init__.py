"""What the core asks of the outside. Adapters implement these; ``bootstrap`` alone chooses among them."""

from laneway.ports.definitions import DecisionOutcome, Definitions, IdSource, ToolBegins
from laneway.ports.dispatch import AgentShare, Dispatcher, JobWork, Tickets, Wakeup
from laneway.ports.needs import Needs
from laneway.ports.outside import AgentAdapter, Egress, EgressRequest, EgressResponse
from laneway.ports.search import Filter, Page, SearchQuery
from laneway.ports.store import Backlog, Batch, DataStores, InstanceHeader, OutboxEntry, SchemaState, Store, UnitOfWork

__all__ = [
    "AgentAdapter",
    "AgentShare",
    "Backlog",
    "Batch",
    "DataStores",
    "DecisionOutcome",
    "Definitions",
    "Dispatcher",
    "Egress",
    "EgressRequest",
    "EgressResponse",
    "Filter",
    "IdSource",
    "InstanceHeader",
    "JobWork",
    "Needs",
    "OutboxEntry",
    "Page",
    "SchemaState",
    "SearchQuery",
    "Store",
    "Tickets",
    "ToolBegins",
    "UnitOfWork",
    "Wakeup",
]
