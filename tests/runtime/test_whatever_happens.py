"""Whatever is drawn and whatever comes, in whatever order: only documented errors, and what must hold always holds.

The player checks after every step: everything alive waits for something, all open work has its holder, the rows that
the transition says are written are all that changed, and what is rebuilt from them is the state.
"""

from hypothesis import given, settings, strategies as st

from laneway.domain.errors import LanewayError
from laneway.domain.stimulus import (
    CancelInstance,
    CompleteWork,
    RaiseIncident,
    ResolveIncident,
    SetVariables,
    Stimulus,
    ThrowError,
    TriggerWait,
)
from laneway.domain.transition import IncidentOpened, JobOpened, Opened, TimerOpened, UserTaskOpened
from laneway.runtime import Limits
from tests.support.blocks import Block, Drawn, wild_blocks
from tests.support.examples import examples
from tests.support.play import Player

numbers = st.one_of(st.integers(-3, 10), st.decimals(-5, 5, places=2))
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, st.sampled_from(["", "PT1H", "k", "E"])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abc"), inner, max_size=2)),
    max_leaves=4,
)
names = st.sampled_from(["ok", "n", "y", "delay", "items", "item", "loopCounter", "choice", "errorCode"])
variables = st.dictionaries(names, values, max_size=3)
helpful = st.just({"ok": True, "delay": "PT5M", "items": [1, 2]})
steps = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 13), st.one_of(variables, helpful)), min_size=1, max_size=25
)


def work(item: Opened, what: int, given: dict) -> Stimulus:
    key = item.element_instance_key
    if what == 10:
        return ThrowError(key, item.key, "E", "failed", given)
    if what == 11:
        return ThrowError(key, item.key, "X", "", given, escalation=True)
    if what == 12:
        return RaiseIncident(key, item.key, "JOB_NO_RETRIES", "no retries left")
    if what == 13:
        return SetVariables(key, given, local=bool(item.key % 2))
    return CompleteWork(key, item.key, given)


def stimulus(player: Player, pick: int, what: int, given: dict) -> Stimulus:
    """Something that could come now; with ``pick`` over 55 the instance is cancelled."""
    assert player.state is not None
    if pick > 55 and what > 9:
        return CancelInstance(player.state.root_key)
    item = list(player.open.values())[pick % len(player.open)]
    if isinstance(item, (JobOpened, UserTaskOpened)):
        return work(item, what, given)
    if isinstance(item, IncidentOpened):
        if what < 5:
            return SetVariables(item.element_instance_key, given)
        return ResolveIncident(item.key, item.element_instance_key)
    if isinstance(item, TimerOpened):
        player.now = max(player.now, item.due)
    return TriggerWait(item.element_instance_key, item.key, given)


def refused(player: Player, given: Stimulus) -> bool:
    try:
        player._step(given)
    except LanewayError:
        player.state = player.before  # what is refused leaves nothing behind, as a transaction does
        return True
    return False


class Cautious(Player):
    before = None

    def _step(self, stimulus: Stimulus) -> Player:
        from laneway.runtime import clone

        self.before = clone(self.state) if self.state is not None else None
        return super()._step(stimulus)


def play(block: Block, given: dict, chosen: list, *, restart: bool) -> Cautious:
    player = Cautious(Drawn(block).xml, limits=Limits(steps=300))
    player.restart_each_step = restart
    player.start(given)
    past: list[Stimulus] = []
    for pick, what, more in chosen:
        if player.ended:
            break
        now = stimulus(player, pick, what, more)
        refused(player, now)
        if past and pick % 3 == 0 and not player.ended:
            refused(player, past[pick % len(past)])
        past.append(now)
    return player


@given(wild_blocks, variables, steps)
@settings(max_examples=examples(250))
def test_only_documented_errors_and_all_invariants_hold(block: Block, given: dict, chosen: list):
    player = play(block, given, chosen, restart=False)
    if not player.ended:
        player.cancel()
    assert player.ended
    assert player.open == {}
    assert player.state is not None
    assert player.state.variables == {}


@given(wild_blocks, variables, steps)
@settings(max_examples=examples(150))
def test_restarts_change_nothing_whatever_happens(block: Block, given: dict, chosen: list):
    whole = play(block, given, chosen, restart=False)
    restarted = play(block, given, chosen, restart=True)
    assert restarted.completed == whole.completed
    assert restarted.flows == whole.flows
    assert restarted.open == whole.open
    assert restarted.rows == whole.rows
    assert restarted.variable_rows == whole.variable_rows
