"""What happened held against what a case expects; every difference in a sentence for the process owner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from laneway.cases.case import Expectation
from laneway.cases.matchers import lookup, mismatch


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened in one instance.

    ``path``: flow nodes in the order in which they were reached, of called processes too; ``ends``: end events reached at the top; ``waiting``:
    active flow nodes; ``tasks`` and ``incidents``: rows of the searches; ``flows``: sequence flows taken; ``services``: what the systems of
    records hold.
    """

    state: str
    path: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    tasks: tuple[Mapping[str, Any], ...] = ()
    incidents: tuple[Mapping[str, Any], ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    flows: tuple[str, ...] = ()
    services: Mapping[str, Any] = field(default_factory=dict)


def differences(expect: Expectation, outcome: Outcome) -> Iterator[str]:
    """Nothing if all is as expected."""
    if expect.state != outcome.state:
        where = f", waiting at {', '.join(outcome.waiting)}" if outcome.waiting else ""
        yield f"state: expected {expect.state}, found {outcome.state}{where}"
    if expect.ends is not None and expect.ends != outcome.ends:
        yield f"ends: expected {_list(expect.ends)}, found {_list(outcome.ends)}"
    if expect.path is not None and expect.path != outcome.path:
        yield _path_difference(expect.path, outcome.path)
    yield from _missing_passes(expect.passes, outcome.path)
    for element in expect.avoids:
        if element in outcome.path:
            yield f"avoids: {element} was reached, after {_before(outcome.path, element)}"
    if expect.waits_at is not None and sorted(expect.waits_at) != sorted(outcome.waiting):
        yield f"waits_at: expected {_list(expect.waits_at)}, found {_list(outcome.waiting)}"
    if expect.tasks is not None:
        yield from _rows("tasks", expect.tasks, outcome.tasks, _TASK_FIELDS)
    yield from _rows("incidents", expect.incidents, outcome.incidents, _INCIDENT_FIELDS)
    for path, value in expect.variables.items():
        fault = mismatch(value, lookup(outcome.variables, path))
        if fault:
            yield f"variables: {path}: {fault}"
    for path, value in expect.services.items():
        fault = mismatch(value, lookup(outcome.services, path))
        if fault:
            yield f"services: {path}: {fault}"


_TASK_FIELDS = {"element": "elementId", "by": "assignee", "groups": "candidateGroups", "state": "state"}
_INCIDENT_FIELDS = {"element": "elementId", "type": "errorType", "state": "state", "message": "errorMessage"}


def _rows(
    what: str, expected: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]], fields: Mapping[str, str]
) -> Iterator[str]:
    if len(expected) != len(found):
        names = _list([str(row["elementId"]) for row in found])
        messages = [f" ({row['errorMessage']})" for row in found if row.get("errorMessage")]
        yield f"{what}: expected {_list([row['element'] for row in expected])}, found {names}{''.join(messages)}"
        return
    for number, (wanted, row) in enumerate(zip(expected, found, strict=True), 1):
        for key, value in wanted.items():
            fault = mismatch(value, row.get(fields[key]))
            if fault:
                yield f"{what}: number {number}, {row['elementId']}: {key}: {fault}"


def _path_difference(expected: Sequence[str], found: Sequence[str]) -> str:
    for number, (one, other) in enumerate(zip(expected, found, strict=False), 1):
        if one != other:
            after = f"after {expected[number - 2]}" if number > 1 else "at the beginning"
            return f"path: {after} (number {number}): expected {one}, found {other}; the whole path was {_list(found)}"
    if len(found) > len(expected):
        return f"path: expected the end after {expected[-1] if expected else 'nothing'}, found {_list(found[len(expected) :])}"
    return f"path: expected {_list(expected[len(found) :])} after {found[-1] if found else 'nothing'}, found the end"


def _missing_passes(passes: Sequence[str], path: Sequence[str]) -> Iterator[str]:
    position = 0
    for element in passes:
        try:
            position = path.index(element, position) + 1
        except ValueError:
            why = "was never reached" if element not in path else "was not reached in this order"
            yield f"passes: {element} {why}; the path was {_list(path)}"
            return


def _before(path: Sequence[str], element: str) -> str:
    index = path.index(element)
    return path[index - 1] if index else "nothing"


def _list(names: Sequence[str]) -> str:
    return " → ".join(names) if names else "nothing"
