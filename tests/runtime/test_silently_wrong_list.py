"""The list of what SpiffWorkflow 3.2.0 runs silently wrong, and the diagrams of ours that show each to be right."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
WRONG: dict[str, tuple[str, ...]] = {
    "at a join the copy that arrives last wins": (
        "runtime/test_differential.py::test_data_at_a_join",
        "runtime/test_gateways.py::test_data_of_all_branches_survives_the_join",
    ),
    "branches share the inside of values": (
        "runtime/test_differential.py::test_the_inside_of_values",
        "runtime/test_silently_wrong.py::test_branches_do_not_share_the_inside_of_values",
    ),
    "a loop stops after 333 rounds and says that it has completed": (
        "runtime/test_differential.py::test_a_long_loop",
        "runtime/test_silently_wrong.py::test_a_loop_goes_on_beyond_333_rounds",
    ),
    "tasks run that a terminate event has ended": (
        "runtime/test_events.py::test_tokens_in_flight_do_not_outlive_a_terminate",
    ),
    "instances run after the completion condition holds": (
        "runtime/test_silently_wrong.py::test_no_step_is_taken_after_the_completion_condition_holds",
    ),
    "after an error out of a called process the failing scope goes on": (
        "runtime/test_silently_wrong.py::test_an_error_out_of_a_called_process_ends_the_scope_that_fails",
    ),
    "a parallel join in a loop goes off early": (
        "runtime/test_gateways.py::test_a_parallel_join_in_a_loop_does_not_mix_rounds",
    ),
    "excess tokens at a parallel join are dropped": (
        "runtime/test_differential.py::test_excess_tokens_at_a_parallel_join",
        "runtime/test_gateways.py::test_excess_tokens_at_a_parallel_join_are_kept",
    ),
    "of two timers behind an event gateway the shorter never fires": (
        "runtime/test_silently_wrong.py::test_an_event_gateway_with_two_timers_takes_the_shorter_wherever_it_stands",
    ),
    "a condition behind an event gateway never comes": (
        "runtime/test_conditional_events.py::test_after_an_event_based_gateway_a_condition_is_one_of_the_events",
    ),
    "conditional events do not see task data": (
        "runtime/test_conditional_events.py::test_a_condition_waits_until_a_person_gives_what_makes_it_true",
    ),
    "an interrupting event sub-process does not interrupt": (
        "runtime/test_scopes.py::test_an_interrupting_event_sub_process_ends_the_rest_of_its_scope",
    ),
    "an error, escalation or compensation event sub-process starts with its scope": (
        "runtime/test_differential.py::test_an_error_event_sub_process",
        "runtime/test_silently_wrong.py::test_an_error_or_escalation_event_sub_process_does_not_start_with_its_scope",
        "runtime/test_compensation.py::test_a_compensation_event_sub_process_undoes_its_scope_as_it_sees_fit",
    ),
    "an event sub-process whose timer is not due holds its scope": (
        "runtime/test_differential.py::test_an_event_sub_process_whose_timer_is_not_due",
        "runtime/test_scopes.py::test_an_event_sub_process_that_is_not_due_does_not_hold_its_scope",
    ),
    "an event sub-process in a sub-process is never triggered": (
        "runtime/test_scopes.py::test_an_interrupting_event_sub_process_ends_the_rest_of_its_scope",
    ),
    "triggering an event sub-process changes the next instance": (
        "runtime/test_scopes.py::test_triggering_an_event_sub_process_leaves_the_next_instance_as_it_was",
    ),
    "a signal end event is ignored": (
        "runtime/test_differential.py::test_a_signal_end_event",
        "runtime/test_silently_wrong.py::test_a_signal_end_event_throws_its_signal",
    ),
    "compensation throw and end events are ignored": (
        "runtime/test_compensation.py::test_completed_activities_are_undone_one_after_the_other_latest_first",
        "runtime/test_compensation.py::test_an_end_event_waits_for_the_handlers_too",
    ),
    "link events stall or pass": ("runtime/test_events.py::test_link_events_jump",),
    "an interrupting cycle fires as often as it says": (
        "runtime/test_differential.py::test_an_interrupting_cycle_on_a_border",
        "runtime/test_silently_wrong.py::test_an_interrupting_cycle_ends_its_host_and_fires_once",
    ),
    "the condition of a single flow off an activity is ignored": (
        "runtime/test_differential.py::test_a_single_conditional_flow",
        "runtime/test_gateways.py::test_a_single_conditional_flow_that_does_not_hold_is_an_incident",
    ),
    "a flow without an id is dropped": (
        "runtime/test_differential.py::test_a_flow_without_an_id",
        "runtime/test_silently_wrong.py::test_sequence_flows_without_an_id_are_followed",
    ),
    "a node called Start collides": ("runtime/test_silently_wrong.py::test_node_ids_start_and_end_are_ordinary",),
    "without an end event it never completes": (
        "runtime/test_silently_wrong.py::test_a_process_without_an_end_event_completes",
    ),
    "of two who wait for a message both get it": ("commands/test_messages.py::test_a_message_goes_to_a_process_once",),
    "a message that nobody waits for yet is lost": (
        "commands/test_messages.py::test_a_message_published_before_its_subscription_waits_for_it",
    ),
    "an ioSpecification drops every other variable": (
        "runtime/test_data.py::test_an_output_goes_to_the_data_object_and_all_else_where_it_always_goes",
        "runtime/test_silently_wrong.py::test_input_mappings_of_a_task_hide_nothing_from_what_follows",
    ),
    "a data association with an assignment is ignored": (
        "runtime/test_data.py::test_assignments_write_below_their_target",
    ),
    "results side by side come in order of completion": (
        "runtime/test_silently_wrong.py::test_results_side_by_side_keep_the_order_of_the_items",
    ),
    "a null item stalls a sequential multi-instance": (
        "runtime/test_loops.py::test_sequential_instances_come_one_after_another_also_for_null_items",
    ),
    "hit policies, aggregations and FEEL of DMN": (
        "decisions/test_tables.py",
        "decisions/tck.py",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_each_has_its_diagram(wrong: str) -> None:
    for shown in WRONG[wrong]:
        file, _, name = shown.partition("::")
        text = (TESTS / file).read_text(encoding="utf-8")
        assert not name or re.search(rf"^def {name}\(", text, re.MULTILINE), shown
