"""A worker that is killed within the call of a gateway's tool: ``python -m tests.agentic.killed_gateway DATABASE FILE IDEMPOTENT``.

The server has done what it was asked; the worker dies before it has written down what came of it.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from laneway.commands import tool_calls
from tests.agentic.script import Script, calls
from tests.agentic.test_gateway_worker import PRICE, granted, world
from tests.agents.test_mcp import environment, over_stdio


def die(*_: Any, **__: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def main(database: str, file: str, idempotent: str) -> None:
    tools = granted(access="write", idempotent=idempotent == "yes")
    tool_calls.end_call = die
    world(Script(calls(PRICE)), environment(over_stdio(Path(file))), tools, database=database)


if __name__ == "__main__":
    main(*sys.argv[1:])
