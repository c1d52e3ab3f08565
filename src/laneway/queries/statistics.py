"""Counts and traces of one process instance, made of its element instances and its history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from laneway.commands.context import Context
from laneway.ports import Filter, SearchQuery
from laneway.queries.reading import header

PAGE = 1_000


def element_statistics(
    context: Context, process_instance_key: int, *, tenant_ids: Sequence[str] | None
) -> list[dict[str, Any]]:
    header(context, process_instance_key, tenant_ids=tenant_ids)
    found: dict[str, dict[str, Any]] = {}
    for row in _element_instances(context, process_instance_key):
        counts = found.setdefault(
            row["elementId"],
            {"elementId": row["elementId"], "active": 0, "canceled": 0, "incidents": 0, "completed": 0},
        )
        if row["state"] == "COMPLETED":
            counts["completed"] += 1
        elif row["state"] == "TERMINATED":
            counts["canceled"] += 1
        elif row["hasIncident"]:
            counts["incidents"] += 1
        else:
            counts["active"] += 1
    return list(found.values())


def taken_flows(context: Context, process_instance_key: int, *, tenant_ids: Sequence[str] | None) -> list[str]:
    found = header(context, process_instance_key, tenant_ids=tenant_ids)
    flows: dict[str, None] = {}
    for command in context.store.history(found.root_key):
        for event in command["events"]:
            if event[0] == "SequenceFlowTaken" and event[1] == process_instance_key:
                flows[event[2]] = None
    return list(flows)


def _element_instances(context: Context, process_instance_key: int) -> Iterator[dict[str, Any]]:
    filters = (Filter("processInstanceKey", "eq", process_instance_key),)
    after: str | None = None
    while True:
        page = context.store.search(SearchQuery("element-instances", filters, limit=PAGE, after=after))
        yield from page.items
        if len(page.items) < PAGE:
            return
        after = page.end_cursor
