"""A file of tasks that nothing binds is refused for them before anything else is read of it."""

from __future__ import annotations

import time

from laneway.diagrams.findings import MAX_PROBLEMS
from laneway.diagrams.loader import Diagram, load
from laneway.domain.problem import Severity

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"


def drawn(tasks: str) -> bytes:
    return (
        f'<definitions xmlns="{MODEL}" targetNamespace="urn:test"><process id="p" isExecutable="true">'
        f'<startEvent id="s"/>{tasks}</process></definitions>'
    ).encode()


def bare(count: int) -> str:
    return "".join(f'<serviceTask id="t{number}"/>' for number in range(count))


def unbound(diagram: Diagram) -> list[str | None]:
    return [
        problem.element_id
        for problem in diagram.problems
        if problem.rule == "unbound_task" and problem.severity is Severity.ERROR
    ]


def test_more_than_a_report_holds_are_refused_at_once() -> None:
    # Given as many tasks as a file may hold; when it is read
    data = drawn(bare(19_000))
    began = time.process_time()
    diagram = load(data, "bare.bpmn")
    # Then the report holds the first of them and says that there are more, in the time that reading XML takes
    assert time.process_time() - began < 1
    assert unbound(diagram) == [f"t{number}" for number in range(MAX_PROBLEMS)]
    assert diagram.problems[-1].rule == "more_problems"
    assert not diagram.deployable


def test_as_many_as_a_report_holds_are_reported_with_all_else() -> None:
    # Given one that is bound among as many as a report holds
    diagram = load(drawn('<serviceTask id="own" implementation="work"/>' + bare(MAX_PROBLEMS - 1)), "bare.bpmn")
    # Then the file is read to its end
    assert unbound(diagram) == [f"t{number}" for number in range(MAX_PROBLEMS - 1)]
    assert [len(model.nodes) for model in diagram.processes] == [MAX_PROBLEMS + 2]


def test_what_the_early_report_says_is_what_the_late_one_says() -> None:
    early, late = (load(drawn(bare(count)), "bare.bpmn") for count in (MAX_PROBLEMS + 1, MAX_PROBLEMS))
    assert early.problems[0] == next(problem for problem in late.problems if problem.element_id == "t0")


def test_bindings_and_a_walkthrough_refuse_none_of_them() -> None:
    # Given tasks that a file beside the diagram binds, or people do
    count = MAX_PROBLEMS + 1
    elements = {f"t{number}": {"jobType": "work"} for number in range(count)}
    bound = load(drawn(bare(count)), "bare.bpmn", bindings={"elements": elements})
    walked = load(drawn(bare(count)), "bare.bpmn", walkthrough=True)
    # Then nothing is wrong with them
    assert (unbound(bound), unbound(walked)) == ([], [])
