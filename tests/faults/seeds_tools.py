"""Bugs made on purpose around calls of tools: their journal, their approvals, what is drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.faults.exchanging import Seed, exchange

KILLED = "tests/workers/test_killed_tool_calls.py"
APPROVALS = "tests/workers/test_approvals.py"
HELD = "tests/agentic/test_held_calls.py"
SOURCES = "tests/agentic/test_other_sources.py"


def journal_after_the_call() -> None:
    from laneway.commands import tool_calls

    exchange(tool_calls, "send_call", lambda original: lambda context, held, call, schema_hash: call)


def result_not_stored() -> None:
    from laneway.commands import tool_calls

    def make(original: Any) -> Any:
        def end_call(context: Any, held: Any, call: Any, state: Any, **rest: Any) -> Any:
            return replace(call, state=state, result=rest.get("result"), message=rest.get("message"))

        return end_call

    exchange(tool_calls, "end_call", make)


def unknown_is_tried_again() -> None:
    from laneway.workers.agent.tools.broker import Broker

    async def again(self: Any, call: Any) -> Any:
        return await self._send(call, self.grant(call.tool))

    exchange(Broker, "_found_sent", lambda original: again)


def approval_used_twice() -> None:
    from laneway.governance import approvals

    def make(original: Any) -> Any:
        return lambda approval, action, now: original(replace(approval, used=None), action, now)

    exchange(approvals, "check", make)


def approval_of_any_arguments() -> None:
    from laneway.governance import approvals

    exchange(approvals, "canonical_arguments", lambda original: lambda arguments: "{}")


def makers_may_approve() -> None:
    from laneway.commands import approvals
    from laneway.governance import approvals as rules

    for module in (approvals, rules):
        exchange(module, "is_same", lambda original: lambda one, other: False)


def lease_not_asked_for() -> None:
    from laneway.commands import tool_calls

    exchange(tool_calls, "held_still", lambda original: lambda unit, held: unit.uow.job(held.job.key))


def activated_without_spending() -> None:
    from laneway.commands import drawn_calls

    exchange(drawn_calls, "letting_go", lambda original: lambda held, calls: lambda unit: None)


def activated_as_proposed() -> None:
    from laneway.workers.agentic import held_calls

    def make(original: Any) -> Any:
        def exactly(calls: Any, approved: Any) -> Any:
            ids = {call.call_id for call in approved}
            return [call for call in calls if call["toolCallId"] in ids]

        return exactly

    exchange(held_calls, "exactly", make)


def drawn_calls_not_decided() -> None:
    from laneway.governance import drawn_tools

    exchange(drawn_tools, "held", lambda original: lambda contract, level, found, judged, seen: judged)


def others_wait_too() -> None:
    from laneway.governance.conversation import Judged

    original = Judged.allowed.fget  # type: ignore[attr-defined]
    Judged.allowed = property(lambda self: () if self.waiting else original(self))  # type: ignore[assignment, method-assign]


def whatever_stands_in_the_variable() -> None:
    from laneway.commands import drawn_begins

    exchange(drawn_begins, "is_governed", lambda original: lambda contract: False)


def handed_out_for_good() -> None:
    from laneway.commands import drawn_begins

    def make(original: Any) -> Any:
        def decide(*arguments: Any) -> Any:
            found = original(*arguments)
            return None if found is None else replace(found, used=None)

        return decide

    exchange(drawn_begins, "decide", make)


def answers_as_it_says() -> None:
    from laneway.runtime import tool_begins

    exchange(tool_begins, "answering", lambda original: lambda element, value: value)


SEEDS = {
    "journal_after_the_call": Seed(
        "that a call is made is written down before it is",
        journal_after_the_call,
        (f"{KILLED}::test_what_must_not_be_repeated_is_not_and_a_person_is_told[sqlite]",),
    ),
    "result_not_stored": Seed(
        "what came of a call is written down before anything follows from it",
        result_not_stored,
        ("tests/workers/test_tool_calls.py::test_an_agent_calls_tools_and_ends_with_an_answer[sqlite]",),
    ),
    "unknown_is_tried_again": Seed(
        "a call of which nobody knows what came is not made again by itself",
        unknown_is_tried_again,
        (f"{KILLED}::test_what_must_not_be_repeated_is_not_and_a_person_is_told[sqlite]",),
    ),
    "approval_used_twice": Seed(
        "an approval is used once",
        approval_used_twice,
        ("tests/governance/test_approvals.py::test_an_approval_is_spent_once_and_not_after_its_time",),
    ),
    "approval_of_any_arguments": Seed(
        "an approval holds for exactly the arguments that were seen",
        approval_of_any_arguments,
        (
            f"{APPROVALS}::test_arguments_that_are_swapped_after_the_approval_do_not_run",
            f"{HELD}::test_what_differs_from_what_was_approved_does_not_begin",
        ),
    ),
    "makers_may_approve": Seed(
        "who made a call does not approve it",
        makers_may_approve,
        (
            f"{APPROVALS}::test_who_started_it_cannot_approve_it",
            "tests/agentic/test_nested.py::test_no_agent_on_the_way_and_not_who_started_it_lets_a_call_go[within-Inner]",
        ),
    ),
    "lease_not_asked_for": Seed(
        "who lost the lease of a job sends nothing more",
        lease_not_asked_for,
        ("tests/workers/test_tool_calls.py::test_who_lost_the_lease_of_a_job_sends_nothing_more",),
    ),
    "activated_without_spending": Seed(
        "what a person approved is activated with the approval that it spends",
        activated_without_spending,
        (f"{HELD}::test_a_call_waits_for_a_person_and_then_what_is_drawn_begins_once_with_what_was_approved",),
    ),
    "activated_as_proposed": Seed(
        "what is activated is what was approved and not what was asked for",
        activated_as_proposed,
        (f"{HELD}::test_what_a_person_edits_is_what_begins_once_another_approves_it",),
    ),
    "drawn_calls_not_decided": Seed(
        "each call of a drawn tool is decided by the contract",
        drawn_calls_not_decided,
        (f"{HELD}::test_what_is_prohibited_is_not_done",),
    ),
    "others_wait_too": Seed(
        "what needs no person runs while another call waits for one",
        others_wait_too,
        (f"{HELD}::test_the_others_run_meanwhile_and_results_come_in_the_order_of_the_calls",),
    ),
    "whatever_stands_in_the_variable": Seed(
        "a tool begins because its agent asked for it, and not because a variable says so",
        whatever_stands_in_the_variable,
        (f"{SOURCES}::test_a_call_that_another_step_wrote_does_not_begin[message]",),
    ),
    "handed_out_for_good": Seed(
        "what an agent asked for begins once",
        handed_out_for_good,
        (f"{SOURCES}::test_a_call_begins_once_however_often_the_loop_runs_over_it",),
    ),
    "answers_as_it_says": Seed(
        "a result answers the call that was activated, and none if no agent asked for it",
        answers_as_it_says,
        (f"{SOURCES}::test_a_call_that_the_agent_did_not_ask_for_answers_none_of_its_calls",),
    ),
}
