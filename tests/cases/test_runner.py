"""The player of cases: what it does at each step, and how it says that something was not as expected."""

from datetime import timedelta

from laneway.cases import Session, coverage_of, run_case
from laneway.cases.case import Start
from tests.cases.small import FILES, case


def test_a_case_that_goes_as_expected_has_no_faults() -> None:
    result = run_case(
        case(
            expect={
                "state": "COMPLETED",
                "ends": ["Decided"],
                "path": ["Begun", "Guess", "Decide", "Decided"],
                "tasks": [{"element": "Decide", "by": "grace", "groups": ["deciders"], "state": "COMPLETED"}],
                "variables": {"guess": 4},
            }
        ),
        FILES,
    )

    assert result.faults == ()


def test_a_different_path_is_named_at_the_first_difference() -> None:
    result = run_case(case(expect={"state": "COMPLETED", "path": ["Begun", "Decide"]}), FILES)

    (fault,) = result.faults
    assert fault.startswith("path: after Begun (number 2): expected Decide, found Guess")


def test_a_step_that_does_not_fit_says_where_the_instance_stands() -> None:
    result = run_case(case(steps=[{"complete": "Approve"}]), FILES)

    assert result.faults == (
        "step 1 (complete Approve): user task Approve was to be done, but the instance waits at Decide",
    )


def test_an_instance_that_still_waits_says_where() -> None:
    result = run_case(case(steps=[]), FILES)

    assert result.faults == ("state: expected COMPLETED, found ACTIVE, waiting at Decide",)


def test_an_incident_that_was_not_expected_is_a_fault_with_its_reason() -> None:
    result = run_case(case(agents={"guess": {"refuse": "not my job"}}, steps=[], expect={"state": "ACTIVE"}), FILES)

    (fault,) = result.faults
    assert fault.startswith("incidents: expected nothing, found Guess")
    assert "not my job" in fault


def test_an_agent_is_replaced_by_element_or_by_name_and_call_by_call() -> None:
    answers = [{"fail": "down"}, {"output": {"guess": 7}, "confidence": 0.8}]

    result = run_case(case(agents={"Guess": answers}, expect={"state": "COMPLETED", "variables": {"guess": 7}}), FILES)

    assert result.faults == ()
    attempts = [entry.at for entry in result.history if entry.kind == "command" and entry.element_id == "Guess"]
    assert attempts[1] - attempts[0] >= timedelta(seconds=30)


def test_an_answer_of_a_case_is_held_against_the_contract_like_any_other() -> None:
    result = run_case(
        case(
            agents={"guess": {"output": {"guess": "seven"}, "confidence": 0.9}},
            steps=[],
            expect={"state": "ACTIVE", "incidents": [{"element": "Guess", "message": {"$contains": "guess"}}]},
        ),
        FILES,
    )

    assert result.faults == ()


def test_real_work_with_another_confidence_meets_the_threshold() -> None:
    result = run_case(
        case(
            agents={"guess": {"work": True, "confidence": 0.1}},
            steps=[],
            expect={"state": "ACTIVE", "incidents": [{"element": "Guess", "message": {"$contains": "0.1"}}]},
        ),
        FILES,
    )

    assert result.faults == ()


def test_timers_on_the_way_fire_at_their_own_time() -> None:
    result = run_case(
        case(steps=[{"wait": "P2D"}], expect={"state": "ACTIVE", "ends": ["Reminded"], "waits_at": ["Decide"]}), FILES
    )

    assert result.faults == ()
    reached = {entry.element_id: entry.at for entry in result.history if entry.kind == "ElementActivated"}
    assert reached["Late"] - reached["Decide"] in (timedelta(days=1), timedelta(0))
    assert reached["Reminded"] - reached["Decide"] == timedelta(days=1)


def test_a_resolved_incident_lets_the_instance_go_on() -> None:
    result = run_case(
        case(
            agents={"guess": [{"fail": "down", "retryable": False}, {"work": True}]},
            steps=[{"resolve": "Guess", "by": "otto"}, {"complete": "Decide", "by": "grace"}],
            expect={"state": "COMPLETED", "incidents": [{"element": "Guess", "state": "RESOLVED"}]},
        ),
        FILES,
    )

    assert result.faults == ()


def test_a_cancelled_instance_is_terminated() -> None:
    result = run_case(
        case(
            steps=[{"claim": "Decide", "by": "grace"}, {"cancel": True, "by": "otto"}],
            expect={"state": "TERMINATED", "tasks": [{"element": "Decide", "state": "CANCELED"}]},
        ),
        FILES,
    )

    assert result.faults == ()


def test_a_message_that_comes_too_early_is_said() -> None:
    result = run_case(case(steps=[{"send": "answer", "at": "Wait"}]), FILES)

    assert result.faults == (
        "step 1 (send answer): the message answer was to come at Wait, but the instance waits at Decide",
    )


def test_files_that_cannot_be_deployed_are_a_fault_with_the_problems() -> None:
    result = run_case(case(), [("small.bpmn", FILES[0][1].replace(b'targetRef="Decided"', b'targetRef="Gone"'))])

    (fault,) = result.faults
    assert fault.startswith("the process cannot be deployed")
    assert "Gone" in fault


def test_a_process_that_is_not_in_the_files_is_a_fault_that_names_those_there_are() -> None:
    result = run_case(case(process="large"), FILES)

    assert result.faults == ("start: there is no process 'large' in these files; there are: small",)


def test_what_no_case_reaches_is_named() -> None:
    (coverage,) = coverage_of([run_case(case(), FILES)])

    assert coverage.missed_nodes == (("Late", None), ("Reminded", None))
    assert [flow for flow, _ in coverage.missed_flows] == ["f3"]
    assert (coverage.nodes, coverage.nodes_reached) == (6, 4)


def test_progress_is_told_in_order_as_it_happens() -> None:
    told: list[str] = []

    with Session(FILES, progress=lambda entry: told.append(entry.text)) as session:
        session.start("small", Start())
        session.complete("Decide", "grace", {})

    assert told[0] == "small is started"
    assert told.index("grace completes «Decide»") > told.index("«Decide» waits for a person")
    assert any("completed" in text for text in told[-2:])
