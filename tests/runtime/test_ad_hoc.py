"""Ad-hoc sub-processes (BPMN 2.0, 10.3.5 and 13.3.5; Camunda 8, "Ad-hoc sub-processes")."""

from typing import Any

import pytest

from laneway.diagrams import load
from laneway.domain.errors import Conflict, InvalidInput
from tests.support.drawing import HEAD, Drawing, extension, job, mapping
from tests.support.play import Player


def diagram(
    attributes: str = "",
    *,
    ad_hoc: str = "",
    inside: str = "",
    beside: str = "",
    condition: str = "",
    executable: bool = True,
) -> bytes:
    """``start → Work → after``; ``Work`` is ad hoc and holds the tasks ``a``, ``b``, and ``c → d``."""
    worker = extension('<zeebe:taskDefinition type="do"/>') if executable else ""
    tasks = "".join(f'<serviceTask id="{id}" name="Do {id}">{worker}</serviceTask>' for id in "abcd")
    completion = f"<completionCondition>{condition}</completionCondition>" if condition else ""
    settings = extension(ad_hoc) if ad_hoc else ""
    return (
        f'{HEAD}<process id="process" isExecutable="{str(executable).lower()}"><startEvent id="start"/>'
        f'<adHocSubProcess id="Work" name="Work" {attributes}>{settings}{tasks}'
        f'<sequenceFlow id="cd" sourceRef="c" targetRef="d"/>{inside}{completion}</adHocSubProcess>'
        f'<serviceTask id="after">{worker}</serviceTask>{beside}'
        '<sequenceFlow id="in" sourceRef="start" targetRef="Work"/>'
        '<sequenceFlow id="out" sourceRef="Work" targetRef="after"/></process></definitions>'
    ).encode()


def play(*arguments: Any, **options: Any) -> Player:
    """Restarted from its rows before every step, so that whatever it does survives."""
    player = Player(diagram(*arguments, **options))
    player.restart_each_step = True
    return player


ACTIVE = '<zeebe:adHoc activeElementsCollection="=todo"/>'


def test_the_listed_elements_begin_and_their_end_is_its_end() -> None:
    # Given a list with a task and the first of a chain
    player = play(ad_hoc=ACTIVE).start({"todo": ["a", "c"]})
    assert player.waiting() == ["a", "c"]

    # When all that was begun is done, the chain as drawn
    player.complete("a").complete("c")
    assert player.waiting() == ["d"]
    player.complete("d")

    # Then the sub-process is complete
    assert player.waiting() == ["after"]


@pytest.mark.parametrize("ad_hoc", [ACTIVE, ""])
def test_without_anything_listed_it_waits_to_be_told(ad_hoc: str) -> None:
    # Given an empty list, or none
    player = play(ad_hoc=ad_hoc).start({"todo": []})
    assert player.waiting() == []

    # When an element is activated from outside, twice, with variables of its own
    player.activate("Work", "a", "a", note="hi")
    assert player.waiting() == ["a", "a"]
    player.complete("a")
    assert player.waiting() == ["a"]
    player.complete("a")

    # Then it ends with the last, and what was local to an activation is gone
    assert player.waiting() == ["after"]
    assert "note" not in player.variables()


@pytest.mark.parametrize("todo", ["a", [1], ["d"], ["unknown"], ["Work"], None])
def test_a_wrong_list_is_an_incident_that_can_be_resolved(todo: Any) -> None:
    player = play(ad_hoc=ACTIVE).start({"todo": todo})
    assert len(player.incidents()) == 1
    assert player.waiting() == []

    player.resolve({"todo": ["b"]})

    assert player.waiting() == ["b"]


def test_a_true_completion_condition_ends_what_still_runs() -> None:
    player = play(ad_hoc=ACTIVE, condition="=enough").start({"todo": ["a", "b"], "enough": False})
    player.complete("a", {"enough": True})
    assert player.waiting() == ["after"]
    assert "b" not in player.completed


