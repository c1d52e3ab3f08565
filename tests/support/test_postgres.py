"""The test database itself: it is there, it is the version we promise, and no test sees another's tables."""

import sqlalchemy

from tests.support.postgres import POSTGRES_MAJOR_VERSION, PostgresServer


def scalar(url: str, statement: str) -> object:
    engine = sqlalchemy.create_engine(url)
    try:
        with engine.begin() as connection:
            result = connection.execute(sqlalchemy.text(statement))
            return result.scalar() if result.returns_rows else None
    finally:
        engine.dispose()


def test_a_database_answers_on_both_kinds(database_url: str) -> None:
    assert scalar(database_url, "SELECT 1") == 1


def test_the_server_has_the_promised_version(postgres_url: str) -> None:
    assert int(str(scalar(postgres_url, "SHOW server_version_num"))) // 10_000 == POSTGRES_MAJOR_VERSION


def test_the_database_is_utf8_and_utc(postgres_database: str) -> None:
    assert scalar(postgres_database, "SHOW server_encoding") == "UTF8"
    assert scalar(postgres_database, "SHOW timezone") == "UTC"


def test_each_test_has_a_database_of_its_own(postgres_server: PostgresServer, postgres_database: str) -> None:
    # given a table in this test's database
    scalar(postgres_database, "CREATE TABLE mine AS SELECT 1 AS id")

    # when another test's database is made
    other = postgres_server.create_database()

    # then it has no such table
    try:
        assert scalar(postgres_server.database_url(other), "SELECT to_regclass('mine')") is None
    finally:
        postgres_server.drop_database(other)
