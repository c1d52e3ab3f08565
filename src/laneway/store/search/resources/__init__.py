"""The tables of contents: what can be searched, by which fields of the wire format."""

from __future__ import annotations

from collections.abc import Mapping

from laneway.store.search.fields import Resource
from laneway.store.search.resources import (
    agents,
    autonomy,
    definitions,
    governed,
    instances,
    messages,
    record,
    tools,
    work,
)

RESOURCES: Mapping[str, Resource] = {
    resource.name: resource
    for room in (definitions, instances, work, messages, record, agents, governed, autonomy, tools)
    for resource in room.RESOURCES
}
