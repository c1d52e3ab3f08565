"""Check: read files as a deployment would, and report; nothing is written."""

from __future__ import annotations

from collections.abc import Sequence

from laneway.commands.context import CheckReport, Context
from laneway.commands.files import read_files


def check(context: Context, files: Sequence[tuple[str, bytes]], *, walkthrough: bool | None) -> CheckReport:
    read = read_files(files, context.limits, reading=context.reading, walkthrough=walkthrough, lenient=True)
    processes = tuple(
        {
            "file": each.file.name,
            "processId": model.process_id,
            "name": model.name,
            "executable": model.executable,
            "nodes": len(model.nodes) - 1,
            "flows": len(model.flows),
        }
        for each in read.diagrams
        for model in each.diagram.processes
    )
    return CheckReport(tuple(read.problems), processes)
