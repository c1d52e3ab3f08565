"""One file per verb: open one transaction, load, advance, store all of it, commit, dispatch.

Those that are given most often (instances started, jobs activated and completed, user tasks assigned and completed, messages published and
correlated) are not carried out by their function: it gives the ``Command``, which a thread carries out, or hands over without waiting
for it (``Engine.submit``, ``handing``).
"""

from laneway.commands.activate_ad_hoc_activities import activate_ad_hoc_activities
from laneway.commands.activate_jobs import activate_jobs
from laneway.commands.approvals import approve, claim_approval, edit_approval, reject, tell_outcome
from laneway.commands.assign_user_task import assign_user_task
from laneway.commands.autonomy import confirm_autonomy, set_autonomy, withdraw_autonomy
from laneway.commands.broadcast_signal import broadcast_signal
from laneway.commands.cancel_instance import cancel_instance
from laneway.commands.check import check
from laneway.commands.complete_job import complete_job
from laneway.commands.complete_user_task import complete_user_task
from laneway.commands.correlate_message import correlate_message
from laneway.commands.data_sources import create_data_source, update_data_source
from laneway.commands.delete_decision_evaluation import delete_decision_evaluation
from laneway.commands.delete_instance import delete_instance
from laneway.commands.deliver_outbox import deliver_outbox
from laneway.commands.deploy import deploy
from laneway.commands.evaluate_conditionals import evaluate_conditionals
from laneway.commands.evaluate_decision import evaluate_decision
from laneway.commands.evaluate_expression import evaluate_expression
from laneway.commands.external_agents import Item, Under, Written, create_agent_instance, update_agent_instance
from laneway.commands.fail_job import fail_job
from laneway.commands.kill_switches import lift_kill_switch, set_kill_switch
from laneway.commands.publish_message import publish_message
from laneway.commands.resolve_incident import resolve_incident
from laneway.commands.set_variables import set_variables
from laneway.commands.start_instance import start_instance
from laneway.commands.throw_error import throw_error
from laneway.commands.unassign_user_task import unassign_user_task
from laneway.commands.update_job import update_job
from laneway.commands.update_user_task import update_user_task

__all__ = [
    "Item",
    "Under",
    "Written",
    "activate_ad_hoc_activities",
    "activate_jobs",
    "approve",
    "assign_user_task",
    "broadcast_signal",
    "cancel_instance",
    "check",
    "claim_approval",
    "complete_job",
    "complete_user_task",
    "confirm_autonomy",
    "correlate_message",
    "create_agent_instance",
    "create_data_source",
    "delete_decision_evaluation",
    "delete_instance",
    "deliver_outbox",
    "deploy",
    "edit_approval",
    "evaluate_conditionals",
    "evaluate_decision",
    "evaluate_expression",
    "fail_job",
    "lift_kill_switch",
    "publish_message",
    "reject",
    "resolve_incident",
    "set_autonomy",
    "set_kill_switch",
    "set_variables",
    "start_instance",
    "tell_outcome",
    "throw_error",
    "unassign_user_task",
    "update_agent_instance",
    "update_data_source",
    "update_job",
    "update_user_task",
    "withdraw_autonomy",
]
