"""The tables, by noun family. Every one has the tenant, and the root key where it belongs to an instance."""

from laneway.store.tables.agents import agent_definition, agent_history_item, agent_instance
from laneway.store.tables.autonomy import agent_call, autonomy_pair, autonomy_setting
from laneway.store.tables.base import metadata
from laneway.store.tables.data import data_store_item
from laneway.store.tables.definitions import (
    decision_definition,
    decision_requirements,
    deployment,
    form_definition,
    process_definition,
    resource,
    start_trigger,
)
from laneway.store.tables.governed import agent_contract, budget, budget_reservation, data_source, kill_switch
from laneway.store.tables.instances import element_instance, process_instance, variable
from laneway.store.tables.record import (
    audit_head,
    audit_log,
    decision_instance,
    idempotency,
    node,
    phrase,
    route,
    route_element,
)
from laneway.store.tables.tools import agent_turn, approval, instance_editor, tool_call
from laneway.store.tables.waits import (
    message,
    message_correlation,
    message_start,
    message_subscription,
    outbox,
    signal_subscription,
    timer,
)
from laneway.store.tables.work import incident, job, user_task, user_task_candidate

__all__ = [
    "agent_call",
    "agent_contract",
    "agent_definition",
    "agent_history_item",
    "agent_instance",
    "agent_turn",
    "approval",
    "audit_head",
    "audit_log",
    "autonomy_pair",
    "autonomy_setting",
    "budget",
    "budget_reservation",
    "data_source",
    "data_store_item",
    "decision_definition",
    "decision_instance",
    "decision_requirements",
    "deployment",
    "element_instance",
    "form_definition",
    "idempotency",
    "incident",
    "instance_editor",
    "job",
    "kill_switch",
    "message",
    "message_correlation",
    "message_start",
    "message_subscription",
    "metadata",
    "node",
    "outbox",
    "phrase",
    "process_definition",
    "process_instance",
    "resource",
    "route",
    "route_element",
    "signal_subscription",
    "start_trigger",
    "timer",
    "tool_call",
    "user_task",
    "user_task_candidate",
    "variable",
]
