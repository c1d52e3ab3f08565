"""What a case says, read from YAML or JSON and checked against case.schema.json."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, get_args

from laneway.domain.errors import Refused
from laneway.yaml_gate import DocumentFault, read_document

DEFAULT_BEGIN = datetime(2026, 1, 5, 9, tzinfo=UTC)
"""Every case starts on the same Monday morning unless it says otherwise, so that its history is the same each time."""


StepKind = Literal["complete", "claim", "send", "signal", "wait", "resolve", "cancel", "approve", "reject"]


@dataclass(frozen=True, slots=True)
class Start:
    message: str | None = None
    key: str = ""
    element: str | None = None
    by: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that comes from outside.

    ``target`` is the element id, or the name of the message, signal or tool; ``duration`` belongs to ``wait``, ``reason`` to ``reject``.
    """

    kind: StepKind
    target: str = ""
    by: str | None = None
    key: str = ""
    at: str | None = None
    duration: timedelta = timedelta()
    variables: Mapping[str, Any] = field(default_factory=dict)
    number: int = 0
    reason: str = ""

    def __str__(self) -> str:
        what = str(self.duration) if self.kind == "wait" else self.target
        return f"{self.kind} {what}".strip()


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must have happened; None where the case leaves it open."""

    state: str
    ends: tuple[str, ...] | None = None
    path: tuple[str, ...] | None = None
    passes: tuple[str, ...] = ()
    avoids: tuple[str, ...] = ()
    waits_at: tuple[str, ...] | None = None
    tasks: tuple[Mapping[str, Any], ...] | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    incidents: tuple[Mapping[str, Any], ...] = ()
    services: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Service:
    """A system of records that this case has outside: ``records`` says what is in it, ``address`` how the contracts call it, and
    ``faults`` what happens to the calls of an operation, one by one."""

    name: str
    address: str
    records: bytes
    source: str
    faults: Mapping[str, tuple[Literal["ok", "down", "lost"], ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """``name`` is the file's, without its ending; ``agents`` maps element ids or agent names to lists of answers."""

    name: str
    title: str
    process: str
    start: Start
    expect: Expectation
    steps: tuple[Step, ...] = ()
    agents: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    begins: datetime = DEFAULT_BEGIN
    services: tuple[Service, ...] = ()


def load_case(path: Path) -> Case:
    """Read the case in ``path``.

    Raises
    ------
    Refused
        ``case_invalid``: it is no YAML, or not a case; the message names the place and what is expected there.
    """
    return parse_case(path.read_bytes(), str(path), path.parent)


def parse_case(data: bytes, name: str, folder: Path | None = None) -> Case:
    """As ``load_case``, of the bytes of a file called ``name``; ``folder`` holds the files that it may name."""
    try:
        document = read_document(data)
    except DocumentFault as fault:
        where = f"{name}:{fault.line}" if fault.line else name
        raise Refused("case_invalid", f"{where}: {fault.message}") from None
    for fault_found in _validator().iter_errors(document.value):
        place = tuple(fault_found.instance_path)
        said = "/".join(str(part) for part in place) or "the case"
        where = f"{name}:{document.line(place) or 1}"
        raise Refused("case_invalid", f"{where}: {said}: {fault_found.message}. See docs/reference/cases.md")
    return _case(_with_files(document.value, folder, name), Path(name).name.partition(".")[0], name, folder)


def _case(document: Mapping[str, Any], name: str, source: str, folder: Path | None) -> Case:
    start = document["start"]
    expect = document["expect"]
    return Case(
        name=name,
        title=document["title"],
        process=document["process"],
        start=Start(
            start.get("message"),
            start.get("key", ""),
            start.get("element"),
            start.get("by"),
            start.get("variables", {}),
        ),
        steps=tuple(_step(step, number, source) for number, step in enumerate(document.get("steps", ()), 1)),
        agents={
            agent: tuple(_answer(answer, agent, source) for answer in (given if isinstance(given, list) else [given]))
            for agent, given in document.get("agents", {}).items()
        },
        begins=_moment(document["begins"], source) if "begins" in document else DEFAULT_BEGIN,
        expect=Expectation(
            state=expect["state"],
            ends=_names(expect, "ends"),
            path=_names(expect, "path"),
            passes=_names(expect, "passes") or (),
            avoids=_names(expect, "avoids") or (),
            waits_at=_names(expect, "waits_at"),
            tasks=tuple(expect["tasks"]) if "tasks" in expect else None,
            variables=expect.get("variables", {}),
            incidents=tuple(expect.get("incidents", ())),
            services=expect.get("services", {}),
        ),
        services=tuple(
            Service(
                service,
                entry["address"],
                _file(entry["records"], folder, source),
                entry["records"],
                {operation: tuple(listed) for operation, listed in entry.get("faults", {}).items()},
            )
            for service, entry in document.get("services", {}).items()
        ),
    )


def _with_files(value: Any, folder: Path | None, source: str) -> Any:
    """``{$file: NAME}`` is the content of that file beside the case, in base64."""
    if isinstance(value, dict):
        if set(value) == {"$file"}:
            return b64encode(_file(value["$file"], folder, source)).decode()
        return {key: _with_files(item, folder, source) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_files(item, folder, source) for item in value]
    return value


def _file(name: Any, folder: Path | None, source: str) -> bytes:
    path = None if folder is None else (folder / str(name)).resolve()
    if path is None or folder is None or not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise Refused("case_invalid", f"{source}: there is no file {name!r} beside the case, or in a folder beside it")
    return path.read_bytes()


def _step(step: Mapping[str, Any], number: int, source: str) -> Step:
    kind: StepKind = next(known for known in get_args(StepKind) if known in step)
    duration = _duration(step["wait"], f"{source}: step {number}") if kind == "wait" else timedelta()
    target = "" if kind in ("wait", "cancel") else step[kind]
    return Step(
        kind,
        target,
        step.get("by"),
        step.get("key", ""),
        step.get("at"),
        duration,
        step.get("variables", {}),
        number,
        step.get("reason", ""),
    )


def _answer(answer: Mapping[str, Any], agent: str, source: str) -> Mapping[str, Any]:
    kinds = [kind for kind in ("output", "refuse", "fail", "raise", "work") if kind in answer]
    if len(kinds) != 1:
        message = f"{source}: agents/{agent}: an answer has exactly one of output, refuse, fail, raise, work"
        raise Refused("case_invalid", message)
    return answer


def _names(expect: Mapping[str, Any], key: str) -> tuple[str, ...] | None:
    return tuple(expect[key]) if key in expect else None


def _moment(text: str, source: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused("case_invalid", f"{source}: begins: {text!r} is no ISO 8601 date and time: {error}") from error
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _duration(text: str, where: str) -> timedelta:
    import isoduration

    try:
        parsed = isoduration.parse_duration(text)
    except isoduration.DurationParsingException as error:
        raise Refused("case_invalid", f"{where}: {text!r} is no ISO 8601 duration such as P3D or PT4H") from error
    # Weeks, days and hours have a fixed length; months and years depend on the day they start from.
    if parsed.date.years or parsed.date.months:
        raise Refused("case_invalid", f"{where}: {text!r}: write days instead of months and years")
    date, time = parsed.date, parsed.time
    return timedelta(
        weeks=float(date.weeks),
        days=float(date.days),
        hours=float(time.hours),
        minutes=float(time.minutes),
        seconds=float(time.seconds),
    )


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of a case."""
    loaded: dict[str, Any] = json.loads(files("laneway.cases").joinpath("case.schema.json").read_bytes())
    return loaded


@cache
def _validator() -> Any:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(schema())