def test_without_cancelling_it_waits_for_what_still_runs_and_begins_nothing_more() -> None:
    # Given
    player = play('cancelRemainingInstances="false"', ad_hoc=ACTIVE, condition="=enough")
    player.start({"todo": ["a", "b"], "enough": False})

    # When the condition comes true, even if it is false again later
    player.complete("a", {"enough": True})
    assert player.waiting() == ["b"]
    with pytest.raises(Conflict, match="about to end"):
        player.activate("Work", "a")
    player.complete("b", {"enough": False})

    # Then
    assert player.waiting() == ["after"]


def test_with_a_condition_that_is_false_it_goes_on_waiting() -> None:
    player = play(ad_hoc=ACTIVE, condition="=enough").start({"todo": ["a"], "enough": False}).complete("a")
    assert player.waiting() == []

    player.activate("Work", "b").complete("b", {"enough": True})

    assert player.waiting() == ["after"]


def test_a_condition_that_cannot_be_evaluated_is_an_incident_and_loses_nothing() -> None:
    ad_hoc = '<zeebe:adHoc activeElementsCollection="=todo" outputCollection="all" outputElement="=1"/>'
    player = play(ad_hoc=ad_hoc, condition="=enough").start({"todo": ["a", "b"]}).complete("a")
    assert "enough" in player.incidents()[0]

    player.resolve({"enough": False}).complete("b", {"enough": True})

    assert player.waiting() == ["after"]
    assert player.variables()["all"] == [1, 1]


def test_in_sequence_one_runs_at_a_time_in_the_order_asked_for() -> None:
    player = play('ordering="Sequential"', ad_hoc=ACTIVE).start({"todo": ["b", "c", "a"]})
    assert player.waiting() == ["b"]
    player.activate("Work", "b", note="again")
    for expected in ("c", "d", "a", "b"):
        player.complete(player.waiting()[0])
        assert player.waiting() == [expected]
    player.complete("b")
    assert player.waiting() == ["after"]


def test_what_waits_in_sequence_is_dropped_when_the_condition_holds() -> None:
    player = play('ordering="Sequential" cancelRemainingInstances="false"', ad_hoc=ACTIVE, condition="=true")
    player.start({"todo": ["a", "b"]}).complete("a")
    assert player.waiting() == ["after"]


def test_remaining_instances_are_cancelled_on_request() -> None:
    player = play(ad_hoc=ACTIVE).start({"todo": ["a", "b"]}).activate("Work", "c", cancel_remaining=True)
    assert player.waiting() == ["c"]
    player.complete("c").complete("d")
    assert player.waiting() == ["after"]


def test_an_unknown_element_is_refused_and_nothing_begins() -> None:
    player = play().start()
    for wrong in ("d", "after", "nothing"):
        with pytest.raises(InvalidInput, match="it holds a, b, c"):
            player.activate("Work", "a", wrong)


def test_outputs_of_activations_are_collected_each_from_its_own_scope() -> None:
    # Given an output element that is a variable: it is each activation's own
    ad_hoc = '<zeebe:adHoc activeElementsCollection="=todo" outputCollection="all" outputElement="=r"/>'
    player = play(ad_hoc=ad_hoc + mapping({"x": "=1"}, {"sum": "=sum(all) + x"})).start({"todo": ["a", "b"], "r": 9})

    # When
    player.complete("b", {"r": 2}).complete("a", {"r": 5})

    # Then they stand in the order of their ends, and only the collection and the mapped outputs leave the sub-process
    variables = player.variables()
    assert (variables["all"], variables["sum"], variables["r"]) == ([2, 5], 8, 9)
    assert "x" not in variables


WORKER = job("decide")


def test_a_worker_is_asked_again_whenever_something_ends() -> None:
    # Given an ad-hoc sub-process that a worker leads
    player = play(ad_hoc=WORKER).start()
    assert player.waiting() == ["Work"]

    # When it activates two elements, and one ends
    told = {"activateElements": [{"elementId": "a", "variables": {"n": 1}}, {"elementId": "b"}]}
    player.complete("Work", {"plan": "x", "adHocSubProcessElements": []}, told)
    assert player.waiting() == ["a", "b"]
    player.complete("a")
    assert player.waiting() == ["b", "Work"]
    first = player.work("Work").key
    player.complete("b")

    # Then there is one question at a time, a new one for every end
    assert player.waiting() == ["Work"]
    assert player.work("Work").key != first
    player.complete("Work", {}, {"isCompletionConditionFulfilled": True})
    assert player.waiting() == ["after"]
    assert player.variables() == {"plan": "x"}


