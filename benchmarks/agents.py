"""How long many agents at once keep one worker process: 200 jobs, each of which thinks for a second.

python -m benchmarks agents

What is above that second is the engine's: taking all in, and settling all that end in the same moment.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping
from typing import Any

import yaml
from tests.support.drawing import Drawing, extension, job

from benchmarks import places
from benchmarks.places import Place
from benchmarks.report import Report, at_most
from laneway.agents.registry import AgentRegistry
from laneway.bootstrap import build
from laneway.commands.topics import instance_topic
from laneway.domain.contract import AgentCompleted, AgentRequest, AgentResult
from laneway.ports import Filter, SearchQuery
from laneway.settings import Settings

JOBS = 200
SECONDS = 1.0
ROUNDS = 3


class Thinker:
    """Does nothing for a second. Keeps when the first one began and the last one ended."""

    def __init__(self) -> None:
        self.began: list[float] = []
        self.ended: list[float] = []

    async def run(self, request: AgentRequest) -> AgentResult:
        self.began.append(time.perf_counter())
        await asyncio.sleep(SECONDS)
        self.ended.append(time.perf_counter())
        return AgentCompleted({"kind": "praise"}, confidence=0.9)


def run(report: Report) -> None:
    report.part(f"{JOBS} agent jobs of {SECONDS:g} s at once, in one process", "wall seconds; the best of three")
    with places.tmpfs() as place:
        _place(report, place)
    with places.disk() as place:
        _place(report, place)
    with places.postgres() as place:
        _place(report, place)


def _place(report: Report, place: Place) -> None:
    wall, beside = min((_once(place) for _ in range(ROUNDS)), key=lambda found: found[0])
    report.figure(place.name, wall, "s", at_most(1.5), **beside)


def _once(place: Place) -> tuple[float, Mapping[str, Any]]:
    thinker = Thinker()
    agents = AgentRegistry()
    agents.register("scripted", lambda config: thinker)
    url = place.url()
    with (
        build(Settings(database_url=url, roles=("api",)), agents=agents) as office,
        build(Settings(database_url=url, roles=("agents",), agent_concurrency=JOBS), agents=agents) as working,
    ):
        office.engine.deploy([("process.bpmn", _diagram().xml()), ("agents.yaml", _contract())])
        committed = threading.Semaphore(0)
        for _ in range(JOBS):
            key = office.engine.start_instance(process_id="process", variables={"letter": "x"}).key
            # Told once what ended it is committed: to ask again and again would be a load of its own.
            working.engine.listen(instance_topic(key), committed.release)
        began, cpu = time.perf_counter(), time.process_time()
        working.workers.start()
        for _ in range(JOBS):
            if not committed.acquire(timeout=60):
                raise AssertionError("not all agents' instances have ended")
        ended = time.perf_counter()
        used = time.process_time() - cpu
        completed = SearchQuery("process-instances", (Filter("state", "eq", "COMPLETED"),), limit=1)
        assert office.engine.search(completed).total == JOBS
    taken, settled = thinker.began[-1] - began, ended - thinker.ended[0]
    return ended - began, {"s until all had begun": taken, "s to settle all": settled, "CPU s": used}


def _diagram() -> Drawing:
    drawing = Drawing()
    process = drawing.process()
    process.chain(
        process.node("startEvent"),
        process.node("serviceTask", "think", extension(job("think"))),
        process.node("endEvent", "done"),
    )
    return drawing


def _contract() -> bytes:
    contract = {
        "purpose": "Thinks",
        "owner": "nobody",
        "adapter": "scripted",
        "config": {"answers": {"*": {"output": {}}}},
        "input": {"type": "object", "properties": {"letter": {"type": "string"}}},
        "output": {"type": "object", "properties": {"kind": {"type": "string"}}},
        "authority": "decide",
    }
    return yaml.safe_dump({"version": 1, "agents": {"think": contract}}).encode()
