"""Fixtures for tests that play on a whole Laneway; a ``conftest`` imports them. Databases are copies of one made once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from laneway.store import open_store
from tests.support.postgres import PostgresServer
from tests.support.world import World


@pytest.fixture
def world() -> Iterator[World]:
    """In memory, for what does not differ between databases."""
    made = World()
    yield made
    made.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def stored(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """Once on SQLite, once on PostgreSQL."""
    if request.param == "sqlite":
        file = tmp_path / "laneway.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        made = World(f"sqlite:///{file}")
        yield made
        made.close()
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.create_database(request.getfixturevalue("postgres_template"))
    made = World(server.database_url(name))
    yield made
    made.close()
    server.drop_database(name)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the schema in it."""
    file = tmp_path_factory.mktemp("template") / "laneway.db"
    open_store(f"sqlite:///{file}").close()
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """The name of a database with the schema in it."""
    name = postgres_server.create_database()
    open_store(postgres_server.database_url(name)).close()
    return name
