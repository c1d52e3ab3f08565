"""A bindings file says who does what, and wins over whatever the diagram says."""

from __future__ import annotations

import pytest

from laneway.diagrams import Diagram, read_bindings
from laneway.domain.contract import AgentContract
from laneway.domain.model import CallSpec, DecisionSpec, EventKind, JobSpec, ScriptSpec, TimerKind, UserTaskSpec
from tests.diagrams.sheet import draw, errors, flows, in_line, model, one

RATER = AgentContract("rater", "Rate", "kim", ("rate", "rate-again"), "local")


def _bound(body: str, yaml: str, **kwargs: object) -> Diagram:
    bindings, problems = read_bindings(f"version: 1\nelements:\n{yaml}".encode(), "x.bindings.yaml")
    assert problems == ()
    return draw(body, bindings=bindings, contracts=[RATER], **kwargs)  # type: ignore[arg-type]


def test_a_job_type_binds_any_task() -> None:
    for tag in ("task", "manualTask", "serviceTask", "sendTask", "userTask", "scriptTask", "businessRuleTask"):
        loaded = model(_bound(in_line(f'<{tag} id="t"/>', "t"), "  t: {jobType: work, retries: 5, headers: {a: b}}"))

        assert loaded.node("t").work == JobSpec("work", 5, {"a": "b"})


def test_an_agent_binds_to_the_first_job_type_of_its_contract() -> None:
    loaded = model(_bound(in_line('<serviceTask id="t"/>', "t"), "  t: {agent: rater}"))

    assert loaded.node("t").work == JobSpec("rate", agent="rater")


def test_a_job_type_of_a_contract_binds_its_agent() -> None:
    loaded = model(_bound(in_line('<serviceTask id="t"/>', "t"), "  t: {jobType: rate-again}"))

    assert loaded.node("t").work == JobSpec("rate-again", agent="rater")


def test_an_unknown_agent_is_an_error_that_names_those_there_are() -> None:
    problem = one(_bound(in_line('<serviceTask id="t"/>', "t"), "  t: {agent: writer}"), "unknown_agent")

    assert "writer" in problem.message
    assert "rater" in problem.fix


def test_bindings_win_over_the_dialect() -> None:
    body = in_line('<businessRuleTask id="t" camunda:decisionRef="risk"/>', "t")

    assert model(_bound(body, "  t: {jobType: work}")).node("t").work == JobSpec("work")
    assert model(_bound(in_line('<serviceTask id="t" implementation="x"/>', "t"), "  t: {decision: risk}")).node(
        "t"
    ).work == DecisionSpec("risk")


def test_a_user_task_is_bound_to_people() -> None:
    yaml = (
        "  t: {assignee: kim, candidateGroups: [a, b], candidateUsers: '=users', form: f, dueDate: 2026-12-24T18:00:00Z, "
        "followUpDate: PT1H, priority: 80}"
    )

    work = model(_bound(in_line('<userTask id="t"/>', "t"), yaml)).node("t").work

    assert isinstance(work, UserTaskSpec)
    assert (work.assignee, work.candidate_groups, work.form_id, work.priority) == ("kim", ("a", "b"), "f", 80)
    assert not isinstance(work.candidate_users, (str, tuple))


def test_calls_scripts_and_mappings() -> None:
    body = '<startEvent id="s"/><callActivity id="c"/><scriptTask id="x"/><endEvent id="e"/>' + flows(
        "s>c", "c>x", "x>e"
    )

    loaded = model(
        _bound(
            body,
            "  c: {calledProcess: other, inputs: {a: '=b'}, outputs: {c: '=d'}}\n  x: {script: '1 + 1', resultVariable: r}",
        )
    )

    assert loaded.node("c").work == CallSpec("other")
    assert [each.target for each in (*loaded.node("c").inputs, *loaded.node("c").outputs)] == ["a", "c"]
    script = loaded.node("x").work
    assert isinstance(script, ScriptSpec)
    assert script.result_variable == "r"


def test_conditions_of_flows() -> None:
    body = '<startEvent id="s"/><exclusiveGateway id="g" default="g_b"/><endEvent id="a"/><endEvent id="b"/>' + flows(
        "s>g", "g>a", "g>b"
    )

    condition = model(_bound(body, "  g_a: {condition: 'total > 1000'}")).flows[1].condition

    assert condition is not None
    assert condition.evaluate_boolean({"total": 1001})


@pytest.mark.parametrize(
    ("text", "kind"),
    [("PT1H", TimerKind.DURATION), ("2026-12-24T18:00:00Z", TimerKind.DATE), ("R/PT1H", TimerKind.CYCLE)],
)
def test_timers_of_events(text: str, kind: TimerKind) -> None:
    body = in_line('<intermediateCatchEvent id="t"><timerEventDefinition/></intermediateCatchEvent>', "t")

    event = model(_bound(body, f"  t: {{timer: '{text}'}}")).node("t").event

    assert event is not None
    assert (event.timer, event.timer_kind) == (text, kind)


def test_messages_of_events_without_any_definition() -> None:
    body = in_line('<intermediateCatchEvent id="t"/>', "t")

    event = model(_bound(body, "  t: {message: Order, correlationKey: '=orderId'}")).node("t").event

    assert event is not None
    assert (event.kind, event.name) == (EventKind.MESSAGE, "Order")
    assert event.correlation_key is not None


def test_an_id_that_is_not_in_the_diagram_is_pointed_out() -> None:
    diagram = _bound('<startEvent id="s"/>', "  nothing: {jobType: x}")

    assert one(diagram, "binding_unknown_element").element_id == "nothing"


def test_bindings_for_another_process_do_not_count() -> None:
    bindings, _ = read_bindings(b"version: 1\nprocess: other\nelements: {t: {jobType: x}}", "x.bindings.yaml")

    diagram = draw(in_line('<task id="t"/>', "t"), bindings=bindings)

    assert model(diagram).node("t").work is None
    assert errors(diagram) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"version: 2", "version"),
        (b"- a", "no mapping"),
        (b"version: 1\nelement: {}", "unknown key element"),
        (b"version: 1\nelements: {t: {jobtype: x}}", "unknown key jobtype"),
        (b"version: 1\nelements: {t: x}", "no mapping"),
        (b"version: 1\nelements: {t: {jobType: [x]}}", "no text"),
        (b"version: 1\nelements: {t: {inputs: x}}", "no mapping"),
        (b"version: 1\nelements: [", "not YAML"),
        (b"\xff\xfe", "not UTF-8"),
        (b"version: 1\nelements: &a {t: *a}", "the alias *a"),
        (b"version: 1\nelements: " + b"[" * 100_000, "deep"),
        (b"version: 1\nelements: !!python/object/apply:os.system [ls]", "the tag"),
        (b"version: 1\nelements: {t: {jobType: x}, t: {jobType: y}}", "twice"),
    ],
)
def test_a_file_that_is_wrong_says_so(text: bytes, said: str) -> None:
    mapping, problems = read_bindings(text, "x.bindings.yaml")

    assert any(said in problem.message for problem in problems)
    assert all(problem.severity == "error" and problem.file == "x.bindings.yaml" for problem in problems)
    assert set(mapping) == {"process", "elements"}


def test_a_word_or_a_time_is_taken_as_it_is_written() -> None:
    mapping, problems = read_bindings(
        b"version: 1\nelements: {t: {assignee: on, dueDate: 1:30, form: 1.50}}", "x.bindings.yaml"
    )

    assert problems == ()
    assert mapping["elements"]["t"] == {"assignee": "on", "dueDate": "1:30", "form": "1.50"}
