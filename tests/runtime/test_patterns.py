"""Workflow control-flow patterns WCP 1–20 as BPMN draws them (van der Aalst et al.; BPMN 2.0, 13.4 "Workflow Patterns Support").

Each process is played until nothing is left to do; what is compared is which user tasks were completed, and how often.
"""

import pytest

from laneway.domain.transition import JobOpened, SignalSubscriptionOpened, SignalToSend, TimerOpened, UserTaskOpened
from tests.support.drawing import Drawing, Scope, duration, refers
from tests.support.play import Player

CASES_OF_THREE = ["a", "b", "c", "ab", "ac", "bc", "abc"]
MOST = 100


def played(drawing: Drawing, **variables: object) -> str:
    """The tasks completed, sorted, as one word; tasks are called by one letter or digit. «!» for an incident."""
    player = Player(drawing.xml())
    player.restart_each_step = True
    player.start(variables)
    done: list[str] = []
    for _ in range(MOST):
        work = [item for item in player.open.values() if isinstance(item, (JobOpened, UserTaskOpened))]
        if work:
            done.append(work[0].element_id)
            player.complete(work[0].element_id)
        elif any(isinstance(item, TimerOpened) for item in player.open.values()):
            player.wait(hours=1)
        deliver_signals(player)
        if player.ended or player.incidents():
            break
    return "".join(sorted(done)) + "!" * len(player.incidents()) + ("" if player.ended else "…")


def deliver_signals(player: Player) -> None:
    while player.sent:
        signal = player.sent.pop(0)
        assert isinstance(signal, SignalToSend)
        waiting = [item for item in player.open.values() if isinstance(item, SignalSubscriptionOpened)]
        for item in waiting:
            if item.name == signal.name and item.key in player.open:
                player.signal(item.name)


def begun() -> tuple[Drawing, Scope]:
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    return drawing, process


def tasks(process: Scope, names: str) -> None:
    for name in names:
        process.node("userTask", name)


def has(letter: str) -> str:
    return f'${{test.contains("{letter}")}}'


def multi_choice(split: str | None, names: str = "abc", default: str = "") -> tuple[Drawing, Scope]:
    """start → split → those of ``names`` whose letter is in the variable «test»"""
    drawing, process = begun()
    process.node(split or "task", "split")
    process.flow("start", "split")
    tasks(process, names)
    for name in names:
        process.flow("split", name, None if name == default else has(name), default=name == default)
    return drawing, process


def test_wcp01_sequence():
    drawing, process = begun()
    tasks(process, "12")
    process.chain("start", "1", "2")
    assert played(drawing) == "12"


def test_wcp02_parallel_split():
    drawing, process = begun()
    process.node("parallelGateway", "fork")
    tasks(process, "12")
    process.chain("start", "fork", "1")
    process.chain("fork", "2")
    assert played(drawing) == "12"


def test_wcp03_synchronization():
    drawing, process = begun()
    process.node("parallelGateway", "fork")
    process.node("parallelGateway", "join")
    tasks(process, "123")
    process.chain("start", "fork", "1", "join", "3")
    process.chain("fork", "2", "join")
    assert played(drawing) == "123"


@pytest.mark.parametrize(("test", "expected"), [("a", "a"), ("ab", "a"), ("b", "b"), ("c", "c")])
def test_wcp04_exclusive_choice(test, expected):
    drawing, _ = multi_choice("exclusiveGateway", default="c")
    assert played(drawing, test=test) == expected


@pytest.mark.parametrize("test", CASES_OF_THREE)
@pytest.mark.parametrize("merge", ["exclusiveGateway", "task"])
def test_wcp05_simple_merge_and_wcp08_multi_merge(test, merge):
    drawing, process = multi_choice("inclusiveGateway")
    process.node(merge, "merge")
    tasks(process, "z")
    for name in "abc":
        process.flow(name, "merge")
    process.flow("merge", "z")
    assert played(drawing, test=test) == test + "z" * len(test)


