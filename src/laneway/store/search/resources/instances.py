"""What runs and what ran."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Integer, Text, and_, cast, false, func, null, or_, select, type_coerce

from laneway.domain.types import HIDDEN_PREFIX, IncidentState
from laneway.store.search.fields import Field, Related, Resource, partly, partly_of
from laneway.store.search.resources.elements import ELEMENTS, ELEMENTS_OF_INSTANCE, elements
from laneway.store.search.special import Tags, VariablesByValue
from laneway.store.tables import incident, job, process_definition, process_instance, variable
from laneway.store.types import Json

Keys = Sequence[ColumnElement[int]]

_process = process_instance.c
_element = elements.c
_variable = variable.c


def _elements_of(process: ColumnElement[bool], root: ColumnElement[bool]) -> ColumnElement[bool]:
    """Live ones are found by their root, ended ones by their process instance."""
    ended = and_(process, _element.ended_at.is_not(None))
    return and_(process, or_(ended, and_(root, process, _element.ended_at.is_(None))))


_elements_of_process = Related(
    elements,
    _elements_of(_element.process_instance_key == _process.key, _element.root_key == _process.root_key),
    ELEMENTS_OF_INSTANCE,
)
_incidents_of_process = Related(
    incident, (incident.c.process_instance_key == _process.key) & (incident.c.state == IncidentState.ACTIVE.value)
)
_jobs_of_process = Related(job, (job.c.process_instance_key == _process.key) & (job.c.state == "FAILED"))
_tags = cast(_process.tags, Text)
_no_text = cast(null(), Text)


def _processes_of_roots(keys: Keys) -> ColumnElement[bool]:
    return or_(
        and_(_process.key.in_(keys), _process.key == _process.root_key),
        and_(_process.root_key.in_(keys), _process.root_key != _process.key),
    )


def _processes_of_definitions(keys: Keys) -> ColumnElement[bool]:
    """By the process that they are definitions of: its instances are in the order of their keys."""
    ids = select(process_definition.c.process_id).where(process_definition.c.key.in_(keys))
    return and_(_process.process_definition_key.in_(keys), _process.process_id.in_(ids))


def _elements_among(keys: Keys) -> ColumnElement[bool]:
    roots = select(process_instance.c.root_key).where(process_instance.c.key.in_(keys))
    return _elements_of(_element.process_instance_key.in_(keys), _element.root_key.in_(roots))


def _variables_of_roots(keys: Keys) -> ColumnElement[bool]:
    processes = select(process_instance.c.key).where(_processes_of_roots(keys))
    return and_(_variable.root_key.in_(keys), partly_of(_variable.process_instance_key, _variable.scope_key, processes))


RESOURCES = (
    Resource(
        name="process-instances",
        source=process_instance,
        key=("processInstanceKey",),
        tenant=_process.tenant_id,
        fields={
            "processInstanceKey": Field(_process.key, "key"),
            "rootProcessInstanceKey": Field(_process.root_key, "key", among=_processes_of_roots),
            "parentProcessInstanceKey": Field(_process.parent_process_instance_key, "key", nullable=True),
            "parentElementInstanceKey": Field(_process.parent_element_instance_key, "key", nullable=True),
            "processDefinitionKey": Field(_process.process_definition_key, "key", among=_processes_of_definitions),
            "processDefinitionId": Field(_process.process_id),
            "processDefinitionName": Field(_process.process_name, nullable=True),
            "processDefinitionVersion": Field(_process.process_version, "integer"),
            "processDefinitionVersionTag": Field(_process.process_version_tag, nullable=True),
            "state": Field(_process.state, "enum"),
            "startDate": Field(_process.started_at, "instant"),
            "endDate": Field(_process.ended_at, "instant", nullable=True),
            "suspendedDate": Field(cast(null(), _process.ended_at.type), "instant", nullable=True),
            "hasIncident": Field(_process.has_incident, "boolean"),
            "tenantId": Field(_process.tenant_id),
            "businessId": Field(_process.business_id, nullable=True),
            "tags": Field(_tags, "json", shown=_process.tags, sortable=False, special=Tags(_tags)),
            "version": Field(_process.version, "integer"),
            "variables": Field(
                _process.key, "json", hidden=True, special=VariablesByValue(_process.key, whole_process=True)
            ),
            "elementId": Field(_element.element_id, hidden=True, related=_elements_of_process),
            "elementInstanceState": Field(_element.state, "enum", hidden=True, related=_elements_of_process),
            "hasElementInstanceIncident": Field(
                _element.incident_key.is_not(None), "boolean", hidden=True, related=_elements_of_process
            ),
            "errorMessage": Field(incident.c.message, hidden=True, related=_incidents_of_process),
            "incidentErrorHashCode": Field(
                cast(null(), Integer), "integer", hidden=True, related=_incidents_of_process
            ),
            "hasRetriesLeft": Field(job.c.retries > 0, "boolean", hidden=True, related=_jobs_of_process),
            "batchOperationId": Field(_no_text, nullable=True, hidden=True, sortable=False),
            "batchOperationKey": Field(_no_text, nullable=True, hidden=True, sortable=False),
        },
    ),
    Resource(
        name="element-instances",
        source=elements,
        arms=ELEMENTS,
        arms_of_instance=ELEMENTS_OF_INSTANCE,
        key=("elementInstanceKey",),
        tenant=_element.tenant_id,
        fields={
            "elementInstanceKey": Field(_element.key, "key", near=_element.near),
            "processInstanceKey": Field(_element.process_instance_key, "key", among=_elements_among),
            "rootProcessInstanceKey": Field(_element.root_key, "key"),
            "processDefinitionKey": Field(_element.process_definition_key, "key"),
            "processDefinitionId": Field(_element.process_id),
            "elementInstanceScopeKey": Field(_element.parent_key, "key"),
            "elementId": Field(_element.element_id),
            "elementName": Field(func.coalesce(_element.element_name, _element.element_id)),
            "type": Field(_element.type, "enum"),
            "state": Field(_element.state, "enum"),
            "startDate": Field(_element.started_at, "instant"),
            "endDate": Field(_element.ended_at, "instant", nullable=True),
            "hasIncident": Field(_element.incident_key.is_not(None), "boolean"),
            "incidentKey": Field(_element.incident_key, "key", nullable=True),
            "tenantId": Field(_element.tenant_id),
        },
    ),
    Resource(
        name="variables",
        source=variable,
        key=("variableKey",),
        tenant=_variable.tenant_id,
        where=(func.substr(_variable.name, 1, 1) != HIDDEN_PREFIX,),
        fields={
            "variableKey": Field(_variable.key, "key"),
            "scopeKey": Field(_variable.scope_key, "key"),
            "processInstanceKey": Field(
                _variable.process_instance_key, "key", among=partly(_variable.process_instance_key, _variable.scope_key)
            ),
            "rootProcessInstanceKey": Field(_variable.root_key, "key", among=_variables_of_roots),
            "name": Field(_variable.name),
            "value": Field(_variable.value, "json", shown=type_coerce(_variable.value, Json())),
            "isTruncated": Field(false(), "boolean"),
            "tenantId": Field(_variable.tenant_id),
        },
    ),
)