@pytest.mark.parametrize(("cancel", "left"), [(True, ["after"]), (False, ["b"])])
def test_a_worker_says_whether_what_runs_is_ended(cancel: bool, left: list[str]) -> None:
    player = play(ad_hoc=WORKER).start()
    player.complete("Work", {}, {"activateElements": [{"elementId": "a"}, {"elementId": "b"}]}).complete("a")
    player.complete("Work", {}, {"isCompletionConditionFulfilled": True, "isCancelRemainingInstances": cancel})
    assert player.waiting() == left
    if not cancel:
        player.complete("b")
        assert player.waiting() == ["after"]


@pytest.mark.parametrize(
    "result",
    [
        {"activateElements": [{"elementId": "d"}]},
        {"activateElements": [1]},
        {"activateElements": "a"},
        {"activateElements": [{"elementId": "a"}], "isCompletionConditionFulfilled": True},
    ],
)
def test_a_result_that_cannot_be_done_is_refused(result: dict[str, Any]) -> None:
    player = play(ad_hoc=WORKER).start()
    with pytest.raises(InvalidInput):
        player.complete("Work", {}, result)


def test_the_worker_sees_what_there_is_to_activate() -> None:
    player = play(ad_hoc=WORKER).start()
    assert player.state is not None
    (elements,) = [each["adHocSubProcessElements"] for each in player.state.variables.values()]
    assert [(each["elementId"], each["elementName"]) for each in elements] == [
        ("a", "Do a"),
        ("b", "Do b"),
        ("c", "Do c"),
    ]


ERROR = '<boundaryEvent id="failed" attachedToRef="Work"><errorEventDefinition/></boundaryEvent>'
TIMER = (
    '<boundaryEvent id="late" attachedToRef="Work"><timerEventDefinition><timeDuration>PT1H</timeDuration>'
    "</timerEventDefinition></boundaryEvent>"
)


def test_boundary_events_end_it_from_inside_and_from_outside() -> None:
    player = play(ad_hoc=ACTIVE, beside=ERROR).start({"todo": ["a", "b"]}).throw("a", "E")
    assert player.ended
    assert player.completed[-2:] == ["failed", "process"]

    player = play(ad_hoc=WORKER, beside=ERROR).start().throw("Work", "E")
    assert player.ended

    player = play(beside=TIMER).start().wait(hours=2)
    assert player.ended


def event_sub_process(interrupting: bool) -> str:
    return (
        '<subProcess id="handler" triggeredByEvent="true">'
        f'<startEvent id="told" isInterrupting="{str(interrupting).lower()}"><timerEventDefinition>'
        "<timeDuration>PT1H</timeDuration></timerEventDefinition></startEvent>"
        f'<serviceTask id="handle">{extension(job("do"))}</serviceTask>'
        '<sequenceFlow id="h" sourceRef="told" targetRef="handle"/></subProcess>'
    )


@pytest.mark.parametrize("ad_hoc", [ACTIVE, WORKER])
def test_an_interrupting_event_sub_process_ends_it(ad_hoc: str) -> None:
    player = play(ad_hoc=ad_hoc, inside=event_sub_process(True)).start({"todo": ["a"]}).wait(hours=2)
    assert player.waiting() == ["handle"]
    with pytest.raises(Conflict):
        player.activate("Work", "a")
    player.complete("handle")
    assert player.waiting() == ["after"]


def test_a_non_interrupting_event_sub_process_hands_back_to_the_worker() -> None:
    player = play(ad_hoc=WORKER, inside=event_sub_process(False)).start()
    player.complete("Work", {}, {"activateElements": [{"elementId": "a"}]}).wait(hours=2)
    assert player.waiting() == ["a", "handle"]
    player.complete("handle")
    assert player.waiting() == ["a", "Work"]


