"""Deployments: all or nothing, and nothing new from what is deployed already."""

import json

import pytest

from laneway.commands.files import kind_of
from laneway.domain.errors import InvalidInput, LanewayError, Refused
from tests.commands.drawings import one_job, start_by
from tests.support.drawing import Drawing, cycle, extension, refers
from tests.support.world import World

FORM = {"id": "review", "type": "default", "components": [{"type": "textfield", "key": "note"}]}
AGENTS = """
version: 1
agents:
  worker:
    purpose: does the work
    owner: someone
    job_types: [work]
    adapter: scripted
    config: {answers: {"*": {output: {done: true}}}}
    input: {type: object}
    output: {type: object}
    authority: decide
"""
DECISION = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="rules" name="Rules" namespace="https://example.org">
  <decision id="level" name="Level"><variable name="level"/>
    <literalExpression><text>if amount &gt; 10 then "high" else "low"</text></literalExpression></decision>
</definitions>"""


def form(**changes: object) -> tuple[str, bytes]:
    return "review.form", json.dumps({**FORM, **changes}).encode()


def test_the_same_files_again_give_the_same_definitions(stored: World) -> None:
    # Given a deployment of a diagram, a form, a decision and contracts
    files = [("agents.yaml", AGENTS.encode()), form(), ("rules.dmn", DECISION), ("policy.md", b"# Policy")]
    first = stored.deploy(one_job(), *files)
    # When the same files are deployed again
    second = stored.deploy(one_job(), *files)
    # Then nothing new is there
    assert second.processes == first.processes
    assert second.forms == first.forms
    assert second.decisions == first.decisions
    assert second.key == first.key
    assert [row["version"] for row in stored.rows("process-definitions")] == [1]


@pytest.mark.parametrize(
    "changed",
    [
        ("agents.yaml", AGENTS.replace("someone", "someone else").encode()),
        ("policy.md", b"# New policy"),
    ],
)
def test_what_lies_beside_a_diagram_is_part_of_it(world: World, changed: tuple[str, bytes]) -> None:
    # Given a deployment; when a file beside the diagram changes; then the process has a new version.
    files = {"agents.yaml": AGENTS.encode(), "policy.md": b"# Policy"}
    world.deploy(one_job(), *files.items())
    second = world.deploy(one_job(), *{**files, changed[0]: changed[1]}.items())
    assert [process.version for process in second.processes] == [2]


def test_a_changed_diagram_is_a_new_version_and_old_instances_keep_theirs(stored: World) -> None:
    # Given a running instance
    stored.deploy(one_job())
    key = stored.start()
    # When a changed diagram is deployed
    changed = one_job()
    changed.processes[0][1].node("task", "note")
    second = stored.deploy(changed)
    # Then new instances are of it, and the old one ends by its own
    assert [process.version for process in second.processes] == [2]
    started = stored.engine.start_instance(process_id="process")
    assert (started.version, stored.engine.start_instance(process_id="process", version=1).version) == (2, 1)
    stored.engine.complete_job(next(each for each in stored.activate("work") if each.job.root_key == key).job.key)
    assert stored.state(key) == "COMPLETED"


def test_a_diagram_with_errors_leaves_only_the_rejection(stored: World) -> None:
    # Given a diagram with an expression that cannot be read
    broken = Drawing()
    process = broken.process()
    process.chain(process.node("startEvent", "start"), process.node("endEvent", "end"))
    process.flow("start", "end", "= amount >")
    # When it is deployed with a form that is right
    with pytest.raises(Refused) as refused:
        stored.deploy(broken, form())
    # Then nothing is there but the audit record
    assert refused.value.code == "diagram_invalid"
    assert refused.value.problems
    assert stored.rows("process-definitions") == []
    assert [(row["details"]["command"], row["result"]) for row in stored.audits()] == [("Deploy", "FAIL")]


def test_a_gate_s_refusal_is_on_record_too(world: World) -> None:
    # Given a diagram with a DTD; when it is deployed; then it is refused by its own code, and that is on record.
    with pytest.raises(LanewayError) as refused:
        world.engine.deploy([("a.bpmn", b'<!DOCTYPE x [<!ENTITY e "x">]><x>&e;</x>')])
    assert refused.value.code == "dtd_forbidden"
    assert [row["details"]["code"] for row in world.audits()] == ["dtd_forbidden"]


def test_a_process_id_stands_once_in_a_deployment(world: World) -> None:
    # Given two diagrams with the same process id; when they are deployed together; then both are named.
    with pytest.raises(Refused, match=r"a\.bpmn") as refused:
        world.engine.deploy([("a.bpmn", one_job().xml()), ("b.bpmn", one_job().xml())])
    assert refused.value.code == "duplicate_process_id"


def test_forms_and_knowledge_can_be_deployed_alone(world: World) -> None:
    # Given no diagram; when a form and a text are deployed; then they are there.
    deployed = world.engine.deploy([form(), ("policy.md", b"# Policy")])
    assert [(each.form_id, each.version) for each in deployed.forms] == [("review", 1)]
    assert {each.kind for each in deployed.resources} == {"form", "knowledge"}


@pytest.mark.parametrize(
    "content", [b"no json", b"[]", b'{"a": 1}', b'{"components": []}', b'{"id": "a", "id": "b", "components": []}']
)
def test_a_form_that_is_none_is_refused(world: World, content: bytes) -> None:
    # Given a file that is no form; when it is deployed; then a problem names the file.
    with pytest.raises(Refused, match=r"review\.form"):
        world.engine.deploy([("review.form", content)])


def test_start_triggers_end_with_their_version(stored: World) -> None:
    # Given a process that a message starts, and a new version that it does not
    starting = start_by(refers("message", "Message_1"))
    starting.message("Message_1", "go")
    stored.deploy(starting)
    stored.deploy(one_job())
    # When the message comes
    stored.engine.publish_message("go")
    # Then nothing starts
    assert stored.activate("work") == []


def test_a_start_event_whose_name_needs_a_variable_is_refused(world: World) -> None:
    # Given a message start event with a name that no one knows before a start; when deployed; then it is named.
    drawing = start_by(refers("message", "Message_1"))
    drawing.message("Message_1", "= region + 1")
    with pytest.raises(Refused) as refused:
        world.deploy(drawing)
    assert [problem.element_id for problem in refused.value.problems if problem.severity == "error"] == ["start"]


def test_a_pool_without_elements_is_no_process(world: World) -> None:
    # Given a collaboration with a partner's empty pool; when it is deployed; then only our process is one.
    drawing = one_job()
    drawing.process("partner")
    assert [each.process_id for each in world.deploy(drawing).processes] == ["process"]


def test_contracts_that_no_diagram_takes_are_reported(world: World) -> None:
    # Given two agents files, one of them named like the diagram; when they are checked; then the other is reported.
    files = [
        ("order.bpmn", one_job().xml()),
        ("order.agents.yaml", AGENTS.encode()),
        ("old.agents.yaml", AGENTS.encode()),
    ]
    unused = [problem for problem in world.engine.check(files).problems if problem.rule == "file-unused"]
    assert [problem.file for problem in unused] == ["old.agents.yaml"]


def test_checking_writes_nothing_and_reports_gate_faults(world: World) -> None:
    # Given a good diagram and one with a DTD; when they are checked; then both are reported and nothing is written.
    report = world.engine.check([("a.bpmn", one_job().xml()), ("b.bpmn", b"<!DOCTYPE x []><x/>")])
    assert not report.deployable
    assert [problem.rule for problem in report.problems if problem.file == "b.bpmn"] == ["dtd_forbidden"]
    assert [process["processId"] for process in report.processes] == ["process"]
    assert world.audits() == []


@pytest.mark.parametrize(
    ("files", "code"),
    [([], "no_files"), ([("", b"x")], "file_name_invalid"), ([("a.md", b"x"), ("a.md", b"y")], "file_name_twice")],
)
def test_what_is_no_deployment_at_all(world: World, files: list[tuple[str, bytes]], code: str) -> None:
    # Given files that make no deployment; when they are sent; then the code says why.
    with pytest.raises(InvalidInput) as refused:
        world.engine.deploy(files)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.bpmn", "process"),
        ("a.bpmn20.xml", "process"),
        ("A.XML", "process"),
        ("rules.dmn", "decision"),
        ("forms/a.form", "form"),
        ("agents.yaml", "agents"),
        ("order.agents.yml", "agents"),
        ("order.bindings.yaml", "bindings"),
        ("policy.md", "knowledge"),
        ("../../etc/passwd", "other"),
    ],
)
def test_the_name_says_the_kind(name: str, kind: str) -> None:
    # Given a file's name; when its kind is asked for; then the name alone decides.
    assert kind_of(name) == kind


def test_a_decision_is_evaluated_by_id_and_by_key(stored: World) -> None:
    # Given a deployed decision; when it is asked; then it answers, on record.
    deployed = stored.engine.deploy([("rules.dmn", DECISION)])
    by_id = stored.engine.evaluate_decision(decision_id="level", variables={"amount": 11})
    by_key = stored.engine.evaluate_decision(decision_key=deployed.decisions[0].key, variables={"amount": 1})
    assert (by_id.output, by_key.output) == ("high", "low")
    assert stored.commands() == ["Deploy", "EvaluateDecision", "EvaluateDecision"]


def test_a_business_rule_task_uses_the_deployed_decision(stored: World) -> None:
    # Given a process that calls a decision; when it runs; then its result is there.
    drawing = Drawing()
    process = drawing.process()
    called = extension('<zeebe:calledDecision decisionId="level" resultVariable="level"/>')
    process.chain(
        process.node("startEvent"), process.node("businessRuleTask", "decide", called), process.node("endEvent")
    )
    stored.deploy(drawing, ("rules.dmn", DECISION))
    key = stored.start(variables={"amount": 50})
    assert stored.variables(key)["level"] == "high"
    assert [row["decisionDefinitionId"] for row in stored.rows("decision-instances")] == ["level"]


def test_timers_of_start_events_are_armed(stored: World) -> None:
    # Given a process that starts every hour, three times; when time passes; then it starts, in phase.
    stored.deploy(start_by(cycle("R3/PT1H")))
    counts = []
    for _ in range(5):
        stored.pass_time(minutes=50)
        stored.settle()
        counts.append(len(stored.rows("process-instances")))
    assert counts == [0, 1, 2, 3, 3]


def test_a_timer_start_fires_as_often_as_it_says_and_in_phase(world: World) -> None:
    # Given a process that starts every hour, three times
    world.deploy(start_by(cycle("R3/PT1H")))
    # When time passes, in one case more than two hours at once
    for hours, started in ((0.5, 0), (0.6, 1), (2.5, 3), (9, 3)):
        world.pass_time(hours=hours)
        world.settle()
        # Then it has started so often
        assert len(world.rows("process-instances")) == started


def test_an_endless_timer_start_makes_up_for_missed_times_once(world: World) -> None:
    # Given a process that starts every month, and a server that slept for three of them
    world.deploy(start_by(cycle("R/P1M")))
    world.pass_time(days=100)
    # When it wakes
    world.settle()
    # Then it starts once, and again a month after the last that it missed
    assert len(world.rows("process-instances")) == 1
    world.pass_time(days=31)
    world.settle()
    assert len(world.rows("process-instances")) == 2
