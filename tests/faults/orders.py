"""What the faults are made in the middle of: two processes that work, wait, and write to each other."""

from __future__ import annotations

from tests.support.drawing import Drawing, duration, extension, job, mapping, refers

REST_SECONDS = 0.2
ELEMENTS = {
    "sender": {"sender", "sender_start", "pack", "look", "ship", "sender_end"},
    "receiver": {"receiver", "receiver_start", "shipped", "bonus", "split", "unpack", "rest", "join", "receiver_end"},
}
"""Every element of a process, the process itself among them; each is there once in an instance that is complete."""


def diagram() -> bytes:
    """A sender packs, a person looks, and a message is thrown; a receiver catches it, then one that a client published,
    then unpacks while a timer runs."""
    drawing = Drawing()
    drawing.message("Shipped", "shipped", "=order")
    drawing.message("Bonus", "bonus", "=order")
    sender = drawing.process("sender")
    sender.chain(
        sender.node("startEvent", "sender_start"),
        sender.node("serviceTask", "pack", extension(job("pack"))),
        sender.node("userTask", "look", extension("<zeebe:userTask/>")),
        sender.node(
            "intermediateThrowEvent",
            "ship",
            extension(mapping({"weight": "=packed + 100"})) + refers("message", "Shipped"),
        ),
        sender.node("endEvent", "sender_end"),
    )
    receiver = drawing.process("receiver")
    split, join = receiver.node("parallelGateway", "split"), receiver.node("parallelGateway", "join")
    receiver.chain(
        receiver.node("startEvent", "receiver_start"),
        receiver.node("intermediateCatchEvent", "shipped", refers("message", "Shipped")),
        receiver.node("intermediateCatchEvent", "bonus", refers("message", "Bonus")),
        split,
        receiver.node("serviceTask", "unpack", extension(job("unpack"))),
        join,
        receiver.node("endEvent", "receiver_end"),
    )
    receiver.chain(split, receiver.node("intermediateCatchEvent", "rest", duration(f"PT{REST_SECONDS}S")), join)
    return drawing.xml()


def outcome(process_id: str, order: int) -> dict[str, object]:
    """The variables of a complete instance."""
    if process_id == "sender":
        return {"order": str(order), "packed": order, "looked": order}
    return {"order": str(order), "weight": order + 100, "bonus": order, "unpacked": order}
