"""How a job ended may mean a BPMN error: the diagram says so by an expression (Camunda 7, "External Tasks")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from laneway.domain.model import JobSpec
from laneway.domain.state import ElementInstance, Wait
from laneway.runtime import autonomy, throwing
from laneway.runtime.failure import ElementFailure
from laneway.runtime.scope import evaluate_boolean

if TYPE_CHECKING:
    from laneway.runtime.run import Run

_NO_FAILURE = {"errorMessage": None, "errorDetails": None}


def threw(
    run: Run, element: ElementInstance, wait: Wait, failure: Mapping[str, Any], variables: Mapping[str, Any]
) -> bool:
    """Throw the error of the first mapping that holds, if one does; the job is closed by it.

    Parameters
    ----------
    failure
        What ``externalTask`` tells of a failure: ``errorMessage``, ``errorDetails``, ``retries``. Empty on completion.
    variables
        What the worker gave back; the expressions see them, and whoever catches the error gets them.
    """
    node = run.node_of(element)
    spec = node.work
    if not isinstance(spec, JobSpec) or not spec.error_mappings or wait.kind != "job" or wait.slot != element.slot:
        return False
    if wait.data is not None and not autonomy.is_dialled(wait):  # a listener's job
        return False
    try:
        seen = {**variables, "externalTask": {**_NO_FAILURE, **failure}}
        for condition, code in spec.error_mappings:
            if evaluate_boolean(run, element, condition, f"error mapping to «{code}»", seen):
                if element.incident and element.data.get("work") == wait.key:
                    run.close_incident(element, "resolved")
                run.close_wait(element, wait.key, "error")
                throwing.throw_error(run, element, code, str(failure.get("errorMessage") or ""), variables)
                return True
    except ElementFailure as error:
        if wait.key in element.waits:
            run.close_wait(element, wait.key, "error")
        run.raise_incident(element, error.type, error.message, stage="behave")
        return True
    return False
