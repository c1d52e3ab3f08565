"""How a command runs: one transaction, load, advance, store all of it, commit, dispatch; on a stale fence, once more.

``execute`` is the one seam where commands are grouped into one commit (see ``committer``): nothing else opens a write
transaction for a command.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from laneway.commands import correlation, editing, lapsing
from laneway.commands.context import Context
from laneway.commands.definitions import BoundDefinitions, NotCompiled, Ready
from laneway.commands.observing import CommandSeen, Outcome, Step
from laneway.commands.topics import AGENT_JOBS, CHANGES, INTERNAL_JOBS, OUTBOX, TIMERS, instance_topic, job_topic
from laneway.domain.errors import LanewayError, NotFound, Overloaded, StaleState
from laneway.domain.leg import LegTaken
from laneway.domain.state import InstanceState
from laneway.domain.stimulus import StartInstance, Stimulus
from laneway.domain.transition import JobOpened, TimerOpened, Transition
from laneway.domain.types import JobKind
from laneway.domain.work import AuditEntry, Job
from laneway.logs import Logger
from laneway.ports import Batch, Needs, UnitOfWork
from laneway.runtime import advance_in_place

Result = TypeVar("Result")
log = Logger("laneway.commands")
_SPREAD = random.Random()  # noqa: S311 - spreads retries, guards nothing; its own, so that no thread disturbs who seeds the global one


class Unit:
    """One attempt of a command: its transaction, its audit entry as far as it is known, and what to tell after the commit."""

    def __init__(self, context: Context, uow: UnitOfWork, entry: AuditEntry, ready: Ready) -> None:
        self.context = context
        self.uow = uow
        self.entry = entry
        self.definitions = BoundDefinitions(context.definitions, ready, uow, context.data_stores)
        self.topics: dict[str, None] = {}
        self.steps: list[Step] = []
        self.taken: Sequence[Job] = ()
        self._ended: list[tuple[int, int, str]] = []

    @property
    def now(self) -> datetime:
        return self.uow.now

    def concerns(self, **facts: Any) -> None:
        """What the command turned out to be about, for its audit entry, be it accepted or rejected. ``details`` are added."""
        details = facts.get("details")
        if details is not None:
            if not details and len(facts) == 1:
                return
            facts["details"] = {**self.entry.details, **details}
        self.entry = self.entry.changed(**facts)

    def start(
        self,
        stimulus: StartInstance,
        audit: AuditEntry,
        *,
        tags: Sequence[str] = (),
        business_id: str | None = None,
    ) -> tuple[int, Transition]:
        """Begin a root instance in the audit entry's tenant; gives its key."""
        transition = self._step(None, stimulus)
        root_key = transition.state.root_key
        entry = audit.changed(entity_key=root_key, process_instance_key=root_key)
        self._apply(transition, 0, entry, tags, business_id)
        correlation.correlate_buffered(self, transition, audit.tenant_id)
        return root_key, transition

    def load(self, root_key: int) -> InstanceState:
        """The live state of a root. NotFound if it has ended."""
        state = self.uow.load(root_key)
        if state is None or not state.alive:
            raise NotFound("process_instance_not_found", f"Process instance {root_key} has ended or never was")
        return state

    def advance(self, state: InstanceState, stimulus: Stimulus, audit: AuditEntry) -> Transition:
        """Move a live root on and store all that it did, with the messages that had come before their subscription."""
        transition = self.advance_once(state, stimulus, audit)
        correlation.correlate_buffered(self, transition, audit.tenant_id)
        return transition

    def advance_once(self, state: InstanceState, stimulus: Stimulus, audit: AuditEntry) -> Transition:
        """As ``advance``, without looking for buffered messages."""
        before = state.version
        transition = self._step(state, stimulus)
        self._apply(transition, before, audit)
        return transition

    def finish(self) -> None:
        """What the end of instances brings about, still within the transaction."""
        for _ in range(self.context.limits.messages_per_command):
            if not self._ended:
                return
            correlation.start_next_buffered(self, *self._ended.pop(0))

    def tell(self, topic: str) -> None:
        """Notify ``topic`` once the transaction is committed."""
        self.topics[topic] = None

    def dispatch(self) -> None:
        for topic in self.topics:
            self.context.wakeup.notify(topic)

    def _step(self, state: InstanceState | None, stimulus: Stimulus) -> Transition:
        limits = self.context.runtime_limits
        if state is not None:
            self.uow.forget(state.root_key)
        return advance_in_place(self.definitions, state, stimulus, self.uow.now, self.uow.ids, limits)

    def _apply(
        self,
        transition: Transition,
        before: int,
        audit: AuditEntry,
        tags: Sequence[str] = (),
        business_id: str | None = None,
    ) -> None:
        self.uow.apply(
            transition,
            expected_version=before,
            audit=audit,
            tenant_id=audit.tenant_id,
            model_of=self.definitions.model,
            tags=tags,
            business_id=business_id,
        )
        lapsing.with_the_step(self, transition)
        editing.with_the_step(self, transition, audit)
        if any(closed.kind == "job" and closed.reason == "canceled" for closed in transition.closed):
            from laneway.commands import external_agents  # it runs commands itself

            external_agents.elements_ended(self, transition)
        if self.context.observers.tracing is not None:
            root_key, completed = transition.state.root_key, transition.completed
            self.steps.append(Step(root_key, audit, before == 0, completed, transition.opened))
        for (store, key), value in transition.items.items():
            root_key = transition.state.root_key
            self.context.data_stores.write(self.uow, store, key, value, audit.tenant_id, root_key)
        topics = self.topics
        topics[CHANGES] = None
        for opened in transition.opened:
            if type(opened) is JobOpened:
                topics[topic_of_job(opened.kind, opened.type)] = None
            elif type(opened) is TimerOpened:
                topics[TIMERS] = None
        if transition.outbox:
            topics[OUTBOX] = None
        if transition.completed:
            root_key = transition.state.root_key
            topics[instance_topic(root_key)] = None
            self._ended.append((root_key, _definition_of(transition), audit.tenant_id))


