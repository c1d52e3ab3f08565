"""`laneway db …`: upgrades in one piece, checks that find what is wrong, backups and restores that are whole or not there."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine, text
from typer.testing import CliRunner

from laneway.bootstrap import build, maintenance
from laneway.cli.app import app
from laneway.ports import SearchQuery
from laneway.settings import Settings
from laneway.store.database import Database, parse_url
from laneway.store.migrate import HEAD, revision
from tests.cli.conftest import Answer, Run
from tests.commands.killed import in_child
from tests.store.test_migrations import _downgrade
from tests.support.letters import letters
from tests.support.postgres import PostgresServer
from tests.support.processes import Process


@pytest.fixture
def laneway() -> Run:
    def run(*arguments: object) -> Answer:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Answer(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def database(database_url: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty one, the default of the terminal; PostgreSQL's programs are those of its server."""
    monkeypatch.setenv("LANEWAY_DATABASE_URL", database_url)
    if database_url.startswith("postgresql"):
        server: PostgresServer = request.getfixturevalue("postgres_server")
        monkeypatch.setenv("PATH", f"{server._binaries}{os.pathsep}{os.environ['PATH']}")
    return database_url


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of an empty SQLite database, the default of the terminal."""
    path = tmp_path / "laneway.db"
    monkeypatch.setenv("LANEWAY_DATABASE_URL", f"sqlite:///{path}")
    return path


def start(url: str, count: int = 1) -> list[int]:
    """Instances that wait for an agent."""
    with build(Settings(database_url=url)) as made:
        made.engine.deploy(letters())
        return [made.engine.start_instance(process_id="process", variables={"letter": "x"}).key for _ in range(count)]


def instances(url: str) -> set[int]:
    with build(Settings(database_url=url)) as made:
        page = made.engine.search(SearchQuery("process-instances", limit=10_000))
        return {row["processInstanceKey"] for row in page.items}


def revision_of(url: str) -> str | None:
    database = Database(url)
    with database.reading() as connection:
        found = revision(connection)
    database.close()
    return found


def execute(url: str, *statements: str) -> None:
    engine = create_engine(parse_url(url))
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def kill_at(call: int) -> Callable[..., None]:
    """Ends the process as a power cut does, at the so-manieth call."""
    calls = 0

    def told(*_: object) -> None:
        nonlocal calls
        calls += 1
        if calls == call:
            os.kill(os.getpid(), signal.SIGKILL)

    return told


# Upgrade


def test_a_dry_run_says_what_an_upgrade_does_and_does_nothing(database: str, laneway: Run) -> None:
    # Given a database of an older version
    start(database)
    _downgrade(database, "0003")
    # When an upgrade is only tried; then it names each step, and the database is as it was.
    answer = laneway("db", "upgrade", "--dry-run")
    assert answer.code == 0
    assert "would run 0004: " in answer.out
    assert revision_of(database) == "0003"
    # When it is done; then each step is told, and the instances are there.
    answer = laneway("db", "upgrade")
    assert answer.out.splitlines()[-1] == f"done: revision {HEAD}"
    assert "0004: " in answer.out
    assert revision_of(database) == HEAD
    assert laneway("db", "upgrade").out == f"revision {HEAD}: nothing to do\n"
    assert laneway("db", "check").code == 0


def test_a_dry_run_makes_no_database(file: Path, laneway: Run) -> None:
    # Given none; when an upgrade is tried; then there is still none.
    assert "Create the tables" in laneway("db", "upgrade", "--dry-run").out
    assert not file.exists()


def test_an_upgrade_that_is_killed_leaves_the_database_as_it_was(database: str) -> None:
    # Given a database of an older version
    start(database)
    _downgrade(database, "0001")
    # When the process is killed as the third step begins
    assert in_child(lambda: maintenance(Settings(database_url=database)).upgrade(kill_at(3))) == -signal.SIGKILL
    # Then nothing was done, and an upgrade does all of it
    assert revision_of(database) == "0001"
    maintenance(Settings(database_url=database)).upgrade(lambda *_: None)
    assert revision_of(database) == HEAD


def test_a_database_of_a_later_version_is_not_upgraded(database: str, laneway: Run) -> None:
    start(database)
    execute(database, "UPDATE alembic_version SET version_num = '9999'")
    answer = laneway("db", "upgrade")
    assert (answer.code, "database_newer" in answer.error) == (3, True)


# Check


def test_a_database_with_work_in_it_is_sound(database: str, laneway: Run) -> None:
    start(database, 3)
    answer = laneway("db", "check")
    assert answer.code == 0, answer.out
    assert "WRONG" not in answer.out


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        ("DELETE FROM element_instance WHERE element_id = 'classify'", "open jobs without a live element"),
        ("UPDATE process_instance SET state = 'COMPLETED'", "live elements of instances that are not active"),
        ("DELETE FROM element_instance", "active instances without a live element"),
        ("DELETE FROM process_definition", "active instances without a definition"),
        ("UPDATE audit_log SET actor_id = 'someone else' WHERE root_key > 0", "audit trail"),
        ("DROP INDEX ix_job_available", "schema"),
        ("DROP TABLE outbox", "schema"),
        ("UPDATE alembic_version SET version_num = '0001'", "schema version"),
    ],
)
def test_what_is_wrong_is_found(database: str, laneway: Run, damage: str, check: str) -> None:
    # Given a database; when it is damaged; then the check names what is wrong, with exit code 1.
    start(database)
    execute(database, damage)
    answer = laneway("db", "check")
    assert answer.code == 1
    assert f"WRONG  {check}: " in answer.out


def test_a_torn_page_is_found(file: Path, laneway: Run) -> None:
    # Given a file whose pages in the middle were overwritten
    start(f"sqlite:///{file}", 50)
    size = file.stat().st_size
    with file.open("r+b") as opened:
        opened.seek(size // 2 // 4096 * 4096)
        opened.write(b"\xff" * 4096 * 4)
    # When it is checked; then that is found.
    answer = laneway("db", "check")
    assert answer.code != 0
    assert "WRONG  pages" in answer.out or "malformed" in answer.error


# Backup and restore


def test_a_backup_made_under_load_is_whole(database: str, tmp_path: Path, laneway: Run) -> None:
    # Given a server that starts instances all the while
    start(database, 200)
    acknowledged: list[int] = []
    stopping = threading.Event()
    with Process(tmp_path, "serve", "--port", "0", "--no-workers") as server:
        address = server.address

        def load() -> None:
            with httpx.Client(base_url=address, timeout=30) as client:
                while not stopping.is_set():
                    body = {"processDefinitionId": "process", "variables": {"letter": "x" * 2_000}}
                    answer = client.post("/v2/process-instances", json=body)
                    acknowledged.append(int(answer.json()["processInstanceKey"]))

        loading = threading.Thread(target=load)
        loading.start()
        try:
            while len(acknowledged) < 20:
                stopping.wait(0.01)
            # When a backup is made
            before = set(acknowledged)
            answer = laneway("db", "backup", tmp_path / "copy")
            after = len(acknowledged)
        finally:
            stopping.set()
            loading.join()
        server.signal(signal.SIGTERM)
        assert server.ended() == 0
    assert answer.code == 0, answer.error
    assert after > len(before)  # it held nobody up
    # Then what was acknowledged before is in it, and it is sound
    assert laneway("db", "restore", tmp_path / "copy", "--force").code == 0
    restored = instances(database)
    assert before <= restored
    assert len(restored) >= 200 + len(before)
    assert laneway("db", "check").code == 0


def test_what_was_done_after_a_backup_is_gone_after_a_restore(database: str, tmp_path: Path, laneway: Run) -> None:
    # Given a backup, and an instance that was started after it
    first = start(database)
    assert laneway("db", "backup", tmp_path / "copy").code == 0
    second = start(database)
    # When the backup is restored; then only with --force, and the instance is gone.
    refused = laneway("db", "restore", tmp_path / "copy")
    assert (refused.code, "database_exists" in refused.error) == (3, True)
    assert instances(database) == {*first, *second}
    assert laneway("db", "restore", tmp_path / "copy", "--force").code == 0
    assert instances(database) == set(first)


def test_the_file_that_is_replaced_is_kept(file: Path, tmp_path: Path, laneway: Run) -> None:
    first = start(f"sqlite:///{file}")
    laneway("db", "backup", tmp_path / "copy")
    second = start(f"sqlite:///{file}")
    laneway("db", "restore", tmp_path / "copy", "--force")
    (kept,) = tmp_path.glob("laneway.db.replaced-*")
    assert instances(f"sqlite:///{kept}") == {*first, *second}


def test_a_backup_of_an_older_version_is_restored_and_upgraded(database: str, tmp_path: Path, laneway: Run) -> None:
    # Given a backup from before an upgrade
    keys = start(database)
    _downgrade(database, "0004")
    assert laneway("db", "backup", tmp_path / "copy").code == 0
    assert laneway("db", "upgrade").code == 0
    # When it is restored; then the database is of that version, and upgraded when it is opened.
    answer = laneway("db", "restore", tmp_path / "copy", "--force")
    assert answer.code == 0
    assert "laneway db upgrade" in answer.out
    assert revision_of(database) == "0004"
    assert instances(database) == set(keys)
    assert revision_of(database) == HEAD


def test_a_backup_is_not_overwritten_unless_told(database: str, tmp_path: Path, laneway: Run) -> None:
    start(database)
    (tmp_path / "copy").write_text("mine")
    answer = laneway("db", "backup", tmp_path / "copy")
    assert (answer.code, "backup_exists" in answer.error) == (3, True)
    assert (tmp_path / "copy").read_text() == "mine"
    assert laneway("db", "backup", tmp_path / "copy", "--force").code == 0


def test_nothing_is_restored_under_a_process_that_works(database: str, tmp_path: Path, laneway: Run) -> None:
    # Given a process at work on the database
    start(database)
    laneway("db", "backup", tmp_path / "copy")
    with build(Settings(database_url=database)):
        # When a backup is to be restored; then it is refused, forced or not.
        answer = laneway("db", "restore", tmp_path / "copy", "--force")
        assert (answer.code, "database_in_use" in answer.error) == (3, True)


class Ahead(datetime):
    """The clock of a host that is an hour ahead."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Ahead:
        return super().now(tz) + timedelta(hours=1)