def test_it_waits_for_its_event_sub_process() -> None:
    player = play(ad_hoc=ACTIVE, inside=event_sub_process(False)).start({"todo": ["a"]}).wait(hours=2)
    player.complete("a")
    assert player.waiting() == ["handle"]
    player.complete("handle")
    assert player.waiting() == ["after"]


def test_several_instances_of_it_run_side_by_side() -> None:
    loop = (
        "<multiInstanceLoopCharacteristics>"
        + extension('<zeebe:loopCharacteristics inputCollection="=lists" inputElement="todo"/>')
        + "</multiInstanceLoopCharacteristics>"
    )
    player = play(ad_hoc=ACTIVE, inside=loop).start({"lists": [["a"], ["b", "c"]]})
    assert player.waiting() == ["a", "b", "c"]
    for each in ("a", "b", "c", "d"):
        player.complete(each)
    assert player.waiting() == ["after"]


def test_one_within_another() -> None:
    drawing = Drawing()
    process = drawing.process()
    inner = f'<adHocSubProcess id="inner"><serviceTask id="t">{extension(job("do"))}</serviceTask></adHocSubProcess>'
    process.node("adHocSubProcess", "outer", inner)
    process.node("serviceTask", "after", extension(job("do")))
    process.chain(process.node("startEvent", "start"), "outer", "after")
    player = Player(drawing.xml())
    player.restart_each_step = True
    player.start().activate("outer", "inner").activate("inner", "t")
    assert player.waiting() == ["t"]
    assert player.complete("t").waiting() == ["after"]


def test_joins_within_a_chain_work_per_activation() -> None:
    inside = (
        '<inclusiveGateway id="split"/><manualTask id="p"/><manualTask id="q"/><inclusiveGateway id="join"/>'
        '<sequenceFlow id="s1" sourceRef="split" targetRef="p"><conditionExpression>=true</conditionExpression></sequenceFlow>'
        '<sequenceFlow id="s2" sourceRef="split" targetRef="q"><conditionExpression>=true</conditionExpression></sequenceFlow>'
        '<sequenceFlow id="s3" sourceRef="p" targetRef="join"/><sequenceFlow id="s4" sourceRef="q" targetRef="join"/>'
        '<sequenceFlow id="s5" sourceRef="join" targetRef="z"/>'
        f'<serviceTask id="z">{extension(job("do"))}</serviceTask>'
    )
    player = play(inside=inside).start().activate("Work", "split", "split", "a")
    assert sorted(player.waiting()) == ["a", "z", "z"]
    player.complete("z").complete("a").complete("z")
    assert player.waiting() == ["after"]


def test_cancelling_the_instance_leaves_nothing_open() -> None:
    player = play(ad_hoc=WORKER).start().activate("Work", "a", "b")
    player.cancel()
    assert player.ended
    assert player.open == {}


def test_in_a_walkthrough_a_person_says_what_is_next_until_nothing_is() -> None:
    # Given a drawing that nobody made executable
    player = play(executable=False).start()
    assert [label for _, label in player.work("Work").choices] == ["Do a", "Do b", "Do c", "Nothing more"]  # type: ignore[union-attr]

    # When a person chooses, once and again
    player.complete("Work", {"choice": ["Do a", "c"]})
    assert player.waiting() == ["Work", "a", "c"]
    for wrong in ([], ["done", "a"], ["d"], None):
        with pytest.raises(InvalidInput):
            player.complete("Work", {"choice": wrong})
    player.complete("a").complete("c").complete("d")
    assert player.waiting() == ["Work"]
    player.complete("Work", {"choice": "Nothing more"})

    # Then
    assert player.waiting() == ["after"]


def test_in_a_walkthrough_in_sequence_the_next_is_asked_for_when_one_is_done() -> None:
    player = play('ordering="Sequential"', executable=False).start().complete("Work", {"choice": "a"})
    assert player.waiting() == ["a"]
    assert player.complete("a").waiting() == ["Work"]


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        ('<startEvent id="s"/><task id="t"/>', "a start event stands in an ad-hoc sub-process"),
        ('<task id="t"/><endEvent id="e"/>', "an end event stands in an ad-hoc sub-process"),
        ("", "no activity in the ad-hoc sub-process"),
    ],
)
def test_what_must_not_stand_in_it_is_refused(inside: str, message: str) -> None:
    text = f'{HEAD}<process id="p" isExecutable="true"><adHocSubProcess id="Work">{inside}</adHocSubProcess></process></definitions>'
    errors = [problem for problem in load(text.encode(), "x.bpmn").problems if problem.severity == "error"]
    assert [problem.rule for problem in errors] == ["ad_hoc_content"]
    assert message in errors[0].message


