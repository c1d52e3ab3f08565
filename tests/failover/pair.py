"""A PostgreSQL primary with a synchronous replica, by streaming replication, each in a folder of its own.

The binaries are those of Debian's packages where they are installed (`/usr/lib/postgresql/<version>/bin`), else those of
the wheel that all tests use.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import psycopg

from tests.support.postgres import PostgresServer, _end_with_parent

DEBIAN = Path("/usr/lib/postgresql")
SETTINGS = {
    "listen_addresses": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "wal_level": "replica",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "timezone": "UTC",
}
NAMES = ("first", "second")


class Pair(PostgresServer):
    """``url`` names both: who connects finds the one that takes writes."""

    def __init__(self) -> None:
        super().__init__()
        installed = sorted(DEBIAN.glob("*/bin/pg_basebackup"), key=lambda path: int(path.parts[-3]))
        if installed:
            self._binaries = installed[-1].parent
        self._servers: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def url(self) -> str:
        hosts = quote(",".join(str(self._folder(name)) for name in NAMES))
        return f"postgresql://postgres@/postgres?host={hosts}&target_session_attrs=read-write&connect_timeout=5"

    def start(self) -> None:
        self._own(self._root)
        for name in NAMES:
            self._folder(name).mkdir()
            self._own(self._folder(name))
        first, second = (str(self._data_of(name)) for name in NAMES)
        self._run_as_owner("initdb", "--pgdata", first, "--username=postgres", "--auth=trust", "--encoding=UTF8",
                           "--locale=C", "--no-sync")  # fmt: skip
        self._launch("first")
        primary = str(self._folder("first"))
        self._run_as_owner(
            "pg_basebackup", "-h", primary, "-U", "postgres", "-D", second, "-R", "-X", "stream", "-c", "fast"
        )
        self._launch("second")
        self._ask("first", "ALTER SYSTEM SET synchronous_standby_names = 'second'")
        self._ask("first", "SELECT pg_reload_conf()")
        self._until("first", "SELECT sync_state = 'sync' FROM pg_stat_replication")

    def kill_primary(self) -> None:
        """As `pg_ctl stop -m immediate` does: nobody is told, nothing is written any more."""
        primary = self._servers["first"]
        primary.send_signal(signal.SIGQUIT)
        primary.wait(timeout=30)

    def promote(self) -> None:
        self._run_as_owner("pg_ctl", "promote", "-D", str(self._data_of("second")), "-w")

    def takes_writes(self, name: str) -> bool:
        return self._ask(name, "SELECT NOT pg_is_in_recovery()") is True

    def stop(self) -> None:
        for server in self._servers.values():
            if server.poll() is None:
                server.send_signal(signal.SIGQUIT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    server.wait(timeout=10)
        super().stop()

    def _folder(self, name: str) -> Path:
        return self._root / name

    def _data_of(self, name: str) -> Path:
        return self._root / f"{name}-data"

    def _own(self, path: Path) -> None:
        if self._owner is not None:
            import os

            os.chown(path, self._owner.pw_uid, self._owner.pw_gid)

    def _launch(self, name: str) -> None:
        chosen = {**SETTINGS, "cluster_name": name}
        settings = [word for key, value in chosen.items() for word in ("-c", f"{key}={value}")]
        folder = str(self._folder(name))
        with (self._root / f"{name}.log").open("wb") as log:
            self._servers[name] = subprocess.Popen(
                [str(self._binaries / "postgres"), "-D", str(self._data_of(name)), "-k", folder, *settings],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=_end_with_parent,
                **self._identity(),
            )
        self._until(name, "SELECT true")

    def _ask(self, name: str, statement: str) -> object:
        with psycopg.connect(
            host=str(self._folder(name)), user="postgres", dbname="postgres", autocommit=True
        ) as asked:
            cursor = asked.execute(statement.encode())
            row = cursor.fetchone() if cursor.description else None
            return None if row is None else row[0]

    def _until(self, name: str, question: str) -> None:
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(psycopg.OperationalError):
                if self._ask(name, question):
                    return
            if time.monotonic() > deadline:
                log = (self._root / f"{name}.log").read_text(errors="replace")
                raise RuntimeError(f"{name} was not ready in time ({question}); its log says:\n{log}")
            time.sleep(0.1)
