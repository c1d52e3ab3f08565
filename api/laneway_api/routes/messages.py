"""Messages, signals and conditions."""

from __future__ import annotations

from starlette.responses import Response

from laneway_api.identity import tenant
from laneway_api.responses import Json
from laneway_api.routing import EngineOf, IdempotencyKey, Who, answers, router
from laneway_api.rows import page_of
from laneway_api.schemas import messages as schemas
from laneway_api.search import query

routes = router("Messages and signals")


@routes.post("/messages/publication", response_model=schemas.PublishedMessage, responses=answers(400, 409, 503))
def publish_message(
    body: schemas.PublishMessage, engine: EngineOf, actor: Who, idempotency_key: IdempotencyKey = None
) -> Response:
    """Give a message to whoever waits for it, and keep it for `timeToLive` for whoever will."""
    sent = engine.publish_message(
        body.name,
        body.correlation_key or "",
        variables=body.variables,
        time_to_live_ms=body.time_to_live or 0,
        message_id=body.message_id or None,
        tenant_id=tenant(body.tenant_id),
        actor=actor,
        idempotency_key=idempotency_key,
    )
    return Json({"messageKey": str(sent.key), "tenantId": sent.tenant_id})


@routes.post("/messages/correlation", response_model=schemas.CorrelatedMessage, responses=answers(400, 403, 404, 503))
def correlate_message(
    body: schemas.CorrelateMessage, engine: EngineOf, actor: Who, idempotency_key: IdempotencyKey = None
) -> Response:
    """As publication, but 404 if nobody waits for it: the answer names the instance that took it."""
    sent = engine.correlate_message(
        body.name,
        body.correlation_key or "",
        variables=body.variables,
        tenant_id=tenant(body.tenant_id),
        actor=actor,
        idempotency_key=idempotency_key,
    )
    return Json(
        {
            "messageKey": str(sent.key),
            "processInstanceKey": str(sent.process_instance_key),
            "tenantId": sent.tenant_id,
        }
    )


@routes.post("/message-subscriptions/search", response_model=schemas.MessageSubscriptions, responses=answers(400))
def search_message_subscriptions(engine: EngineOf, body: schemas.MessageSubscriptionSearch | None = None) -> Response:
    """Find who waits, or waited, for which message."""
    return Json(page_of(schemas.MessageSubscription, engine.search(query(schemas.SEARCHED, body))))


@routes.post(
    "/correlated-message-subscriptions/search",
    response_model=schemas.CorrelatedSubscriptions,
    responses=answers(400),
)
def search_correlated_message_subscriptions(
    engine: EngineOf, body: schemas.CorrelatedSubscriptionSearch | None = None
) -> Response:
    """Find which message went to which instance."""
    return Json(page_of(schemas.CorrelatedSubscription, engine.search(query(schemas.CORRELATED, body))))


@routes.post("/signals/broadcast", response_model=schemas.SentSignal, responses=answers(400, 404, 503))
def broadcast_signal(
    body: schemas.BroadcastSignal, engine: EngineOf, actor: Who, idempotency_key: IdempotencyKey = None
) -> Response:
    """Send a signal to everything that waits for it, and to every process that it starts."""
    sent = engine.broadcast_signal(
        body.signal_name,
        variables=body.variables,
        tenant_id=tenant(body.tenant_id),
        actor=actor,
        idempotency_key=idempotency_key,
    )
    return Json({"signalKey": str(sent.key), "tenantId": sent.tenant_id})


@routes.post(
    "/conditionals/evaluation", response_model=schemas.EvaluatedConditionals, responses=answers(400, 403, 404, 503)
)
def evaluate_conditionals(
    body: schemas.EvaluateConditionals, engine: EngineOf, actor: Who, idempotency_key: IdempotencyKey = None
) -> Response:
    """Start an instance at each conditional start event whose condition is true over the variables."""
    done = engine.evaluate_conditionals(
        body.variables,
        definition_key=body.process_definition_key,
        tenant_id=tenant(body.tenant_id),
        actor=actor,
        idempotency_key=idempotency_key,
    )
    started = [
        {"processDefinitionKey": str(definition), "processInstanceKey": str(instance)}
        for definition, instance in done.started
    ]
    return Json({"conditionalEvaluationKey": str(done.key), "tenantId": done.tenant_id, "processInstances": started})
