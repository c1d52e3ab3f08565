"""Bugs made on purpose, each against one rule of the design: what it changes, and which tests must notice.

Each is sown in a process of its own by exchanging one function (``LANEWAY_SEED=name``, see ``seeded``), never in a file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.engine.default import DefaultDialect

from tests.faults import seeds_agents, seeds_tools
from tests.faults.exchanging import Seed, exchange

KILL = "tests/commands/test_kill.py::test_killed_right_after_commits"


def commit_before(owner: type, name: str) -> None:
    """Split the commit in two at the call of a method of a unit of work."""

    def make(original: Any) -> Any:
        def split(self: Any, *arguments: Any, **named: Any) -> Any:
            _commit_now(self._connection)
            return original(self, *arguments, **named)

        return split

    exchange(owner, name, make)


def _commit_now(connection: Any) -> None:
    connection.dialect.do_commit(connection.connection)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def at_another_time(owner: type, name: str, moment: Callable[[datetime], datetime]) -> None:
    """Let a method of a unit of work take another time for now."""

    def make(original: Any) -> Any:
        def elsewhen(self: Any, *arguments: Any, **named: Any) -> Any:
            now = self.now
            self.now = moment(now)
            try:
                return original(self, *arguments, **named)
            finally:
                self.now = now

        return elsewhen

    exchange(owner, name, make)


def _units() -> Any:
    from laneway.store.units.unit import SqlUnitOfWork

    return SqlUnitOfWork


def outbox_late() -> None:
    commit_before(_units(), "_write_outbox")


def work_late() -> None:
    commit_before(_units(), "_write_work")


def variables_late() -> None:
    commit_before(_units(), "_write_variables")


def variables_before_the_fence() -> None:
    """Variables are written, and stay, whatever becomes of the fence."""
    units = _units()

    def make(original: Any) -> Any:
        def apply(self: Any, transition: Any, **named: Any) -> Any:
            if named["expected_version"] > 0:
                self._write_variables(transition, named["tenant_id"])
                _commit_now(self._connection)
            return original(self, transition, **named)

        return apply

    exchange(units, "apply", make)


def audit_late() -> None:
    commit_before(_units(), "audit")


def reply_late() -> None:
    commit_before(_units(), "store_reply")


def correlation_late() -> None:
    """The commit is split between the receiver's step and the note that it has had the message."""
    commit_before(_units(), "record_correlation")


def outbox_taken_first() -> None:
    """What is in the outbox is taken away in a transaction of its own, then delivered."""

    def make(original: Any) -> Any:
        def delete_outbox(self: Any, key: int) -> None:
            original(self, key)
            _commit_now(self._connection)

        return delete_outbox

    exchange(_units(), "delete_outbox", make)


def timer_gone_first() -> None:
    """A due timer is deleted, and that is committed, before what it brings about."""

    def make(original: Any) -> Any:
        def timer(self: Any, key: int) -> Any:
            found = original(self, key)
            if found is not None and found.due <= self.now and found.start_trigger_key is None:
                self.delete_timer(key)
                _commit_now(self._connection)
            return found

        return timer

    exchange(_units(), "timer", make)


def next_tick_late() -> None:
    """A timer start event starts its instance in one commit and moves on in the next."""
    commit_before(_units(), "update_timer")


def acknowledged_before_the_commit() -> None:
    """Every other COMMIT waits for the next one, its caller does not."""
    from laneway.store import database

    seen = [0]

    def commit(original: Any) -> Any:
        def do_commit(self: Any, connection: Any) -> None:
            seen[0] += 1
            if seen[0] % 2 == 0 or self.name != "sqlite":
                original(self, connection)

        return do_commit

    def begin(original: Any) -> Any:
        def begin_sqlite(connection: Any, how: str) -> None:
            if not connection.connection.dbapi_connection.in_transaction:
                original(connection, how)

        return begin_sqlite

    exchange(DefaultDialect, "do_commit", commit)
    exchange(database, "begin_sqlite", begin)


def commits_not_flushed() -> None:
    """SQLite acknowledges a commit that is in the memory of the kernel only."""
    from sqlalchemy import event

    from laneway.store import database

    def make(original: Any) -> Any:
        def prepare(engine: Any, **named: Any) -> None:
            original(engine, **named)
            event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = NORMAL"))

        return prepare

    exchange(database, "_prepare_sqlite", make)


