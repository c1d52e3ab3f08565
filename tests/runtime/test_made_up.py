"""Processes that nobody drew: each must do exactly what a simple token game says, whole or restarted at every step."""

from collections import Counter

from hypothesis import given, settings, strategies as st

from tests.support.blocks import Block, Drawn, blocks
from tests.support.examples import examples
from tests.support.play import Player


def play(drawn: Drawn, picks: list[int], *, restart: bool) -> Player:
    player = Player(drawn.xml)
    player.restart_each_step = restart
    player.start()
    step = 0
    while player.waiting():
        waiting = player.waiting()
        player.complete(waiting[picks[step % len(picks)] % len(waiting)])
        step += 1
        assert step < 2000
    return player


@given(blocks, st.lists(st.integers(0, 50), min_size=1, max_size=10))
@settings(max_examples=examples(120))
def test_every_task_is_reached_as_often_as_the_token_game_says(block: Block, picks: list[int]):
    drawn = Drawn(block)
    player = play(drawn, picks, restart=False)
    assert player.incidents() == []
    assert player.ended
    reached = Counter(name for name in player.completed if name.startswith("userTask"))
    assert reached == drawn.expected


@given(blocks, st.lists(st.integers(0, 50), min_size=1, max_size=10))
@settings(max_examples=examples(60))
def test_a_restart_after_every_step_changes_nothing(block: Block, picks: list[int]):
    drawn = Drawn(block)
    whole = play(drawn, picks, restart=False)
    restarted = play(drawn, picks, restart=True)
    assert restarted.completed == whole.completed
    assert restarted.flows == whole.flows
    assert restarted.ended


@given(blocks, st.integers(0, 10))
@settings(max_examples=examples(60))
def test_cancelling_at_any_point_leaves_nothing_open(block: Block, steps: int):
    player = Player(Drawn(block).xml).start()
    for _ in range(steps):
        if not player.waiting():
            break
        player.complete(player.waiting()[0])
    if not player.ended:
        player.cancel()
    assert player.ended
    assert player.open == {}
    assert player.state is not None
    assert player.state.variables == {}


@given(blocks)
@settings(max_examples=examples(40))
def test_the_same_stimuli_give_the_same_history(block: Block):
    first, second = (play(Drawn(block), [0], restart=False) for _ in range(2))
    assert first.completed == second.completed
    assert first.flows == second.flows
