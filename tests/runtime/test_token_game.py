"""Processes that nobody drew, played step by step beside the token game of the book: each step must do the same.

Blocks in blocks and knots that no blocks make (mazes of exclusive gateways, meshes of parallel ones, webs with
inclusive joins). ``make properties`` makes up many more of them than CI does (``tests.support.examples``).
"""

from __future__ import annotations

from collections import Counter

from hypothesis import assume, given, note, settings, strategies as st

from laneway.domain.history import ElementActivated, ElementCompleted, ElementTerminated
from laneway.domain.stimulus import CompleteWork, Stimulus, TriggerWait
from laneway.domain.transition import JobOpened, Opened, TimerOpened, UserTaskOpened
from laneway.store.json import encode
from tests.support.examples import examples
from tests.support.play import Player
from tests.support.sketch import Sketch
from tests.support.sound import Block, blocks, sketched
from tests.support.token_game import Ambiguous, Game, Offer

STEPS = 60
picks = st.lists(st.integers(0, 50), min_size=1, max_size=12)
INNER = ("call", "compensation")
"""Waits for something inside, which nobody is told of."""
TOLD = {ElementActivated: "activated", ElementCompleted: "completed", ElementTerminated: "terminated"}
Told = Counter[tuple[str, str]]


class Watching(Player):
    """Sees that all that was opened is closed once, and that a row is as small as what waits in it."""

    def __init__(self, *files: bytes) -> None:
        super().__init__(*files)
        self.opened: set[int] = set()
        self.closed: set[int] = set()

    def _step(self, stimulus: Stimulus) -> Player:
        super()._step(stimulus)
        assert self.last is not None
        for item in self.last.opened:
            assert item.key not in self.opened
            self.opened.add(item.key)
        for closed in self.last.closed:
            if closed.kind not in INNER:
                assert closed.key in self.opened
                assert closed.key not in self.closed
                self.closed.add(closed.key)
        assert self.opened - self.closed == set(self.open)
        for element in self.last.state.elements.values():
            places = len(element.waits) + sum(map(len, element.arrivals.values()))
            assert len(encode(element.runtime_json())) < 300 + 300 * places
            assert all(count > 0 for count in element.tokens.values())
        return self

    def told(self) -> Told:
        assert self.last is not None
        return Counter((TOLD[type(event)], event.element_id) for event in self.last.events if type(event) in TOLD)


def stimulus(player: Player, item: Opened) -> Stimulus:
    if isinstance(item, (JobOpened, UserTaskOpened)):
        return CompleteWork(item.element_instance_key, item.key)
    if isinstance(item, TimerOpened):
        player.now = max(player.now, item.due)
    return TriggerWait(item.element_instance_key, item.key)


def offered(offers: list[Offer]) -> Counter[str]:
    return Counter(offer.part.id for offer in offers)


def play(sketch: Sketch, picks: list[int], *, restart: bool = False) -> tuple[Watching, list[Told]]:
    """Both sides; after every step they have done the same, and offer the same."""
    game = Game(sketch.net)
    player = Watching(sketch.xml())
    player.restart_each_step = restart
    player.start()
    history = [player.told()]
    assert history[0] == game.told, "the start"
    for step in range(STEPS):
        assert player.incidents() == []
        waiting = offered(game.offers)
        assert Counter(item.element_id for item in player.open.values()) == waiting
        if not waiting:
            break
        name = sorted(waiting)[picks[step % len(picks)] % len(waiting)]
        offer = min((offer for offer in game.offers if offer.part.id == name), key=lambda offer: offer.live.number)
        items = (item for item in player.open.values() if item.element_id == name)
        expected = game.take(offer)
        player._step(stimulus(player, min(items, key=lambda item: item.element_instance_key)))
        history.append(player.told())
        assert history[-1] == expected, name
    assert player.ended == game.ended
    return player, history


def drawn(block: Block) -> Sketch:
    note(repr(block))
    sketch = sketched(block)
    try:
        Game(sketch.net)
    except Ambiguous:
        assume(False)
    return sketch


def finish(player: Watching) -> None:
    if not player.ended:
        player.cancel()
    assert player.ended
    assert player.opened == player.closed
    assert player.state is not None
    assert player.state.variables == {}


@given(blocks, picks)
@settings(max_examples=examples(100))
def test_every_step_is_that_of_the_token_game(block: Block, picks: list[int]) -> None:
    sketch = drawn(block)
    try:
        player, _ = play(sketch, picks)
    except Ambiguous:
        assume(False)
    finish(player)


@given(blocks, picks)
@settings(max_examples=examples(40))
def test_a_restart_after_every_step_changes_nothing(block: Block, picks: list[int]) -> None:
    sketch = drawn(block)
    try:
        whole, history = play(sketch, picks)
    except Ambiguous:
        assume(False)
    restarted, same = play(sketch, picks, restart=True)
    assert same == history
    assert restarted.completed == whole.completed
    assert restarted.flows == whole.flows
    assert restarted.rows == whole.rows
    finish(restarted)
