"""The reading side: search, one thing by key, history, forms, statistics. Never writes."""

from laneway.queries.autonomy import autonomy_report
from laneway.queries.charter import definition_charter
from laneway.queries.contents import definition_contents
from laneway.queries.provenance import provenance
from laneway.queries.reading import (
    definition_xml,
    get,
    now,
    process_definition,
    resource,
    resources,
    search,
    start_form,
    user_task_form,
    user_task_variables,
    verify_audit,
)
from laneway.queries.statistics import element_statistics, taken_flows
from laneway.queries.timeline import history, raw_history
from laneway.queries.waiting import await_completion

__all__ = [
    "autonomy_report",
    "await_completion",
    "definition_charter",
    "definition_contents",
    "definition_xml",
    "element_statistics",
    "get",
    "history",
    "now",
    "process_definition",
    "provenance",
    "raw_history",
    "resource",
    "resources",
    "search",
    "start_form",
    "taken_flows",
    "user_task_form",
    "user_task_variables",
    "verify_audit",
]