def _definition_of(transition: Transition) -> int:
    """Of a root that has ended."""
    if isinstance(transition, LegTaken):
        return transition.definition_key
    root_key = transition.state.root_key
    started = transition.process_instances.get(root_key)
    return transition.ended[root_key].element.definition_key if started is None else started[0]


def topic_of_job(kind: JobKind, job_type: str) -> str:
    """Whom a job that may be handed out is for."""
    if kind is JobKind.AGENT:
        return AGENT_JOBS
    return INTERNAL_JOBS if kind is JobKind.INTERNAL else job_topic(job_type)


@dataclass(frozen=True, slots=True)
class Command(Generic[Result]):
    """What is to be done, before anyone has run it: ``execute`` tells of the parts."""

    entry: AuditEntry
    work: Callable[[Unit], Result]
    audit_rejection: bool = True
    deliver: bool = True
    alone: bool = False
    needs: Needs | None = None

    @property
    def name(self) -> str:
        return str(self.entry.details["command"])


class Attempt(Generic[Result]):
    """One try of a command, within a transaction that others may share."""

    def __init__(self, context: Context, command: Command[Result], ready: Ready | None = None) -> None:
        self.unit: Unit | None = None
        self.results: list[Result] = []
        self.error: Exception | None = None
        self.given_at = time.time_ns()
        self.on_record = not command.audit_rejection
        self._context = context
        self._command = command
        self._ready = context.definitions.ready() if ready is None else ready

    @property
    def needs(self) -> Needs | None:
        return self._command.needs

    @property
    def entry(self) -> AuditEntry:
        """With what the command turned out to be about, as far as it came."""
        return self._command.entry if self.unit is None else self.unit.entry

    def seen(self, error: Exception | None) -> CommandSeen:
        if error is not None or self.unit is None:
            return CommandSeen(self.entry, (), (), self.given_at, error)
        return CommandSeen(self.entry, self.unit.steps, self.unit.taken, self.given_at, None)

    def run(self, batch: Batch) -> None:
        try:
            with batch.unit() as uow:
                _, result = self.within(uow)
            self.results.append(result)
        except Exception as error:
            self.error = error
            if isinstance(error, LanewayError) and not isinstance(error, StaleState) and not self.on_record:
                self._record(batch, error)

    def within(self, uow: UnitOfWork) -> tuple[Unit, Result]:
        self.unit = Unit(self._context, uow, self._command.entry, self._ready)
        result = self._command.work(self.unit)
        self.unit.finish()
        return self.unit, result

    def _record(self, batch: Batch, error: LanewayError) -> None:
        """What the command wrote is undone; that it was refused stays."""
        try:
            with batch.unit() as uow:
                uow.audit(_rejection(self.entry, error))
        except Exception as fault:
            log.info("rejection_recorded_later", code=error.code, fault=repr(fault))
        else:
            self.on_record = True

    def fail(self, error: Exception) -> None:
        self.error = error
        self.on_record = not self._command.audit_rejection

    @property
    def settled(self) -> bool:
        """Nothing of it needs the database any more."""
        if self.error is None:
            return self.unit is not None and not (self._command.deliver and OUTBOX in self.unit.topics)
        return not isinstance(self.error, (StaleState, NotCompiled)) and (
            self.on_record or not isinstance(self.error, LanewayError)
        )

    def outcome(self) -> tuple[Unit, Result]:
        if self.error is not None:
            raise self.error
        assert self.unit is not None
        return self.unit, self.results[0]


