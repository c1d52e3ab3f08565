"""Correlation as the standard has it (BPMN 2.0, 8.4.2): keys, properties, subscriptions, bound by the first message."""

from __future__ import annotations

from tests.support.drawing import Drawing, Scope, extension, mapping, refers
from tests.support.world import World


def prop(name: str, **by_message: str) -> str:
    """A correlation property with its retrieval expression for each message."""
    found = "".join(
        f'<correlationPropertyRetrievalExpression messageRef="{message}"><messagePath>{text}</messagePath>'
        "</correlationPropertyRetrievalExpression>"
        for message, text in by_message.items()
    )
    return f'<correlationProperty id="{name}">{found}</correlationProperty>'


def key(*properties: str) -> str:
    references = "".join(f"<correlationPropertyRef>{name}</correlationPropertyRef>" for name in properties)
    return f'<correlationKey id="key">{references}</correlationKey>'


def asks_and_waits(drawing: Drawing) -> Scope:
    """Sends «ask», then waits for «answer»."""
    process = drawing.process("asker")
    process.node("startEvent", "start")
    sent = extension(mapping({"order": "=order", "customer": "=customer"}))
    process.node("intermediateThrowEvent", "throw", sent + refers("message", "ask"))
    process.node("intermediateCatchEvent", "wait", refers("message", "answer"))
    process.node("userTask", "after")
    process.node("endEvent", "end")
    process.chain("start", "throw", "wait", "after", "end")
    return process


def drawn(*properties: str) -> Drawing:
    drawing = Drawing()
    drawing.message("ask", "ask")
    drawing.message("answer", "answer")
    drawing.globals.append(f'<collaboration id="c">{key(*properties)}</collaboration>')
    for name in properties:
        drawing.globals.append(prop(name, ask=name, answer=f"reply.{name}"))
    return drawing


def waiting_keys(world: World) -> list[str]:
    rows = world.rows("message-subscriptions")
    open_ones = [row for row in rows if row["messageSubscriptionState"] == "CREATED"]
    return sorted(row["correlationKey"] for row in open_ones if row["correlationKey"])


def test_what_was_sent_first_binds_the_key_of_the_answer(stored: World) -> None:
    drawing = drawn("order")
    asks_and_waits(drawing)
    stored.deploy(drawing)
    first = stored.start("asker", {"order": 1, "customer": "a"})
    second = stored.start("asker", {"order": 2, "customer": "a"})

    stored.engine.publish_message(name="answer", correlation_key="2", variables={})

    assert stored.active(first) == ["wait"]
    assert stored.active(second) == ["after"]


def test_several_properties_are_one_key(stored: World) -> None:
    drawing = drawn("order", "customer")
    asks_and_waits(drawing)
    stored.deploy(drawing)
    first = stored.start("asker", {"order": 1, "customer": "a"})
    second = stored.start("asker", {"order": 1, "customer": "b"})

    assert waiting_keys(stored) == ['{"customer":"a","order":"1"}', '{"customer":"b","order":"1"}']
    stored.engine.publish_message(name="answer", correlation_key='{"customer":"b","order":"1"}', variables={})

    assert (stored.active(first), stored.active(second)) == (["wait"], ["after"])


def test_a_sender_computes_the_key_from_its_payload(stored: World) -> None:
    drawing = drawn("order", "customer")
    asks_and_waits(drawing)
    answerer = drawing.process("answerer")
    answerer.node("startEvent", "received", refers("message", "ask"))
    answerer.node("userTask", "think")
    payload = extension(mapping({"reply": "={order: order, customer: customer}"}))
    answerer.node("endEvent", "answered", payload + refers("message", "answer"))
    answerer.chain("received", "think", "answered")
    stored.deploy(drawing)
    first = stored.start("asker", {"order": 1, "customer": "a"})
    second = stored.start("asker", {"order": 2, "customer": "a"})

    _first_thought, second_thought = stored.rows("user-tasks", elementId="think")
    stored.engine.complete_user_task(int(second_thought["userTaskKey"]), {})

    assert (stored.active(first), stored.active(second)) == (["wait"], ["after"])


def test_what_is_received_first_binds_the_key(stored: World) -> None:
    drawing = drawn("order")
    process = drawing.process("receiver")
    process.node("startEvent", "start")
    process.node("receiveTask", "any", messageRef="ask")
    process.node("receiveTask", "same", messageRef="answer")
    process.node("userTask", "after")
    process.chain("start", "any", "same", "after")
    stored.deploy(drawing)
    instance = stored.start("receiver")

    stored.engine.publish_message(name="ask", correlation_key="", variables={"order": 7})

    assert waiting_keys(stored) == ["7"]
    stored.engine.publish_message(name="answer", correlation_key="8", variables={})
    assert stored.active(instance) == ["same"]
    stored.engine.publish_message(name="answer", correlation_key="7", variables={})
    assert stored.active(instance) == ["after"]


def test_the_message_that_starts_an_instance_binds_its_key(stored: World) -> None:
    drawing = drawn("order")
    process = drawing.process("receiver")
    process.node("startEvent", "start", refers("message", "ask"))
    process.node("receiveTask", "same", messageRef="answer")
    process.chain("start", "same")
    stored.deploy(drawing)

    stored.engine.publish_message(name="ask", correlation_key="", variables={"order": 7})
    stored.engine.publish_message(name="ask", correlation_key="9", variables={})

    assert waiting_keys(stored) == ["7", "9"]


