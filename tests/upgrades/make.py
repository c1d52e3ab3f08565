"""Make the golden database of a schema with the code of that schema: see README.md for how.

    python -m tests.upgrades.make REVISION

Fails if the code that is imported has another schema than REVISION. Writes ``golden/REVISION.sql``, a dump as text.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from laneway.bootstrap import build
from laneway.settings import Settings
from laneway.store.migrate import HEAD
from tests.upgrades.scene import MADE_AT, play

GOLDEN = Path(__file__).parent / "golden"


def main(wanted: str) -> None:
    if wanted != HEAD:
        raise SystemExit(f"this code works with revision {HEAD}, not {wanted}; README.md says how to run older code")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "laneway.db"
        with build(Settings(database_url=f"sqlite:///{file}"), clock=lambda: MADE_AT) as laneway:
            play(laneway.engine)
        with closing(sqlite3.connect(file)) as connection:
            text = "\n".join(connection.iterdump())
    GOLDEN.mkdir(exist_ok=True)
    (GOLDEN / f"{wanted}.sql").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