@pytest.mark.postgres
def test_who_works_on_a_server_is_said_by_its_clock(
    postgres_database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # Given a process at work on a server, and an operator whose own clock is an hour ahead
    with build(Settings(database_url=postgres_database)):
        monkeypatch.setattr("laneway.store.maintenance.maintenance.datetime", Ahead)
        # When it is asked who works there; then the process is among them.
        assert len(maintenance(Settings(database_url=postgres_database)).at_work()) == 1


def test_what_is_no_backup_is_refused(database: str, tmp_path: Path, laneway: Run) -> None:
    keys = start(database)
    (tmp_path / "letter").write_text("Dear Ada")
    answer = laneway("db", "restore", tmp_path / "letter", "--force")
    assert (answer.code, "backup_unusable" in answer.error) == (3, True)
    assert instances(database) == set(keys)


def test_a_damaged_backup_is_refused(file: Path, tmp_path: Path, laneway: Run) -> None:
    # Given a backup that lost its second half
    keys = start(f"sqlite:///{file}", 20)
    laneway("db", "backup", tmp_path / "copy")
    with (tmp_path / "copy").open("r+b") as opened:
        opened.truncate((tmp_path / "copy").stat().st_size // 2)
    # When it is to be restored; then it is not, and what was there stays.
    assert laneway("db", "restore", tmp_path / "copy", "--force").code != 0
    assert instances(f"sqlite:///{file}") == set(keys)


@pytest.mark.parametrize("verb", ["backup", "restore"])
def test_one_that_is_killed_leaves_everything_as_it_was(file: Path, tmp_path: Path, verb: str) -> None:
    # Given a database, and a backup of an earlier state of it
    url = f"sqlite:///{file}"
    keeper = maintenance(Settings(database_url=url))
    first = start(url)
    keeper.backup(tmp_path / "copy", force=False)
    second = start(url)
    # When the process is killed while it copies
    assert (
        in_child(lambda: getattr(keeper, verb)(tmp_path / "copy", force=True, progress=kill_at(1))) == -signal.SIGKILL
    )
    # Then both are what they were, and doing it again works
    assert instances(url) == {*first, *second}
    shutil.copy(tmp_path / "copy", tmp_path / "look")
    assert instances(f"sqlite:///{tmp_path / 'look'}") == set(first)
    getattr(keeper, verb)(tmp_path / "copy", force=True)
    assert instances(url) == (set(first) if verb == "restore" else {*first, *second})


@pytest.mark.postgres
def test_without_the_program_a_backup_of_postgresql_says_what_to_install(
    postgres_database: str, tmp_path: Path, laneway: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(postgres_database)
    monkeypatch.setenv("PATH", str(tmp_path))
    answer = laneway("db", "backup", tmp_path / "copy", "--database", postgres_database)
    assert (answer.code, "postgresql-client" in answer.error) == (3, True)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(autouse=True)
def in_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes take their settings from the environment alone."""
    monkeypatch.chdir(tmp_path)