def full_disk_as_a_bug() -> None:
    """What the disk says is passed on as if it were a fault of the program."""
    from laneway.store import failures

    exchange(failures, "_FULL", lambda _: frozenset())


def silence_without_end() -> None:
    """The server is not told for how long a transaction may be silent."""
    from laneway.store.silence import Patience

    exchange(Patience, "tell", lambda _: lambda self, engine: None)


def instance_fence_left_out() -> None:
    """A step is stored on whatever version is there, not on the one that it was decided on."""
    from sqlalchemy import select

    from laneway.store.tables import process_instance

    units = _units()

    def make(original: Any) -> Any:
        def apply(self: Any, transition: Any, **named: Any) -> Any:
            root = transition.state.root_key
            found = select(process_instance.c.version, process_instance.c.audit_sequence, process_instance.c.audit_hash)
            row = self._one(found.where(process_instance.c.key == root))
            if row is not None and named["expected_version"] > 0:
                self._heads[root, ""] = (row.audit_sequence, row.audit_hash)
                named["expected_version"] = row.version
            return original(self, transition, **named)

        return apply

    exchange(units, "apply", make)


def _without_fence(owner: Any, name: str, get: str) -> None:
    """``update_job(job, …)`` and its like go by the version that is there instead of the one that was read."""

    def make(original: Any) -> Any:
        def blind(self: Any, read: Any, **changes: Any) -> Any:
            return original(self, replace(read, version=getattr(self, get)(read.key).version), **changes)

        return blind

    exchange(owner, name, make)


def job_fence_left_out() -> None:
    _without_fence(_units(), "update_job", "job")


def user_task_fence_left_out() -> None:
    _without_fence(_units(), "update_user_task", "user_task")


def lease_by_local_clock() -> None:
    at_another_time(_units(), "activate_jobs", lambda _: datetime.now(UTC))


def lease_without_end() -> None:
    """The lease is written down, but jobs under it are handed out all the same."""
    from laneway.store.tables import job

    def make(original: Any) -> Any:
        def activate_jobs(self: Any, **named: Any) -> Any:
            activated = original(self, **named)
            for one in activated:
                self._connection.execute(update(job).where(job.c.key == one.key).values(available_at=self.now))
            return activated

        return activate_jobs

    exchange(_units(), "activate_jobs", make)


def stale_lease_accepted() -> None:
    from laneway.commands import guards

    def make(original: Any) -> Any:
        return lambda unit, key, tenants, token, verb, **named: original(unit, key, tenants, None, verb, **named)

    exchange(guards, "held_job", make)


def ended_job_accepted() -> None:
    from laneway.commands import guards

    exchange(guards, "ENDED_JOBS", lambda _: frozenset())


def retries_not_kept() -> None:
    def make(original: Any) -> Any:
        def update_job(self: Any, read: Any, **changes: Any) -> Any:
            changes.pop("retries", None)
            return original(self, read, **changes)

        return update_job

    exchange(_units(), "update_job", make)


def incident_left_open() -> None:
    exchange(_units(), "_close_incidents", lambda _: lambda self, keys: self._release_jobs(keys))


def job_held_for_ever() -> None:
    """A resolved incident does not let its job go."""
    exchange(_units(), "_release_jobs", lambda _: lambda self, keys: None)


def meeting_without_lock() -> None:
    """Who publishes and who begins to wait may look past each other."""

    def make(original: Any) -> Any:
        return lambda self, name, key, tenant_id, tries: original(self, name, str(self.ids.next()), tenant_id, tries)

    exchange(_units(), "_lock_of", make)


def rows_not_locked() -> None:
    """Two nodes may take the same jobs, and the same timers."""
    from laneway.store.units import work

    exchange(work, "FREE_OF_TYPE", lambda _: work.OF_TYPE)
    exchange(_units(), "_for_update", lambda _: lambda self, statement, skip_locked=False: statement)
    exchange(_units(), "_claimed", lambda _: lambda self, due: self._all(due))


def message_id_taken_twice() -> None:
    def make(original: Any) -> Any:
        return lambda self, message: original(self, replace(message, message_id=None))

    exchange(_units(), "buffer_message", make)


def correlation_forgotten() -> None:
    """That a message went to a process is not written down, so that it goes there again."""
    exchange(_units(), "message_correlated", lambda _: lambda self, key, process_id: False)


