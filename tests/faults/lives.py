"""Lives on a disk that fails, one after the other, each in a fork: run by ``test_disk`` and `make disks`.

    python -m tests.faults.lives FOLDER dying SEED COUNT      killed within a write, or the power is cut there, until COUNT have died so
    python -m tests.faults.lives FOLDER failing SEED COUNT    reads, writes and flushes fail, the disk is full, less is read or written
                                                              than was asked for: COUNT lives

The work is that of ``tests.commands.killed``, and so is the judgement. A command that is answered with "the disk fails" is
given again until it is done: the process goes on. Prints one JSON object.
"""

from __future__ import annotations

import itertools
import json
import random
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from laneway.bootstrap import Laneway, build
from laneway.domain.errors import Overloaded
from tests.commands import killed
from tests.faults.disk import OPERATIONS, Disk, install

DYING = ("torn", "power")
FAILING = ("read", "write", "sync", "full", "truncate", "short")
TOLD = {"full": "database_full"}
"""What a command is answered with; else ``database_failing``."""
OFTEN = 6
"""A command in so many begins with a disk that is about to fail."""
MOST_TRIES = 1000


class Lives(killed.Rounds):
    def __init__(self, folder: Path, seed: int) -> None:
        super().__init__(folder, killed.Files(folder))
        self.chance = random.Random(seed)
        self.disk = Disk(folder / "disk")
        self.told: Counter[str] = Counter()
        self.bursts: Counter[str] = Counter()

    def dying(self, among: int) -> Callable[[str, Path, int], int]:
        """A life that ends within one of the first ``among`` writes."""

        def life(database: str, acks: Path, life: int) -> int:
            kind = self.chance.choice(DYING)
            self.bursts[kind] += 1
            self.disk.arm(kind, self.chance.randrange(among), 1)
            return killed.in_child(lambda: self._live(database, acks, life))

        return life

    def writes_of_a_life(self) -> int:
        many = 10**9
        self.disk.arm("torn", many, 1)
        database = self.places.copy("template", "count")
        acks = self.folder / "count.acks"
        assert killed.in_child(lambda: self._live(database, acks, 0)) == 0
        self.places.remove("count")
        return many - self.disk.left

    def disturbed(self, database: str, acks: Path, life: int) -> int:
        """A life in which operations of the disk fail, a few at a time, and that goes on."""
        told, seed = self.folder / "told.json", self.chance.getrandbits(32)
        status = killed.in_child(lambda: self._insist(database, acks, life, random.Random(seed), told))
        if told.exists():
            codes, bursts = json.loads(told.read_text())
            self.told.update(codes)
            self.bursts.update(bursts)
            told.unlink()
        return status

    def sound(self, database: str, acks: Path, life: int) -> int:
        self.disk.calm()
        with closing(sqlite3.connect(database.removeprefix("sqlite:///"))) as connection:
            said = connection.execute("PRAGMA integrity_check").fetchall()
        return 0 if said == [("ok",)] else 2

    def _live(self, database: str, acks: Path, life: int) -> None:
        install(self.disk.file, self.chance.getrandbits(32) + life)
        killed.live(database, acks, life)

    def _insist(self, database: str, acks: Path, life: int, chance: random.Random, told: Path) -> None:
        install(self.disk.file, chance.getrandbits(32))
        insisting = _Insisting(self.disk, chance)

        def build_insisting(*arguments: Any, **named: Any) -> Laneway:
            made = build(*arguments, **named)
            return replace(made, engine=insisting.of(made.engine), workers=insisting.of(made.workers))

        killed.build = build_insisting
        try:
            killed.live(database, acks, life)
        finally:
            self.disk.calm()
            told.write_text(json.dumps([insisting.told, insisting.bursts]))


class _Insisting:
    """Lets the disk fail now and then, and gives a command again as long as it is told that the disk does."""

    def __init__(self, disk: Disk, chance: random.Random) -> None:
        self._disk = disk
        self._chance = chance
        self._kinds = itertools.cycle(chance.sample(FAILING, len(FAILING)))
        self._kind = "none"
        self._before = disk.made
        self.told: Counter[str] = Counter()
        self.bursts: Counter[str] = Counter()

    def of(self, whole: Any) -> Any:
        return _Part(whole, self)

    def call(self, function: Callable[..., Any], arguments: Any, named: Any) -> Any:
        if self._chance.random() < 1 / OFTEN:
            self.bursts[self._kind] += self._disk.made - self._before
            self._kind, self._before = next(self._kinds), self._disk.made
            self._disk.arm(
                self._kind, self._chance.randrange(OPERATIONS[self._kind]), self._chance.choice((1, 1, 2, 5, 20))
            )
        for _ in range(MOST_TRIES):
            try:
                return function(*arguments, **named)
            except Overloaded as error:
                if error.code != TOLD.get(self._kind, "database_failing"):
                    raise
                self.told[error.code] += 1
                time.sleep(0.001)
        raise RuntimeError("the disk is well again, the process is not")


class _Part:
    def __init__(self, whole: Any, insisting: _Insisting) -> None:
        self._whole = whole
        self._insisting = insisting

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._whole, name)
        return (lambda *arguments, **named: self._insisting.call(found, arguments, named)) if callable(found) else found


def main(folder: str, kind: str, seed: str, count: str) -> None:
    lives = Lives(Path(folder), int(seed))
    rounds = 0
    if kind == "dying":
        among = lives.writes_of_a_life()
        while lives.deaths < int(count) and rounds < 2 * int(count) and len(lives.found) < killed.ENOUGH_FAULTS:
            lives.round(f"{kind}{rounds}", [lives.dying(among), lives.sound, lives.dying(among), lives.sound])
            rounds += 1
    else:
        for rounds in range(int(count)):
            lives.round(f"{kind}{rounds}", [lives.disturbed, lives.sound])
    print(
        json.dumps(
            {
                "lives": lives.lives,
                "deaths": lives.deaths,
                "operations": dict(lives.bursts),
                "told": dict(lives.told),
                "faults": lives.found,
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
