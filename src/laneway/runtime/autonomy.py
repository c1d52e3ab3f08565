"""Agent tasks below ``auto``: a person's task in the agent's place, beside it, or after it.

    manual     the person's task
    shadow     the person's task, and beside it the agent's job, which moves nothing
    recommend  the agent's job, then the person's task, which shows what it answered (or that it gave nothing)
    approve    the agent's job; what it answered goes on once a person approves exactly that

The level is asked for once, when the work of an activation is opened, and stays with the element (``dial`` in its data). What the
agent answered is kept in a hidden variable, which nobody can write from outside; ``agentProposal`` shows it.

An agent that is an ad-hoc sub-process works in turns. The level is asked for once, when the sub-process is reached; each turn is then done as
a task is. Of a turn, ``turn`` in the data of its waits is the key of what it began with.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from laneway.domain.autonomy import AGENT, ELEMENT, PROPOSAL, Dial
from laneway.domain.errors import Conflict
from laneway.domain.model import EventKind, FlowNode, JobSpec, UserTaskSpec
from laneway.domain.state import ElementInstance, Wait
from laneway.domain.transition import TimerOpened
from laneway.domain.types import HIDDEN_PREFIX, IncidentType, JobPurpose
from laneway.runtime import tasks, throwing
from laneway.runtime.failure import ElementFailure
from laneway.runtime.scope import set_local

if TYPE_CHECKING:
    from laneway.runtime.run import Run

SEALED = HIDDEN_PREFIX + "proposal"
DIAL = "dial"
"""In the data of an element and of its waits."""
TURN = "turn"
REJECT = "reject"
LATE = "late"
"""In the data of a timer: it ends the time in which the proposal can be taken."""
EXPIRED = "expired"


def open_work(run: Run, element: ElementInstance, node: FlowNode, spec: JobSpec) -> None:
    """Open what the level of the task asks for."""
    assert spec.agent is not None
    kept = element.data.get(DIAL)
    dial = run.definitions.dial(element.definition_key, node.id, spec.agent) if kept is None else _read(kept)
    if dial is None or dial.level == "auto":
        tasks.open_job(run, element, node, spec)
        return
    element.own_data()[DIAL] = _written(dial)
    if dial.level in ("manual", "shadow"):
        _open_task(run, element, node, spec, dial)
    if dial.level == "manual":
        return
    try:
        _open_job(run, element, node, spec, dial)
    except ElementFailure:
        if dial.level != "shadow":
            raise
        # What a shadow lacks holds nobody up: the person's task is there.


def open_turn(run: Run, element: ElementInstance, node: FlowNode, spec: JobSpec) -> None:
    """Ask whoever decides what is done next in an ad-hoc sub-process."""
    if DIAL not in element.data:
        assert spec.agent is not None
        # One that began before there was a level for it goes on as it began.
        asked = None if "begun" in element.data else run.definitions.dial(element.definition_key, node.id, spec.agent)
        element.own_data()[DIAL] = _written(asked or Dial("auto"))
    dial = _read(element.data[DIAL])
    if dial.level == "auto":
        tasks.open_job(run, element, node, spec, JobPurpose.AD_HOC_SUB_PROCESS)
        return
    turn = None
    if dial.level != "manual":
        try:
            _open_job(run, element, node, spec, dial)
            turn = next(reversed(element.waits))
        except ElementFailure:
            if dial.level != "shadow":
                raise
    if dial.level in ("manual", "shadow"):
        _open_task(run, element, node, spec, dial, turn)


def is_a_person_s(element: ElementInstance) -> bool:
    """Of an ad-hoc sub-process: at its level a person decides without being shown what an agent would do."""
    return DIAL in element.data and element.data[DIAL]["level"] in ("manual", "shadow")


def work_done(
    run: Run,
    element: ElementInstance,
    node: FlowNode,
    wait: Wait,
    variables: Mapping[str, Any],
    result: Mapping[str, Any],
) -> Mapping[str, Any] | None:
    """Work of a task below ``auto`` was completed. Gives the variables that go on, or None if the element stays.

    ``result`` of a job: ``proposal``, what the person is shown; an agent that works in turns may have nothing to show yet. Of a user task:
    ``action`` ``reject`` leaves the task to a person.
    """
    level = _level(wait)
    if wait.kind == "user_task":
        if level == "approve" and result.get("action") == REJECT:
            _leave_to_a_person(run, element, node, wait)
            return None
        return variables
    if level == "shadow":
        run.close_wait(element, wait.key, "completed")
        return None
    if "proposal" not in result and isinstance(node.work, JobSpec) and node.work.flavour is not None:
        return variables
    _show(run, element, node, wait, {"output": dict(variables), **dict(result.get("proposal") or {})})
    return None


def gave_up(run: Run, element: ElementInstance, wait: Wait, message: str) -> bool:
    """The agent's job has failed for good, or threw. False: that concerns the element, as it does at ``auto``."""
    level = _level(wait) if wait.kind == "job" else ""
    if level == "shadow":
        run.close_wait(element, wait.key, "canceled")
        return True
    if level == "recommend":
        _show(run, element, run.node_of(element), wait, {"output": None, "failed": message})
        return True
    return False