@pytest.mark.parametrize("split", ["inclusiveGateway", "complexGateway", None])
@pytest.mark.parametrize(
    ("test", "expected"),
    [("a", "a"), ("b", "b"), ("c", "c"), ("ab", "ab"), ("ac", "a"), ("bc", "b"), ("abc", "ab")],
)
def test_wcp06_multi_choice(split, test, expected):
    drawing, process = multi_choice(split, default="c")
    process.node("inclusiveGateway", "join")
    for name in "abc":
        process.flow(name, "join")
    assert played(drawing, test=test) == expected


@pytest.mark.parametrize("test", CASES_OF_THREE)
@pytest.mark.parametrize("split", ["inclusiveGateway", "complexGateway", None])
def test_wcp07_structured_synchronizing_merge(test, split):
    drawing, process = multi_choice(split)
    process.node("inclusiveGateway", "join")
    tasks(process, "z")
    for name in "abc":
        process.flow(name, "join")
    process.flow("join", "z")
    assert played(drawing, test=test) == test + "z"


@pytest.mark.parametrize("condition", ["${activationCount >= 1}", "=activationCount >= 1"])
def test_wcp09_structured_discriminator(condition):
    drawing, process = begun()
    process.node("parallelGateway", "fork")
    process.node(
        "complexGateway", "join", f"<activationCondition>{condition.replace('>', '&gt;')}</activationCondition>"
    )
    tasks(process, "123")
    process.chain("start", "fork", "1", "join", "3")
    process.chain("fork", "2", "join")
    assert played(drawing) == "123"


def with_behavior(behavior: str, sequential: bool) -> Drawing:
    """start → 1 (three times) → 2; its boundary event → 3. One definition is both thrown and caught."""
    drawing, process = begun()
    drawing.signal("signal", "Signal")
    attribute = {"None": "noneBehaviorEventRef", "One": "oneBehaviorEventRef"}.get(behavior)
    thrown = f' {attribute}="caught"' if attribute else ""
    process.node(
        "userTask",
        "1",
        f'<multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}" behavior="{behavior}"{thrown}>'
        "<loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>",
    )
    definition = '<signalEventDefinition id="caught" signalRef="signal"/>'
    process.node("boundaryEvent", "boundary", definition, attachedToRef="1")
    tasks(process, "23")
    process.chain("start", "1", "2")
    process.flow("boundary", "3")
    return drawing


@pytest.mark.parametrize("sequential", [True, False])
def test_wcp09_discriminator_by_a_multi_instance_activity(sequential):
    assert played(with_behavior("One", sequential)) == "11123"


def test_wcp10_arbitrary_cycles():
    """Two ways into the same cycle, which no structured loop can draw."""
    for integer, expected in ((2, "12"), (1, "122"), (0, "1122")):
        drawing, process = begun()
        for name in ("again", "choice", "later", "last"):
            process.node("exclusiveGateway", name)
        tasks(process, "12")
        increment = '<zeebe:script expression="=integer + 1" resultVariable="integer"/>'
        for name in ("count", "recount"):
            process.node("scriptTask", name, f"<extensionElements>{increment}</extensionElements>")
        process.node("endEvent", "end")
        process.chain("start", "again", "1", "count", "choice")
        process.flow("choice", "again", "=integer < 2")
        process.flow("choice", "later", default=True)
        process.chain("later", "2", "recount", "last")
        process.flow("last", "later", "=integer < 4")
        process.flow("last", "end", default=True)
        assert played(drawing, integer=integer) == expected


