"""Call activities: of processes and of global tasks (BPMN 2.0, 10.3.6 and 13.3.5)."""

import pytest

from laneway.domain.model import JobSpec
from laneway.domain.transition import JobOpened
from tests.support.drawing import Drawing, extension, job, mapping, refers
from tests.support.play import Player
from tests.support.world import World


def calling(called: str, inner: str = "", beside: str = "", **attributes: str) -> bytes:
    """start → call → after, with ``beside`` in the same file"""
    drawing = Drawing()
    drawing.globals.append(beside)
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("callActivity", "call", inner, calledElement=called, **attributes)
    process.node("userTask", "after")
    process.chain("start", "call", "after")
    return drawing.xml()


def test_a_global_user_task_is_called_by_its_own_name_and_form():
    beside = (
        '<globalUserTask id="ask" name="Ask somebody"><extensionElements><zeebe:userTask/>'
        '<zeebe:formDefinition formId="question"/><zeebe:assignmentDefinition assignee="=who"/></extensionElements>'
        "</globalUserTask>"
    )
    player = Player(calling("ask", beside=beside)).start({"who": "anna"})
    opened = player.work("call")
    assert (opened.name, opened.form_id, opened.assignee) == ("Ask somebody", "question", "anna")
    assert player.complete("call", {"answer": 42}).waiting() == ["after"]
    assert player.variables()["answer"] == 42


def test_what_the_call_activity_says_goes_before_the_global_task():
    beside = (
        '<globalUserTask id="ask" name="Ask"><extensionElements>'
        '<zeebe:assignmentDefinition assignee="anna"/></extensionElements></globalUserTask>'
    )
    own = extension('<zeebe:assignmentDefinition assignee="ben"/>')
    assert Player(calling("ask", own, beside)).start().work("call").assignee == "ben"


@pytest.mark.parametrize("language", ["scriptLanguage", None])
def test_a_global_script_task_runs_its_script(language):
    said = f' {language}="feel"' if language else ""
    beside = (
        f'<globalScriptTask id="sum"{said}><extensionElements><zeebe:script expression="=a + b" resultVariable="c"/>'
        "</extensionElements></globalScriptTask>"
    )
    player = Player(calling("sum", beside=beside)).start({"a": 1, "b": 2})
    assert player.waiting() == ["after"]
    assert player.variables()["c"] == 3


def test_a_global_script_task_of_the_standard():
    beside = '<globalScriptTask id="sum" scriptLanguage="feel"><script>={c: a + b}</script></globalScriptTask>'
    assert Player(calling("sum", beside=beside)).start({"a": 1, "b": 2}).variables()["c"] == 3


@pytest.mark.parametrize("kind", ["globalTask", "globalManualTask"])
def test_a_global_task_that_says_nothing_is_passed_through(kind):
    assert Player(calling("rest", beside=f'<{kind} id="rest"/>')).start().waiting() == ["after"]


def test_a_global_business_rule_task_is_the_job_that_it_says():
    beside = f'<globalBusinessRuleTask id="rule">{extension(job("rules"))}</globalBusinessRuleTask>'
    player = Player(calling("rule", beside=beside)).start()
    opened = player.work("call")
    assert isinstance(opened, JobOpened)
    assert opened.type == "rules"
    assert player.complete("call").waiting() == ["after"]


def test_mappings_of_the_caller_are_outside_those_of_the_global_task():
    beside = (
        f'<globalUserTask id="ask" name="Ask">{extension(mapping({"y": "=x * 2"}, {"out": "=y + 1"}))}</globalUserTask>'
    )
    own = extension(mapping({"x": "=n"}, {"result": "=out * 10"}))
    player = Player(calling("ask", own, beside)).start({"n": 5}).complete("call")
    assert player.variables() == {"n": 5, "out": 11, "result": 110}


def test_a_global_task_may_be_called_several_times_in_a_loop():
    loop = "<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>"
    player = Player(calling("ask", loop, '<globalUserTask id="ask" name="Ask"/>')).start()
    assert player.waiting() == ["call"] * 3


def test_the_model_of_a_global_task_is_read_from_the_call():
    beside = f'<globalBusinessRuleTask id="rule">{extension(job("rules"))}</globalBusinessRuleTask>'
    player = Player(calling("rule", beside=beside))
    assert isinstance(player.definitions.model(1).node("call").work, JobSpec)


