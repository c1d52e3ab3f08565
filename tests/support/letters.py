"""A process with one agent task, whose agent answers from a script."""

from __future__ import annotations

from typing import Any

import yaml

from tests.support.drawing import Drawing, extension, job

OUTPUT = {"type": "object", "properties": {"kind": {"type": "string"}}, "required": ["kind"]}
GOOD = {"output": {"kind": "complaint"}, "confidence": 0.9, "rationale": "it says so", "sources": [{"name": "a.md"}]}


def letters(answer: Any = GOOD, **changes: Any) -> list[tuple[str, bytes]]:
    """The files of process ``process``: start, ``classify`` by the agent, end. ``answer`` may have a ``delay`` in seconds."""
    drawing = Drawing()
    process = drawing.process()
    process.chain(
        process.node("startEvent"),
        process.node("serviceTask", "classify", extension(job("classify"))),
        process.node("endEvent", "done"),
    )
    contract = {
        "purpose": "Tells what kind of letter it is",
        "owner": "head-of-mail",
        "job_types": ["classify"],
        "adapter": "scripted",
        "config": {"answers": {"*": answer}},
        "input": {"type": "object", "properties": {"letter": {"type": "string"}}, "required": ["letter"]},
        "output": OUTPUT,
        "authority": "decide",
        **changes,
    }
    agents = yaml.safe_dump({"version": 1, "agents": {"classifier": contract}}).encode()
    return [("process.bpmn", drawing.xml()), ("agents.yaml", agents)]
