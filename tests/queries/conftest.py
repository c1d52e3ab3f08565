from collections.abc import Iterator

import pytest

from tests.support.world import World


@pytest.fixture
def world() -> Iterator[World]:
    """In memory, for what does not differ between databases."""
    made = World()
    yield made
    made.close()


@pytest.fixture
def stored(database_url: str) -> Iterator[World]:
    """Once on SQLite, once on PostgreSQL."""
    made = World(database_url)
    yield made
    made.close()
