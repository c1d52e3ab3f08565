"""A store on each database, with a clock that stands still until the test moves it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from laneway.store import SqlStore, open_store
from tests.store.build import Clock
from tests.support.postgres import PostgresServer


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """The name of a database with the schema in it: copying it takes a tenth of the time that migrating does."""
    name = postgres_server.create_database()
    open_store(postgres_server.database_url(name)).close()
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "laneway.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of a database with the schema and nothing else."""
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "laneway.db")
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    template: str = request.getfixturevalue("postgres_template")
    name = f"{template}_{abs(hash(request.node.nodeid)):x}"
    server._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
    yield server.database_url(name)
    server.drop_database(name)


@pytest.fixture
def store(migrated_url: str, clock: Clock) -> Iterator[SqlStore]:
    opened = open_store(migrated_url, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def memory(clock: Clock) -> Iterator[SqlStore]:
    """A store in memory, for what does not differ between databases."""
    opened = open_store("sqlite://", clock=clock)
    yield opened
    opened.close()
