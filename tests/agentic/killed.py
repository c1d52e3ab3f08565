"""A process that works on an agent's turn and kills itself in the middle: ``python -m tests.agentic.killed FOLDER WHERE``."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from laneway.agents.chat import Message, Reply
from laneway.workers.agent import settling
from tests.agentic.script import HERE, Script, call, calls, contract, registry
from tests.support.world import World

WHERE = ("asked", "replied", "committed")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(folder: str, where: str) -> None:
    def reply(messages: Sequence[Message]) -> Reply:
        if where == "asked":
            die()
        return calls(call("LookUp", "first", number="7"))

    carry_out = settling.carry_out

    def dying(*arguments: Any) -> Any:
        if where == "replied":
            die()
        result = carry_out(*arguments)
        die()
        return result

    settling.carry_out = dying
    world = World(f"sqlite:///{folder}/laneway.db", agents=registry(Script(reply)))
    diagram = (HERE / "sub_process.bpmn").read_bytes()
    world.engine.deploy([("sub_process.bpmn", diagram), contract()])
    world.start(variables={"request": "Where is my order?", "customer": "c1"})
    world.settle()


if __name__ == "__main__":
    main(*sys.argv[1:])
