"""The table of contents of the faults: which database, which troubles."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.faults.run import Report, run
from tests.faults.server import Line, Server
from tests.faults.site import Site
from tests.faults.troubles import Plan, Trouble, clock, failing, kill, power, stop, torn

Places = Callable[[Server, Line], Trouble]


def cutting(server: Server, line: Line) -> Trouble:
    """The connection breaks before a COMMIT reaches the server, after, or while it is on its way."""
    return lambda site, chance: f"cut {line.cut(chance)} COMMIT"


def restarting(server: Server, line: Line) -> Trouble:
    def restart(site: Site, chance: random.Random) -> str:
        server.restart_at_once()
        return "PostgreSQL immediate restart"

    return restart


@dataclass(frozen=True)
class Scenario:
    """``counted_as``: which figure of the command line says how many troubles there are. With ``places`` the trouble is one
    of PostgreSQL or of the line to it."""

    name: str
    counted_as: str
    kinds: tuple[Trouble, ...] = ()
    places: tuple[Places, ...] = ()
    postgres: bool = False
    disks: bool = False
    alone: bool = False

    def play(self, folder: Path, count: int, orders: int, seed: int, progress: Callable[[str], None]) -> Report:
        longest = float(os.environ.get("MINUTES", "inf")) * 60
        if not self.postgres:
            plan = Plan(self.kinds, count, longest=longest, disks=self.disks, alone=self.alone)
            return run(folder, f"sqlite:///{folder / 'faults.db'}", plan, orders=orders, seed=seed, progress=progress)
        server = Server()
        try:
            server.start()
            name = server.create_database()
            line = Line(server.folder)
            try:
                kinds = self.kinds + tuple(place(server, line) for place in self.places)
                return run(
                    folder,
                    f"postgresql://postgres@/{name}?host={line.folder}",
                    Plan(kinds, count, longest=longest),
                    orders=orders,
                    seed=seed,
                    judged_at=server.database_url(name),
                    progress=progress,
                )
            finally:
                line.close()
        finally:
            server.stop()


SCENARIOS = (
    Scenario("kill -9, sqlite", "kills", (kill,)),
    Scenario("SIGSTOP, sqlite", "stops", (stop,)),
    Scenario("disk, sqlite", "disks", (failing("read", "write", "sync", "truncate", "full"), torn), disks=True),
    Scenario("power, sqlite", "disks", (power,), disks=True, alone=True),
    Scenario("short transfers, sqlite", "disks", (failing("short"), kill), disks=True),
    Scenario("kill -9, postgresql", "kills", (kill,), postgres=True),
    Scenario("SIGSTOP, postgresql", "stops", (stop,), postgres=True),
    Scenario("cut COMMIT, postgresql", "cuts", places=(cutting,), postgres=True),
    Scenario("restart, postgresql", "restarts", places=(restarting,), postgres=True),
    Scenario("clock, postgresql", "clocks", (clock,), postgres=True),
    Scenario("mixed, sqlite", "mixed", (kill, stop)),
    Scenario("mixed, postgresql", "mixed", (kill, stop, clock), (cutting, restarting), postgres=True),
)
