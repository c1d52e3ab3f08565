"""Messages, signals and the subscriptions that wait for them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from laneway_api.rows import Falls, Key
from laneway_api.schemas.common import (
    BusinessId,
    Command,
    InKey,
    Instant,
    Milliseconds,
    Name,
    PageInfo,
    Short,
    Variables,
    Wire,
)
from laneway_api.search import SearchBody, Searched

SEARCHED = Searched(
    "message-subscriptions",
    {
        "messageSubscriptionKey": "key",
        "processDefinitionId": "text",
        "processDefinitionKey": "key",
        "processInstanceKey": "key",
        "rootProcessInstanceKey": "key",
        "elementId": "text",
        "elementInstanceKey": "key",
        "messageSubscriptionState": "enum",
        "messageSubscriptionType": "enum",
        "lastUpdatedDate": "date",
        "messageName": "text",
        "correlationKey": "text",
        "processDefinitionName": "text",
        "processDefinitionVersion": "integer",
        "toolName": "text",
        "inboundConnectorType": "text",
        "businessId": "text",
        "tenantId": "text",
    },
    (
        "messageSubscriptionKey", "processDefinitionId", "processInstanceKey", "elementId", "elementInstanceKey",
        "messageSubscriptionState", "messageSubscriptionType", "lastUpdatedDate", "messageName", "correlationKey",
        "processDefinitionName", "processDefinitionVersion", "toolName", "inboundConnectorType", "businessId",
        "tenantId",
    ),
)  # fmt: skip


class PublishMessage(Command):
    name: Name
    correlation_key: Short | None = Field(default=None, description="Empty: for message start events only")
    time_to_live: Milliseconds | None = Field(
        default=None, description="Milliseconds that it waits for a subscription to come"
    )
    message_id: Short | None = Field(
        default=None, description="A second message with the same id, while it is kept, is refused"
    )
    variables: Variables | None = None
    tenant_id: str | None = None
    business_id: BusinessId | None = None


class PublishedMessage(Wire):
    message_key: Key
    tenant_id: str


class CorrelateMessage(Command):
    name: Name
    correlation_key: Short | None = None
    variables: Variables | None = None
    tenant_id: str | None = None
    business_id: BusinessId | None = None


class CorrelatedMessage(Wire):
    message_key: Key
    process_instance_key: Key = Field(description="The instance that took it, or that it started")
    tenant_id: str


class MessageSubscription(Wire):
    message_subscription_key: Key
    business_id: str | None
    process_definition_id: str
    process_definition_key: Key | None
    process_definition_name: str | None
    process_definition_version: int | None
    process_instance_key: Key | None
    root_process_instance_key: Key | None
    element_id: str
    element_instance_key: Key | None
    message_subscription_state: Annotated[Literal["CORRELATED", "CREATED", "DELETED", "MIGRATED"], Falls("CREATED")]
    message_subscription_type: Annotated[Literal["PROCESS_EVENT", "START_EVENT"], Falls("PROCESS_EVENT")]
    last_updated_date: Instant
    message_name: str
    correlation_key: str | None
    tool_properties: dict[str, Any]
    tool_name: str | None
    inbound_connector_type: str | None
    tenant_id: str


class MessageSubscriptions(Wire):
    items: list[MessageSubscription]
    page: PageInfo


class MessageSubscriptionSearch(SearchBody):
    searched = SEARCHED


class BroadcastSignal(Command):
    signal_name: Name
    variables: Variables | None = None
    tenant_id: str | None = None


class SentSignal(Wire):
    signal_key: Key
    tenant_id: str


CORRELATED = Searched(
    "correlated-message-subscriptions",
    {
        "messageKey": "key",
        "subscriptionKey": "key",
        "messageName": "text",
        "correlationKey": "text",
        "correlationTime": "date",
        "elementId": "text",
        "elementInstanceKey": "key",
        "processInstanceKey": "key",
        "rootProcessInstanceKey": "key",
        "processDefinitionId": "text",
        "processDefinitionKey": "key",
        "partitionId": "integer",
        "businessId": "text",
        "tenantId": "text",
    },
    (
        "messageKey", "subscriptionKey", "messageName", "correlationKey", "correlationTime", "elementId",
        "elementInstanceKey", "processInstanceKey", "processDefinitionId", "processDefinitionKey", "partitionId",
        "businessId", "tenantId",
    ),
)  # fmt: skip


class CorrelatedSubscription(Wire):
    """One message that one instance took."""

    message_key: Key
    subscription_key: Key
    message_name: str
    correlation_key: str | None
    correlation_time: Instant
    element_id: str
    element_instance_key: Key | None
    process_instance_key: Key
    root_process_instance_key: Key | None
    process_definition_id: str
    process_definition_key: Key | None
    partition_id: int
    business_id: str | None
    tenant_id: str


class CorrelatedSubscriptions(Wire):
    items: list[CorrelatedSubscription]
    page: PageInfo


class CorrelatedSubscriptionSearch(SearchBody):
    searched = CORRELATED


class EvaluateConditionals(Command):
    variables: Variables = Field(
        description="What the conditions are looked at over, and what the instances begin with"
    )
    tenant_id: str | None = None
    process_definition_key: InKey | None = Field(default=None, description="Only this definition, in this version")


class ConditionalStart(Wire):
    process_definition_key: Key
    process_instance_key: Key


class EvaluatedConditionals(Wire):
    conditional_evaluation_key: Key
    tenant_id: str
    process_instances: list[ConditionalStart]
