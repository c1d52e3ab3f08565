"""The terminal, called in this process, on a database of its own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from laneway.bootstrap import Laneway, build
from laneway.cli.app import app
from laneway.settings import Settings

ROOT = Path(__file__).parents[2]
LEAVE = ROOT / "docs" / "tutorial" / "leave-request.bpmn"


class Answer:
    def __init__(self, code: int, out: str, error: str) -> None:
        self.code = code
        self.out = out
        self.error = error


Run = Callable[..., Answer]


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A fresh SQLite file, the default of every command in the test."""
    url = f"sqlite:///{tmp_path}/laneway.db"
    monkeypatch.setenv("LANEWAY_DATABASE_URL", url)
    return url


@pytest.fixture
def laneway(database: str) -> Run:
    def run(*arguments: object, input: str | None = None) -> Answer:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments], input=input)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Answer(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def server(database: str) -> Callable[[], object]:
    """Stands for a running `laneway serve` on the same database: opens it, works, closes it."""

    @contextmanager
    def opened() -> Iterator[Laneway]:
        with build(Settings(database_url=database)) as running:
            yield running

    return opened
