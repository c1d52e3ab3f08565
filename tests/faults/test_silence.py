"""Hosts that say nothing any more: what they had locked is free again, and who waits for them is told."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from laneway.bootstrap import build
from laneway.domain.errors import InvalidInput
from laneway.settings import Settings
from laneway.store import Patience, open_store
from tests.commands.drawings import one_job
from tests.support.postgres import PostgresServer

pytestmark = [pytest.mark.postgres]
ROOT = Path(__file__).parents[2]

STOPS = """
import os, signal, sys
from laneway.bootstrap import build
from laneway.domain.errors import LanewayError
from laneway.settings import Settings
from laneway.store.units import SqlUnitOfWork

apply = SqlUnitOfWork.apply

def stop_after(self, *arguments, **named):
    applied = apply(self, *arguments, **named)
    SqlUnitOfWork.apply = apply
    os.kill(os.getpid(), signal.SIGSTOP)
    return applied

settings = Settings(database_url=sys.argv[1], deploy_shipped=False, database_silence_timeout=2)
with build(settings) as made:
    SqlUnitOfWork.apply = stop_after
    try:
        made.engine.complete_job(int(sys.argv[2]), {"by": "stopped"})
    except LanewayError as error:
        print(error.code)
"""


def wait_until_stopped(pid: int) -> None:
    assert os.WIFSTOPPED(os.waitpid(pid, os.WUNTRACED)[1])


def test_a_process_that_stands_still_within_a_command_locks_nothing_for_long(postgres_database: str) -> None:
    # Given a process that stands still within the transaction that completes a job
    with build(Settings(database_url=postgres_database, deploy_shipped=False)) as made:
        made.engine.deploy([("process.bpmn", one_job().xml())])
        root = made.engine.start_instance(process_id="process").key
        (job,) = made.engine.activate_jobs(type="work", timeout_ms=60_000, max_jobs=1)
        command = [sys.executable, "-c", STOPS, postgres_database, str(job.job.key)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        wait_until_stopped(process.pid)
        # When another one completes the job, and the first goes on
        last_resort = threading.Timer(20, process.kill)
        last_resort.start()
        began = time.monotonic()
        made.engine.complete_job(job.job.key, {"by": "other"})
        waited = time.monotonic() - began
        last_resort.cancel()
        process.send_signal(signal.SIGCONT)
        said, _ = process.communicate(timeout=60)
        # Then the other one waited for as long as the server puts up with silence, and the first hears that it is too late
        assert 0.5 < waited < 18
        assert said in ("database_lost\n", "job_not_found\n")
        with made.store.read() as uow:
            assert uow.variables([root]) == {root: {"by": "other"}}
        assert made.engine.verify_audit()["first_bad"] is None


def test_a_server_that_takes_the_connection_and_says_nothing_is_told_of() -> None:
    # Given an address where something listens and never answers
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        # When a store is opened there
        began = time.monotonic()
        with pytest.raises(InvalidInput) as told:
            open_store(f"postgresql://postgres@127.0.0.1:{port}/laneway", patience=Patience(connect=2))
        # Then that is told after the time for connecting
        assert told.value.code == "database_unusable"
        assert time.monotonic() - began < 10


def test_what_the_address_or_the_server_says_of_silence_stays(
    postgres_server: PostgresServer, postgres_database: str
) -> None:
    # Given a database whose operator has set one of the times, and an address that has another
    name = postgres_database.partition("?")[0].rpartition("/")[2]
    postgres_server._execute(f"ALTER DATABASE \"{name}\" SET idle_in_transaction_session_timeout = '7s'")
    store = open_store(f"{postgres_database}&keepalives_idle=11", patience=Patience(silence=20))
    # When a connection is made
    with store._database.reading() as connection:
        shown = {
            setting: connection.exec_driver_sql(f"SHOW {setting}").scalar_one()
            for setting in ("idle_in_transaction_session_timeout", "client_connection_check_interval")
        }
        driver = connection.connection.dbapi_connection
        assert driver is not None
        given = driver.info.get_parameters()
    store.close()
    # Then those two stay, and the others are ours
    assert shown == {"idle_in_transaction_session_timeout": "7s", "client_connection_check_interval": "5s"}
    assert (given["keepalives_idle"], given["keepalives_interval"], given["tcp_user_timeout"]) == ("11", "5", "20000")
