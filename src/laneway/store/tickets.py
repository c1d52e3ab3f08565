"""Tickets of agent jobs on PostgreSQL: rows of procrastinate's own tables, in a schema of their own.

A trigger on ``job`` writes a ticket when a job may be handed out, so that it is in the transaction of the state whatever
wrote it. A ticket may be lost or doubled: the job's row is the only truth. See docs/decisions/0019-tickets-by-procrastinate.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files

from sqlalchemy import Connection, text

from laneway.store.database import Database

SCHEMA = "laneway_tickets"
TASK = "laneway.agent_job"
_FUNCTIONS = text(
    "SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = CAST(:schema AS regnamespace)"
)

# A queue's name goes out in the name of a channel, of which PostgreSQL takes 63 bytes: 23 are procrastinate's.
_OURS = f"""
CREATE TABLE agent_priority (agent text PRIMARY KEY, priority integer NOT NULL);

CREATE INDEX laneway_ticket_of_job ON procrastinate_jobs ((args ->> 'job_key'));

CREATE FUNCTION queue_of(agent text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN octet_length(coalesce(agent, '')) <= 33 THEN 'agent:' || coalesce(agent, '') ELSE 'agent#' || md5(agent) END
$$;

CREATE FUNCTION microseconds(at timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT (extract(epoch FROM at) * 1000000)::bigint
$$;

CREATE FUNCTION defer(job_key bigint, agent text, priority integer, at bigint) RETURNS bigint LANGUAGE sql AS $$
    SELECT (procrastinate_defer_jobs_v1(ARRAY[ROW(
        queue_of(agent), '{TASK}',
        priority + coalesce((SELECT p.priority FROM agent_priority p WHERE p.agent = defer.agent), 0),
        NULL, NULL, jsonb_build_object('job_key', job_key::text), CASE WHEN at > microseconds(now()) THEN to_timestamp(at / 1000000.0) END
    )::procrastinate_job_to_defer_v1]))[1]
$$;

CREATE FUNCTION ticket() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Where nobody works by tickets, none are written; who begins to finds what waits by the sweep.
    IF EXISTS (SELECT FROM procrastinate_workers) THEN
        PERFORM defer(NEW.key, NEW.agent, NEW.priority, NEW.available_at);
    END IF;
    RETURN NULL;
END
$$;
"""
_TRIGGERS = f"""
CREATE OR REPLACE TRIGGER laneway_ticket_of_new AFTER INSERT ON job FOR EACH ROW
    WHEN (NEW.kind = 'AGENT' AND NEW.available_at IS NOT NULL)
    EXECUTE FUNCTION {SCHEMA}.ticket();
CREATE OR REPLACE TRIGGER laneway_ticket_of_changed AFTER UPDATE OF available_at ON job FOR EACH ROW
    WHEN (NEW.kind = 'AGENT' AND NEW.state <> 'ACTIVATED' AND NEW.available_at IS NOT NULL
        AND NEW.available_at IS DISTINCT FROM OLD.available_at)
    EXECUTE FUNCTION {SCHEMA}.ticket();
"""
_DROP = f"""
DROP TRIGGER IF EXISTS laneway_ticket_of_new ON job;
DROP TRIGGER IF EXISTS laneway_ticket_of_changed ON job;
DROP SCHEMA IF EXISTS {SCHEMA} CASCADE;
"""

_FORGET_STALLED = text(f"""
DELETE FROM {SCHEMA}.procrastinate_jobs ticket
WHERE ticket.status = 'doing' AND ticket.task_name = '{TASK}' AND NOT EXISTS (
    SELECT FROM {SCHEMA}.procrastinate_workers worker
    WHERE worker.id = ticket.worker_id AND worker.last_heartbeat > now() - make_interval(secs => :seconds))
""")
_ALONE = text("SELECT pg_advisory_xact_lock(:lock)")
_SWEEP_LOCK = 0x6C616E65_74696373
_MISSING = f"""
SELECT count({SCHEMA}.defer(job.key, job.agent, job.priority, NULL)) FROM (
    SELECT job.key, job.agent, job.priority FROM job
    WHERE job.kind = 'AGENT' AND job.available_at <= {SCHEMA}.microseconds(now()) AND %s AND NOT EXISTS (
        SELECT FROM {SCHEMA}.procrastinate_jobs ticket
        WHERE ticket.args ->> 'job_key' = job.key::text AND ticket.status IN ('todo', 'doing'))
    ORDER BY %s LIMIT :most
) AS job
"""
_MEND = text(_MISSING % ("NOT coalesce(job.agent, '') = ANY(:limited)", "job.available_at"))
_MEND_LIMITED = text(_MISSING % ("job.agent = :agent", "job.priority DESC, job.key"))
_AT_WORK = text(f"""
SELECT job.agent, count(*) FROM job
WHERE job.state = 'ACTIVATED' AND job.agent = ANY(:limited) AND job.deadline > {SCHEMA}.microseconds(now())
GROUP BY job.agent
""")
_SET_PRIORITIES = text(f"""
INSERT INTO {SCHEMA}.agent_priority (agent, priority)
SELECT entry.key, entry.value::integer FROM jsonb_each_text(CAST(:given AS jsonb)) AS entry
ON CONFLICT (agent) DO UPDATE SET priority = excluded.priority
""")


def install(connection: Connection) -> None:
    """Make the tables, functions and triggers; nothing on SQLite, where nobody works by tickets, or if they are there.

    procrastinate names its tables without a schema. Each of its functions is told where to look for them, so that a
    connection of ours calls them as it is.
    """
    if connection.dialect.name != "postgresql":
        return
    if not connection.scalar(text("SELECT to_regnamespace(:schema) IS NOT NULL"), {"schema": SCHEMA}):
        _make_schema(connection)
    _script(connection, _TRIGGERS)


def _make_schema(connection: Connection) -> None:
    before = connection.scalar(text("SELECT current_setting('search_path')"))
    run = connection.exec_driver_sql
    run(f"CREATE SCHEMA {SCHEMA}")
    connection.execute(text("SELECT set_config('search_path', :path, true)"), {"path": f"{SCHEMA}, public"})
    schema = files("procrastinate").joinpath("sql/schema.sql").read_text()
    _script(connection, schema + _OURS)
    for function in connection.scalars(_FUNCTIONS, {"schema": SCHEMA}).all():
        run(f"ALTER ROUTINE {function} SET search_path = {SCHEMA}, public, pg_temp")
    connection.execute(text("SELECT set_config('search_path', :path, true)"), {"path": before})


def remove(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        _script(connection, _DROP)


class SqlTickets:
    """See ``laneway.ports.Tickets``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def forget_stalled(self, seconds: float) -> None:
        with self._database.writing() as connection:
            connection.execute(_FORGET_STALLED, {"seconds": seconds})

    def mend(self, most: int, limits: Mapping[str, int], *, limited_alone: bool = False) -> int:
        with self._database.writing() as connection:
            # One after another: two at the same time would not see each other's tickets, and write them twice.
            connection.execute(_ALONE, {"lock": _SWEEP_LOCK})
            written = 0
            if limits:
                rows = connection.execute(_AT_WORK, {"limited": list(limits)})
                at_work = {str(row[0]): int(row[1]) for row in rows}
                for agent, limit in limits.items():
                    room = min(most, limit - at_work.get(agent, 0))
                    if room > 0:
                        written += connection.scalar(_MEND_LIMITED, {"most": room, "agent": agent}) or 0
            if not limited_alone:
                written += connection.scalar(_MEND, {"most": most, "limited": list(limits)}) or 0
            return written

    def set_priorities(self, priorities: Mapping[str, int]) -> None:
        with self._database.writing() as connection:
            connection.execute(_SET_PRIORITIES, {"given": json.dumps(dict(priorities))})


def _script(connection: Connection, statements: str) -> None:
    """Several statements at once, which only the driver's cursor without parameters takes."""
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor:
        cursor.execute(statements)
