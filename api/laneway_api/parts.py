"""What requests share in a process, whichever form of a call answers them. Nothing here needs the documented routes."""

from __future__ import annotations

from dataclasses import dataclass

from laneway.agents.registry import AgentRegistry
from laneway.bootstrap import Laneway
from laneway.commands.awaiting import HandOver
from laneway.engine import Engine
from laneway.settings import Settings
from laneway_api.admission import Admission
from laneway_api.health import Health
from laneway_api.lines import Lines
from laneway_api.metrics import Metrics
from laneway_api.waiting import Closing


@dataclass(frozen=True, slots=True)
class Parts:
    """Routes find them as ``request.app.state``."""

    engine: Engine
    agents: AgentRegistry
    settings: Settings
    closing: Closing
    lines: Lines
    health: Health
    admission: Admission
    metrics: Metrics
    hand_over: HandOver
    body_limit: int


def parts_of(laneway: Laneway) -> Parts:
    settings, engine, closing = laneway.settings, laneway.engine, Closing()
    admission = Admission(
        requests=settings.max_requests_at_once, held=settings.max_requests_held, content=settings.max_bytes_at_once
    )
    metrics = Metrics(engine, admission, laneway.store.backlog, laneway.store.connections, laneway.observers.tracing)
    laneway.observers.add(metrics)
    return Parts(
        engine=engine,
        agents=laneway.agents,
        settings=settings,
        closing=closing,
        lines=Lines(engine.listen),
        health=Health(engine.now, laneway.store.schema, laneway.workers.states, closing),
        admission=admission,
        metrics=metrics,
        hand_over=HandOver(engine.desk),
        body_limit=settings.max_upload_bytes,
    )
