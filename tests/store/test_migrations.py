"""The schema: created equals upgraded equals declared, once or at once, and a newer one is left alone."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect, text

from laneway.domain.definition import Deployment, Resource, StartTrigger
from laneway.domain.errors import Conflict, InvalidInput
from laneway.domain.types import DEFAULT_TENANT
from laneway.domain.work import SYSTEM, AuditEntry, MessageSubscription
from laneway.ports import SearchQuery
from laneway.store import migrations, open_store
from laneway.store.database import Database, parse_url
from laneway.store.migrate import HEAD, revision, upgrade
from laneway.store.tables import metadata
from laneway.store.tables.base import indexes_on
from tests.store.build import deploy, start

MIGRATIONS = str(Path(migrations.__file__).parent)


@pytest.mark.parametrize("how", ["created", "upgraded"])
def test_a_database_is_what_the_tables_declare(database_url: str, how: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    if how == "upgraded":
        upgraded_by_migrations(database_url)
    open_store(database_url).close()
    engine = create_engine(parse_url(database_url))
    with engine.connect() as connection:
        dialect = connection.dialect.name

        def declared(thing: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
            return kind != "index" or reflected or thing in indexes_on(dialect, thing.table)

        options = {"compare_type": True, "include_object": declared}
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, metadata)
        upgraded = {name: _indexes(inspect(connection), name) for name in metadata.tables}
        assert revision(connection) == HEAD
    engine.dispose()
    assert differences == []
    assert upgraded == {
        name: {str(index.name): [column.name for column in index.columns] for index in indexes_on(dialect, table)}
        for name, table in metadata.tables.items()
    }


def test_an_upgraded_database_equals_a_fresh_one(database_url: str) -> None:
    # Column by column, index by index: only the order of columns may differ.
    open_store(database_url).close()
    fresh = _described(database_url)
    database = Database(database_url)
    with database.writing() as connection:
        metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
    database.close()
    upgraded_by_migrations(database_url)
    assert _described(database_url) == fresh


def upgraded_by_migrations(url: str) -> None:
    database = Database(url)
    with database.writing() as connection:
        upgrade(connection)
    database.close()


def _described(url: str) -> dict[str, Any]:
    engine = create_engine(parse_url(url))
    with engine.connect() as connection:
        seen = inspect(connection)
        described = {
            name: (
                sorted(repr(sorted(column.items(), key=str)) for column in seen.get_columns(name)),
                sorted(_index(one) for one in seen.get_indexes(name)),
                repr(seen.get_pk_constraint(name)),
                sorted(repr(one["column_names"]) for one in seen.get_unique_constraints(name)),
            )
            for name in seen.get_table_names()
        }
    engine.dispose()
    return described


def _index(found: Any) -> str:
    where = {name: str(value) for name, value in found.get("dialect_options", {}).items()}
    return repr((found["name"], found["column_names"], found["unique"], sorted(where.items())))


def test_an_empty_database_is_opened_without_alembic(tmp_path: Path) -> None:
    script = "import sys; from laneway.store import open_store; open_store(sys.argv[1]).close(); print('alembic' in sys.modules)"
    url = f"sqlite:///{tmp_path / 'laneway.db'}"
    ended = subprocess.run([sys.executable, "-c", script, url], capture_output=True, text=True, check=True)
    assert ended.stdout == "False\n"


def test_who_a_message_started_before_the_upgrade_is_known_after_it(database_url: str) -> None:
    # Given a database of the first schema, in which a message with a key started an instance
    store = open_store(database_url)
    definition = deploy(store, triggers=lambda key: [StartTrigger(7, key, "order", "begin", "message", "placed")])
    root = start(store, definition)
    with store.begin() as uow:
        by = MessageSubscription(7, root, root, definition.key, "order", root, "begin", "placed", "A")
        uow.record_correlation(1, "order", by)
    store.close()
    _downgrade(database_url, "0001")
    # When it is opened
    store = open_store(database_url)
    # Then no other may start
    with store.begin() as uow:
        assert uow.started_by_message(definition.process_id, "A", DEFAULT_TENANT) == root
    store.close()


@pytest.mark.parametrize(
    "opening",
    [
        """<definitions xmlns="urn:dmn" namespace="urn:a&amp;b" id="d"/>""",
        """<?xml version='1.0'?><!-- namespace="no" --><dmn:definitions id='d'\n namespace='urn:a&amp;b' xmlns:dmn='urn:dmn'/>""",
    ],
)
def test_dmn_files_of_before_can_be_imported_after_the_upgrade(database_url: str, opening: str) -> None:
    # Given a DMN file in a database that knows no namespaces yet
    store = open_store(database_url)
    with store.begin() as uow:
        key = uow.ids.next()
        file = Resource(uow.ids.next(), key, "shared.dmn", "decision", "h", opening.encode())
        uow.add_deployment(Deployment(key, uow.now, (file,), (), (), (), ()))
    store.close()
    _downgrade(database_url, "0005")
    # When it is opened
    store = open_store(database_url)
    # Then the file is found by its namespace
    with store.read() as uow:
        found = uow.latest_decision_file("urn:a&b", DEFAULT_TENANT)
        assert found is not None
        assert (found.key, found.imports) == (file.key, {})
    store.close()


def test_what_phrases_say_is_written_out_on_the_way_down(database_url: str) -> None:
    # Given records of an instance and of none that say the same as others
    store = open_store(database_url)
    root = start(store, deploy(store))
    said = AuditEntry("UPDATE", "USER_TASK", 5, SYSTEM, details={"command": "AssignUserTask"})
    for entry in (said, said, *[said.changed(root_key=root, process_instance_key=root, process_id="order")] * 2):
        with store.begin() as uow:
            uow.audit(entry)
    before = store.search(SearchQuery("audit-logs")).items
    store.close()
    # When the schema knows no phrases, and then does again
    _downgrade(database_url, "0015")
    store = open_store(database_url)
    # Then the trail says what it said
    assert store.search(SearchQuery("audit-logs")).items == before
    assert store.verify_audit()["first_bad"] is None
    store.close()


def _downgrade(url: str, to: str) -> None:
    from alembic import command
    from alembic.config import Config

    database = Database(url)
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    config.set_main_option("path_separator", "os")
    with database.writing() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, to)
    database.close()


def _indexes(inspector: object, table: str) -> dict[str, list[str]]:
    found = inspector.get_indexes(table)  # type: ignore[attr-defined]
    return {one["name"]: one["column_names"] for one in found if not one.get("duplicates_constraint")}


def test_every_table_has_a_tenant() -> None:
    assert [name for name, table in metadata.tables.items() if "tenant_id" not in table.c] == ["node"]


def test_the_head_is_the_newest_file() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_down_and_up_again(database_url: str) -> None:
    open_store(database_url).close()
    _downgrade(database_url, "base")
    database = Database(database_url)
    with database.writing() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    database.close()
    open_store(database_url).close()


def test_a_newer_database_is_left_alone(database_url: str) -> None:
    open_store(database_url).close()
    database = Database(database_url)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(Conflict, match="9999") as raised:
        open_store(database_url)
    assert raised.value.code == "database_newer"
    with database.reading() as connection:
        assert revision(connection) == "9999"
    database.close()


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("postgres://ann@host/db", "postgresql+psycopg"),
        ("postgresql://ann@host/db", "postgresql+psycopg"),
        ("postgresql+psycopg://ann@host/db", "postgresql+psycopg"),
        ("sqlite:///laneway.db", "sqlite"),
        ("sqlite://", "sqlite"),
    ],
)
def test_addresses(url: str, driver: str) -> None:
    assert parse_url(url).drivername == driver


@pytest.mark.parametrize("url", ["", "laneway.db", "mysql://x", "postgresql+asyncpg://ann:secret@host/db"])
def test_no_addresses(url: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        parse_url(url)
    assert raised.value.code == "database_url"
    assert "secret" not in raised.value.message


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="nowhere"):
        open_store(f"sqlite:///{tmp_path}/nowhere/laneway.db")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "laneway.db"
    path.write_bytes(b"something else entirely" * 100)
    with pytest.raises(InvalidInput, match=r"laneway\.db"):
        open_store(f"sqlite:///{path}")


def test_sqlite_is_set_up_to_survive_a_power_cut(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'laneway.db'}")
    with store._database.writing() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    with store._database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA query_only").scalar() == 1
    store.close()


def test_memory_lets_a_thread_read_within_its_own_unit_of_work() -> None:
    from laneway.ports import SearchQuery
    from tests.store.build import deployment

    store = open_store("sqlite://")
    with store.begin() as uow:
        uow.add_deployment(deployment(uow))
        assert store.search(SearchQuery("deployments")).total == 1
    store.close()
