"""Work that someone has to do, and timers that are set."""

from __future__ import annotations

from sqlalchemy import Boolean, Text, and_, case, cast, func, null

from laneway.domain.types import JobPurpose, JobState
from laneway.store.search.fields import Field, Related, Resource
from laneway.store.search.resources.root import BUSINESS_ID, TAGS, root
from laneway.store.search.special import VariablesByValue
from laneway.store.tables import incident, job, timer, user_task, user_task_candidate

_job = job.c
_task = user_task.c
_incident = incident.c
_no_text = cast(null(), Text)
# The wire writes events of listeners in capitals.
_listener_event = case((_job.listener_event == "beforeAll", "BEFORE_ALL"), else_=func.upper(_job.listener_event))
# The wire knows no state for a job that a worker holds.
_wire_state = case((_job.state == JobState.ACTIVATED.value, "CREATED"), else_=_job.state)

_groups = Related(
    user_task_candidate, (user_task_candidate.c.user_task_key == _task.key) & (user_task_candidate.c.kind == "group")
)
_users = Related(
    user_task_candidate, (user_task_candidate.c.user_task_key == _task.key) & (user_task_candidate.c.kind == "user")
)

RESOURCES = (
    Resource(
        name="user-tasks",
        source=user_task.outerjoin(root, root.c.key == _task.root_key),
        key=("userTaskKey",),
        tenant=_task.tenant_id,
        fields={
            "userTaskKey": Field(_task.key, "key"),
            "elementInstanceKey": Field(_task.element_instance_key, "key"),
            "elementId": Field(_task.element_id),
            "name": Field(_task.name, nullable=True),
            "state": Field(_task.state, "enum"),
            "assignee": Field(_task.assignee, nullable=True),
            "candidateGroups": Field(
                cast(_task.candidate_groups, Text), "json", shown=_task.candidate_groups, sortable=False
            ),
            "candidateUsers": Field(
                cast(_task.candidate_users, Text), "json", shown=_task.candidate_users, sortable=False
            ),
            "candidateGroup": Field(user_task_candidate.c.name, hidden=True, related=_groups),
            "candidateUser": Field(user_task_candidate.c.name, hidden=True, related=_users),
            "creationDate": Field(_task.created_at, "instant"),
            "completionDate": Field(_task.completed_at, "instant", nullable=True),
            "dueDate": Field(_task.due_date, "instant", nullable=True),
            "followUpDate": Field(_task.follow_up_date, "instant", nullable=True),
            "priority": Field(_task.priority, "integer"),
            "formKey": Field(_task.form_key, "key", nullable=True),
            "formId": Field(_task.form_id, nullable=True),
            "externalFormReference": Field(_task.external_form, nullable=True),
            "customHeaders": Field(cast(_task.headers, Text), "json", shown=_task.headers, sortable=False),
            "choices": Field(cast(_task.choices, Text), "json", shown=_task.choices, sortable=False),
            "chooseMany": Field(_task.choose_many, "boolean"),
            "question": Field(_task.question, nullable=True, sortable=False),
            "processInstanceKey": Field(_task.process_instance_key, "key"),
            "rootProcessInstanceKey": Field(_task.root_key, "key"),
            "processDefinitionKey": Field(_task.process_definition_key, "key"),
            "processDefinitionId": Field(_task.process_id),
            "processDefinitionVersion": Field(_task.process_version, "integer"),
            "processName": Field(_task.process_name, nullable=True),
            "tenantId": Field(_task.tenant_id),
            "businessId": BUSINESS_ID,
            "tags": TAGS,
            "version": Field(_task.version, "integer"),
            "processInstanceVariables": Field(
                _task.key, "json", hidden=True, special=VariablesByValue(_task.process_instance_key, False)
            ),
            "localVariables": Field(
                _task.key, "json", hidden=True, special=VariablesByValue(_task.element_instance_key, False)
            ),
        },
    ),
    Resource(
        name="jobs",
        source=job.outerjoin(root, root.c.key == _job.root_key),
        key=("jobKey",),
        tenant=_job.tenant_id,
        fields={
            "jobKey": Field(_job.key, "key"),
            "type": Field(_job.type),
            "kind": Field(func.coalesce(_job.purpose, JobPurpose.BPMN_ELEMENT.value), "enum"),
            # Who works on it (EXTERNAL, AGENT, INTERNAL) and under which contract: Laneway's own.
            "workKind": Field(_job.kind, "enum"),
            "agent": Field(_job.agent, nullable=True),
            "autonomy": Field(_job.autonomy, nullable=True),
            "state": Field(_wire_state, "enum"),
            "activated": Field(_job.state == JobState.ACTIVATED.value, "boolean"),
            "retries": Field(_job.retries, "integer"),
            "priority": Field(_job.priority, "integer"),
            "worker": Field(_job.worker),
            "deadline": Field(_job.deadline, "instant", nullable=True),
            "errorCode": Field(_job.error_code, nullable=True),
            "errorMessage": Field(_job.error_message, nullable=True),
            "hasFailedWithRetriesLeft": Field(and_(_job.state == JobState.FAILED.value, _job.retries > 0), "boolean"),
            "isDenied": Field(cast(null(), Boolean), "boolean", nullable=True),
            "deniedReason": Field(_no_text, nullable=True),
            "listenerEventType": Field(func.coalesce(_listener_event, "UNSPECIFIED"), "enum"),
            "customHeaders": Field(cast(_job.headers, Text), "json", shown=_job.headers, sortable=False),
            "elementInstanceKey": Field(_job.element_instance_key, "key"),
            "elementId": Field(_job.element_id),
            "processInstanceKey": Field(_job.process_instance_key, "key"),
            "rootProcessInstanceKey": Field(_job.root_key, "key"),
            "processDefinitionKey": Field(_job.process_definition_key, "key"),
            "processDefinitionId": Field(_job.process_id),
            "processDefinitionVersion": Field(_job.process_version, "integer"),
            "incidentKey": Field(_job.incident_key, "key", nullable=True),
            "creationTime": Field(_job.created_at, "instant"),
            "lastUpdateTime": Field(_job.updated_at, "instant"),
            "endTime": Field(_job.ended_at, "instant", nullable=True),
            "tenantId": Field(_job.tenant_id),
            "businessId": BUSINESS_ID,
            "tags": TAGS,
        },
    ),
    Resource(
        name="incidents",
        source=incident,
        key=("incidentKey",),
        tenant=_incident.tenant_id,
        fields={
            "incidentKey": Field(_incident.key, "key"),
            "errorType": Field(_incident.type, "enum"),
            "errorMessage": Field(_incident.message),
            "state": Field(_incident.state, "enum"),
            "creationTime": Field(_incident.created_at, "instant"),
            "resolutionTime": Field(_incident.resolved_at, "instant", nullable=True),
            "elementInstanceKey": Field(_incident.element_instance_key, "key"),
            "elementId": Field(_incident.element_id),
            "jobKey": Field(_incident.job_key, "key", nullable=True),
            "processInstanceKey": Field(_incident.process_instance_key, "key"),
            "rootProcessInstanceKey": Field(_incident.root_key, "key"),
            "processDefinitionKey": Field(_incident.process_definition_key, "key"),
            "processDefinitionId": Field(_incident.process_id),
            "tenantId": Field(_incident.tenant_id),
        },
    ),
    Resource(
        name="timers",
        source=timer,
        key=("timerKey",),
        tenant=timer.c.tenant_id,
        fields={
            "timerKey": Field(timer.c.key, "key"),
            "dueDate": Field(timer.c.due, "instant"),
            "repetitions": Field(timer.c.repetitions, "integer"),
            "cycle": Field(timer.c.cycle, nullable=True),
            "elementId": Field(timer.c.element_id),
            "elementInstanceKey": Field(timer.c.element_instance_key, "key"),
            "processInstanceKey": Field(timer.c.process_instance_key, "key"),
            "rootProcessInstanceKey": Field(timer.c.root_key, "key"),
            "processDefinitionKey": Field(timer.c.definition_key, "key", nullable=True),
            "tenantId": Field(timer.c.tenant_id),
        },
    ),
)
