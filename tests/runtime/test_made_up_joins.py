"""Made-up graphs, sound or not, of joins of every kind, token quantities and multi-instance behaviours.

Whatever they do, nothing stops silently (the player checks after every step), and a restart changes nothing.
"""

import random

import pytest

from laneway.diagrams import load
from laneway.domain.stimulus import CompleteWork, ResolveIncident, SetVariables, Stimulus
from laneway.domain.transition import IncidentOpened, Opened, UserTaskOpened
from laneway.runtime import Limits
from tests.support.drawing import Drawing, Scope, refers
from tests.support.play import Player

SEEDS = 40
KINDS = ["userTask", "userTask", "task", "exclusiveGateway", "parallelGateway", "inclusiveGateway", "complexGateway"]
PHASES = [None, "=a", "=waitingForStart", "=not(waitingForStart)"]


def made_up(chance: random.Random) -> bytes:
    drawing = Drawing()
    drawing.signal("told", "told")
    drawing.globals.append('<signalEventDefinition id="thrown" signalRef="told"/>')
    process = drawing.process()
    process.node("startEvent", "start")
    kinds = [chance.choice(KINDS) for _ in range(chance.randint(4, 12))]
    for number, kind in enumerate(kinds):
        node(process, f"n{number}", kind, chance)
    process.flow("start", "n0")
    for number, kind in enumerate(kinds):
        targets = {chance.randint(number + 1, len(kinds)) for _ in range(chance.choice([1, 1, 2, 2, 3]))}
        if chance.random() < 0.1:
            targets.add(chance.randint(0, number))
        leave(process, f"n{number}", kind, [f"n{each}" for each in sorted(targets) if each < len(kinds)], chance)
        if kind == "userTask" and chance.random() < 0.2:
            cancel = chance.choice(["true", "false"])
            process.node(
                "boundaryEvent",
                f"b{number}",
                refers("signal", "told"),
                attachedToRef=f"n{number}",
                cancelActivity=cancel,
            )
            process.flow(f"b{number}", f"n{chance.randrange(len(kinds))}")
    return drawing.xml()


def node(process: Scope, name: str, kind: str, chance: random.Random) -> None:
    inner, quantities = "", {}
    if kind == "complexGateway" and chance.random() < 0.7:
        inner = f"<activationCondition>=activationCount &gt;= {chance.randint(1, 3)}</activationCondition>"
    if kind in ("userTask", "task"):
        for quantity in ("startQuantity", "completionQuantity"):
            if chance.random() < 0.3:
                quantities[quantity] = str(chance.randint(1, 3))
        if chance.random() < 0.2:
            inner = (
                f'<multiInstanceLoopCharacteristics behavior="{chance.choice(["None", "One", "All"])}" '
                f'noneBehaviorEventRef="thrown" oneBehaviorEventRef="thrown"><loopCardinality>{chance.randint(0, 3)}'
                "</loopCardinality></multiInstanceLoopCharacteristics>"
            )
    process.node(kind, name, inner, **quantities)


def leave(process: Scope, name: str, kind: str, targets: list[str], chance: random.Random) -> None:
    for number, target in enumerate(targets):
        decides = kind in ("exclusiveGateway", "inclusiveGateway") and len(targets) > 1
        default = (decides or kind == "complexGateway") and number == len(targets) - 1
        condition = chance.choice(["=a", "=b", "=true"]) if decides else None
        if kind == "complexGateway":
            condition = chance.choice(PHASES)
        process.flow(name, target, None if default else condition, default=default)


def answer(item: Opened, variables: dict[str, bool]) -> list[Stimulus]:
    if isinstance(item, IncidentOpened):
        holder = item.element_instance_key
        return [SetVariables(holder, variables), ResolveIncident(item.key, holder)]
    return [CompleteWork(item.element_instance_key, item.key, variables)]


@pytest.mark.parametrize("seed", range(SEEDS))
def test_nothing_stops_silently_and_a_restart_changes_nothing(seed):
    # Given a graph that nobody would draw
    chance = random.Random(seed)
    data = made_up(chance)
    if not load(data, "made-up").deployable:
        return
    player, restarted = (Player(data, limits=Limits(steps=200)) for _ in range(2))
    restarted.restart_each_step = True
    variables = {"a": chance.random() < 0.5, "b": chance.random() < 0.5}
    player.start(variables)
    restarted.start(variables)
    # when what is open is done in any order, incidents included
    for _ in range(20):
        waiting = [item for item in player.open.values() if isinstance(item, (UserTaskOpened, IncidentOpened))]
        if not waiting:
            break
        chosen = chance.choice(waiting).key
        variables = {"a": chance.random() < 0.5, "b": chance.random() < 0.5}
        for one in (player, restarted):
            for stimulus in answer(one.open[chosen], variables):
                one._step(stimulus)
        # then both have gone the same way
        assert player.flows == restarted.flows
        assert player.completed == restarted.completed