def proposal_of(run_variables: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What the agent answered, of the local variables of an element.

    Raises
    ------
    Conflict
        ``proposal_changed``: what the person was shown is not what the agent answered.
    """
    sealed = run_variables.get(SEALED)
    if not isinstance(sealed, Mapping):
        return None
    if run_variables.get(PROPOSAL) != sealed:
        raise Conflict(
            "proposal_changed",
            f"«{PROPOSAL}» was changed after the agent answered, so that nobody can approve it; reject it, or give an answer of your own",
        )
    return sealed


def is_late(wait: Wait) -> bool:
    """Whether ``wait`` ends the time of a proposal."""
    return wait.data is not None and LATE in wait.data


def no_longer_taken(run: Run, element: ElementInstance) -> None:
    """Somebody decided: nothing is left that could be late."""
    for key, wait in list(element.waits.items()):
        if is_late(wait):
            run.close_wait(element, key, "canceled")


def expired(run: Run, element: ElementInstance, timer: Wait) -> None:
    """Nobody decided in time: what the agent proposed can be taken no more. The person's task stays, for an answer of their own, unless the
    contract's path leads elsewhere.

    Raises
    ------
    ElementFailure
        Its error is caught nowhere.
    """
    run.close_wait(element, timer.key, "completed")
    task = next((wait for wait in element.waits.values() if wait.kind == "user_task" and is_dialled(wait)), None)
    sealed = run.state.variables.get(element.key, {}).get(SEALED)
    if task is None or not isinstance(sealed, Mapping):
        return
    for name in (SEALED, PROPOSAL):  # kept, so that what is given in its place is held against it
        set_local(run, element, name, {**sealed, EXPIRED: True})
    late = _read(element.data[DIAL]).late
    agent = sealed.get("agent")
    message = (
        f"for {late.get('owner')}: nobody decided in time on what agent «{agent}» proposed, so that it is not taken any more; give an answer in "
        "its place, or cancel what it is for"
    )
    if late.get("kind") == "escalation":
        catcher = throwing.find_catcher(run, element, EventKind.ESCALATION, late["code"])
        if catcher is not None:
            throwing.deliver(run, catcher, late["code"], message, {})
            return
    elif late.get("kind") == "error":
        throwing.throw_error(run, element, late["code"], message, {})
        return
    run.raise_incident(element, IncidentType.UNSPECIFIED, message, stage=LATE, work_key=task.key)


def is_dialled(wait: Wait) -> bool:
    return wait.data is not None and DIAL in wait.data


def _level(wait: Wait) -> str:
    return "" if wait.data is None else str(wait.data.get(DIAL, ""))


def _show(run: Run, element: ElementInstance, node: FlowNode, wait: Wait, proposal: dict[str, Any]) -> None:
    """The agent is done: its answer is kept, and a person has the task."""
    dial = _read(element.data[DIAL])
    spec = node.work
    assert isinstance(spec, JobSpec)
    shown = {"agent": spec.agent, "level": dial.level, **proposal}
    run.close_wait(element, wait.key, "completed")
    if dial.expires is not None and dial.level in ("recommend", "approve") and shown.get("output") is not None:
        until = run.now + timedelta(seconds=dial.expires)
        shown["expires"] = until.isoformat()
        key = run.ids.next()
        place = (key, element.key, element.process_key, element.definition_key, node.id)
        run.transition.opened.append(TimerOpened(*place, until, 0, None))
        run.wait(element, Wait("timer", key, node.slot, {LATE: True}))
    set_local(run, element, SEALED, shown)
    set_local(run, element, PROPOSAL, shown)
    try:
        _open_task(run, element, node, spec, dial, wait.key)
    except ElementFailure as failure:
        run.raise_incident(element, failure.type, failure.message, stage="behave")


def _leave_to_a_person(run: Run, element: ElementInstance, node: FlowNode, wait: Wait) -> None:
    spec = node.work
    assert isinstance(spec, JobSpec)
    dial = _read(element.data[DIAL])
    manual = Dial("manual", dial.groups, dial.users, dial.form_id)
    run.close_wait(element, wait.key, "completed")
    no_longer_taken(run, element)
    if node.ad_hoc is None:  # else the agent has the next turn
        element.own_data()[DIAL] = _written(manual)
    set_local(run, element, SEALED, None)
    try:
        _open_task(run, element, node, spec, manual, None if wait.data is None else wait.data.get(TURN))
    except ElementFailure as failure:
        run.raise_incident(element, failure.type, failure.message, stage="behave")


def _open_task(
    run: Run, element: ElementInstance, node: FlowNode, spec: JobSpec, dial: Dial, turn: int | None = None
) -> None:
    """``turn``: the job that it began with; None: it begins with this task."""
    work = UserTaskSpec(
        candidate_groups=dial.groups,
        candidate_users=dial.users,
        form_id=dial.form_id,
        headers={ELEMENT: dial.level, AGENT: spec.agent or ""},
    )
    data: dict[str, Any] = {DIAL: dial.level, "agent": spec.agent}
    if node.ad_hoc is not None and turn is not None:
        data[TURN] = turn
    tasks.open_user_task(run, element, node, work, data=data)


def _open_job(run: Run, element: ElementInstance, node: FlowNode, spec: JobSpec, dial: Dial) -> None:
    purpose = JobPurpose.BPMN_ELEMENT if node.ad_hoc is None else JobPurpose.AD_HOC_SUB_PROCESS
    tasks.open_job(run, element, node, spec, purpose, data={DIAL: dial.level}, autonomy=dial.level)


def _written(dial: Dial) -> dict[str, Any]:
    kept: dict[str, Any] = {
        "level": dial.level,
        "groups": list(dial.groups),
        "users": list(dial.users),
        "form": dial.form_id,
    }
    return kept if dial.expires is None else {**kept, "expires": dial.expires, LATE: dict(dial.late)}


def _read(kept: Mapping[str, Any]) -> Dial:
    """What was written before proposals could be late says nothing of it."""
    groups, users = tuple(kept["groups"]), tuple(kept["users"])
    expires = kept.get("expires")
    return Dial(
        kept["level"], groups, users, kept["form"], None if expires is None else float(expires), kept.get(LATE, {})
    )