def test_what_waited_before_the_key_was_bound_waits_with_it_then(stored: World) -> None:
    drawing = drawn("order")
    process = asks_and_waits(drawing)
    _, inside = process.sub("handler", triggeredByEvent="true")
    inside.node("startEvent", "hear", refers("message", "told"), isInterrupting="false")
    inside.node("userTask", "handle")
    inside.chain("hear", "handle")
    drawing.message("told", "told")
    drawing.globals[-2] = prop("order", ask="order", answer="order", told="order")
    stored.deploy(drawing)
    first = stored.start("asker", {"order": 1, "customer": "a"})
    second = stored.start("asker", {"order": 2, "customer": "a"})

    stored.engine.publish_message(name="told", correlation_key="2", variables={})

    assert "handle" not in stored.active(first)
    assert "handle" in stored.active(second)


def test_a_subscription_says_by_data_paths_what_its_key_is(stored: World) -> None:
    drawing = drawn("order")
    process = drawing.process("receiver")
    process.elements.append(
        (
            "correlationSubscription",
            "subscription",
            ' correlationKeyRef="key"',
            '<correlationPropertyBinding correlationPropertyRef="order"><dataPath>mine.id</dataPath></correlationPropertyBinding>',
            None,
        )
    )
    process.node("startEvent", "start")
    process.node("receiveTask", "wait", messageRef="answer")
    process.node("userTask", "after")
    process.chain("start", "wait", "after")
    stored.deploy(drawing)
    first = stored.start("receiver", {"mine": {"id": 1}})
    second = stored.start("receiver", {"mine": {"id": 2}})

    stored.engine.publish_message(name="answer", correlation_key="2", variables={})

    assert (stored.active(first), stored.active(second)) == (["wait"], ["after"])


def test_rounds_of_a_loop_have_keys_of_their_own(stored: World) -> None:
    drawing = drawn("order")
    process = drawing.process("asker")
    process.node("startEvent", "start")
    loop = (
        "<multiInstanceLoopCharacteristics><extensionElements>"
        '<zeebe:loopCharacteristics inputCollection="=orders" inputElement="order"/>'
        "</extensionElements></multiInstanceLoopCharacteristics>"
    )
    sub, inside = process.sub("each", loop)
    inside.node("startEvent", "begin")
    inside.node("intermediateThrowEvent", "throw", refers("message", "ask"))
    inside.node("receiveTask", "wait", messageRef="answer")
    inside.chain("begin", "throw", "wait")
    process.node("userTask", "after")
    process.chain("start", sub, "after")
    stored.deploy(drawing)
    instance = stored.start("asker", {"orders": [1, 2]})

    assert waiting_keys(stored) == ["1", "2"]
    stored.engine.publish_message(name="answer", correlation_key="2", variables={})
    stored.engine.publish_message(name="answer", correlation_key="1", variables={})

    assert stored.active(instance) == ["after"]


def test_properties_in_no_key_make_one_together(stored: World) -> None:
    """SpiffWorkflow writes no keys, and what the receiver is correlated by on the event."""
    drawing = Drawing()
    drawing.globals.append('<message id="m" name="paid"/>')
    drawing.globals += [prop("order", m="order_id"), prop("customer", m="customer_id")]
    namespace = 'xmlns:s="http://spiffworkflow.org/bpmn/schema/1.0/core"'
    paths = "".join(
        f"<s:processVariableCorrelation {namespace}><s:propertyId>{name}</s:propertyId>"
        f"<s:expression>{expression}</s:expression></s:processVariableCorrelation>"
        for name, expression in (("order", "mine"), ("customer", "who.id"))
    )
    process = drawing.process()
    process.node("startEvent", "start")
    definition = f'<messageEventDefinition messageRef="m">{extension(paths)}</messageEventDefinition>'
    process.node("intermediateCatchEvent", "wait", definition)
    process.node("userTask", "after")
    process.chain("start", "wait", "after")
    stored.deploy(drawing)

    instance = stored.start("process", {"mine": 1, "who": {"id": "a"}})

    assert waiting_keys(stored) == ['{"customer":"a","order":"1"}']
    stored.engine.publish_message(name="paid", correlation_key='{"customer":"a","order":"1"}', variables={})
    assert stored.active(instance) == ["after"]


def test_a_message_without_a_key_has_the_one_that_its_payload_gives(stored: World) -> None:
    drawing = drawn("order")
    asks_and_waits(drawing)
    stored.deploy(drawing)
    first = stored.start("asker", {"order": 1, "customer": "a"})
    second = stored.start("asker", {"order": 2, "customer": "a"})

    stored.engine.publish_message(name="answer", correlation_key="", variables={"reply": {"order": 2}})
    stored.engine.publish_message(name="answer", correlation_key="", variables={"reply": {"order": 3}})
    stored.engine.publish_message(name="answer", correlation_key="", variables={})

    assert (stored.active(first), stored.active(second)) == (["wait"], ["after"])
