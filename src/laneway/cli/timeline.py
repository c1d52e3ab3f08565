"""What happened, told line by line: who or what did what, when, on which data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from laneway.cli.output import KEPT, console, short_moment, visible

if TYPE_CHECKING:
    from rich.console import Console

    from laneway.cases.session import Note
    from laneway.queries.timeline import TimelineEntry

TOLD = frozenset(
    {
        "EventTriggered",
        "UserTaskCreated",
        "IncidentRaised",
        "IncidentResolved",
        "DecisionEvaluated",
        "MessageThrown",
        "SignalThrown",
        "ProcessInstanceCompleted",
        "ProcessInstanceTerminated",
    }
)
"""Events that get a line of their own; elements that merely began are gathered on one."""

STYLES = {
    "IncidentRaised": "red",
    "UserTaskCreated": "cyan",
    "EventTriggered": "yellow",
    "ProcessInstanceCompleted": "green",
}
COLOURS = {"agent": "magenta", "user": "cyan", "system": "dim", "worker": "blue", "client": "blue"}
WIDTH = 19


class Teller:
    """Prints entries as they come; ``detail`` prints every event. Call ``flush`` at the end."""

    def __init__(self, to: Console | None = None, *, detail: bool = False) -> None:
        self._console = to or console()
        self._detail = detail
        self._reached: list[str] = []
        self._sequence = -1
        self._processes: set[int | None] = set()

    def __call__(self, entry: TimelineEntry | Note) -> None:
        kind = getattr(entry, "kind", None)
        if kind is None:
            self.flush()
            self._line(short_moment(entry.at), f"» {entry.text}", "bold")
            return
        self._entry(entry)  # type: ignore[arg-type]

    def flush(self) -> None:
        """Print what was gathered."""
        if self._reached:
            self._line("", "→ " + " → ".join(self._reached), "dim")
            self._reached = []

    def _entry(self, entry: TimelineEntry) -> None:
        if entry.sequence != self._sequence:
            self.flush()
            self._sequence = entry.sequence
        if entry.kind == "ProcessInstanceStarted":
            self._processes.add(entry.data.get("process_instance_key"))
        if entry.kind == "command":
            kind, _, name = entry.actor.partition(":")
            self._line(short_moment(entry.at), f"{name} {sentence_of(entry)}", COLOURS.get(kind, ""))
            for text in facts_of(entry.data):
                self._line("", f"  {text}", "dim")
        elif self._detail or entry.kind in TOLD:
            self.flush()
            self._line("", f"  {entry.text}", STYLES.get(entry.kind, ""))
        elif entry.kind == "ElementActivated" and entry.element_instance_key not in self._processes:
            self._reached.append(entry.element_name or entry.element_id or "")

    def _line(self, when: str, text: str, style: str) -> None:
        from rich.padding import Padding
        from rich.table import Table
        from rich.text import Text

        row = Table.grid(padding=(0, 2, 0, 0))
        row.add_column(width=WIDTH, no_wrap=True)
        row.add_column(overflow="fold")
        row.add_row(Text(when, "dim"), Text(visible(text, KEPT), style))
        self._console.print(Padding(row, 0, expand=False))


VERBS = {
    "CompleteJob": "completed",
    "FailJob": "failed at",
    "ThrowError": "threw an error at",
    "CompleteUserTask": "completed",
    "AssignUserTask": "assigned",
    "UnassignUserTask": "gave back",
    "TriggerTimer": "timer at",
    "CorrelateMessage": "message to",
    "PublishMessage": "message to",
    "StartInstance": "started the process",
    "ResolveIncident": "resolved the incident at",
    "CancelInstance": "cancelled the instance",
    "SetVariables": "wrote variables at",
    "RequestApproval": "asked a person at",
    "Approve": "approved at",
    "Reject": "rejected at",
    "SendToolCall": "called at",
    "EndToolCall": "heard at",
}
"""Command → what its actor did, in words."""


def sentence_of(entry: TimelineEntry) -> str:
    """What a command did, without who."""
    details = entry.data
    command = str(details.get("command") or "")
    verb = VERBS.get(command)
    if verb is None:
        return entry.text.removeprefix(f"{entry.actor} ")
    place = f"«{entry.element_name}»" if entry.element_name else entry.element_id or ""
    said = [f"{verb} {place}".strip()]
    if details.get("assignee") and command == "AssignUserTask":
        said[0] += f" to {details['assignee']}"
    if details.get("tool"):
        said.append(f"tool {details['tool']}")
    if details.get("messageName"):
        said.append(f"message {details['messageName']}")
    if details.get("verdict") not in (None, "accepted"):
        said.append(f"{str(details['verdict']).replace('_', ' ')} (attempt {details.get('attempt', 1)})")
    if details.get("confidence") is not None:
        said.append(f"confidence {float(details['confidence']):.2f}")
    if details.get("choice"):
        said.append(f"choice {', '.join(details['choice'])}")
    if details.get("variables"):
        said.append(f"gave {', '.join(details['variables'])}")
    if details.get("error"):
        said.append(str(details["error"]))
    return "; ".join(said)


def facts_of(details: Mapping[str, Any]) -> Iterable[str]:
    """On which data: how an agent came to its answer, which sources it used, what it cost; what a person entered."""
    if details.get("method"):
        model = f" ({details['model']})" if details.get("model") else ""
        yield f"by {details['method']}{model}"
    if details.get("rationale"):
        yield str(details["rationale"])
    for source in details.get("sources") or ():
        if isinstance(source, Mapping):
            facts = ", ".join(str(source[key]) for key in ("status", "owner", "valid_until") if source.get(key))
            yield f"used «{source.get('title') or source.get('name')}»" + (f" ({facts})" if facts else "")
    usage = details.get("usage")
    if isinstance(usage, Mapping) and usage.get("cost"):
        yield f"cost {usage['cost']} {usage.get('currency') or ''}".rstrip()


def print_variables(variables: Mapping[str, Any], to: Console | None = None) -> None:
    """One line each, in order of their names."""
    from rich.table import Table
    from rich.text import Text

    from laneway.cases.matchers import show

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, min_width=max(map(len, variables), default=0))
    table.add_column(overflow="ellipsis", no_wrap=True)
    for name in sorted(variables):
        table.add_row(Text(name, "dim"), Text(visible(show(variables[name]).replace("\n", " "), KEPT)))
    (to or console()).print(table)


def print_timeline(
    entries: Iterable[TimelineEntry], instance: Mapping[str, Any], variables: Mapping[str, Any], *, detail: bool
) -> None:
    """The whole story of ``instance`` (its row), then how it stands and its variables."""
    to = console()
    name = instance.get("processDefinitionName") or instance["processDefinitionId"]
    to.print(
        f"{name} version {instance['processDefinitionVersion']}, instance {instance['processInstanceKey']}",
        style="bold",
    )
    teller = Teller(to, detail=detail)
    for entry in entries:
        teller(entry)
    teller.flush()
    to.print(f"{instance['state']}" + (", held by an incident" if instance.get("hasIncident") else ""), style="bold")
    print_variables(variables, to)


def entry_as_json(entry: TimelineEntry) -> dict[str, Any]:
    fields = asdict(entry)
    return {_camel(name): value for name, value in fields.items()}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
