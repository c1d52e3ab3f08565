"""Whatever is done to an ad-hoc sub-process, in whatever order: it never stops silently, and survives restarts.

The player restarts the instance from its rows before every step, and checks after it that everything alive waits for
something, has live children or holds an incident.
"""

import random
from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings, strategies as st

from laneway.domain.errors import Conflict, InvalidInput
from laneway.domain.stimulus import CompleteWork
from laneway.domain.transition import IncidentOpened, JobOpened, UserTaskOpened
from laneway.domain.types import ElementState, ElementType, JobPurpose
from tests.runtime.test_ad_hoc import ACTIVE, ERROR, TIMER, WORKER, event_sub_process, play
from tests.runtime.test_listeners import listeners, task_listeners
from tests.support.drawing import extension
from tests.support.examples import examples
from tests.support.play import Player

COLLECTED = '<zeebe:adHoc activeElementsCollection="=todo" outputCollection="all" outputElement="=r"/>'
LISTENED = f'<userTask id="u">{extension(task_listeners(("creating", "q"), ("completing", "w")))}</userTask>'
LOOP = "<multiInstanceLoopCharacteristics><loopCardinality>=2</loopCardinality></multiInstanceLoopCharacteristics>"
ELEMENTS = ["a", "b", "c"]


def made_up(choose: random.Random) -> Player:
    executable = choose.random() < 0.8
    ad_hoc = choose.choice([ACTIVE, WORKER, "", COLLECTED]) if executable else ""
    if executable and choose.random() < 0.3:
        ad_hoc += listeners(("start", "s"), ("end", "e"))
    inside = choose.choice(["", event_sub_process(True), event_sub_process(False)])
    inside += choose.choice(["", LISTENED]) + choose.choice(["", "", LOOP])
    return play(
        choose.choice(["", 'ordering="Sequential"', 'cancelRemainingInstances="false"']),
        ad_hoc=ad_hoc,
        inside=inside,
        beside=choose.choice(["", ERROR, TIMER]),
        condition=choose.choice(["", "=enough", "=missing.value > 1"]),
        executable=executable,
    )


def result_of(item: JobOpened | UserTaskOpened, choose: random.Random) -> Mapping[str, Any]:
    if isinstance(item, JobOpened) and item.purpose is JobPurpose.AD_HOC_SUB_PROCESS:
        activate = [{"elementId": choose.choice(ELEMENTS)}] * choose.randint(1, 2)
        return choose.choice(
            [
                {},
                {"activateElements": activate, "isCancelRemainingInstances": choose.random() < 0.3},
                {"isCompletionConditionFulfilled": True, "isCancelRemainingInstances": choose.random() < 0.5},
            ]
        )
    if isinstance(item, JobOpened) and item.listener_event == "completing":
        return {"denied": choose.random() < 0.3}
    return {}


def work_on(player: Player, choose: random.Random) -> None:
    """One piece of open work is done, or throws an error."""
    open_work = [item for item in player.open.values() if isinstance(item, (JobOpened, UserTaskOpened))]
    if not open_work:
        return
    item = choose.choice(open_work)
    if choose.random() < 0.1:
        player.throw(item.element_id, "E")
        return
    is_listener = isinstance(item, JobOpened) and item.purpose is JobPurpose.TASK_LISTENER
    variables: dict[str, Any] = {} if is_listener else {"r": choose.randint(0, 9), "enough": choose.random() < 0.3}
    if isinstance(item, UserTaskOpened) and item.choices:
        variables["choice"] = choose.choice(item.choices)[0]
    player.do(CompleteWork(item.element_instance_key, item.key, variables, result_of(item, choose)))


def anything(player: Player, choose: random.Random) -> None:
    assert player.state is not None
    alive = {element.type for element in player.state.elements.values()}
    chance = choose.random()
    if chance < 0.25 and ElementType.AD_HOC_SUB_PROCESS in alive:
        wanted = [choose.choice(ELEMENTS) for _ in range(choose.randint(1, 3))]
        player.activate("Work", *wanted, cancel_remaining=choose.random() < 0.3)
    elif chance < 0.3:
        player.wait(hours=2)
    elif chance < 0.4 and any(isinstance(item, IncidentOpened) for item in player.open.values()):
        player.resolve({"enough": choose.random() < 0.5})
    else:
        work_on(player, choose)


def over_but_there(player: Player) -> list[str]:
    """Ad-hoc sub-processes in which nothing runs and nothing can begin, and that have not ended."""
    assert player.state is not None
    found = []
    for element in player.state.elements.values():
        if element.type is not ElementType.AD_HOC_SUB_PROCESS or element.state is not ElementState.ACTIVE:
            continue
        kinds = {wait.kind for wait in element.waits.values() if wait.slot == element.slot}
        if not element.children and not element.incident and not kinds:
            found.append(f"{element.key}: {element.data}")
    return found


@settings(max_examples=examples(40))
@given(st.randoms(use_true_random=False))
def test_it_never_stops_silently(choose: random.Random) -> None:
    # Given an ad-hoc sub-process of any kind
    player = made_up(choose)
    player.start({"todo": [choose.choice(ELEMENTS) for _ in range(choose.randint(0, 3))], "enough": False, "r": 0})

    # When anything happens to it that can
    for _ in range(20):
        if player.ended:
            break
        try:
            anything(player, choose)
        except (Conflict, InvalidInput):
            continue  # refused, and nothing has happened

        # Then it waits for someone, or has ended
        assert not over_but_there(player)
        assert not [message for message in player.incidents() if "fault of Laneway" in message]
