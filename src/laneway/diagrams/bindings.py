"""``*.bindings.yaml``: who does what, written beside the diagram, so that no diagram needs an edit to run.

version: 1
process: invoice            # optional: the one process that it is for
elements:
  Task_1: {jobType: classify-invoice}
  Task_2: {candidateGroups: [accounting], form: approve-invoice}
  Flow_3: {condition: "= total > 1000"}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laneway.diagrams.findings import Findings, TooManyErrors, Where
from laneway.diagrams.record import Reading, Text
from laneway.diagrams.timers import is_timer
from laneway.diagrams.words import words
from laneway.domain.model import TimerKind
from laneway.domain.problem import Problem

KEYS = frozenset(
    words("""
    jobType agent retries headers assignee candidateGroups candidateUsers form dueDate followUpDate priority
    calledProcess decision resultVariable script inputs outputs condition timer message correlationKey
    """)
)
_MAPPINGS = frozenset({"headers", "inputs", "outputs"})
_LISTS = frozenset({"candidateGroups", "candidateUsers"})


def read_bindings(data: bytes, name: str) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """Read a bindings file.

    Returns
    -------
    mapping, problems
        ``{"process": id or None, "elements": {element id: {key: value}}}``, with what is wrong left out of it.
    """
    findings = Findings(name)
    try:
        return _read(data, findings), findings.sorted()
    except TooManyErrors:
        return {"process": None, "elements": {}}, findings.sorted()


def _read(data: bytes, findings: Findings) -> dict[str, Any]:
    content = _parse(data, findings)
    if not isinstance(content, dict):
        if content is not None:
            findings.error("bindings_shape", "the file is no mapping", "Start it with «version: 1».")
        return {"process": None, "elements": {}}
    for key in content:
        if key not in ("version", "process", "elements"):
            findings.error("bindings_shape", f"unknown key {key!s:.60}", "Known are version, process and elements.")
    if content.get("version") != 1:
        findings.error("bindings_shape", f"version is {content.get('version')!r:.40}", "Write «version: 1».")
    elements = content.get("elements") or {}
    if not isinstance(elements, dict):
        findings.error("bindings_shape", "elements is no mapping", "Write one key per element id.")
        elements = {}
    process = content.get("process")
    read = {str(element): _element(str(element), said, findings) for element, said in elements.items()}
    return {"process": str(process) if process is not None else None, "elements": read}


def _parse(data: bytes, findings: Findings) -> Any:
    from laneway.yaml_gate import DocumentFault, read_document

    try:
        return read_document(data).value
    except DocumentFault as fault:
        findings.error("bindings_shape", fault.message, "", Where(line=fault.line))
        return None


def _element(element_id: str, said: Any, findings: Findings) -> dict[str, Any]:
    where = Where(element_id)
    if not isinstance(said, dict):
        findings.error("bindings_shape", "the binding is no mapping", "Write it as {jobType: …}.", where)
        return {}
    good: dict[str, Any] = {}
    for key, value in said.items():
        if key not in KEYS:
            findings.error("bindings_shape", f"unknown key {key!s:.60}", f"Known are {', '.join(sorted(KEYS))}.", where)
        elif value is None:
            continue
        elif key in _MAPPINGS:
            if isinstance(value, dict):
                good[key] = {str(name): _plain(each) for name, each in value.items()}
            else:
                findings.error("bindings_shape", f"{key} is no mapping", f"Write it as {key}: {{name: value}}.", where)
        elif key in _LISTS and isinstance(value, list):
            good[key] = tuple(_plain(each) for each in value)
        elif isinstance(value, (dict, list)):
            findings.error("bindings_shape", f"{key} is no text", f"Write it as {key}: text.", where)
        else:
            good[key] = _plain(value)
    return good


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def readings(bindings: Mapping[str, Any] | None) -> dict[str, Reading]:
    """Bindings as readings by element id."""
    if not bindings:
        return {}
    return {str(element): _reading(said) for element, said in bindings.get("elements", {}).items()}


def _reading(said: Mapping[str, Any]) -> Reading:
    def text(key: str, always: bool = False) -> Text | None:
        value = said.get(key)
        return Text(str(value), None, None, always) if value not in (None, "") else None

    def names(key: str) -> Text | tuple[str, ...] | None:
        value = said.get(key)
        return tuple(str(each) for each in value) if isinstance(value, (list, tuple)) else text(key)

    timer = text("timer")
    return Reading(
        dialect="bindings",
        job_type=text("jobType"),
        agent=said.get("agent") or None,
        retries=text("retries"),
        headers=dict(said.get("headers", {})),
        assignee=text("assignee"),
        candidate_groups=names("candidateGroups"),
        candidate_users=names("candidateUsers"),
        due_date=text("dueDate"),
        follow_up_date=text("followUpDate"),
        priority=text("priority"),
        form_id=said.get("form") or None,
        called_process=text("calledProcess"),
        decision=text("decision"),
        result_variable=said.get("resultVariable") or None,
        script=text("script", always=True),
        inputs=[(Text(str(source)), target) for target, source in said.get("inputs", {}).items()],
        outputs=[(Text(str(source)), target) for target, source in said.get("outputs", {}).items()],
        condition=text("condition", always=True),
        timer=timer,
        timer_kind=_timer_kind(timer.text) if timer is not None else None,
        message=text("message"),
        correlation_key=text("correlationKey"),
    )


def _timer_kind(text: str) -> TimerKind:
    for kind in (TimerKind.DURATION, TimerKind.DATE, TimerKind.CYCLE):
        if is_timer(kind, text):
            return kind
    return TimerKind.DURATION
