"""Pools of one file that talk over message flows (BPMN 2.0, 9.3)."""

from __future__ import annotations

import pytest

from laneway.domain.errors import Refused
from tests.support.drawing import Drawing, refers
from tests.support.world import World

MESSAGE = "<messageEventDefinition/>"


def collaboration(drawing: Drawing, pools: list[str], *flows: tuple[str, str]) -> None:
    """Pools are ids of processes, or names of partners whose process nobody draws."""
    drawn = {id for id, _ in drawing.processes}
    participants = "".join(
        f'<participant id="pool_{pool}" name="{pool}"' + (f' processRef="{pool}"' if pool in drawn else "") + "/>"
        for pool in pools
    )
    drawn_flows = "".join(
        f'<messageFlow id="mf_{number}" name="mf {number}" sourceRef="{source}" targetRef="{target}"/>'
        for number, (source, target) in enumerate(flows)
    )
    drawing.globals.append(f'<collaboration id="collaboration">{participants}{drawn_flows}</collaboration>')


def customer_and_shop() -> Drawing:
    """The customer orders and waits; the shop thinks about it and answers."""
    drawing = Drawing()
    customer = drawing.process("customer")
    customer.node("startEvent", "start")
    customer.node("intermediateThrowEvent", "order", MESSAGE)
    customer.node("intermediateCatchEvent", "answer", MESSAGE)
    customer.node("userTask", "happy")
    customer.chain("start", "order", "answer", "happy")
    shop = drawing.process("shop")
    shop.node("startEvent", "ordered", MESSAGE)
    shop.node("userTask", "think")
    shop.node("endEvent", "answered", MESSAGE)
    shop.chain("ordered", "think", "answered")
    collaboration(drawing, ["customer", "shop"], ("order", "ordered"), ("answered", "answer"))
    return drawing


def think(world: World, nth: int) -> None:
    tasks = [row for row in world.rows("user-tasks", elementId="think") if row["state"] == "CREATED"]
    world.engine.complete_user_task(int(tasks[nth]["userTaskKey"]), {})


def test_every_pool_is_deployed(world: World) -> None:
    deployment = world.deploy(customer_and_shop())

    assert [each.process_id for each in deployment.processes] == ["customer", "shop"]


def test_an_answer_goes_to_the_instance_that_asked(stored: World) -> None:
    stored.deploy(customer_and_shop())
    first = stored.start("customer")
    second = stored.start("customer")

    think(stored, 1)

    assert (stored.active(first), stored.active(second)) == (["answer"], ["happy"])
    think(stored, 0)
    assert (stored.active(first), stored.active(second)) == (["happy"], ["happy"])


def test_what_is_sent_next_goes_to_the_instance_that_was_begun(stored: World) -> None:
    drawing = Drawing()
    drawing.message("first", "first")
    drawing.message("next", "next")
    customer = drawing.process("customer")
    customer.node("startEvent", "start")
    customer.node("sendTask", "order", messageRef="first")
    customer.node("userTask", "think")
    customer.node("sendTask", "pay", messageRef="next")
    customer.chain("start", "order", "think", "pay")
    shop = drawing.process("shop")
    shop.node("startEvent", "ordered", refers("message", "first"))
    shop.node("receiveTask", "paid", messageRef="next")
    shop.node("userTask", "send")
    shop.chain("ordered", "paid", "send")
    collaboration(drawing, ["customer", "shop"], ("order", "ordered"), ("pay", "paid"))
    stored.deploy(drawing)
    stored.start("customer")
    stored.start("customer")
    older, newer = [row["processInstanceKey"] for row in stored.rows("process-instances", processDefinitionId="shop")]

    think(stored, 1)

    assert (stored.active(int(older)), stored.active(int(newer))) == (["paid"], ["send"])


