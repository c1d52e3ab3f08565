"""Diagrams that several tests of commands use."""

from __future__ import annotations

from tests.support.drawing import Drawing, cycle, duration, extension, job, refers


def one_job(type: str = "work", id: str = "process") -> Drawing:
    drawing = Drawing()
    process = drawing.process(id)
    process.chain(
        process.node("startEvent", "start"),
        process.node("serviceTask", "task", extension(job(type))),
        process.node("endEvent", "end"),
    )
    return drawing


def one_user_task(inner: str = "", id: str = "process") -> Drawing:
    drawing = Drawing()
    process = drawing.process(id)
    process.chain(
        process.node("startEvent", "start"),
        process.node("userTask", "task", extension("<zeebe:userTask/>" + inner)),
        process.node("endEvent", "end"),
    )
    return drawing


def user_tasks_side_by_side(*names: str, id: str = "process") -> Drawing:
    drawing = Drawing()
    process = drawing.process(id)
    process.chain(process.node("startEvent", "start"), process.node("parallelGateway", "fork"))
    process.node("parallelGateway", "join")
    for name in names:
        process.chain("fork", process.node("userTask", name, extension("<zeebe:userTask/>")), "join")
    process.chain("join", process.node("endEvent", "end"))
    return drawing


def catch_message(name: str = "answer", key: str = "=order", id: str = "process") -> Drawing:
    drawing = Drawing()
    drawing.message("Message_1", name, key)
    process = drawing.process(id)
    process.chain(
        process.node("startEvent", "start"),
        process.node("intermediateCatchEvent", "catch", refers("message", "Message_1")),
        process.node("endEvent", "end"),
    )
    return drawing


def start_by(inner: str, id: str = "process", type: str = "work") -> Drawing:
    """Started by the event definition ``inner``; then one job."""
    drawing = Drawing()
    process = drawing.process(id)
    process.chain(
        process.node("startEvent", "start", inner),
        process.node("serviceTask", "task", extension(job(type))),
        process.node("endEvent", "end"),
    )
    return drawing


def wait_for(inner: str) -> Drawing:
    drawing = Drawing()
    process = drawing.process()
    process.chain(
        process.node("startEvent", "start"),
        process.node("intermediateCatchEvent", "catch", inner),
        process.node("endEvent", "end"),
    )
    return drawing


__all__ = ["catch_message", "cycle", "duration", "one_job", "one_user_task", "start_by", "wait_for"]
