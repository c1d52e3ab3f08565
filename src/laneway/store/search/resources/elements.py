"""Element instances wherever they are kept: as rows, as the row of a root, or told by the route of a record."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text, case, cast, func, literal_column, null, select

from laneway.store.routes import ROOT
from laneway.store.search.arms import Arms
from laneway.store.tables import audit_log, element_instance, process_instance, route_element

_rows = select(
    element_instance.c.key,
    element_instance.c.tenant_id,
    element_instance.c.root_key,
    element_instance.c.process_instance_key,
    element_instance.c.process_definition_key,
    element_instance.c.process_id,
    element_instance.c.parent_key,
    element_instance.c.element_id,
    element_instance.c.element_name,
    element_instance.c.type,
    element_instance.c.state,
    element_instance.c.started_at,
    element_instance.c.ended_at,
    element_instance.c.incident_key,
    element_instance.c.key.label("near"),
)
_process = process_instance.c
_roots = select(
    _process.key,
    _process.tenant_id,
    _process.root_key,
    _process.key.label("process_instance_key"),
    _process.process_definition_key,
    _process.process_id,
    literal_column("0", BigInteger).label("parent_key"),
    _process.process_id.label("element_id"),
    _process.process_name.label("element_name"),
    literal_column("'PROCESS'", Text).label("type"),
    func.coalesce(_process.element_state, _process.state).label("state"),
    _process.started_at,
    _process.ended_at,
    _process.incident_key,
    _process.key.label("near"),
).where(_process.slot.is_not(None))
_told = select(
    (audit_log.c.key + route_element.c.place).label("key"),
    route_element.c.tenant_id,
    audit_log.c.root_key,
    audit_log.c.root_key.label("process_instance_key"),
    route_element.c.process_definition_key,
    route_element.c.process_id,
    case(
        (route_element.c.parent_place.is_(None), 0),
        (route_element.c.parent_place == ROOT, audit_log.c.root_key),
        else_=audit_log.c.key + route_element.c.parent_place,
    ).label("parent_key"),
    route_element.c.element_id,
    route_element.c.element_name,
    route_element.c.type,
    route_element.c.state,
    audit_log.c.at.label("started_at"),
    audit_log.c.at.label("ended_at"),
    cast(null(), BigInteger).label("incident_key"),
    audit_log.c.key.label("near"),
)
_of_all = _told.join_from(audit_log, route_element, route_element.c.route_key == audit_log.c.route_key)
# Computed, so that no database goes from the routes to all records that have them, but from the record to its route.
_of_record = _told.join_from(audit_log, route_element, route_element.c.route_key == audit_log.c.route_key + 0)

ELEMENTS = Arms("elements", _rows, _roots, _of_all)
elements = ELEMENTS.whole
"""``near``: a key that is stored, and indexed: that of the element instance, or up to ``PLACES`` before it."""
ELEMENTS_OF_INSTANCE = Arms("elements", _rows, _roots, _of_record, whole=elements)
"""For conditions that name an instance or an element instance, of which there are few records."""
