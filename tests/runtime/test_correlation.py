"""Keys of messages on the pure runtime: bound once, kept over restarts."""

from __future__ import annotations

from laneway.domain.transition import MessageSubscriptionOpened, MessageToSend
from tests.support.drawing import Drawing, refers
from tests.support.play import Player


def asking(attached: bool = False) -> bytes:
    """Sends «ask» with the order, then waits for «answer»; with ``attached`` it listens to «news» all the while."""
    drawing = Drawing()
    for name in ("ask", "answer", "news"):
        drawing.message(f"m_{name}", name)
    expressions = "".join(
        f'<correlationPropertyRetrievalExpression messageRef="m_{name}"><messagePath>order</messagePath>'
        "</correlationPropertyRetrievalExpression>"
        for name in ("ask", "answer", "news")
    )
    drawing.globals.append(f'<correlationProperty id="order">{expressions}</correlationProperty>')
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("userTask", "decide")
    process.node("intermediateThrowEvent", "ask", refers("message", "m_ask"))
    process.node("intermediateCatchEvent", "wait", refers("message", "m_answer"))
    process.node("endEvent", "end")
    process.chain("start", "decide", "ask", "wait", "end")
    if attached:
        _, inside = process.sub("listener", triggeredByEvent="true")
        inside.node("startEvent", "hear", refers("message", "m_news"), isInterrupting="false")
        inside.node("userTask", "read")
        inside.chain("hear", "read")
    return drawing.xml()


def keys(player: Player) -> dict[str, str]:
    """Message → the key that it is waited for with."""
    return {
        item.name: item.correlation_key for item in player.open.values() if isinstance(item, MessageSubscriptionOpened)
    }


def test_a_key_outlives_a_restart() -> None:
    player = Player(asking())
    player.restart_each_step = True

    player.start().complete("decide", {"order": 7})

    (sent,) = player.sent
    assert isinstance(sent, MessageToSend)
    assert sent.correlation_key == "7"
    assert keys(player) == {"answer": "7"}
    assert player.message("answer", "7").ended


def test_who_listens_from_the_start_listens_with_the_key_once_it_is_bound() -> None:
    player = Player(asking(attached=True))
    player.restart_each_step = True
    player.start()

    assert keys(player) == {"news": ""}
    player.complete("decide", {"order": 7})

    assert keys(player) == {"news": "7", "answer": "7"}
    player.message("news", "7").message("news", "7")
    assert player.waiting() == ["read", "read"]


def test_the_first_message_binds_what_listens_for_more() -> None:
    player = Player(asking(attached=True))
    player.restart_each_step = True
    player.start()

    player.message("news", "", {"order": 3})

    assert keys(player) == {"news": "3"}
    assert player.waiting() == ["decide", "read"]


def test_who_has_the_key_in_a_variable_waits_for_nothing_else() -> None:
    player = Player(asking(attached=True)).start({"order": 9})

    assert keys(player) == {"news": "9"}
