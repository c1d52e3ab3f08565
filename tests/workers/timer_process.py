"""A process that fires timers until it is told to stop: run by ``test_timers``, several at once on one database.

    python -m tests.workers.timer_process DATABASE [N]     killed by itself while it fires its n-th timer, before the commit

Prints ``ready``, works until its input ends, and prints how many timers it has fired.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
import threading

from laneway.bootstrap import build
from laneway.commands import trigger_timers
from laneway.settings import Settings


def main(database: str, kill_at: str = "0") -> None:
    fire, count = trigger_timers._fire, itertools.count(1)
    fired = 0

    def counted(*arguments: object) -> None:
        nonlocal fired
        fire(*arguments)  # type: ignore[arg-type]
        fired = next(count)
        if fired == int(kill_at):
            os.kill(os.getpid(), signal.SIGKILL)

    trigger_timers._fire = counted
    told = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), told.set()), daemon=True).start()
    with build(Settings(database_url=database, roles=("timers",))) as made:
        print("ready", flush=True)
        while not told.is_set():
            if not made.workers.step():
                told.wait(0.01)
    print(fired, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
