"""A store on each database, with a clock that stands still until the test moves it."""

from collections.abc import Iterator

import pytest

from laneway.store import SqlStore, open_store
from tests.store.build import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(database_url: str, clock: Clock) -> Iterator[SqlStore]:
    opened = open_store(database_url, clock=clock)
    yield opened
    opened.close()