def test_an_error_of_an_activation_is_caught_by_an_event_sub_process_beside_it() -> None:
    inside = (
        '<subProcess id="handler" triggeredByEvent="true"><startEvent id="failed"><errorEventDefinition/></startEvent>'
        f'<serviceTask id="handle">{extension(job("do"))}</serviceTask>'
        '<sequenceFlow id="h" sourceRef="failed" targetRef="handle"/></subProcess>'
    )
    player = play(ad_hoc=ACTIVE, inside=inside).start({"todo": ["a", "b"]}).throw("a", "E")
    assert player.waiting() == ["handle"]
    assert player.complete("handle").waiting() == ["after"]


def test_an_interruption_settles_what_its_worker_left_behind() -> None:
    # Given a worker whose error nobody caught, and a sub-process that is interrupted after that
    player = play(ad_hoc=WORKER, inside=event_sub_process(True)).start().activate("Work", "a").throw("Work", "E")
    assert len(player.incidents()) == 1
    player.wait(hours=2)

    # Then the incident is over, and the sub-process ends with its event sub-process
    assert player.incidents() == []
    assert player.complete("handle").waiting() == ["after"]


@pytest.mark.parametrize(("ordering", "first"), [("Sequential", ["a"]), ("Parallel", ["a", "b"])])
def test_in_plain_bpmn_each_activity_begins_once(ordering: str, first: list[str]) -> None:
    # Given a file that declares no engine's namespace, so that nobody is named who would say what is done
    data = (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:plain">'
        '<process id="process" isExecutable="true"><startEvent id="start"/>'
        f'<adHocSubProcess id="Work" ordering="{ordering}"><userTask id="a"/><userTask id="b"/></adHocSubProcess>'
        '<userTask id="after"/><sequenceFlow id="in" sourceRef="start" targetRef="Work"/>'
        '<sequenceFlow id="out" sourceRef="Work" targetRef="after"/></process></definitions>'
    ).encode()
    player = Player(data)
    player.restart_each_step = True

    # When the sub-process is reached
    player.start()

    # Then each of its activities is done once, and then it is complete
    assert player.waiting() == first
    player.complete("a")
    assert player.waiting() == ["b"]
    player.complete("b")
    assert player.waiting() == ["after"]


def test_what_an_event_sub_process_gives_is_collected_beside_the_results_of_activities() -> None:
    # Given a worker that decides, one activity under way, and an event sub-process with an output
    collect = '<zeebe:adHoc outputCollection="results" outputElement="={id: call.id, said: result}"/>'
    event = (
        '<subProcess id="Event" triggeredByEvent="true"><startEvent id="word" isInterrupting="false">'
        f'{extension(mapping(outputs={"result": "=news"}))}<messageEventDefinition messageRef="M"/></startEvent></subProcess>'
    )
    message = f'<message id="M" name="word">{extension("""<zeebe:subscription correlationKey="=1"/>""")}</message></definitions>'
    drawn = diagram(ad_hoc='<zeebe:taskDefinition type="lead"/>' + collect, inside=event)
    player = Player(drawn.replace(b"</definitions>", message.encode()))
    player.start({"result": "of another"})
    player.complete(
        "Work", result={"activateElements": [{"elementId": "a", "variables": {"call": {"id": "1"}, "result": None}}]}
    )

    # When the event comes, then the activity ends, and the worker has heard enough
    player.message("word", "1", {"news": "rain"})
    player.complete("a", {"result": "done"}).complete("Work", result={"isCompletionConditionFulfilled": True})

    # Then both are there, told apart by the call, and nothing is overwritten that is another's
    assert player.variables()["results"] == [{"id": None, "said": "rain"}, {"id": "1", "said": "done"}]
    assert player.variables()["result"] == "of another"