def two_processes(
    end: str = "", beside: tuple[tuple[str, str], ...] = (), catch: str = "", executable: bool = True
) -> bytes:
    """A process that calls another one of the same file, whose end event is ``end``."""
    drawing = Drawing()
    for kind, code in beside:
        (drawing.error if kind == "error" else drawing.escalation)(code, code)
    process = drawing.process("caller")
    process.node("startEvent", "start")
    process.node("callActivity", "call", calledElement="callee")
    process.node("userTask", "after")
    process.chain("start", "call", "after")
    if catch:
        process.node("boundaryEvent", "caught", catch, attachedToRef="call")
        process.node("userTask", "handler")
        process.flow("caught", "handler")
    callee = drawing.process("callee")
    callee.node("startEvent", "begin")
    callee.node("parallelGateway", "fork")
    callee.node("userTask", "one")
    callee.node("userTask", "two")
    callee.node("endEvent", "stop", end)
    callee.node("endEvent", "done")
    callee.chain("begin", "fork", "one", "stop")
    callee.chain("fork", "two", "done")
    data = drawing.xml()
    if not executable:
        data = data.replace(b'id="callee" name="callee" isExecutable="true"', b'id="callee" name="callee"')
    return data


def test_a_terminate_end_ends_the_called_process_and_its_caller_goes_on():
    player = Player(two_processes("<terminateEventDefinition/>")).start().complete("one")
    assert player.waiting() == ["after"]


@pytest.mark.parametrize("kind", ["error", "escalation"])
def test_errors_and_escalations_come_out_at_the_call(kind):
    data = two_processes(refers(kind, "E1"), ((kind, "E1"),), refers(kind, "E1"))
    player = Player(data).start().complete("one")
    assert player.waiting() == ["handler"]


def test_a_process_of_the_file_that_is_not_executable_is_called_as_a_walkthrough():
    player = Player(two_processes(executable=False)).start()
    assert player.waiting() == ["one", "two"]
    assert player.complete("one").complete("two").waiting() == ["after"]


def bound(binding: str) -> Drawing:
    drawing = Drawing()
    process = drawing.process("caller")
    process.node("startEvent", "start")
    process.node("callActivity", "call", extension(f'<zeebe:calledElement processId="callee"{binding}/>'))
    process.chain("start", "call")
    return drawing


def callee(task: str, tag: str = "") -> bytes:
    drawing = Drawing()
    process = drawing.process("callee")
    process.node("startEvent", "begin")
    process.node("userTask", task)
    process.chain("begin", task)
    inner = f'<extensionElements><zeebe:versionTag value="{tag}"/></extensionElements>' if tag else ""
    return drawing.xml().replace(b'isExecutable="true">', f'isExecutable="true">{inner}'.encode())


@pytest.mark.parametrize(
    ("binding", "task"),
    [
        ("", "third"),
        (' bindingType="latest"', "third"),
        (' bindingType="deployment"', "second"),
        (' bindingType="versionTag" versionTag="v1"', "first"),
    ],
)
def test_a_call_finds_the_version_that_it_is_bound_to(binding, task):
    # Given three versions of the called process, the second deployed together with its caller
    world = World()
    try:
        world.engine.deploy([("callee.bpmn", callee("first", "v1"))])
        world.deploy(bound(binding), ("callee.bpmn", callee("second", "v2")))
        world.engine.deploy([("callee.bpmn", callee("third"))])
        # when the caller is started
        world.start("caller")
        # then the version of its binding runs
        assert [row["elementId"] for row in world.rows("user-tasks")] == [task]
    finally:
        world.close()


def test_a_version_that_is_missing_is_an_incident_that_says_which_and_goes_on_once_it_is_deployed():
    world = World()
    try:
        world.deploy(bound(' bindingType="versionTag" versionTag="v9"'))
        world.engine.deploy([("callee.bpmn", callee("first", "v1"))])
        world.start("caller")
        (incident,) = world.rows("incidents")
        assert "versionTag v9" in incident["errorMessage"]
        world.engine.deploy([("callee.bpmn", callee("ninth", "v9"))])
        world.engine.resolve_incident(int(incident["incidentKey"]))
        assert [row["elementId"] for row in world.rows("user-tasks")] == ["ninth"]
    finally:
        world.close()


def test_the_called_process_may_be_computed():
    drawing = Drawing()
    process = drawing.process("caller")
    process.node("startEvent", "start")
    process.node("callActivity", "call", extension('<zeebe:calledElement processId="=which"/>'))
    process.chain("start", "call")
    world = World()
    try:
        world.deploy(drawing, ("callee.bpmn", callee("first")))
        world.start("caller", {"which": "callee"})
        assert [row["elementId"] for row in world.rows("user-tasks")] == ["first"]
    finally:
        world.close()
