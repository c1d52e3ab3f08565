"""Backup and restore of PostgreSQL databases, by the server's own programs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryFile

from sqlalchemy import URL

from laneway.domain.errors import InvalidInput
from laneway.store.maintenance.files import Progress, sync
from laneway.store.tables import metadata

DUMPING = re.compile(r"dumping contents of table")


def dump(url: URL, target: Path, progress: Progress) -> None:
    """As ``pg_dump`` makes it, in its own format: one consistent view, while others write.

    Raises
    ------
    InvalidInput
        ``tool_missing``, ``backup_failed`` with what the program says.
    """
    program = _program("pg_dump")
    command = [program, "--format=custom", "--no-owner", "--no-privileges", "--verbose", f"--file={target}", *_to(url)]
    total, done, said = len(metadata.tables) + 1, 0, []
    with subprocess.Popen(command, env=_environment(url), stderr=subprocess.PIPE, text=True) as running:  # noqa: S603
        assert running.stderr is not None
        for line in running.stderr:
            said.append(line)
            if DUMPING.search(line):
                done += 1
                progress(done, max(total, done))
    if running.returncode != 0:
        raise InvalidInput("backup_failed", f"pg_dump ended with {running.returncode}: {_last(said)}")
    sync(target)


def require_dump(source: Path) -> None:
    """InvalidInput ``backup_unusable`` if ``pg_restore`` cannot read it, or it holds another application."""
    listed = _run([_program("pg_restore"), "--list", str(source)], "backup_unusable")
    if " TABLE public alembic_version " not in listed and " alembic_version " not in listed:
        raise InvalidInput("backup_unusable", f"{source} holds no database of Laneway")


def restore(url: URL, source: Path, progress: Progress, *, replacing: bool) -> None:
    """In one transaction: all of it, or nothing is changed. ``replacing`` drops Laneway's tables first."""
    psql = _program("psql")
    with TemporaryFile("w+", encoding="utf-8") as script:
        for name in (*metadata.tables, "alembic_version") if replacing else ():
            script.write(f'DROP TABLE IF EXISTS public."{name}" CASCADE;\n')
        script.flush()
        options = ["--no-owner", "--no-privileges", *(["--clean", "--if-exists"] if replacing else [])]
        _run([_program("pg_restore"), *options, "--file=-", str(source)], "backup_unusable", into=script)
        script.seek(0)
        progress(1, 2)
        command = [psql, "--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1", *_to(url)]
        ended = subprocess.run(  # noqa: S603
            command, env=_environment(url), stdin=script, capture_output=True, text=True, check=False
        )
    if ended.returncode != 0:
        raise InvalidInput("restore_failed", f"psql ended with {ended.returncode}: {_last(ended.stderr.splitlines())}")
    progress(2, 2)


def _run(command: list[str], code: str, into: object = None) -> str:
    ended = subprocess.run(  # noqa: S603
        command,
        stdin=subprocess.DEVNULL,
        stdout=into if into is not None else subprocess.PIPE,  # type: ignore[call-overload]
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        raise InvalidInput(
            code, f"{Path(command[0]).name} ended with {ended.returncode}: {_last(ended.stderr.splitlines())}"
        )
    return str(ended.stdout or "")


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise InvalidInput(
            "tool_missing",
            f"{name} is not installed on this machine, which backups of PostgreSQL are made and restored with; bring it with "
            "`apt-get install postgresql-client` (of the server's version or newer), or back the server up by its own means",
        )
    return found


def _to(url: URL) -> list[str]:
    """The connection as words of a command line; the password goes by the environment, where no list of processes shows it."""
    parts = {"--host": url.query.get("host", url.host), "--port": url.port or url.query.get("port")}
    words = [f"{option}={value}" for option, value in parts.items() if value]
    if url.username:
        words.append(f"--username={url.username}")
    return [*words, f"--dbname={url.database}", "--no-password"]


def _environment(url: URL) -> dict[str, str]:
    options = {"PGSSLMODE": "sslmode", "PGSSLROOTCERT": "sslrootcert", "PGSSLCERT": "sslcert", "PGSSLKEY": "sslkey"}
    given = {variable: str(url.query[name]) for variable, name in options.items() if name in url.query}
    return {**os.environ, **given, **({"PGPASSWORD": str(url.password)} if url.password else {})}


def _last(lines: list[str]) -> str:
    return " ".join(" ".join(lines[-5:]).split())[-600:]