def test_a_third_pool_answers_the_one_that_began(stored: World) -> None:
    drawing = Drawing()
    customer = drawing.process("customer")
    customer.node("startEvent", "start")
    customer.node("intermediateThrowEvent", "order", MESSAGE)
    customer.node("intermediateCatchEvent", "parcel", MESSAGE)
    customer.node("userTask", "happy")
    customer.chain("start", "order", "parcel", "happy")
    shop = drawing.process("shop")
    shop.node("startEvent", "ordered", MESSAGE)
    shop.node("endEvent", "hand_over", MESSAGE)
    shop.chain("ordered", "hand_over")
    carrier = drawing.process("carrier")
    carrier.node("startEvent", "handed", MESSAGE)
    carrier.node("userTask", "think")
    carrier.node("endEvent", "delivered", MESSAGE)
    carrier.chain("handed", "think", "delivered")
    flows = (("order", "ordered"), ("hand_over", "handed"), ("delivered", "parcel"))
    collaboration(drawing, ["customer", "shop", "carrier"], *flows)
    stored.deploy(drawing)
    first = stored.start("customer")
    second = stored.start("customer")

    think(stored, 1)

    assert (stored.active(first), stored.active(second)) == (["parcel"], ["happy"])


def test_who_waits_unasked_gets_the_first_message(stored: World) -> None:
    drawing = Drawing()
    sender = drawing.process("sender")
    sender.node("startEvent", "start")
    sender.node("endEvent", "tell", MESSAGE)
    sender.chain("start", "tell")
    receiver = drawing.process("receiver")
    receiver.node("startEvent", "begin")
    receiver.node("receiveTask", "hear")
    receiver.node("userTask", "after")
    receiver.chain("begin", "hear", "after")
    collaboration(drawing, ["sender", "receiver"], ("tell", "hear"))
    stored.deploy(drawing)
    instance = stored.start("receiver")

    stored.start("sender")

    assert stored.active(instance) == ["after"]


def test_a_message_from_outside_needs_no_key(stored: World) -> None:
    stored.deploy(customer_and_shop())
    instance = stored.start("customer")

    stored.engine.publish_message(name="message flow mf_1", correlation_key="", variables={})

    assert stored.active(instance) == ["happy"]


def test_rounds_of_a_loop_get_the_answers_to_their_own_questions(stored: World) -> None:
    drawing = Drawing()
    customer = drawing.process("customer")
    customer.node("startEvent", "start")
    loop = "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>"
    sub, inside = customer.sub("each", loop)
    inside.node("startEvent", "begin")
    inside.node("intermediateThrowEvent", "order", MESSAGE)
    inside.node("receiveTask", "answer")
    inside.node("userTask", "happy")
    inside.chain("begin", "order", "answer", "happy")
    customer.chain("start", sub)
    shop = drawing.process("shop")
    shop.node("startEvent", "ordered", MESSAGE)
    shop.node("userTask", "think")
    shop.node("endEvent", "answered", MESSAGE)
    shop.chain("ordered", "think", "answered")
    collaboration(drawing, ["customer", "shop"], ("order", "ordered"), ("answered", "answer"))
    stored.deploy(drawing)
    stored.start("customer")

    keys = {row["correlationKey"] for row in stored.rows("message-subscriptions") if row["elementId"] == "answer"}

    assert len(keys) == 2
    think(stored, 0)
    think(stored, 0)
    assert len(stored.rows("user-tasks", elementId="happy")) == 2


def test_a_flow_to_the_border_of_a_pool_starts_it(stored: World) -> None:
    drawing = Drawing()
    sender = drawing.process("sender")
    sender.node("startEvent", "start")
    sender.node("endEvent", "tell", MESSAGE)
    sender.chain("start", "tell")
    receiver = drawing.process("receiver")
    receiver.node("startEvent", "begin", MESSAGE)
    receiver.node("userTask", "after")
    receiver.chain("begin", "after")
    collaboration(drawing, ["sender", "receiver"], ("tell", "pool_receiver"))
    stored.deploy(drawing)

    stored.start("sender")

    assert len(stored.rows("user-tasks", elementId="after")) == 1


def test_a_flow_to_a_partner_who_does_not_run_here_needs_a_message(stored: World) -> None:
    drawing = Drawing()
    sender = drawing.process("sender")
    sender.node("startEvent", "start")
    sender.node("endEvent", "tell", MESSAGE)
    sender.chain("start", "tell")
    collaboration(drawing, ["sender", "partner"], ("tell", "pool_partner"))

    with pytest.raises(Refused, match="tell"):
        stored.deploy(drawing)
    drawing.message("said", "said")
    drawing.globals[0] = drawing.globals[0].replace("<messageFlow ", '<messageFlow messageRef="said" ')
    stored.deploy(drawing)

    assert stored.state(stored.start("sender")) == "COMPLETED"