def test_wcp10_a_cycle_through_multi_merges():
    drawing, process = begun()
    process.node("parallelGateway", "fork")
    for name in ("into", "out"):
        process.node("exclusiveGateway", name)
    count = '<zeebe:script expression="=counter + 1" resultVariable="counter"/>'
    process.node("scriptTask", "count", f"<extensionElements>{count}</extensionElements>")
    tasks(process, "245")
    process.chain("start", "fork", "2", "count", "out")
    process.chain("fork", "into", "5", "count")
    process.flow("out", "into", "${counter < 5}")
    process.flow("out", "4", "${counter >= 5}")
    # Two tokens go round, and each counts for both: five rounds end the one, the sixth the other.
    assert played(drawing, counter=0) == "244" + "5" * 5


def test_wcp11_implicit_termination():
    drawing, process = begun()
    process.node("parallelGateway", "fork")
    process.node("endEvent", "end")
    tasks(process, "12")
    process.chain("start", "fork", "1", "end")
    process.chain("fork", "2")
    assert played(drawing) == "12"


@pytest.mark.parametrize("sequential", [True, False])
def test_wcp12_multiple_instances_without_synchronization(sequential):
    assert played(with_behavior("None", sequential)) == "1112333"


@pytest.mark.parametrize("sequential", [True, False])
def test_wcp13_multiple_instances_with_design_time_knowledge(sequential):
    assert played(with_behavior("All", sequential)) == "1112"


@pytest.mark.parametrize("cardinality", ["${n}", "=n", "n"])
@pytest.mark.parametrize("n", [0, 1, 3])
def test_wcp14_multiple_instances_with_run_time_knowledge(cardinality, n):
    drawing, process = begun()
    process.node(
        "userTask",
        "1",
        f"<multiInstanceLoopCharacteristics><loopCardinality>{cardinality}</loopCardinality>"
        "</multiInstanceLoopCharacteristics>",
    )
    tasks(process, "2")
    process.chain("start", "1", "2")
    assert played(drawing, n=n) == "1" * n + "2"


def test_wcp15_multiple_instances_without_prior_knowledge():
    """BPMN has no direct support; a loop around the activity starts one more while more are wanted."""
    drawing, process = begun()
    loop = '<standardLoopCharacteristics testBefore="true"><loopCondition>=loopCounter &lt; n</loopCondition></standardLoopCharacteristics>'
    process.node("userTask", "1", loop)
    tasks(process, "2")
    process.chain("start", "1", "2")
    assert played(drawing, n=3) == "1112"


@pytest.mark.parametrize(("test", "expected"), [("a", "1"), ("b", "2")])
def test_wcp16_deferred_choice(test, expected):
    drawing, process = begun()
    for name in "12":
        drawing.signal(f"signal_{name}", f"signal_{name}")
    process.node("parallelGateway", "fork")
    process.node("intermediateCatchEvent", "later", duration("PT5S"))
    process.node("exclusiveGateway", "which")
    process.node("eventBasedGateway", "wait")
    tasks(process, "12")
    process.chain("start", "fork", "later", "which")
    process.chain("fork", "wait")
    for name, condition in (("1", has("a")), ("2", '${!test.contains("a")}')):
        process.node("intermediateThrowEvent", f"throw_{name}", refers("signal", f"signal_{name}"))
        process.node("endEvent", f"end_{name}")
        process.flow("which", f"throw_{name}", condition)
        process.flow(f"throw_{name}", f"end_{name}")
        process.node("intermediateCatchEvent", f"catch_{name}", refers("signal", f"signal_{name}"))
        process.chain("wait", f"catch_{name}", name)
    assert played(drawing, test=test) == expected


def test_wcp19_cancel_task():
    drawing, process = begun()
    drawing.error("E", "E")
    tasks(process, "12")
    process.node("userTask", "work")
    process.node("boundaryEvent", "failed", refers("error", "E"), attachedToRef="work")
    process.chain("start", "work", "1")
    process.flow("failed", "2")
    player = Player(drawing.xml()).start().throw("work", "E")
    assert player.waiting() == ["2"]


