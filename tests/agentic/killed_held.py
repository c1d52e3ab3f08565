"""A worker that kills itself around an approved call of a drawn tool: ``python -m tests.agentic.killed_held DATABASE WHERE``."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from laneway.commands import drawn_calls
from laneway.workers.agent import settling
from tests.agentic.script import Script, registry
from tests.support.world import World

WHERE = ("taken", "spent", "activated")
"""After the approval was read; after it was spent, before the commit; after the commit."""


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(address: str, where: str) -> None:
    carry_out, letting_go = settling.carry_out, drawn_calls.letting_go

    def dying(*arguments: Any) -> Any:
        if where == "taken":
            die()
        result = carry_out(*arguments)
        die()
        return result

    def spending(*arguments: Any) -> Any:
        spend = letting_go(*arguments)

        def beside(unit: Any) -> None:
            spend(unit)
            die()

        return beside if where == "spent" else spend

    settling.carry_out = dying
    drawn_calls.letting_go = spending
    World(address, agents=registry(Script())).settle()


if __name__ == "__main__":
    main(*sys.argv[1:])
