"""At run time: what an agent may not decide chooses no way unless a person has been shown the case (``agent_steers``).

The diagram tells which choices read which output of which agent task without a person in between (``ProcessModel.steered``). Here it is
remembered which of those outputs an agent has really given since a person last completed a task: in the data of the process instance,
and only where the diagram has such a choice at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from laneway.domain.model import FlowNode, ProcessModel
from laneway.domain.state import ElementInstance
from laneway.domain.types import IncidentType
from laneway.runtime.failure import ElementFailure

if TYPE_CHECKING:
    from laneway.runtime.run import Run

UNSEEN = "unseen"
Choose = Callable[["Run", ElementInstance], tuple[int, ...]]


def gave(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    """The agent of ``node`` has given its output."""
    names = model.unseen.get(node.slot)
    if not names:
        return
    process = run.state.elements[element.process_key]
    process.own_data()[UNSEEN] = {**process.data.get(UNSEEN, {}), node.id: list(names)}
    run.touch(process)


def looked(run: Run, element: ElementInstance) -> None:
    """A person has completed a task: they answer for what they let stand."""
    process = run.state.elements[element.process_key]
    if UNSEEN in process.data:
        del process.data[UNSEEN]
        run.touch(process)


def rewrote(run: Run, element: ElementInstance, names: Iterable[str]) -> None:
    """Somebody other than the agent has given ``names``."""
    process = run.state.elements[element.process_key]
    held = process.data.get(UNSEEN)
    if not held:
        return
    given = set(names)
    left = {writer: [name for name in kept if name not in given] for writer, kept in held.items()}
    process.data[UNSEEN] = {writer: kept for writer, kept in left.items() if kept}
    run.touch(process)


def guarded(model: ProcessModel, node: FlowNode, choose: Choose) -> Choose:
    """``choose``, which an agent without the authority cannot make."""
    steered = model.steered.get(node.slot)
    if not steered:
        return choose

    def check_and_choose(run: Run, element: ElementInstance) -> tuple[int, ...]:
        check(run, model, element, node)
        return choose(run, element)

    return check_and_choose


def check(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    """
    Raises
    ------
    ElementFailure
        The choice reads what an agent gave that may not decide it, and no person has looked since.
    """
    unseen = run.state.elements[element.process_key].data.get(UNSEEN)
    if not unseen or run.limits.agents_steer:
        return
    for each in model.steered.get(node.slot, ()):
        if each.name in unseen.get(each.writer, ()):
            said = "may only prepare" if each.authority == "none" else "may only recommend"
            raise ElementFailure(
                IncidentType.CONDITION_ERROR,
                f"agent_steers: the way here is chosen by «{each.name}», which agent «{each.agent}» gave at {each.writer} and {said}; "
                "no person has decided since. Let a person write it (PUT /element-instances/KEY/variables) and resolve this incident; or "
                f"give the agent the authority to decide {each.name}, draw a user task in between, or set LANEWAY_AGENT_STEERS=allow",
            )