def execute(
    context: Context,
    entry: AuditEntry,
    work: Callable[[Unit], Result],
    *,
    audit_rejection: bool = True,
    deliver: bool = True,
    alone: bool = False,
    needs: Needs | None = None,
) -> Result:
    """Run ``work`` in one transaction, again on a stale fence; then tell who waits, and deliver what was thrown.

    Parameters
    ----------
    entry
        What is known of the command before it runs; ``Unit.concerns`` adds to it.
    work
        Called with a fresh ``Unit`` for every attempt, in this thread or in that of another command which shares its
        transaction; whatever it wrote is gone if it raises.
    audit_rejection
        Whether an expected failure is written to the audit trail before it is raised.
    deliver
        Whether messages and signals that were thrown are delivered before the command returns.
    alone
        Whether it runs in a transaction of its own from the first: it takes so long that others had better not wait.
    needs
        What it is known to read.

    Raises
    ------
    LanewayError
        Whatever ``work`` raised; Overloaded ``busy`` when the fence was stale too often.
    """
    return carry_out(context, Command(entry, work, audit_rejection, deliver, alone, needs))


def carry_out(
    context: Context, command: Command[Result], made: Attempt[Result] | None = None, began: float | None = None
) -> Result:
    """As ``execute``. ``made``: the first attempt, which the committer has run already; ``began``: when it was given."""
    observers = context.observers
    if not observers:
        return _carry_out(context, command, made)
    started = time.perf_counter() if began is None else began
    outcome: Outcome = "failed"
    try:
        result = _carry_out(context, command, made)
        outcome = "done"
        return result
    except LanewayError as error:
        outcome = "overloaded" if isinstance(error, Overloaded) else "refused"
        raise
    finally:
        observers.command(command.name, outcome, time.perf_counter() - started)


def _carry_out(context: Context, command: Command[Result], made: Attempt[Result] | None) -> Result:
    ready = context.definitions.ready()
    attempts = 0
    while attempts < context.limits.stale_retries:
        attempt = Attempt(context, command, ready) if made is None else made
        try:
            if made is not None:
                made = None
                unit, result = attempt.outcome()
            elif command.alone or attempts > 0:
                unit, result = _run_alone(context, attempt)
            else:
                context.committer.submit(context.store, attempt)
                unit, result = attempt.outcome()
        except StaleState:
            if attempts > 0:
                time.sleep(_SPREAD.uniform(0, 0.002 * attempts))
            attempts += 1
            continue
        except NotCompiled as missing:
            ready.compile(context.store, missing)
            continue
        except Exception as error:
            if isinstance(error, LanewayError) and not attempt.on_record:
                _record_rejection(context, attempt.entry, error)
            if context.observers.tracing is not None:
                context.observers.tracing.command(attempt.seen(error))
            raise
        if context.observers.tracing is not None:
            context.observers.tracing.command(attempt.seen(None))
        unit.dispatch()
        if command.deliver and OUTBOX in unit.topics:
            _deliver(context)
        return result
    raise Overloaded(
        "busy", f"The instance changed under {context.limits.stale_retries} attempts; send the command again"
    )


def _run_alone(context: Context, attempt: Attempt[Result]) -> tuple[Unit, Result]:
    with context.store.begin() as uow:
        unit, result = attempt.within(uow)
    return unit, result


def _rejection(entry: AuditEntry, error: LanewayError) -> AuditEntry:
    details = {**entry.details, "code": error.code, "message": error.message[:1000]}
    return entry.changed(result="FAIL", details=details)


def _record_rejection(context: Context, entry: AuditEntry, error: LanewayError) -> None:
    try:
        with context.store.begin() as uow:
            uow.audit(_rejection(entry, error))
    except Exception as fault:
        log.error("rejection_not_recorded", code=error.code, fault=repr(fault))


def _deliver(context: Context) -> None:
    """The command is committed: what goes wrong here is tried again by the worker loop and is no failure of the command."""
    from laneway.commands.deliver_outbox import deliver_outbox

    try:
        deliver_outbox(context, context.limits.deliveries_per_command)
    except Exception as fault:
        log.error("outbox_delivery_failed", fault=repr(fault))
