"""Keys, JSON values and the closed sets of states.

``…_id`` comes from a diagram or a person, ``…_key`` is Laneway's: a time-ordered 63-bit integer, a string in JSON.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import NewType

JsonScalar = None | bool | int | Decimal | str
JsonValue = JsonScalar | Sequence["JsonValue"] | Mapping[str, "JsonValue"]
Variables = Mapping[str, JsonValue]

ProcessDefinitionKey = NewType("ProcessDefinitionKey", int)
ProcessInstanceKey = NewType("ProcessInstanceKey", int)
ElementInstanceKey = NewType("ElementInstanceKey", int)

DEFAULT_TENANT = "<default>"

LONGEST_FINDABLE = 800
"""Bytes in UTF-8 of a text that is found by an index (ids, names, keys): PostgreSQL's entries hold about 2,700 for several
columns together, and both databases answer alike."""

HIDDEN_PREFIX = "\x01"
"""Variables whose name starts so are the engine's own book-keeping (loop items and results); no reader is shown them."""

CONVERSATION = "conversation:"
"""Begins the correlation keys that the engine gives to pools of one file that talk without a key of their own. Who sends
without a key reaches these by the message's name."""


class ElementType(StrEnum):
    """The element types of the Camunda 8 REST API, which cover BPMN 2.0's flow nodes (chapter 10)."""

    PROCESS = "PROCESS"
    SUB_PROCESS = "SUB_PROCESS"
    EVENT_SUB_PROCESS = "EVENT_SUB_PROCESS"
    AD_HOC_SUB_PROCESS = "AD_HOC_SUB_PROCESS"
    AD_HOC_SUB_PROCESS_INNER_INSTANCE = "AD_HOC_SUB_PROCESS_INNER_INSTANCE"
    TRANSACTION = "TRANSACTION"
    CALL_ACTIVITY = "CALL_ACTIVITY"
    START_EVENT = "START_EVENT"
    INTERMEDIATE_CATCH_EVENT = "INTERMEDIATE_CATCH_EVENT"
    INTERMEDIATE_THROW_EVENT = "INTERMEDIATE_THROW_EVENT"
    BOUNDARY_EVENT = "BOUNDARY_EVENT"
    END_EVENT = "END_EVENT"
    TASK = "TASK"
    SERVICE_TASK = "SERVICE_TASK"
    SEND_TASK = "SEND_TASK"
    RECEIVE_TASK = "RECEIVE_TASK"
    USER_TASK = "USER_TASK"
    MANUAL_TASK = "MANUAL_TASK"
    SCRIPT_TASK = "SCRIPT_TASK"
    BUSINESS_RULE_TASK = "BUSINESS_RULE_TASK"
    EXCLUSIVE_GATEWAY = "EXCLUSIVE_GATEWAY"
    INCLUSIVE_GATEWAY = "INCLUSIVE_GATEWAY"
    PARALLEL_GATEWAY = "PARALLEL_GATEWAY"
    EVENT_BASED_GATEWAY = "EVENT_BASED_GATEWAY"
    COMPLEX_GATEWAY = "COMPLEX_GATEWAY"
    MULTI_INSTANCE_BODY = "MULTI_INSTANCE_BODY"
    UNKNOWN = "UNKNOWN"


SCOPES = frozenset(
    {
        ElementType.PROCESS,
        ElementType.SUB_PROCESS,
        ElementType.EVENT_SUB_PROCESS,
        ElementType.AD_HOC_SUB_PROCESS,
        ElementType.TRANSACTION,
    }
)
"""Element types that contain flow nodes of their own."""

ACTIVITIES = SCOPES - {ElementType.PROCESS, ElementType.EVENT_SUB_PROCESS} | {
    ElementType.CALL_ACTIVITY,
    ElementType.TASK,
    ElementType.SERVICE_TASK,
    ElementType.SEND_TASK,
    ElementType.RECEIVE_TASK,
    ElementType.USER_TASK,
    ElementType.MANUAL_TASK,
    ElementType.SCRIPT_TASK,
    ElementType.BUSINESS_RULE_TASK,
}