def message_starts_again() -> None:
    """The instance that a correlation key started is not looked for."""
    exchange(_units(), "started_by_message", lambda _: lambda self, *place: None)


def expired_message_correlated() -> None:
    at_another_time(_units(), "buffered_messages", lambda now: now - timedelta(days=3650))


def outbox_kept() -> None:
    exchange(_units(), "delete_outbox", lambda _: lambda self, key: None)


def timer_early() -> None:
    def make(original: Any) -> Any:
        def timer(self: Any, key: int) -> Any:
            found = original(self, key)
            return None if found is None else replace(found, due=found.due - timedelta(seconds=1))

        return timer

    exchange(_units(), "timer", make)
    at_another_time(_units(), "due_timers", lambda now: now + timedelta(seconds=1))


def cycle_loses_its_phase() -> None:
    """The next time is counted from the last, so that the 31st becomes the 28th for good."""
    from laneway.commands import trigger_timers
    from laneway.runtime import schedule

    def make(original: Any) -> Any:
        return lambda last, now, timezone="UTC": original(last._replace(start=None, nth=0), now, timezone)

    exchange(schedule, "following", make)
    trigger_timers.following = schedule.following


def idempotency_key_for_anything() -> None:
    from laneway.commands import idempotency

    exchange(idempotency, "request_hash", lambda _: lambda request: "")


def keys_begin_again() -> None:
    """A node that takes an id does not ask which keys were given under it."""
    from laneway.store.nodes import NodeLease

    def make(original: Any) -> Any:
        def take(self: Any, connection: Any) -> Any:
            taken, _, reserved = original(self, connection)
            return taken, 0, reserved

        return take

    exchange(NodeLease, "_take", make)


MESSAGES, JOBS, WAITS = "tests/commands/test_messages.py", "tests/commands/test_jobs.py", "tests/store/test_waits.py"

