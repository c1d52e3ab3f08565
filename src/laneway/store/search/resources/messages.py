"""Who waits for messages, and who got them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, Text, cast, literal, null, select, union_all

from laneway.store.search.fields import Field, Resource
from laneway.store.search.resources.root import BUSINESS_ID, root
from laneway.store.tables import message_correlation, message_subscription, process_definition, start_trigger

_no_key = cast(null(), BigInteger)
_no_text = cast(null(), Text)

_of_elements = select(
    message_subscription.c.key,
    message_subscription.c.tenant_id,
    message_subscription.c.root_key,
    message_subscription.c.process_instance_key,
    message_subscription.c.process_definition_key,
    message_subscription.c.process_id,
    message_subscription.c.element_instance_key,
    message_subscription.c.element_id,
    message_subscription.c.name,
    message_subscription.c.correlation_key,
    message_subscription.c.state,
    message_subscription.c.updated_at,
    literal("PROCESS_EVENT", Text).label("type"),
)
_of_definitions = select(
    start_trigger.c.key,
    start_trigger.c.tenant_id,
    _no_key,
    _no_key,
    start_trigger.c.definition_key,
    start_trigger.c.process_id,
    _no_key,
    start_trigger.c.element_id,
    start_trigger.c.name,
    _no_text,
    literal("CREATED", Text),
    start_trigger.c.created_at,
    literal("START_EVENT", Text),
).where(start_trigger.c.kind == "message")
_subscriptions = union_all(_of_elements, _of_definitions).subquery("subscriptions")
_subscription = _subscriptions.c

_correlation = message_correlation.c

RESOURCES = (
    Resource(
        name="message-subscriptions",
        source=_subscriptions.outerjoin(root, root.c.key == _subscription.root_key).outerjoin(
            process_definition, process_definition.c.key == _subscription.process_definition_key
        ),
        key=("messageSubscriptionKey",),
        tenant=_subscription.tenant_id,
        fields={
            "messageSubscriptionKey": Field(_subscription.key, "key"),
            "messageSubscriptionState": Field(_subscription.state, "enum"),
            "messageSubscriptionType": Field(_subscription.type, "enum"),
            "messageName": Field(_subscription.name),
            "correlationKey": Field(_subscription.correlation_key, nullable=True),
            "lastUpdatedDate": Field(_subscription.updated_at, "instant"),
            "elementId": Field(_subscription.element_id),
            "elementInstanceKey": Field(_subscription.element_instance_key, "key", nullable=True),
            "processInstanceKey": Field(_subscription.process_instance_key, "key", nullable=True),
            "rootProcessInstanceKey": Field(_subscription.root_key, "key", nullable=True),
            "processDefinitionKey": Field(_subscription.process_definition_key, "key"),
            "processDefinitionId": Field(_subscription.process_id),
            "processDefinitionName": Field(process_definition.c.name, nullable=True),
            "processDefinitionVersion": Field(process_definition.c.version, "integer", nullable=True),
            "toolName": Field(_no_text, nullable=True),
            "inboundConnectorType": Field(_no_text, nullable=True),
            "businessId": BUSINESS_ID,
            "tenantId": Field(_subscription.tenant_id),
        },
        constants={"toolProperties": {}},
    ),
    Resource(
        name="correlated-message-subscriptions",
        source=message_correlation.outerjoin(root, root.c.key == _correlation.root_key),
        key=("messageKey", "processDefinitionId"),
        tenant=_correlation.tenant_id,
        where=(_correlation.subscription_key.is_not(None),),
        fields={
            "messageKey": Field(_correlation.message_key, "key"),
            "subscriptionKey": Field(_correlation.subscription_key, "key"),
            "messageName": Field(_correlation.message_name),
            "correlationKey": Field(_correlation.correlation_key, nullable=True),
            "correlationTime": Field(_correlation.correlated_at, "instant"),
            "elementId": Field(_correlation.element_id),
            "elementInstanceKey": Field(_correlation.element_instance_key, "key", nullable=True),
            "processInstanceKey": Field(_correlation.process_instance_key, "key", nullable=True),
            "rootProcessInstanceKey": Field(_correlation.root_key, "key", nullable=True),
            "processDefinitionKey": Field(_correlation.process_definition_key, "key", nullable=True),
            "processDefinitionId": Field(_correlation.process_id),
            "partitionId": Field(literal(1, Integer), "integer"),
            "businessId": BUSINESS_ID,
            "tenantId": Field(_correlation.tenant_id),
        },
    ),
)
