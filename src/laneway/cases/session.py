"""A process on a store in memory, with virtual time: what a case and `laneway run` play on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any

from laneway.agents.environment import AgentEnvironment
from laneway.cases.case import DEFAULT_BEGIN, Start
from laneway.cases.clock import VirtualClock
from laneway.cases.compare import Outcome
from laneway.cases.overrides import Answers, CaseAgents
from laneway.cases.services import Services
from laneway.commands.approvals import arguments_hash
from laneway.domain.definition import FormDefinition
from laneway.domain.errors import NotFound, Refused
from laneway.domain.model import ProcessModel
from laneway.domain.types import ElementType
from laneway.domain.work import Actor
from laneway.ports import Filter, SearchQuery
from laneway.queries.timeline import TimelineEntry

IN_MEMORY = "sqlite://"
ROUNDS = 10_000
"""Commands that workers may give before an instance must stand still; far above any case, far below forever."""
LONGEST_BACK_OFF = timedelta(hours=1)
PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Note:
    """What the player of a case did itself: completed a task, sent a message, let time pass."""

    at: datetime
    text: str


Progress = Callable[[TimelineEntry | Note], None]


class Session:
    """Deploys ``files``, then starts one instance and lets agents, timers and people work on it, one after the other.

    Parameters
    ----------
    files
        (name, bytes), deployed together.
    answers
        Element id or agent name → answers that replace that agent's work.
    progress
        Told of everything that happens, in order, as soon as it has.
    database
        A fresh store in memory, unless the session shall be kept.
    services
        The systems outside, running.
    """

    def __init__(
        self,
        files: Sequence[tuple[str, bytes]],
        *,
        begins: datetime = DEFAULT_BEGIN,
        answers: Answers | None = None,
        progress: Progress | None = None,
        walkthrough: bool | None = None,
        database_url: str = IN_MEMORY,
        services: Services | None = None,
    ) -> None:
        from laneway.agents.egress import HttpEgress
        from laneway.settings import Settings

        self.clock = VirtualClock(begins)
        self.root_key = 0
        self._progress = progress or (lambda _: None)
        self._told = 0
        self._settings = Settings(database_url=database_url)
        self._services = services or Services()
        files = self._services.reached(files)
        environment = AgentEnvironment(
            egress=HttpEgress((*self._settings.egress_allow, *self._services.hosts)),
            clock=self.clock,
            allowed_functions=frozenset(self._settings.agent_functions),
        )
        self._agents = CaseAgents(answers or {}, environment)
        self.open()
        try:
            self.deployment = self.engine.deploy(files, walkthrough=walkthrough)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def open(self) -> None:
        """Put an engine on the database; after ``close`` a new one, which knows only what was stored."""
        from laneway.bootstrap import build

        self.laneway = build(self._settings, clock=self.clock, agents=self._agents)
        self.engine = self.laneway.engine

    def close(self) -> None:
        self.laneway.close()

    def model(self, process_id: str) -> ProcessModel:
        """The model of a deployed process."""
        for definition in self.deployment.processes:
            if definition.process_id == process_id:
                return self.laneway.definitions.model(definition.key)
        known = ", ".join(definition.process_id for definition in self.deployment.processes)
        raise NotFound("process_not_found", f"there is no process {process_id!r} in these files; there are: {known}")

    # What comes from outside

    def start(self, process_id: str, start: Start) -> None:
        """Start the one instance of this session and let it run until it stands still."""
        actor = _actor(start.by)
        if start.message is not None:
            self.note(f"message {start.message} arrives")
            found = self.engine.correlate_message(start.message, start.key, variables=start.variables, actor=actor)
            self.root_key = found.process_instance_key
        else:
            self.note(f"{process_id} is started" + (f" at {start.element}" if start.element else ""))
            started = self.engine.start_instance(
                process_id=process_id, variables=start.variables, start_element_id=start.element, actor=actor
            )
            self.root_key = started.key
        self.settle()

    def claim(self, element_id: str, by: str) -> None:
        task = self.open_task(element_id)
        self.engine.assign_user_task(_key(task["userTaskKey"]), by, allow_override=False, actor=_actor(by))
        self.note(f"{by} claims «{task['name'] or element_id}»")

    def complete(self, element_id: str, by: str | None, variables: Mapping[str, Any]) -> None:
        """Claim the open user task at ``element_id`` for ``by``, complete it, and let the instance run on."""
        task = self.open_task(element_id)
        key = _key(task["userTaskKey"])
        if by and task.get("assignee") != by:
            self.engine.assign_user_task(key, by, allow_override=False, actor=_actor(by))
        self.note(f"{by or 'somebody'} completes «{task['name'] or element_id}»")
        self.engine.complete_user_task(key, variables, actor=_actor(by or task.get("assignee")))
        self.settle()

    def send(self, name: str, key: str, variables: Mapping[str, Any], at: str | None = None) -> None:
        """Publish a message; with ``at`` the instance must be waiting at that element."""
        if at is not None and at not in self.waiting():
            message = f"the message {name} was to come at {at}, but the instance {self.whereabouts()}"
            raise Refused("case_out_of_step", message)
        self.note(f"message {name} arrives")
        self.engine.publish_message(name, key, variables=variables, actor=_actor(None))
        self.settle()

    def signal(self, name: str, variables: Mapping[str, Any]) -> None:
        self.note(f"signal {name} is broadcast")
        self.engine.broadcast_signal(name, variables=variables, actor=_actor(None))
        self.settle()

    def wait(self, duration: timedelta) -> None:
        """Let time pass. Timers due on the way fire at their own time."""
        self.note(f"{_spoken(duration)} pass")
        end = self.clock() + duration
        for _ in range(ROUNDS):
            due = self.next_timer()
            if due is None or due > end:
                break
            self.clock.move_to(due)
            self.settle()
        self.clock.move_to(end)
        self.settle()

    def resolve(self, element_id: str, by: str | None, variables: Mapping[str, Any]) -> None:
        """Resolve the open incident at ``element_id``, after giving its job another try and writing ``variables``."""
        found = [row for row in self.incidents() if row["elementId"] == element_id and row["state"] == "ACTIVE"]
        if not found:
            message = f"an incident at {element_id} was to be resolved, but the instance {self.whereabouts()}"
            raise Refused("case_out_of_step", message)
        row = found[0]
        if variables:
            self.engine.set_variables(_key(row["elementInstanceKey"]), variables, actor=_actor(by))
        if row.get("jobKey"):
            self.engine.update_job(_key(row["jobKey"]), retries=1, actor=_actor(by))
        self.note(f"{by or 'somebody'} resolves the incident at {element_id}")
        self.engine.resolve_incident(_key(row["incidentKey"]), actor=_actor(by))
        self.settle()

    def approve(self, tool: str, by: str) -> None:
        """Let the call of ``tool`` go that waits for a person, as it is shown."""
        row = self.open_approval(tool)
        self.note(f"{by} approves {tool} with {row['arguments']}")
        self.engine.approve(_key(row["approvalKey"]), arguments_hash(row["arguments"]), actor=_actor(by))
        self.settle()

    def reject(self, tool: str, by: str, reason: str) -> None:
        row = self.open_approval(tool)
        self.note(f"{by} rejects {tool} with {row['arguments']}: {reason}")
        self.engine.reject_approval(_key(row["approvalKey"]), reason, actor=_actor(by))
        self.settle()

    def open_approval(self, tool: str) -> Mapping[str, Any]:
        found = [row for row in self._rows("approvals") if row["tool"] == tool and row["state"] == "PENDING"]
        if not found:
            message = f"a call of {tool} was to be decided, but none waits; the instance {self.whereabouts()}"
            raise Refused("case_out_of_step", message)
        return found[0]

    def cancel(self, by: str | None) -> None:
        self.note(f"{by or 'somebody'} cancels the instance")
        self.engine.cancel_instance(self.root_key, actor=_actor(by))
        self.settle()

    def settle(self) -> None:
        """Let agents, due timers and messages work until nothing happens any more by itself.

        A pause between two attempts of a job is no reason to stand still: time goes on to its end.
        """
        patience = self.clock() + LONGEST_BACK_OFF
        for _ in range(ROUNDS):
            worked = self.laneway.workers.step()
            self._tell()
            if worked:
                continue
            if not self._has_back_off() or self.clock() >= patience:
                return
            self.clock.advance(timedelta(seconds=1))
        raise Refused("case_never_rests", f"after {ROUNDS:,} rounds of work the instance {self.whereabouts()}")

    # What is there

    def open_tasks(self) -> list[dict[str, Any]]:
        """Rows of the user tasks that wait for a person, oldest first."""
        return [row for row in self.tasks() if row["state"] == "CREATED"]

    def open_task(self, element_id: str) -> dict[str, Any]:
        """
        Raises
        ------
        Refused
            ``case_out_of_step``: there is none; the message says where the instance stands instead.
        """
        for row in self.open_tasks():
            if row["elementId"] == element_id:
                return row
        message = f"user task {element_id} was to be done, but the instance {self.whereabouts()}"
        raise Refused("case_out_of_step", message)

    def form(self, task: Mapping[str, Any]) -> FormDefinition | None:
        return self.engine.user_task_form(_key(task["userTaskKey"]))

    def task_variables(self, task: Mapping[str, Any]) -> dict[str, Any]:
        return self.engine.user_task_variables(_key(task["userTaskKey"]))

    def tasks(self) -> list[dict[str, Any]]:
        return self._rows("user-tasks")

    def incidents(self) -> list[dict[str, Any]]:
        return self._rows("incidents")

    def state(self) -> str:
        return str(self.engine.get("process-instances", self.root_key)["state"])

    def variables(self) -> dict[str, Any]:
        """Those of the root scope."""
        with self.laneway.store.read() as uow:
            return uow.variables([self.root_key]).get(self.root_key, {})

    def next_timer(self) -> datetime | None:
        """When the next timer is due."""
        with self.laneway.store.read() as uow:
            return uow.next_timer_due()

    def expected_messages(self) -> list[tuple[str, str, str]]:
        """(name, correlation key, element id) of the messages that the instance waits for, oldest first."""
        rows = self._rows("message-subscriptions")
        return [
            (row["messageName"], row["correlationKey"] or "", row["elementId"])
            for row in rows
            if row["messageSubscriptionState"] == "CREATED"
        ]

    def waiting(self) -> tuple[str, ...]:
        """Ids of the active flow nodes that are no scopes."""
        scopes = {"PROCESS", "SUB_PROCESS", "EVENT_SUB_PROCESS", "TRANSACTION", "MULTI_INSTANCE_BODY"}
        scopes.add(
            "AD_HOC_SUB_PROCESS_INNER_INSTANCE"
        )  # the sub-process around it is where one can be told what is next
        active = (row for row in self._rows("element-instances") if row["state"] == "ACTIVE")
        return tuple(row["elementId"] for row in active if row["type"] not in scopes)

    def whereabouts(self) -> str:
        """Where the instance stands, to end a sentence that begins with "the instance"."""
        state = self.state()
        if state != "ACTIVE":
            reached = [entry.element_id for entry in self.history() if entry.kind == "ElementCompleted"]
            return f"is {state} (last: {', '.join(str(element) for element in reached[-3:])})"
        problems = [
            f"{row['elementId']} is held by an incident: {row['errorMessage']}"
            for row in self.incidents()
            if row["state"] == "ACTIVE"
        ]
        return f"waits at {', '.join(self.waiting()) or 'nothing'}" + "".join(f"; {text}" for text in problems)

    def history(self) -> list[TimelineEntry]:
        return self.engine.history(self.root_key)

    def outcome(self, process_id: str) -> Outcome:
        """What happened so far, to be held against a case."""
        history = self.history()
        tops = _top_ends(self.model(process_id))
        reached = [entry for entry in history if entry.kind == "ElementActivated" and entry.element_id]
        processes = {definition.process_id for definition in self.deployment.processes}
        return Outcome(
            state=self.state(),
            path=tuple(str(entry.element_id) for entry in reached if entry.element_id not in processes),
            ends=tuple(
                str(entry.element_id)
                for entry in history
                if entry.kind == "ElementCompleted" and entry.element_id in tops
            ),
            waiting=self.waiting(),
            tasks=tuple(self.tasks()),
            incidents=tuple(self.incidents()),
            variables=self.variables(),
            flows=tuple(str(entry.data["flow_id"]) for entry in history if entry.kind == "SequenceFlowTaken"),
            services=self._services.contents(),
        )

    def note(self, text: str) -> None:
        self._progress(Note(self.clock(), text))

    def _tell(self) -> None:
        if not self.root_key:
            return
        history = self.history()
        for entry in history[self._told :]:
            self._progress(entry)
        self._told = len(history)

    def _has_back_off(self) -> bool:
        held = {row["jobKey"] for row in self.incidents() if row["state"] == "ACTIVE"}
        return any(
            row["state"] == "FAILED" and row["retries"] > 0 and row["jobKey"] not in held for row in self._rows("jobs")
        )

    def _rows(self, resource: str) -> list[dict[str, Any]]:
        """All rows of the instance and of those it called, oldest first."""
        page = self.engine.search(
            SearchQuery(resource, (Filter("rootProcessInstanceKey", "eq", self.root_key),), limit=PAGE)
        )
        return page.items


def _top_ends(model: ProcessModel) -> frozenset[str]:
    """Ids of the end events of the process itself and of its event sub-processes, which end it in its stead."""
    inside = {ElementType.PROCESS, ElementType.EVENT_SUB_PROCESS}
    return frozenset(
        node.id
        for node in model.nodes
        if node.type is ElementType.END_EVENT and (node.parent <= 0 or model.nodes[node.parent].type in inside)
    )


def _spoken(duration: timedelta) -> str:
    """``1 day 2 hours``."""
    hours, rest = divmod(duration.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    parts = ((duration.days, "day"), (hours, "hour"), (minutes, "minute"), (seconds, "second"))
    return " ".join(f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count) or "no time"


def _actor(name: str | None) -> Actor:
    return Actor("user", name) if name else Actor("client", "case")


def _key(value: Any) -> int:
    return int(value)
