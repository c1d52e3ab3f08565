"""Expected failures, said in a sentence with an exit code; a bug keeps its trace."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

FOUND_WRONG = 1
USAGE = 2
REFUSED = 3
UNREACHABLE = 4


def fail(message: str, code: int = REFUSED) -> typer.Exit:
    """Say ``message`` on the error stream; raise what this gives."""
    typer.echo(f"laneway: {message}", err=True)
    return typer.Exit(code)


@contextmanager
def expected_failures() -> Iterator[None]:
    """Around the work of a command: LanewayError and unreachable systems become an exit code and a sentence."""
    from laneway.domain.errors import LanewayError

    try:
        yield
    except LanewayError as error:
        raise fail(_sentence(error)) from None
    except (ConnectionError, TimeoutError) as error:
        raise fail(str(error) or type(error).__name__, UNREACHABLE) from None
    except OSError as error:
        raise fail(_of_system(error)) from None
    except KeyboardInterrupt:
        raise fail("stopped", 130) from None
    except Exception as error:
        if _is_of_database(error):
            raise fail(f"the database cannot be used: {error.__cause__ or error}", UNREACHABLE) from None
        raise


def _sentence(error: Exception) -> str:
    problems = getattr(error, "problems", ())
    return "\n".join([f"{error} [{getattr(error, 'code', '')}]", *(f"  {problem}" for problem in problems)])


def _of_system(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename else str(error)


def _is_of_database(error: Exception) -> bool:
    """By module: only `store` may import SQLAlchemy, and what it raises when there is no database is SQLAlchemy's."""
    loaded = sys.modules.get("sqlalchemy.exc")
    return loaded is not None and isinstance(error, (loaded.OperationalError, loaded.ArgumentError))
