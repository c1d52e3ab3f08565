"""What is wrong with keys and message flows is named."""

from __future__ import annotations

from laneway.diagrams import load
from tests.support.drawing import Drawing, refers


def two_pools(*flows: tuple[str, str], send: str = "", receive: str = "") -> Drawing:
    drawing = Drawing()
    sender = drawing.process("sender")
    sender.node("startEvent", "start")
    sender.node("endEvent", "tell", send or "<messageEventDefinition/>")
    sender.chain("start", "tell")
    receiver = drawing.process("receiver")
    receiver.node("startEvent", "hear", receive or "<messageEventDefinition/>")
    receiver.node("endEvent", "end")
    receiver.chain("hear", "end")
    drawn = "".join(f'<messageFlow id="mf_{n}" sourceRef="{s}" targetRef="{t}"/>' for n, (s, t) in enumerate(flows))
    pools = '<participant id="a" processRef="sender"/><participant id="b" processRef="receiver"/>'
    drawing.globals.append(f'<collaboration id="c">{pools}{drawn}</collaboration>')
    return drawing


def rules(drawing: Drawing) -> dict[str, str]:
    """Rule → the element that it was found at, of warnings and errors."""
    diagram = load(drawing.xml(), "test.bpmn")
    return {each.rule: each.element_id or "" for each in diagram.problems if each.severity != "info"}


def test_a_message_flow_names_the_message_of_both_ends() -> None:
    diagram = load(two_pools(("tell", "hear")).xml(), "test.bpmn")

    sender, receiver = diagram.processes
    assert diagram.deployable
    assert sender.node("tell").event is not None
    assert receiver.node("hear").event is not None
    assert sender.node("tell").event.name == receiver.node("hear").event.name == "message flow mf_0"  # type: ignore[union-attr]


def test_the_message_of_one_end_is_that_of_the_other() -> None:
    drawing = two_pools(("tell", "hear"), receive=refers("message", "order"))
    drawing.message("order", "Order")

    sender, _ = load(drawing.xml(), "test.bpmn").processes

    assert sender.node("tell").event is not None
    assert sender.node("tell").event.name == "Order"  # type: ignore[union-attr]


def test_two_names_on_one_flow_are_pointed_out() -> None:
    drawing = two_pools(("tell", "hear"), send=refers("message", "order"), receive=refers("message", "bill"))
    drawing.message("order", "Order")
    drawing.message("bill", "Bill")

    assert rules(drawing) == {"message_flow_names": "mf_0"}


def test_a_key_of_an_unknown_property_is_pointed_out() -> None:
    drawing = two_pools(("tell", "hear"))
    drawing.globals.append(
        '<collaboration id="d"><correlationKey id="key"><correlationPropertyRef>nobody</correlationPropertyRef>'
        "</correlationKey></collaboration>"
    )

    assert rules(drawing)["correlation"] == "key"


def test_a_subscription_to_an_unknown_key_is_pointed_out() -> None:
    drawing = two_pools(("tell", "hear"))
    drawing.processes[0][1].elements.insert(
        0, ("correlationSubscription", "subscription", ' correlationKeyRef="nobody"', "", None)
    )

    assert rules(drawing)["correlation"] == "subscription"


def test_a_retrieval_expression_that_does_not_parse_is_an_error() -> None:
    drawing = two_pools(("tell", "hear"), send=refers("message", "order"), receive=refers("message", "order"))
    drawing.message("order", "Order")
    drawing.globals.append(
        '<correlationProperty id="number"><correlationPropertyRetrievalExpression messageRef="order">'
        "<messagePath>1 +</messagePath></correlationPropertyRetrievalExpression></correlationProperty>"
    )

    assert rules(drawing)["expression_syntax"] == "number"


def test_a_message_without_a_name_is_called_by_its_id() -> None:
    drawing = two_pools(("tell", "hear"), send=refers("message", "order"))
    drawing.globals.append('<message id="order"/>')

    sender, receiver = load(drawing.xml(), "test.bpmn").processes

    events = (sender.node("tell").event, receiver.node("hear").event)
    assert [event.name for event in events if event is not None] == ["order", "order"]