def test_wcp20_cancel_case_by_an_error():
    drawing, process = begun()
    drawing.error("E", "E")
    outer, inner = process.sub("outer")
    inner.node("startEvent", "begin")
    inner.node("parallelGateway", "fork")
    tasks(inner, "13")
    inner.node("endEvent", "fail", refers("error", "E"))
    inner.node("endEvent", "never")
    inner.chain("begin", "fork", "1", "fail")
    inner.chain("fork", "3", "never")
    process.node("boundaryEvent", "failed", refers("error", "E"), attachedToRef=outer)
    tasks(process, "24")
    process.chain("start", outer, "4")
    process.flow("failed", "2")
    assert played(drawing) == "12"


def test_wcp20_cancel_case_by_a_terminate_event():
    drawing, process = begun()
    process.node("parallelGateway", "fork")
    tasks(process, "12")
    process.node("endEvent", "stop", "<terminateEventDefinition/>")
    process.chain("start", "fork", "1", "stop")
    process.chain("fork", "2")
    assert played(drawing) == "1"


# Patterns beyond the twenty that BPMN 2.0 names beside the complex and inclusive gateway (13.4.3, 13.4.5)


def m_out_of_n(condition: str, count: int = 3, conditions: tuple[str | None, str | None] = (None, None)) -> Drawing:
    drawing, process = begun()
    process.node("parallelGateway", "fork")
    process.node(
        "complexGateway", "join", f"<activationCondition>{condition.replace('>', '&gt;')}</activationCondition>"
    )
    process.flow("start", "fork")
    for name in "12345"[:count]:
        tasks(process, name)
        process.chain("fork", name, "join")
    tasks(process, "z")
    process.flow("join", "z", conditions[0])
    if conditions[1] is not None:
        tasks(process, "y")
        process.flow("join", "y", conditions[1])
    return drawing


@pytest.mark.parametrize("m", [1, 2, 3, 4, 5])
def test_wcp30_structured_partial_join(m):
    assert played(m_out_of_n(f"=activationCount >= {m}", 5)) == "12345z"


def test_wcp30_a_join_that_asks_for_more_than_can_come_says_so():
    assert played(m_out_of_n("=activationCount >= 4")) == "123!…"


def test_wcp31_blocking_partial_join_tells_the_two_phases_apart():
    drawing = m_out_of_n("=activationCount >= 2", 4, ("=waitingForStart", "=not(waitingForStart)"))
    assert played(drawing) == "1234yz"


def test_wcp37_acyclic_synchronizing_merge():
    """An inclusive join of branches from different splits waits for all that can come, and for no more."""
    for x, expected in ((1, "1z"), (2, "23z"), (3, "123z")):
        drawing, process = begun()
        process.node("inclusiveGateway", "outer")
        process.node("parallelGateway", "inner")
        process.node("inclusiveGateway", "join")
        tasks(process, "123z")
        process.flow("start", "outer")
        process.flow("outer", "1", "=x != 2")
        process.flow("outer", "inner", "=x > 1")
        process.chain("1", "join", "z")
        process.chain("inner", "2", "join")
        process.chain("inner", "3", "join")
        assert played(drawing, x=x) == expected


def test_wcp41_thread_merge_and_wcp42_thread_split():
    drawing, process = begun()
    process.node("userTask", "1", completionQuantity="3")
    tasks(process, "2")
    process.node("userTask", "3", startQuantity="3")
    process.chain("start", "1", "2", "3")
    assert played(drawing) == "12223"


def test_wcp43_explicit_termination():
    drawing, process = begun()
    outer, inner = process.sub("outer")
    inner.node("parallelGateway", "fork")
    tasks(inner, "12")
    inner.node("endEvent", "stop", "<terminateEventDefinition/>")
    inner.chain("fork", "1", "stop")
    inner.chain("fork", "2")
    tasks(process, "3")
    process.chain("start", outer, "3")
    assert played(drawing) == "13"
