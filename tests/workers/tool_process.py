"""A worker that is killed while a tool does its work: ``python -m tests.workers.tool_process DATABASE FILE``."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from laneway.agents.tools.base import ToolRequest
from laneway.agents.tools.python import register_tool
from tests.support.world import World


def shop(file: Path, deadly: bool) -> None:
    """Tools that leave a line for each effect; ``post`` ends the process after it, where that is wanted."""

    def effect(request: ToolRequest) -> object:
        with file.open("a", encoding="utf-8") as lines:
            lines.write(f"{request.arguments['sku']} {request.idempotency_key}\n")
        if deadly and request.arguments["sku"] == "POST":
            os.kill(os.getpid(), signal.SIGKILL)
        return {"ok": True}

    register_tool("shop", effect)


if __name__ == "__main__":
    shop(Path(sys.argv[2]), deadly=True)
    World(sys.argv[1]).settle()
