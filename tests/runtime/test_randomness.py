"""Random values within a process: repeatable, and never twice the same."""

from __future__ import annotations

from tests.support.drawing import Drawing, extension
from tests.support.play import Player

ZEEBE = 'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"'


def drawn(*sources: str) -> bytes:
    mappings = "".join(f'<zeebe:input source="{source}" target="v{index}"/>' for index, source in enumerate(sources))
    drawing = Drawing()
    process = drawing.process("process")
    process.chain(
        process.node("startEvent"),
        process.node("userTask", "ask", extension(f"<zeebe:ioMapping {ZEEBE}>{mappings}</zeebe:ioMapping>")),
        process.node("userTask", "again", extension(f"<zeebe:ioMapping {ZEEBE}>{mappings}</zeebe:ioMapping>")),
        process.node("endEvent"),
    )
    return drawing.xml()


def values(player: Player) -> list[object]:
    assert player.state is not None
    return [value for scope in player.state.variables.values() for value in scope.values()]


def test_a_process_played_again_draws_the_same_and_each_value_once() -> None:
    # given
    file = drawn("=uuid()", "=uuid()", "=random number()")

    # when
    plays = []
    for _ in range(2):
        player = Player(file).start()
        first = values(player)
        plays.append([*first, *values(player.complete("ask"))])

    # then
    assert plays[0] == plays[1]
    assert len(set(plays[0])) == 6


def test_only_what_is_random_takes_a_key() -> None:
    plain, random = (Player(drawn(source, source)).start() for source in ("=1 + 1", "=uuid()"))

    assert random.ids.last == plain.ids.last + 1
