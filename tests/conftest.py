"""What every test shares: the database fixtures and how Hypothesis behaves."""

import os

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.support.postgres"]

# The machine's speed is no property of the code, so no example has a deadline. CI draws the same examples every time.
settings.register_profile("laneway", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("laneway"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "laneway")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the PostgreSQL server, so that `make test-fast` can leave it out."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        if "postgres_url" in names or "postgres_database" in names:
            item.add_marker(pytest.mark.postgres)