SEEDS: dict[str, Seed] = {
    "outbox_late": Seed("the outbox is written in the sender's transaction", outbox_late, (KILL,)),
    "work_late": Seed("work is opened and closed in the transaction of its step", work_late, (KILL,)),
    "variables_late": Seed("variables are written in the transaction of their step", variables_late, (KILL,)),
    "audit_late": Seed("the audit record is written in the transaction of its command", audit_late, (KILL,)),
    "reply_late": Seed("a reply is stored in the transaction that it answers for", reply_late, (KILL,)),
    "outbox_taken_first": Seed("what is delivered leaves the outbox with its effect", outbox_taken_first, (KILL,)),
    "timer_gone_first": Seed("a timer goes with its transition", timer_gone_first, (KILL,)),
    "next_tick_late": Seed("a timer start event moves on with its start", next_tick_late, (KILL,)),
    "correlation_late": Seed("a message is noted as taken with its effect", correlation_late, (KILL,)),
    "variables_before_the_fence": Seed(
        "variables carry the fence of their instance",
        variables_before_the_fence,
        ("tests/faults/test_rules.py::test_a_stale_step_writes_nothing[sqlite]",),
    ),
    "acknowledged_before_the_commit": Seed(
        "an answer is given after the commit",
        acknowledged_before_the_commit,
        ("tests/store/test_crash.py::test_what_a_killed_process_had_committed_stays[sqlite]",),
    ),
    "commits_not_flushed": Seed(
        "a commit is on the disk when it is acknowledged",
        commits_not_flushed,
        ("tests/faults/test_disk.py::test_torn_writes_and_power_cuts",),
    ),
    "full_disk_as_a_bug": Seed(
        "a full disk is told of as one, and is no fault of the command",
        full_disk_as_a_bug,
        ("tests/faults/test_disk.py::test_a_disk_that_fails_for_a_while",),
    ),
    "silence_without_end": Seed(
        "a process that stands still locks nothing for long",
        silence_without_end,
        ("tests/faults/test_silence.py::test_a_process_that_stands_still_within_a_command_locks_nothing_for_long",),
    ),
    "instance_fence_left_out": Seed(
        "every write to an instance carries its fence",
        instance_fence_left_out,
        ("tests/store/test_instances.py::test_the_fence_lets_one_command_through[sqlite]",),
    ),
    "job_fence_left_out": Seed(
        "every write to a job carries its fence",
        job_fence_left_out,
        ("tests/store/test_work.py::test_the_fence_of_a_job[sqlite]",),
    ),
    "user_task_fence_left_out": Seed(
        "every write to a user task carries its fence",
        user_task_fence_left_out,
        ("tests/store/test_work.py::test_user_tasks[sqlite]",),
    ),
    "lease_by_local_clock": Seed(
        "leases go by the database's clock",
        lease_by_local_clock,
        ("tests/store/test_work.py::test_a_job_is_handed_out_once_under_a_lease[sqlite]",),
    ),
    "lease_without_end": Seed(
        "a job under a lease is handed out to no one else",
        lease_without_end,
        (f"{JOBS}::test_a_job_is_handed_out_once_with_its_variables[sqlite]",),
    ),
    "stale_lease_accepted": Seed(
        "a stale lease is refused", stale_lease_accepted, (f"{JOBS}::test_a_stale_lease_is_refused[sqlite]",)
    ),
    "ended_job_accepted": Seed(
        "a job is completed once",
        ended_job_accepted,
        ("tests/faults/test_rules.py::test_a_job_that_has_ended_is_not_completed_again[sqlite]",),
    ),
    "retries_not_kept": Seed(
        "retries are kept",
        retries_not_kept,
        (f"{JOBS}::test_without_retries_an_incident_is_raised_and_resolving_it_tries_again[sqlite]",),
    ),
    "incident_left_open": Seed(
        "an incident ends with its resolution",
        incident_left_open,
        (f"{JOBS}::test_without_retries_an_incident_is_raised_and_resolving_it_tries_again[sqlite]",),
    ),
    "job_held_for_ever": Seed(
        "a resolved incident lets its job go",
        job_held_for_ever,
        (f"{JOBS}::test_without_retries_an_incident_is_raised_and_resolving_it_tries_again[sqlite]",),
    ),
    "meeting_without_lock": Seed(
        "a message and its subscription find each other under one lock",
        meeting_without_lock,
        (f"{MESSAGES}::test_a_subscription_that_opens_while_a_message_is_being_published_gets_it[postgresql]",),
    ),
    "rows_not_locked": Seed(
        "a job is handed out to one node",
        rows_not_locked,
        (
            "tests/store/test_crash.py::test_a_job_goes_to_one_of_many_threads[postgresql]",
            "tests/faults/test_timers.py::test_a_start_timer_is_fired_by_one_of_many_nodes[postgresql]",
        ),
    ),
    "message_id_taken_twice": Seed(
        "messageId is unique",
        message_id_taken_twice,
        (f"{WAITS}::test_a_message_id_is_taken_once_as_long_as_its_message_lives[sqlite]",),
    ),
    "correlation_forgotten": Seed(
        "a message goes to each process once",
        correlation_forgotten,
        (f"{WAITS}::test_a_message_goes_to_each_process_once[sqlite]",),
    ),
    "message_starts_again": Seed(
        "a correlation key starts one active instance",
        message_starts_again,
        (f"{MESSAGES}::test_with_a_correlation_key_one_instance_is_active_at_a_time[sqlite]",),
    ),
    "expired_message_correlated": Seed(
        "an expired message reaches nobody",
        expired_message_correlated,
        (f"{WAITS}::test_a_message_waits_until_it_expires[sqlite]",),
    ),
    "outbox_kept": Seed(
        "an effect on another instance is delivered once",
        outbox_kept,
        (f"{MESSAGES}::test_a_thrown_message_reaches_its_receiver_whoever_is_first[sqlite-True]",),
    ),
    "timer_early": Seed(
        "no timer fires early",
        timer_early,
        ("tests/faults/test_timers.py::test_a_timer_is_not_a_moment_early[sqlite]",),
    ),
    "cycle_loses_its_phase": Seed(
        "a cycle keeps its phase",
        cycle_loses_its_phase,
        ("tests/faults/test_timers.py::test_a_start_timer_at_the_end_of_the_month_keeps_its_day[sqlite]",),
    ),
    "idempotency_key_for_anything": Seed(
        "an Idempotency-Key is for one request",
        idempotency_key_for_anything,
        ("tests/commands/test_idempotency.py::test_a_key_is_for_one_request[sqlite]",),
    ),
    "keys_begin_again": Seed(
        "no key is given twice",
        keys_begin_again,
        ("tests/store/test_ids.py::test_a_restart_with_the_clock_set_back",),
    ),
    **seeds_agents.SEEDS,
    **seeds_tools.SEEDS,
}