class ElementState(StrEnum):
    """Life cycle of an element instance (BPMN 2.0, 13.2.2, without the states that no one can observe).

    ACTIVATING and COMPLETING are seen only where an incident holds the element in them.
    """

    ACTIVATING = "ACTIVATING"
    ACTIVE = "ACTIVE"
    COMPLETING = "COMPLETING"
    COMPLETED = "COMPLETED"
    TERMINATED = "TERMINATED"


LIVE_STATES = frozenset({ElementState.ACTIVATING, ElementState.ACTIVE, ElementState.COMPLETING})


class ProcessInstanceState(StrEnum):
    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    TERMINATED = "TERMINATED"


class JobState(StrEnum):
    """See docs/state-machines.md. CREATED and RETRIES_UPDATED can be activated; FAILED waits for its back-off."""

    CREATED = "CREATED"
    ACTIVATED = "ACTIVATED"
    FAILED = "FAILED"
    RETRIES_UPDATED = "RETRIES_UPDATED"
    TIMED_OUT = "TIMED_OUT"
    COMPLETED = "COMPLETED"
    ERROR_THROWN = "ERROR_THROWN"
    CANCELED = "CANCELED"


class JobKind(StrEnum):
    """Who works on a job, settled once when it opens. REST activation never hands out agent or internal jobs."""

    EXTERNAL = "EXTERNAL"
    AGENT = "AGENT"
    INTERNAL = "INTERNAL"


class JobPurpose(StrEnum):
    """What a job is for: ``kind`` of the Camunda 8 REST API."""

    BPMN_ELEMENT = "BPMN_ELEMENT"
    AD_HOC_SUB_PROCESS = "AD_HOC_SUB_PROCESS"
    EXECUTION_LISTENER = "EXECUTION_LISTENER"
    TASK_LISTENER = "TASK_LISTENER"


class UserTaskState(StrEnum):
    """See docs/state-machines.md. In the states that end in -ING its listeners are at work, and it takes no command."""

    CREATING = "CREATING"
    CREATED = "CREATED"
    ASSIGNING = "ASSIGNING"
    UPDATING = "UPDATING"
    COMPLETING = "COMPLETING"
    COMPLETED = "COMPLETED"
    CANCELED = "CANCELED"


class IncidentState(StrEnum):
    ACTIVE = "ACTIVE"
    RESOLVED = "RESOLVED"


class IncidentType(StrEnum):
    """Values of the Camunda 8 REST API's ``errorType`` that Laneway raises."""

    IO_MAPPING_ERROR = "IO_MAPPING_ERROR"
    JOB_NO_RETRIES = "JOB_NO_RETRIES"
    AD_HOC_SUB_PROCESS_NO_RETRIES = "AD_HOC_SUB_PROCESS_NO_RETRIES"
    CONDITION_ERROR = "CONDITION_ERROR"
    EXTRACT_VALUE_ERROR = "EXTRACT_VALUE_ERROR"
    CALLED_ELEMENT_ERROR = "CALLED_ELEMENT_ERROR"
    UNHANDLED_ERROR_EVENT = "UNHANDLED_ERROR_EVENT"
    CALLED_DECISION_ERROR = "CALLED_DECISION_ERROR"
    DECISION_EVALUATION_ERROR = "DECISION_EVALUATION_ERROR"
    FORM_NOT_FOUND = "FORM_NOT_FOUND"
    RESOURCE_NOT_FOUND = "RESOURCE_NOT_FOUND"
    EXECUTION_LISTENER_NO_RETRIES = "EXECUTION_LISTENER_NO_RETRIES"
    TASK_LISTENER_NO_RETRIES = "TASK_LISTENER_NO_RETRIES"
    MESSAGE_SIZE_EXCEEDED = "MESSAGE_SIZE_EXCEEDED"
    AUTONOMY_LOWERED = "AUTONOMY_LOWERED"
    """Tells an agent's owner; it holds nothing. On the wire: UNKNOWN."""
    UNKNOWN = "UNKNOWN"
    UNSPECIFIED = "UNSPECIFIED"
    BUDGET_EXCEEDED = "BUDGET_EXCEEDED"
    """Laneway's own, which the wire calls UNKNOWN: a person is asked whether an agent may go on beyond a limit."""
